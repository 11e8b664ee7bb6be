"""Every mutant of a procedure file, in the order of the file: always the same for the same file."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from sop_runner.procedure.base_types import say
from sop_runner.procedure.nodes import kind_of
from sop_runner.procedure.shape import Path

from .conditions import condition_changes, is_number, step_of
from .edits import GONE, Change, Edit, Mutant, edited, without_each
from .fields import field_changes
from .nodes import CONTROLS, node_changes


def mutants(data: Mapping[str, Any]) -> tuple[Mutant, ...]:
    """The mutants of the tree of a procedure without errors, no two of which are the same file."""
    found: list[Mutant] = []
    known: dict[tuple[Path, ...], list[Any]] = {(): [[]]}
    for mutant in _all(data):
        changed = [*_changed(data, edited(data, mutant.edits), ())]
        places = tuple(path for path, _ in changed)
        alike, values = known.setdefault(places, []), [value for _, value in changed]
        if values not in alike:
            alike.append(values)
            found.append(mutant)
    return tuple(found)


def _changed(before: Any, after: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """Where a tree is another one, and what stands there; the parts that both share are not looked at."""
    if before is after or before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys([*before, *after]):
            yield from _changed(before.get(key, GONE), after.get(key, GONE), (*path, key))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from _changed(one, other, (*path, index))
    else:
        yield path, after


def _all(data: Mapping[str, Any]) -> Iterator[Mutant]:
    for index, spec in enumerate(data.get("case") or ()):
        yield from _made(f"case '{spec['field']}'", field_changes(("case", index), spec))
    for name, way in (data.get("derive") or {}).items():
        yield from _made(f"derived '{name}'", _derived(("derive", name), way))
    for key, value in (data.get("defaults") or {}).items():
        if key == "time" and not (isinstance(value, Mapping) and "at_limit" in value):
            continue  # a time that only warns stops nobody
        yield Mutant(
            ("defaults", key), "defaults", f"'{key}: {say(value)}' is gone", ((("defaults", key), GONE),)
        )
    ids = [str(node[kind]) for _, kind, node in _nodes(data["flow"], ("flow",)) if kind != "section"]
    for path, kind, node in _nodes(data["flow"], ("flow",)):
        place = f"'{node[kind]}'"
        if kind == "section":
            changes = [*condition_changes((*path, "only_when"), node.get("only_when"))]
            if "only_when" in node:
                changes.append(((((*path, "only_when"), GONE),), "it is never passed over"))
            yield from _made(f"section {place}", changes)
            continue
        yield from _controls(path, place, node)
        for index, outcome in enumerate(node.get("outcomes") or ()):
            yield from _controls((*path, "outcomes", index), f"{place}: {outcome['outcome']}", outcome)
        yield from _made(place, node_changes(path, kind, node, ids))
    yield from _swaps(data["flow"], ("flow",))


def _made(place: str, changes: Iterator[Change] | Sequence[Change]) -> Iterator[Mutant]:
    for edits, words in changes:
        yield Mutant(edits[0][0], place, words, edits)


def _nodes(flow: Sequence[Mapping[str, Any]], path: Path) -> Iterator[tuple[Path, str, Mapping[str, Any]]]:
    for index, item in enumerate(flow):
        kind = kind_of(item) or ""
        yield (*path, index), kind, item
        if kind == "section":
            yield from _nodes(item["flow"], (*path, index, "flow"))


def _controls(path: Path, place: str, raw: Mapping[str, Any]) -> Iterator[Mutant]:
    for key in CONTROLS:
        for control, edit in without_each((*path, key), raw.get(key) or []):
            edits: tuple[Edit, ...] = (edit,)
            if key == "satisfies" and edit[1] is GONE and "valid_for" in raw:
                edits = (edit, ((*path, "valid_for"), GONE))  # nothing is left to keep fresh
            yield Mutant((*path, key), place, f"no longer {key} '{control}'", edits, (key, str(control)))


def _derived(path: Path, way: Mapping[str, Any]) -> Iterator[Change]:
    for key in ("sum", "count_true", "max", "product"):
        operands = way.get(key) or []
        for operand, edit in without_each((*path, key), operands if len(operands) > 1 else []):
            yield (edit,), f"'{key}' leaves '{say(operand)}' out"
    bands, table = way.get("bands"), way.get("table")
    for index, (bound, value) in enumerate(bands["up_to"] if isinstance(bands, Mapping) else ()):
        for step in (-1, 1):
            moved = bound + step * step_of(bound)
            edit = ((*path, "bands", "up_to", index), [moved, value])
            yield (edit,), f"'{say(value)}' reaches up to {say(moved)}, not {say(bound)}"
    for name, value in (table["values"] if isinstance(table, Mapping) else {}).items():
        if is_number(value):
            yield (
                (((*path, "table", "values", name), value + 1),),
                f"'{name}' counts {say(value + 1)}, not {say(value)}",
            )


def _swaps(flow: Sequence[Mapping[str, Any]], path: Path) -> Iterator[Mutant]:
    for index, (one, other) in enumerate(pairwise(flow)):
        kinds = kind_of(one) or "", kind_of(other) or ""
        names = f"'{one[kinds[0]]}' and '{other[kinds[1]]}'"
        edits = (((*path, index), other), ((*path, index + 1), one))
        yield Mutant((*path, index), names, "stand in the other order", edits)
    for index, item in enumerate(flow):
        if kind_of(item) == "section":
            yield from _swaps(item["flow"], (*path, index, "flow"))
