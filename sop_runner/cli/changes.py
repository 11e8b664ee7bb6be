"""Changes between two texts of a procedure, as commands show them: weakenings first, old and new under each."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .common import out

if TYPE_CHECKING:
    from sop_runner.authoring.diff.change import Change


def change_data(change: "Change") -> dict[str, Any]:
    """One change for programs."""
    return {
        "kind": change.kind,
        "possibly_weaker": change.unsettled,
        "node": change.node,
        "sentence": change.sentence,
        "old": change.old,
        "new": change.new,
        "language": change.language or None,
    }


def show_changes(changes: Sequence["Change"]) -> None:
    """The changes under a heading for each kind."""
    for heading, those in _grouped(changes):
        out(f"{heading} ({len(those)})")
        for change in those:
            out("\n".join(_lines(change)))
        out()
    if not changes:
        out("no change in meaning")


def _grouped(changes: Sequence["Change"]) -> list[tuple[str, list["Change"]]]:
    """Changes by heading, in the order in which they are to be read."""
    found: dict[str, list[Change]] = {}
    for change in changes:
        found.setdefault(_heading(change), []).append(change)
    return list(found.items())


def _heading(change: "Change") -> str:
    if change.unsettled:
        return "May be weaker: nobody can tell but you"
    if change.kind != "changed":
        return change.kind.capitalize()
    return "Texts" if change.language else "Other changes"


def _lines(change: "Change") -> list[str]:
    """A change, with the old and the new side under it where the sentence does not have them."""
    lines = [f"  {change.node}: {change.sentence}" if change.node else f"  {change.sentence}"]
    if not (change.old in change.sentence and change.new in change.sentence):
        for mark, text in (("-", change.old), ("+", change.new)):
            lines += [f"    {mark} {line}" for line in text.splitlines() if line.strip()]
    return lines
