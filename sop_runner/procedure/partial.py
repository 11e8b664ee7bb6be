"""What is left of a file when its errors are cut out, so that the rest can be checked as well."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from .explain import explain
from .model import Procedure
from .nodes import KINDS
from .place import Problem
from .shape import Path, value_in

MAX_ROUNDS = 12
MAX_ERRORS = 400  # looking for what was meant takes time for each; nobody reads so many

_SOMEBODY = "somebody"

# What stands in for a missing or wrong key at the top; nothing is reported about these.
_STAND_IN: dict[str, Any] = {
    "format": "sop/1",
    "procedure": "unnamed",
    "revision": 1,
    "title": "Untitled",
    "purpose": "Unknown",
    "effective_from": "2000-01-01",
    "review_by": "2999-01-01",
    "roles": {_SOMEBODY: "Acts."},
    "by": _SOMEBODY,
}


@dataclass(frozen=True, slots=True)
class Read:
    """A file held against the model: its errors and, as far as it can be read, a procedure.

    `lost` are the names in what was cut out: an error about one of them may only follow from
    another. `kept` gives for the path of a list that lost elements the indices that are left.
    """

    problems: tuple[Problem, ...]
    procedure: Procedure | None
    lost: frozenset[str] = frozenset()
    cut: bool = False
    gone: frozenset[Path] = frozenset()
    no_roles: bool = False
    kept: tuple[tuple[Path, tuple[int, ...]], ...] = ()

    def original(self, path: Path) -> Path:
        """The path in the file of a path in the procedure, whose lists may have lost elements."""
        return _original(path, dict(self.kept))

    def follows(self, problem: Problem) -> bool:
        """Whether `problem` (with its path in the file) may only follow from what was cut out."""
        if not self.cut:
            return False
        if self.no_roles and problem.code == "SOP209":
            return True
        around = problem.path[:-1]
        if problem.absence and any(path[: len(around)] == around for path in self.gone):
            return True
        return any(part in self.lost for part in (problem.about, *problem.about.split(".")))


def read_model(data: dict[Any, Any]) -> Read:
    """Hold `data` against the model; cut out what is wrong and look again until the rest fits."""
    problems: list[Problem] = []
    gone: set[Path] = set()
    stand_ins: dict[str, Any] = {}
    for _ in range(MAX_ROUNDS):
        kept: dict[Path, tuple[int, ...]] = {}
        rest = {**_without(data, (), gone, kept), **stand_ins}
        try:
            procedure = Procedure.model_validate(rest)
        except ValidationError as failed:
            errors = failed.errors(include_url=False, include_input=False)
            found = explain(rest, errors[:MAX_ERRORS])
            # What is wrong around a place that was cut may come of the cutting.
            around = {path[:length] for path in gone for length in range(len(path))}
            for problem in found:
                there = _original(problem.path, kept)
                if there not in around:
                    problems.append(replace(problem, path=there))
            if len(errors) > MAX_ERRORS or not _cut(found, kept, gone, stand_ins):
                break
        else:
            names = {name for path in gone for name in _names(value_in(data, path), path)}
            return Read(
                tuple(problems),
                procedure,
                frozenset(names | {_SOMEBODY}),
                bool(gone or stand_ins),
                frozenset(gone),
                "roles" in stand_ins,
                tuple(kept.items()),
            )
    return Read(tuple(problems), None)


def _cut(
    found: list[Problem],
    kept: dict[Path, tuple[int, ...]],
    gone: set[Path],
    stand_ins: dict[str, Any],
) -> bool:
    """Add to `gone` (or `stand_ins`) what the problems concern; False where nothing can be cut."""
    before = len(gone) + len(stand_ins)
    for problem in found:
        key = problem.path[0] if problem.path else problem.about
        if len(problem.path) <= 1 and key in _STAND_IN:
            stand_ins[str(key)] = _STAND_IN[str(key)]
        elif not problem.path:
            return False
        # An item without a kind or a name is no item: what else it says means nothing.
        unnamed = problem.path[-1:] and problem.path[-1] in KINDS and problem.path[-3:-2] == ("flow",)
        no_kind = problem.code == "SOP137" and problem.on_key
        path = problem.path[:-1] if unnamed or no_kind else problem.path
        if path:
            gone.add(_original(path, kept))
    return len(gone) + len(stand_ins) > before


def _without(data: Any, path: Path, gone: set[Path], kept: dict[Path, tuple[int, ...]]) -> Any:
    if not gone:
        return data
    if isinstance(data, dict):
        return {
            key: _without(value, (*path, key), gone, kept)
            for key, value in data.items()
            if (*path, key) not in gone
        }
    if isinstance(data, list):
        left = tuple(index for index in range(len(data)) if (*path, index) not in gone)
        if len(left) < len(data):
            kept[path] = left
        return [_without(data[index], (*path, index), gone, kept) for index in left]
    return data


def _original(path: Path, kept: dict[Path, tuple[int, ...]]) -> Path:
    real: Path = ()
    for step in path:
        left = kept.get(real)
        real = (*real, left[step] if left and isinstance(step, int) and step < len(left) else step)
    return real


def _names(value: Any, path: Path) -> Iterator[str]:
    if path and isinstance(path[-1], str):
        yield path[-1]
    if isinstance(value, dict):
        for key, inner in value.items():
            yield str(key)
            yield from _names(inner, ())
    elif isinstance(value, list):
        for inner in value:
            yield from _names(inner, ())
    elif isinstance(value, str):
        yield value
