"""Texts: names are put in once, braces are braces, and data is never read again."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sop_runner.procedure.text import Slot, parse_text


def filled(text: str, value: Callable[[str], str]) -> str:
    """Put values into a text: `value` gives the words for a name. What it gives is not read again."""
    return "".join(
        value(piece.name) if isinstance(piece, Slot) else piece for piece in parse_text(text).pieces
    )


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("", ()),
        ("plain", ("plain",)),
        ("{a}", (Slot("a"),)),
        ("say { a } now", ("say ", Slot("a"), " now")),
        ("{a}{b.c}", (Slot("a"), Slot("b.c"))),
        ("{{a}}", ("{a}",)),
        ("{{{a}}}", ("{", Slot("a"), "}")),
    ],
)
def test_pieces(text: str, pieces: tuple[object, ...]) -> None:
    template = parse_text(text)
    assert template.pieces == pieces
    assert template.problem == ""


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a {b", "'{' is not closed"),
        ("a } b", "'}' closes no '{'"),
        ("{}", "'{}' names nothing"),
        ("{a {b}", "'{' is followed by no name"),
    ],
)
def test_braces_that_fit_nowhere(text: str, problem: str) -> None:
    template = parse_text(text)
    assert template.problem == problem
    assert filled(text, lambda name: "{" + name + "}") == text


def test_what_is_put_in_is_not_read_again() -> None:
    assert filled("Hello {a}.", lambda name: "{b} {{") == "Hello {b} {{."


@given(st.text(alphabet="{}ab \n", max_size=40))
def test_every_text_is_read(text: str) -> None:
    template = parse_text(text)
    assert all(piece for piece in template.pieces)
    if not template.problem and not template.names:
        assert filled(text, str) == text.replace("{{", "{").replace("}}", "}")


@given(st.text(max_size=40))
def test_a_doubled_text_comes_back(text: str) -> None:
    assert filled(text.replace("{", "{{").replace("}", "}}"), str) == text
