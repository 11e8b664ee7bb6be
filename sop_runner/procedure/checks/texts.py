"""Texts: braces are balanced, names in them exist, and nothing internal is spoken."""

from collections.abc import Iterator

from ..place import Problem
from ..text import parse_text
from ..walks import TextPlace, texts
from .context import Context
from .reading import read_name

_BRACES = "write {name} to put a value in, {{ and }} for braces"


def texts_fit(context: Context) -> Iterator[Problem]:
    """Every `{name}` of every language is something that can be put in there."""
    for place in texts(context.procedure):
        for locale, text in place.text.by_locale:
            if "{" in text or "}" in text:
                yield from _text(context, place, (*place.path, locale) if locale else place.path, text)


def _text(context: Context, place: TextPlace, path: tuple[str | int, ...], text: str) -> Iterator[Problem]:
    template = parse_text(text)
    if template.problem:
        yield Problem(
            "SOP215",
            f"in this text {template.problem}",
            path,
            "type both braces on an ordinary keyboard: {name}" if "｛" in text or "｝" in text else _BRACES,
        )
    for name in dict.fromkeys(template.names):
        found, problems = read_name(context, context.names, name, path, place.node)
        yield from problems
        if found is not None and found.type == "list":
            yield Problem(
                "SOP212",
                f"'{name}' is a list and cannot be put into a text",
                path,
                "derive a value from it, such as {count: " + name + "}",
                about=name,
            )
        if found is not None and found.internal and place.spoken:
            why = "is computed from an internal field" if found.spec is None else "is internal"
            yield Problem(
                "SOP216",
                f"'{name}' {why} and must never be spoken",
                path,
                "leave it out, or move the sentence to `do`",
                about=name,
            )


CHECKS = (texts_fit,)
