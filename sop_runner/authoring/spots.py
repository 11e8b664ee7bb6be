"""Where the values stand that are put into a scenario: cells of a table, entries of a matrix."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sop_runner.base.finding import Finding, Position, Severity
from sop_runner.procedure.place import existing
from sop_runner.procedure.shape import Path, value_in

from .scenario import PLACEHOLDER

COLUMNS = ("starts", "ends", "at", "never", "know")
"""What a column of that name expects without being put in anywhere; of values `know NAME`."""


@dataclass(frozen=True, slots=True)
class Spot:
    """One such value: the file, where in it, what it says, and how many characters it takes there."""

    file: str
    at: Position
    text: str
    length: int = 1

    def finding(self, code: str, message: str, fix: str, severity: Severity = Severity.ERROR) -> Finding:
        """Something wrong with it."""
        return Finding(code, message, self.file, self.at, severity, fix, length=self.length)


def spot_of(spots: Mapping[str, Spot], data: object, path: Path, said: str) -> Spot | None:
    """The value that fills what stands at `path` of a scenario file, or that a column of its own name expects.

    Where more than values stands there it is the one that `said`, the sentence about it, names in quotes.
    None where there is none, or more than one.
    """
    key = path[2] if len(path) > 2 else ""
    if key == "scenario":
        return None
    whole = len(existing(data, path)) == len(path)
    fills = [*_filled(value_in(data, path))] if whole else [("", " ".join(map(str, path[2:])))]
    found = {name: inner for inner, name in fills if name in spots and (whole or key in COLUMNS)}
    if len(found) > 1 or _mixed(value_in(data, path)):
        quoted = {
            name for name, inner in found.items() for word in (inner, spots[name].text) if f"'{word}'" in said
        }
        found = {name: found[name] for name in quoted}
    return spots[next(iter(found))] if len(found) == 1 else None


def _mixed(raw: Any) -> bool:
    """Whether it is a map, or an item of `do` that is answered by one."""
    return isinstance(raw, Mapping) and (
        len(raw) > 1 or any(isinstance(one, Mapping) for one in raw.values())
    )


def _filled(raw: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """The names that are put in, each with the key that it stands under."""
    if isinstance(raw, str):
        yield from ((key, found[1].strip()) for found in PLACEHOLDER.finditer(raw) if found[1])
    elif isinstance(raw, Mapping):
        for inner, value in raw.items():
            yield from _filled(inner, key)
            yield from _filled(value, str(inner))
    elif isinstance(raw, list):
        for value in raw:
            yield from _filled(value, key)
