import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sop_runner.base.textsafe import cell_width, clip, fold_digits, fold_input, nfc, visible, wrap

ANY = st.text(st.characters(), max_size=120)
HOSTILE = st.text(
    st.one_of(
        st.sampled_from("\x00\x1b\x7f\x9b\u200b\u200d\u202e\u2066\u2028\ufeff\U000e0041\u00ad⚠️一，。 -\n"),
        st.characters(),
    ),
    max_size=80,
)


@given(HOSTILE)
def test_nothing_that_acts_or_hides_survives(text: str) -> None:
    shown = visible(text)
    for index, character in enumerate(shown):
        category = unicodedata.category(character)
        assert character == "\n" or category not in {"Cc", "Cf", "Cs", "Zl", "Zp"}
        if 0xFE00 <= ord(character) <= 0xFE0F:
            assert unicodedata.category(shown[index - 1]) == "So"
    shown.encode()
    assert visible(shown) == shown, "what is visible already stays as it is"
    assert "\n" not in visible(text, lines=False)


@given(ANY)
def test_what_is_harmless_is_shown_as_it_is(text: str) -> None:
    harmless = "".join(
        c for c in text if unicodedata.category(c)[0] in "LNPS" and c.isprintable() and c.isalnum()
    )
    kept = "".join(c for c in harmless if ord(c) not in (0x115F, 0x1160, 0x3164, 0xFFA0))
    assert visible(kept) == kept


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("\x1b[2J", "␛[2J"),
        ("a\tb\r\n", "a␉b␍\n"),
        ("\x7f\x9b", "␡⟨U+009B⟩"),
        ("Ana\u202enimda", "Ana⟨U+202E⟩nimda"),
        ("\u2066x\u2069\u200e\u061c", "⟨U+2066⟩x⟨U+2069⟩⟨U+200E⟩⟨U+061C⟩"),
        ("pay\u200bpal", "pay⟨U+200B⟩pal"),
        ("\u2028\udc9b", "⟨U+2028⟩⟨U+DC9B⟩"),
        ("[@click=app.quit]x[/]", "[@click=app.quit]x[/]"),
        ("⚠️ stop", "⚠️ stop"),
        ("a\ufe0f", "a⟨U+FE0F⟩"),
        ("\U000e0041", "⟨U+E0041⟩"),
        ("一\u3000二", "一\u3000二"),
    ],
)
def test_visible(raw: str, shown: str) -> None:
    assert visible(raw) == shown


def test_one_line() -> None:
    assert visible("a\nb", lines=False) == "a␤b"


@settings(max_examples=150)
@given(HOSTILE, st.integers(0, 30))
def test_wrapped_lines_fit_and_lose_nothing(text: str, width: int) -> None:
    shown = visible(text)
    lines = wrap(shown, width)
    assert all(cell_width(line) <= max(width, 2) for line in lines)
    assert "".join("".join(lines).split()) == "".join(shown.split())
    assert len(lines) >= shown.count("\n") + 1


@settings(max_examples=60)
@given(st.text(st.sampled_from("ab ，。一二e\u0301-"), max_size=60), st.integers(2, 20))
def test_only_spaces_at_breaks_go(text: str, width: int) -> None:
    position = 0
    for line in wrap(text, width):
        at = text.index(line, position)
        assert set(text[position:at]) <= {" "}
        position = at + len(line)
    assert set(text[position:]) <= {" "}


def test_words_stay_whole_where_they_can() -> None:
    assert wrap("Write down what the customer said.", 12) == ["Write down", "what the", "customer", "said."]
    assert wrap("well-known", 6) == ["well-", "known"]
    assert wrap("  indented words", 10) == ["  indented", "words"]
    assert wrap("", 10) == [""]
    assert wrap("a\n\nb", 10) == ["a", "", "b"]


def test_a_word_of_two_thousand_characters() -> None:
    lines = wrap("x" * 2_000, 78)
    assert "".join(lines) == "x" * 2_000
    assert max(map(len, lines)) == 78


def test_wide_characters_break_anywhere_but_before_closing_punctuation() -> None:
    lines = wrap("他说：“你好。”然后走了，没有回头看。", 10)
    assert all(cell_width(line) <= 10 for line in lines)
    assert not any(line[0] in "，。”：" for line in lines)
    assert not any(line[-1] == "“" for line in lines)


def test_width_and_clip() -> None:
    assert cell_width("一二a") == 5
    assert clip("一二三四", 5) == "一二…"
    assert clip("一二", 4) == "一二"
    assert clip("abc", 2, mark="..") == ".."
    assert clip("abc", 1, mark="..") == ""


@given(ANY, st.integers(0, 20))
def test_clip_never_exceeds(text: str, width: int) -> None:
    assert cell_width(clip(visible(text, lines=False), width)) <= width


def test_folding() -> None:
    assert fold_input(" １２３ ") == "123"
    assert fold_input("Be\u0301la", casefold=True) == fold_input("BÉLA", casefold=True)
    assert fold_input("Béla") != fold_input("BÉLA")
    assert nfc("e\u0301") == "é"
    assert fold_digits(" １２３-٤٥ ６\u200b") == "123456"


def test_hungarian_quotes_stay_with_their_words() -> None:
    assert wrap("ő azt mondta: „jó napot” és »nem«", 14) == ["ő azt mondta:", "„jó napot” és", "»nem«"]
