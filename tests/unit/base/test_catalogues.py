"""The catalogues say everything that the source says, in every language, and agree with one another."""

import re
from pathlib import Path

import pytest

from sop_runner.base.i18n import LANGUAGES, LOCALE_DIR, Translator
from sop_runner.base.message import msg, quoted
from sop_runner.base.textsafe import cell_width
from tools import catalogues

CHINESE = ("zh_Hans", "zh_Hant")
TRANSLATED = tuple(catalogues.TRANSLATED)
SCREEN = 80


SOURCE = """
t._("The code is right.")
t._("Nothing was sent.")
msg("'{node}' needs a reason", node=at)
t._(":h is help.")
t.ngettext("needs {n} factor", "needs {n} kinds", n)
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package of a few texts, with catalogues in line."""
    package = tmp_path / "package"
    package.mkdir()
    (package / "screen.py").write_text(SOURCE)
    for locale in TRANSLATED:
        path = catalogues.po_path(locale, package)
        path.parent.mkdir(parents=True)
        held = catalogues.translations(locale)
        path.write_bytes(catalogues.written(locale, catalogues.source_texts(package), held))
    assert catalogues.update(package, package) == []
    return package


def forms(locale: str) -> list[str]:
    held = catalogues.translations(locale)
    return [
        form for string, _ in held.values() for form in ((string,) if isinstance(string, str) else string)
    ]


def edit(package: Path, old: str, new: str) -> None:
    path = catalogues.po_path("hu", package)
    text = path.read_text("utf-8")
    assert text.count(old) == 1, f"'{old}' is there {text.count(old)} times"
    path.write_text(text.replace(old, new), "utf-8")


def test_source_template_translations_and_compiled_catalogues_agree() -> None:
    assert catalogues.problems() == []


def test_every_language_of_the_interface_has_a_catalogue() -> None:
    assert {language.replace("-", "_") for language in LANGUAGES} == {"en", *TRANSLATED}


def test_update_changes_nothing_when_nothing_has_changed(package: Path) -> None:
    def files() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in package.rglob("sop.*")}

    before = files()
    assert len(before) == 1 + 2 * len(TRANSLATED)
    assert catalogues.update(package, package) == []
    assert files() == before


def test_a_new_text_is_asked_for_in_every_language(package: Path) -> None:
    (package / "more.py").write_text('t._("Something new.")')
    missing = {f"{locale}: 'Something new.' is not translated" for locale in TRANSLATED}
    assert missing < set(catalogues.problems(package, package))
    assert set(catalogues.update(package, package)) == missing


def test_nothing_in_the_files_changes_by_itself() -> None:
    for path in (LOCALE_DIR / "sop.pot", *(catalogues.po_path(locale) for locale in TRANSLATED)):
        head = path.read_text("utf-8").partition("\n\n")[0]
        assert not re.search(r"Date|Generated|Babel|/home|\d{4}", head), head


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('msgstr "A kód helyes."', 'msgstr ""', "'The code is right.' is not translated"),
        (
            'msgid "The code is right."',
            '#, fuzzy\nmsgid "The code is right."',
            "'The code is right.' is fuzzy",
        ),
        ('msgstr "A kód helyes."', 'msgstr "A kód helyes. "', "different space"),
        ('msgstr "A kód helyes."', 'msgstr "A kód helyes"', "does not end as"),
        ('msgstr "A kód helyes."', 'msgstr "A kód jó."', "'sop.mo' is stale"),
        ('msgstr "„{node}”: indoklás kell"', 'msgstr "„{csomó}”: indoklás kell"', "different placeholders"),
        ('msgstr "„{node}”: indoklás kell"', 'msgstr "„{node}”: [b]indoklás kell"', "differ in brackets"),
        ('msgstr "Súgó: :h"', 'msgstr "Súgó: :s"', "has lost the literal ':h'"),
        (
            'msgid "The code is right."\nmsgstr "A kód helyes."\n\n',
            "",
            "'The code is right.' is not translated",
        ),
        ('msgid "The code is right."', 'msgid "The code is good."', "'sop.po' is not in line"),
    ],
)
def test_a_fault_in_a_catalogue_is_named(package: Path, old: str, new: str, problem: str) -> None:
    edit(package, old, new)
    found = catalogues.problems(package, package)
    assert any(problem in sentence for sentence in found), found
    assert all(sentence.startswith("hu: ") for sentence in found)


def test_a_plural_form_that_is_missing_is_named(package: Path) -> None:
    edit(package, 'msgstr[1] "{n} fajta kell"\n', "")
    assert "hu: 'needs {n} factor' is not translated" in catalogues.problems(package, package)


def test_update_keeps_translations_and_drops_what_the_source_no_longer_says(package: Path) -> None:
    edit(package, 'msgstr "A kód helyes."', 'msgstr "Jó a kód."')
    edit(package, 'msgid "Nothing was sent."', 'msgid "Gone."')
    assert catalogues.update(package, package) == ["hu: 'Nothing was sent.' is not translated"]
    said = catalogues.po_path("hu", package).read_text("utf-8")
    assert 'msgstr "Jó a kód."' in said
    assert "Gone." not in said


def test_a_text_that_is_put_together_is_no_template() -> None:
    with pytest.raises(ValueError, match="'_' takes one literal text"):
        list(catalogues.texts_in('t._(f"run {run}")', "some.py"))


def test_texts_are_found_wherever_they_stand() -> None:
    source = (
        'f"{t._(\'Say\')}: "\nmsg(\n  "one "\n  "two", n=1)\nt.ngettext("{n} a", "{n} b", 2)\nother("no")'
    )
    assert set(catalogues.texts_in(source, "some.py")) == {"Say", "one two", ("{n} a", "{n} b")}


def test_messages_inside_messages_are_said_in_one_language() -> None:
    said = msg(
        "{result} ({recorded})",
        result=msg("The code is right."),
        recorded=msg("recorded, entry {entry}", entry=7),
    )
    assert Translator("en")(said) == "The code is right. (recorded, entry 7)"
    assert Translator("zh-Hans")(said) == "验证码正确。（已记录，第 7 条）"
    assert Translator("zh-Hant")(said) == "驗證碼正確。（已記錄，第 7 筆）"
    assert Translator("hu")(said) == "A kód helyes. (rögzítve, 7. bejegyzés)"


def test_data_is_never_translated_nor_read_as_a_template() -> None:
    for language in LANGUAGES:
        assert "{entry} done" in Translator(language)(msg("'{field}' is needed", field="{entry} done"))


@pytest.mark.parametrize(
    ("language", "one", "many"),
    [("en", "needs 1 factor", "needs 3 kinds"), ("hu", "1 tényező kell", "3 fajta kell")],
)
def test_plurals_follow_the_language(language: str, one: str, many: str) -> None:
    t = Translator(language)
    assert [t.ngettext("needs {n} factor", "needs {n} kinds", n) for n in (1, 3)] == [one, many]


def test_chinese_has_one_plural_form_and_hungarian_two() -> None:
    assert [catalogues.plural_count(locale) for locale in ("zh_Hans", "zh_Hant", "hu")] == [1, 1, 2]
    t = Translator("zh-Hant")
    assert [t.ngettext("{n} attempt left", "{n} attempts left", n) for n in (1, 2)] == [
        "還可嘗試 1 次",
        "還可嘗試 2 次",
    ]


@pytest.mark.parametrize(("locale", "charset"), [("zh_Hans", "gb2312"), ("zh_Hant", "cp950")])
def test_each_chinese_catalogue_is_in_its_own_script(locale: str, charset: str) -> None:
    for form in forms(locale):
        form.encode(charset)  # GB 2312 has no traditional characters, Big5 no simplified ones


@pytest.mark.parametrize("locale", CHINESE)
def test_chinese_punctuation_is_full_width(locale: str) -> None:
    half_width = re.compile(
        r"[\u4e00-\u9fff}”」）]\s*[,;?!()'\"]|[(,;?!'\"]\s*[\u4e00-\u9fff]|[\u4e00-\u9fff}][.:]($|\s)"
    )
    assert [form for form in forms(locale) if half_width.search(form)] == []


def test_quotes_are_those_of_the_language() -> None:
    pairs = {"zh_Hans": "“”", "zh_Hant": "「」", "hu": "„”"}
    for locale, (opening, closing) in pairs.items():
        strange = set("'\"‘’“”„「」『』") - {opening, closing}
        for form in forms(locale):
            assert form.count(opening) == form.count(closing), form
            assert not strange & set(form), form


def test_no_ending_is_glued_to_a_value_in_hungarian() -> None:
    assert [form for form in forms("hu") if re.search(r"\}[”]?-?[^\W\d_]|\ba\(z\)", form)] == []


@pytest.mark.parametrize("language", LANGUAGES)
class TestFooter:
    """The keys of the run screen, as its line of keys sets them: a space before and after each."""

    ANSWERING = (
        "Done", "record the answer", "section complete", "record the choice", "check", "confirm", "begin",
        "next, record", "compare", "next, sign", "resume",
    )  # fmt: skip

    def width(self, language: str, **words: str) -> int:
        t = Translator(language)
        assert all(language == "en" or text in catalogues.translations("hu") for text in words.values())
        return sum(cell_width(f" {key.replace('_', '-')} {t._(text)} ") for key, text in words.items())

    def test_a_step_has_room_for_all_keys(self, language: str) -> None:
        keys = self.width(
            language, Enter="Done", F1="help", F2="hold", F6="more", F4="go back", F3="note", F5="copy words"
        )
        assert keys <= SCREEN

    @pytest.mark.parametrize("word", ANSWERING)
    def test_every_answer_leaves_room_to_choose_hold_and_go_back(self, language: str, word: str) -> None:
        keys = self.width(language, Enter=word, __9="choose", F1="help", F2="hold", F6="more", F4="go back")
        assert keys <= SCREEN

    def test_the_only_way_left_and_the_board_too(self, language: str) -> None:
        only = self.width(
            language, Enter="take the only way left", F1="help", F7="inbox", F2="hold", F6="more"
        )
        assert only <= SCREEN
        board = self.width(language, Enter="open or start", F1="help", Esc="clear", Ctrl_Q="quit")
        assert board <= SCREEN


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ("caller: Ana", "caller: ", "consent (stale)", "a, b, c", "a, b", "a, b; c", "'x', 'y'")),
        (
            "zh-Hans",
            ("caller：Ana", "caller：", "consent（stale）", "a、b、c", "a，b", "a, b；c", "“x”、“y”"),
        ),
        (
            "zh-Hant",
            ("caller：Ana", "caller：", "consent（stale）", "a、b、c", "a，b", "a, b；c", "「x」、「y」"),
        ),
        ("hu", ("caller: Ana", "caller: ", "consent (stale)", "a, b, c", "a, b", "a, b; c", "„x”, „y”")),
    ],
)
def test_what_is_joined_without_a_sentence_is_joined_as_the_language_does(
    language: str, said: tuple[str, ...]
) -> None:
    t = Translator(language)
    assert said == (
        t.labelled("caller", "Ana"),
        t.lead("caller"),
        t.aside("consent", "stale"),
        t.listed(("a", "b", "c")),
        t.run_on(("a", "", "b")),
        t.apart(("a, b", "c")),
        t(quoted(("x", "y"))),
    )
    assert t.aside("consent", "") == "consent"
    assert t.listed(()) == t.run_on(()) == t.apart(("",)) == ""


def test_what_is_joined_is_data() -> None:
    for language in LANGUAGES:
        t = Translator(language)
        joined = (
            t.labelled("{value}", "{label}"),
            t.listed(("{second}", "{first}")),
            t.aside("{more}", "{text}"),
        )
        assert [text.count("{") for text in joined] == [2, 2, 2]
