"""The catalogues of the interface: `update` brings them in line with the source, `check` compares.

    python tools/catalogues.py update    writes sop.pot, sop.po and sop.mo, keeps every translation
    python tools/catalogues.py check     says what is missing or does not agree; exits 1 if anything

Nothing that changes by itself is written: no date, no path, no version, no line number.
"""

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.core import Locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po
from babel.plural import to_gettext

PACKAGE = Path(__file__).resolve().parents[1] / "sop_runner"
FOLDER = PACKAGE / "locale"
DOMAIN = "sop"
TRANSLATED = {"zh_Hans": "Simplified Chinese", "zh_Hant": "Traditional Chinese", "hu": "Hungarian"}
KEYWORDS = {"msg": 1, "_": 1, "gettext": 1, "ngettext": 2}  # how many of the first arguments are texts

Id = str | tuple[str, ...]
Translation = str | tuple[str, ...]

_PLACEHOLDER = re.compile(r"\{[a-z_]+\}")
_LITERAL = re.compile(  # what a person types, presses or looks up stays as it is in every language
    r"`[^`]*`|(?<![\w:]):[a-z-](?!\w)|'sop [a-z ]+|\b(?:Enter|Esc|Tab|Delete|F\d+|Ctrl\+\w)\b"
    r"|\bNIST SP [\w-]+|\bUTC\b|https?://[\w./]+\w|[+]?\d[\d:.+ -]*\d"
)
_END_MARKS = {".": ".。", ":": ":：", "?": "?？", "…": "…"}


class _Catalogue(Catalog):
    """A catalogue with CLDR plurals and a header in which nothing changes by itself."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        """The header, as far as gettext needs it."""
        fields = [("Project-Id-Version", "sop_runner")]
        if self.locale_identifier:
            fields.append(("Language", str(self.locale_identifier)))
        fields += [
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
        ]
        if self.locale_identifier:
            fields.append(("Plural-Forms", self.plural_forms))
        return fields

    @property
    def num_plurals(self) -> int:
        """How many forms the language has, by CLDR: babel's own table for gettext differs from it."""
        return int(self.plural_forms.partition("=")[2].partition(";")[0])

    @property
    def plural_forms(self) -> str:
        """The rule of CLDR, as gettext writes it."""
        return to_gettext(Locale.parse(str(self.locale_identifier or "en")).plural_form)


def texts_in(source: str, name: str) -> Iterator[Id]:
    """The texts that one module marks for translation; raises ValueError for one that is put together."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        called = getattr(node.func, "attr", getattr(node.func, "id", ""))
        wanted = node.args[: KEYWORDS.get(called, 0)]
        found = tuple(
            arg.value for arg in wanted if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
        )
        if found and len(found) == KEYWORDS[called]:
            yield found if len(found) > 1 else found[0]
        elif any(isinstance(arg, ast.JoinedStr | ast.BinOp) for arg in wanted):
            raise ValueError(
                f"{name}:{node.lineno}: '{called}' takes one literal text; put values in as '{{name}}'"
            )


def source_texts(package: Path = PACKAGE) -> frozenset[Id]:
    """Every text of the package that is marked for translation."""
    found: set[Id] = set()
    for path in sorted(package.rglob("*.py")):
        found.update(texts_in(path.read_text("utf-8"), str(path.relative_to(package.parent))))
    return frozenset(found)


def translations(locale: str, folder: Path = FOLDER) -> dict[Id, tuple[Translation, bool]]:
    """What a .po file holds: each text with its translation and whether that is fuzzy."""
    path = po_path(locale, folder)
    if not path.exists():
        return {}
    with path.open("rb") as file:
        held = read_po(file, locale=locale)
    return {_key(m.id): (_key(m.string), m.fuzzy) for m in held if m.id}


def po_path(locale: str, folder: Path = FOLDER) -> Path:
    """Where a language's translations are."""
    return folder / locale / "LC_MESSAGES" / f"{DOMAIN}.po"


def written(locale: str, texts: frozenset[Id], held: Mapping[Id, tuple[Translation, bool]]) -> bytes:
    """The .po file for `texts` with what is `held` of them; for no locale, the template."""
    file = BytesIO()
    write_po(file, _filled(locale, texts, held), width=0, sort_output=True, no_location=True)
    return file.getvalue()


def compiled(locale: str, texts: frozenset[Id], held: Mapping[Id, tuple[Translation, bool]]) -> bytes:
    """The .mo file of the same."""
    file = BytesIO()
    write_mo(file, _filled(locale, texts, held))
    return file.getvalue()


def update(folder: Path = FOLDER, package: Path = PACKAGE) -> list[str]:
    """Write all files anew from the source and what is translated; returns what is still to do."""
    texts = source_texts(package)
    folder.mkdir(exist_ok=True)
    (folder / f"{DOMAIN}.pot").write_bytes(written("", texts, {}))
    for locale in TRANSLATED:
        held = translations(locale, folder)
        path = po_path(locale, folder)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(written(locale, texts, held))
        path.with_suffix(".mo").write_bytes(compiled(locale, texts, held))
    return problems(folder, package)


def problems(folder: Path = FOLDER, package: Path = PACKAGE) -> list[str]:
    """Everything in which source, template, translations and compiled catalogues do not agree."""
    texts = source_texts(package)
    found = []
    pot = folder / f"{DOMAIN}.pot"
    if not pot.exists() or pot.read_bytes() != written("", texts, {}):
        found.append(f"{pot.name}: it is not what the source says; run 'python tools/catalogues.py update'")
    for locale in TRANSLATED:
        path = po_path(locale, folder)
        held = translations(locale, folder)
        count = plural_count(locale)
        for text in sorted(texts, key=_first):
            found += [f"{locale}: {problem}" for problem in _text(text, held, count)]
        if not path.exists() or path.read_bytes() != written(locale, texts, held):
            found.append(f"{locale}: '{path.name}' is not in line; run 'python tools/catalogues.py update'")
        if not _same_mo(path.with_suffix(".mo"), compiled(locale, texts, held)):
            found.append(f"{locale}: '{path.stem}.mo' is stale; run 'python tools/catalogues.py update'")
    return found


def _text(text: Id, held: Mapping[Id, tuple[Translation, bool]], count: int) -> Iterator[str]:
    """What is wrong with the translation of one text, in a language of `count` plural forms."""
    name = _first(text)
    string, fuzzy = held.get(text, ("", False))
    forms = (string,) if isinstance(string, str) else string
    if not all(forms) or len(forms) != (1 if isinstance(text, str) else count):
        yield f"'{name}' is not translated"
        return
    if fuzzy:
        yield f"'{name}' is fuzzy: confirm it and take the flag away"
    meant = text if isinstance(text, str) else text[-1]
    for form in forms:
        yield from _form(meant, form)


def plural_count(locale: str) -> int:
    """How many plural forms a language has."""
    return _Catalogue(locale=locale).num_plurals


def _form(text: str, form: str) -> Iterator[str]:
    """How one translation departs from what it translates."""
    if Counter(_PLACEHOLDER.findall(text)).keys() != Counter(_PLACEHOLDER.findall(form)).keys():
        yield f"'{text}' and '{form}' have different placeholders"
    if form.count("{") != form.count("}") or form.count("{") != len(_PLACEHOLDER.findall(form)):
        yield f"'{form}' has a brace that is no placeholder"
    if _edges(text) != _edges(form):
        yield f"'{text}' and '{form}' begin or end with different space"
    if any(text.count(mark) != form.count(mark) for mark in "[]\n`"):
        yield f"'{text}' and '{form}' differ in brackets, backticks or lines"
    for literal in _LITERAL.findall(text):
        if literal.strip("'").rstrip() not in form:
            yield f"'{form}' has lost the literal '{literal}'"
    ends = _END_MARKS.get(text[-1:], "")
    if ends and form[-1:] not in ends and not re.search(r"(\}|:\w|\d)$", form):
        yield f"'{form}' does not end as '{text}' does"


def _edges(text: str) -> tuple[int, int]:
    return len(text) - len(text.lstrip()), len(text) - len(text.rstrip())


def _filled(locale: str, texts: frozenset[Id], held: Mapping[Id, tuple[Translation, bool]]) -> Catalog:
    language = f"{TRANSLATED[locale]} translations" if locale else "Template for translations"
    catalog = _Catalogue(
        locale=locale or None,
        header_comment=f"# {language} of sop_runner.\n# Terms: docs/glossary.md. Written by tools/catalogues.py.",
        fuzzy=False,
    )
    for text in texts:
        string, fuzzy = held.get(text, ("", False))
        message = catalog.add(text, string or None)
        message.flags = {"fuzzy"} if fuzzy else set()
    return catalog


def _same_mo(path: Path, wanted: bytes) -> bool:
    """Whether a .mo file says the same; its bytes are babel's business."""
    if not path.exists():
        return False

    def said(data: bytes) -> dict[Id, Translation]:
        return {_key(m.id): _key(m.string) for m in read_mo(BytesIO(data))}

    return said(path.read_bytes()) == said(wanted)


def _key(text: Any) -> Any:
    return tuple(text) if isinstance(text, list | tuple) else text


def _first(text: Id) -> str:
    return text if isinstance(text, str) else text[0]


def main(words: list[str]) -> int:
    """Run one of the two commands; 1 where something is left to do."""
    if words not in (["update"], ["check"]):
        sys.stderr.write(__doc__ or "")
        return 2
    found = update() if words == ["update"] else problems()
    sys.stdout.write("".join(f"{problem}\n" for problem in found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
