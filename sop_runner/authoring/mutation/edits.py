"""A mutant as data: what is changed in the tree of a procedure file, and the change in words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sop_runner.procedure.shape import Path


class _Gone:
    """Stands for a key that is taken out."""


GONE: Final = _Gone()

Edit = tuple[Path, Any]
"""A place in the tree and what comes there; GONE takes the key out."""

Change = tuple[tuple[Edit, ...], str]
"""Edits that belong together, and what they do in words."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One small wrong copy: where it differs, how, and in what of a control where it is about one.

    `place` names the node, `words` say what became of it; `control` is (key, control) for a control that
    was taken out of a list of them.
    """

    path: Path
    place: str
    words: str
    edits: tuple[Edit, ...]
    control: tuple[str, str] | None = None

    def __str__(self) -> str:
        return f"{self.place}: {self.words}"


def edited(data: Any, edits: Sequence[Edit]) -> Any:
    """The tree with the edits, sharing with the old one what did not change."""
    for path, value in edits:
        data = _put(data, path, value)
    return data


def _put(data: Any, path: Path, value: Any) -> Any:
    if not path:
        return value
    key, *rest = path
    if isinstance(data, list):
        assert isinstance(key, int)
        return [_put(item, tuple(rest), value) if index == key else item for index, item in enumerate(data)]
    if not rest and value is GONE:
        return {name: item for name, item in data.items() if name != key}
    inner = _put(data.get(key, {}), tuple(rest), value)
    if key in data:
        return {name: inner if name == key else item for name, item in data.items()}
    return {**data, key: inner}


def listed(value: Any) -> list[Any]:
    """A list, also where a single name stands for one."""
    return list(value) if isinstance(value, list) else [value]


def without_each(path: Path, value: Any) -> Iterator[tuple[Any, Edit]]:
    """Each entry of a list that is taken out, with the edit; the key goes with its last entry."""
    entries = listed(value)
    for index, entry in enumerate(entries):
        left = entries[:index] + entries[index + 1 :]
        yield entry, (path, left or GONE)
