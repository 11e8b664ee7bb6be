"""A sentence for a person as data: an English template and what to put in, translated when shown."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

Param: TypeAlias = "str | int | Message | Listing"
Translate: TypeAlias = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Message:
    """`text` is the English template and the key of the catalogues; `params` fill its `{names}`.

    Params are data: they are put in after translation and never read as templates. A param may be
    a Message itself, translated on its own, or a Listing.
    """

    text: str
    params: tuple[tuple[str, Param], ...] = ()

    def __str__(self) -> str:
        return self.render(_as_it_is)

    def render(self, translate: Translate) -> str:
        """The sentence with every template of it put through `translate` (English in, translation out)."""
        return fill(translate(self.text), {name: said(value, translate) for name, value in self.params})


@dataclass(frozen=True, slots=True)
class Listing:
    """Several things inside a sentence, joined, and where `quoted` quoted, as the reader's language does it."""

    items: "tuple[str | Message, ...]"
    quoted: bool = False

    def __str__(self) -> str:
        return self.render(_as_it_is)

    def render(self, translate: Translate) -> str:
        """The list, every template of it put through `translate`."""
        joined = ""
        for number, item in enumerate(self.items):
            text = str(said(item, translate))
            if self.quoted:
                text = fill(translate(_QUOTED.text), {"item": text})
            joined = fill(translate(_PAIR.text), {"first": joined, "second": text}) if number else text
        return joined


def msg(text: str, **params: Param) -> Message:
    """Mark `text` for translation and keep what goes into it."""
    return Message(text, tuple(params.items()))


def listing(items: Iterable[str | Message]) -> Listing:
    """Several things as one param: `a, b`."""
    return Listing(tuple(items))


def quoted(items: Iterable[str | Message]) -> Listing:
    """Several ids as one param: `'a', 'b'`."""
    return Listing(tuple(items), quoted=True)


def said(value: Param, translate: Translate) -> str | int:
    """What a param says; a plain string or number is data and stays as it is."""
    return value.render(translate) if isinstance(value, Message | Listing) else value


def fill(template: str, params: Mapping[str, Param]) -> str:
    """Put `params` into `template`; a translation that names an unknown one keeps it visible."""
    return template.format_map(_Visible(params))


def _as_it_is(text: str) -> str:
    return text


class _Visible(dict[str, Param]):
    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


_PAIR = msg("{first}, {second}")
_QUOTED = msg("'{item}'")
