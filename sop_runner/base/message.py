"""A sentence for a person as data: an English template and what to put in, translated when shown."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

Param: TypeAlias = "str | int | Message"


@dataclass(frozen=True, slots=True)
class Message:
    """`text` is the English template and the key of the catalogues; `params` fill its `{names}`.

    Params are data: they are put in after translation and never read as templates. A param may be
    a Message itself, translated on its own.
    """

    text: str
    params: tuple[tuple[str, Param], ...] = ()

    def __str__(self) -> str:
        return fill(self.text, dict(self.params))

    def render(self, translate: Callable[[str], str]) -> str:
        """The sentence with every template of it put through `translate` (English in, translation out)."""
        said = {n: p.render(translate) if isinstance(p, Message) else p for n, p in self.params}
        return fill(translate(self.text), said)


def msg(text: str, **params: Param) -> Message:
    """Mark `text` for translation and keep what goes into it."""
    return Message(text, tuple(params.items()))


def fill(template: str, params: Mapping[str, Param]) -> str:
    """Put `params` into `template`; a translation that names an unknown one keeps it visible."""
    return template.format_map(_Visible(params))


class _Visible(dict[str, Param]):
    def __missing__(self, key: str) -> str:
        return "{" + key + "}"
