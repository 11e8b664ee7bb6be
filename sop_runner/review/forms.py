"""What stands where in evidence is found out once for all that has one form.

A form leaves out the values that differ. Read with a mark in the place of each, it tells which of them is which.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from sop_runner.audit.heads import Form, Head, scan

_MARK = "\ue000"
_MOST = 2_000
"""Forms of which it is kept."""
Look = Callable[[Any], Sequence[str]]
"""Looks for texts in evidence."""


def marks_of(form: Form) -> list[str]:
    """What stands for each value that a form leaves out."""
    return [f"{_MARK}{number}{_MARK}" for number in range(len(form.kinds))]


def marked(form: Form) -> Any:
    """The evidence of a form with a mark in the place of each value that it leaves out."""
    first, *rest = form.text.split("\0")
    named = zip(rest[::2], marks_of(form), rest[1::2], strict=True)
    found, _ = scan(first + "".join(f'{name}"{mark}"{part}' for name, mark, part in named), 0)
    return found


@lru_cache(maxsize=_MOST)
def values_of(form: Form) -> tuple[tuple[int, bool] | None, ...]:
    """For each piece of evidence which of the texts that its form leaves out it records, and whether that is a commitment.

    None for a piece that has to be read to know what it records.
    """
    texts = {mark: number for number, mark in enumerate(marks_of(form)) if form.kinds[number] == '"'}
    found: list[tuple[int, bool] | None] = []
    for piece in marked(form):
        sealed = "commitment" in piece
        value = piece.get("commitment" if sealed else "value")
        known = type(value) is str and value in texts and _MARK not in form.text
        found.append((texts[value], sealed) if known else None)
    return tuple(found)


class Sought:
    """The texts that `look` finds in evidence."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._known: dict[Form, list[int]] = {}

    def of(self, head: Head) -> Sequence[str]:
        """What is in the evidence of a head. Raises what `look` does."""
        numbers = self._known.get(head.form)
        if numbers is not None:
            given = head.given
            found = [given[number][1:-1] for number in numbers]
            if all(found):
                return found
        return self._found(head)

    def _found(self, head: Head) -> Sequence[str]:
        found, form = self._look(head.evidence), head.form
        if head.body is None and _MARK not in form.text:
            marks = marks_of(form)
            told = self._look(marked(form))
            if all(one in marks and form.kinds[marks.index(one)] == '"' for one in told) and all(found):
                if len(self._known) >= _MOST:
                    self._known.clear()
                self._known[form] = [marks.index(one) for one in told]
        return found
