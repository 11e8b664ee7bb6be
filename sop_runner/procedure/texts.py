"""Texts for people: a sentence, or one for each language; and what has a short name beside its sentence."""

import re
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from .base_types import problem, problems, shown
from .text import Slot, parse_text

LOCALE = r"^[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-[A-Z]{2})?$"


@dataclass(frozen=True, slots=True)
class Text:
    """A text for people: locale to string; a plain string stands under the empty locale."""

    by_locale: tuple[tuple[str, str], ...]

    def get(self, locale: str, default: str) -> str:
        """The text in `locale`, else in the procedure's `default` language, else the first."""
        known = dict(self.by_locale)
        for wanted in (locale, locale.split("-")[0]):
            if wanted in known:
                return known[wanted]
        for near, text in self.by_locale:
            if "-" in near and _written_alike(near, locale):
                return text
        return known.get(default) or known.get("") or self.by_locale[0][1]

    def unfilled(self, locale: str, default: str) -> str:
        """The same as it is read where no values are known: `{{` is a brace, and for `{name}` stands `…`."""
        pieces = parse_text(self.get(locale, default)).pieces
        return "".join("…" if isinstance(piece, Slot) else piece for piece in pieces)


_SCRIPTS = {"zh-CN": "zh-Hans", "zh-SG": "zh-Hans", "zh-TW": "zh-Hant", "zh-HK": "zh-Hant"}


def _written_alike(one: str, other: str) -> bool:
    """Whether two locales name one written language: `hu-HU` and `hu`, `zh-TW` and `zh-Hant`."""
    one, other = _SCRIPTS.get(one, one), _SCRIPTS.get(other, other)
    return one == other or ("zh" not in (one[:2], other[:2]) and one.split("-")[0] == other.split("-")[0])


_LOCALE = re.compile(LOCALE)


def _text(value: Any) -> Text:
    if isinstance(value, Text):
        return value
    if isinstance(value, str):
        if not value.strip():
            raise problem("the text is empty", "write a sentence or remove the key")
        return Text((("", value.strip("\n")),))
    if isinstance(value, dict) and value:
        found: list[PydanticCustomError] = []
        for locale, text in value.items():
            if not _LOCALE.fullmatch(str(locale)):
                found.append(
                    problem(
                        f"{shown(locale)} is no language; a text is a sentence or a map such as {{en: …, hu: …, zh-Hans: …}}",
                        "use a language code such as en, hu, zh-Hans or zh-Hant",
                        (locale, "[key]"),
                    )
                )
            elif not isinstance(text, str):
                found.append(
                    problem(
                        f"the text for '{locale}' is {shown(text)}, expected a sentence",
                        "put it in quotes",
                        (locale,),
                    )
                )
            elif not text.strip():
                found.append(
                    problem(
                        f"the text for '{locale}' is empty", "write a sentence or remove the key", (locale,)
                    )
                )
        if found:
            raise problems(found)
        return Text(tuple((str(k), v.strip("\n")) for k, v in value.items()))
    fix = "write a sentence; put numbers and true/false in quotes"
    if isinstance(value, list):
        fix = "write one text; several lines go indented under '|'"
    raise problem(f"expected a text, this is {shown(value)}", fix)


_SENTENCE = {"type": "string", "pattern": r"\S"}
TEXT_SCHEMA: dict[str, Any] = {
    "anyOf": [
        _SENTENCE,
        {"type": "object", "minProperties": 1, "propertyNames": {"pattern": LOCALE}, "additionalProperties": _SENTENCE},
    ]
}  # fmt: skip
TextField = Annotated[Text, BeforeValidator(_text), WithJsonSchema(TEXT_SCHEMA)]


@dataclass(frozen=True, slots=True)
class Titled(Text):
    """A sentence with a short `title`, for where a sentence would be too long; None where the id will do."""

    title: Text | None = None


_TITLED_KEYS = ("title", "sentence")


def _titled(value: Any) -> Titled:
    if isinstance(value, Titled):
        return value
    if not isinstance(value, dict) or not value.keys() & set(_TITLED_KEYS):
        return Titled(_text(value).by_locale)
    found: list[PydanticCustomError] = []
    parts: dict[str, Text] = {}
    for key, part in value.items():
        if key not in _TITLED_KEYS:
            said = f"{shown(key)} is no key here; a short name and its sentence are {{title: …, sentence: …}}"
            found.append(problem(said, "write title or sentence, or remove it", (key, "[key]")))
            continue
        try:
            parts[key] = _text(part)
        except PydanticCustomError as error:
            found += _inside(error, key)
    if "sentence" not in value:
        found.append(problem("there is a title and no sentence", "add 'sentence:' with what it means"))
    if found:
        raise problems(found)
    return Titled(parts["sentence"].by_locale, parts.get("title"))


def _inside(error: PydanticCustomError, key: str) -> list[PydanticCustomError]:
    first = error.context or {}
    return [problem(one["text"], one["fix"], (key, *one["path"])) for one in (first, *first.get("more", ()))]


TITLED_SCHEMA: dict[str, Any] = {
    "anyOf": [
        *TEXT_SCHEMA["anyOf"],
        {
            "type": "object",
            "properties": {"title": TEXT_SCHEMA, "sentence": TEXT_SCHEMA},
            "required": ["sentence"],
            "additionalProperties": False,
        },
    ]
}
TitledField = Annotated[Titled, BeforeValidator(_titled), WithJsonSchema(TITLED_SCHEMA)]
