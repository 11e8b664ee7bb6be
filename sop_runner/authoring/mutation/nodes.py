"""Ways to get a node wrong: where it leads, who may act, what it asks for, when it is passed over."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from sop_runner.procedure.base_types import say
from sop_runner.procedure.shape import Path

from .conditions import condition_changes, doubled
from .edits import GONE, Change, Edit, without_each
from .evidence import checklist_changes, evidence_changes

CONTROLS = ("requires", "satisfies", "imposes", "invalidates")
_DROPPED = {
    "waivable": "nobody may waive it",
    "irreversible": "it can be gone back over",
    "undone_by": "it leaves nothing open",
    "wait": "it can be reported done at once",
    "by": "whoever acts otherwise may act",
    "only_when": "it is never passed over",
}


def node_changes(path: Path, kind: str, raw: Mapping[str, Any], ids: Sequence[str]) -> Iterator[Change]:
    """Every change of the node at `path` that is not about its controls; `ids` are the nodes beside it."""
    for key, words in _DROPPED.items():
        if key in raw:
            yield (((*path, key), GONE),), words
    for role, edit in without_each((*path, "not_by"), raw.get("not_by") or []):
        yield (edit,), f"whoever acted as '{role}' may act"
    for edits, words in condition_changes((*path, "only_when"), raw.get("only_when")):
        yield edits, f"only_when: {words}"
    yield from _ages(path, raw)
    yield from _times(path, raw, ids)
    yield from jump_changes((*path, "then"), raw.get("then"), ids)
    yield from jump_changes((*path, "otherwise"), raw.get("otherwise"), ids)
    if "otherwise" in raw:
        yield (((*path, "otherwise"), GONE),), "'otherwise' is gone"
    if kind == "confirmation":
        yield from evidence_changes(path, raw)
    elif kind == "checklist":
        yield from checklist_changes(path, raw)
    elif kind == "decision":
        yield from _outcomes(path, raw, ids)
    elif kind == "call":
        yield from _call(path, raw, ids)


def jump_changes(path: Path, raw: Any, ids: Sequence[str]) -> Iterator[Change]:
    """A jump that leads elsewhere, or is bounded otherwise."""
    if raw is None:
        return
    name = path[-1]
    jump = dict(raw) if isinstance(raw, Mapping) else {"to": raw}
    other = _another(jump.get("to"), ids)
    if other:
        yield (
            ((path, {**jump, "to": other} if len(jump) > 1 else other),),
            f"'{name}' leads to '{other}', not '{jump['to']}'",
        )
    most = jump.get("at_most")
    if isinstance(most, int):
        yield ((path, {**jump, "at_most": most + 1}),), f"'{name}' may be taken {most + 1} times, not {most}"
        if most > 1:
            yield (
                ((path, {**jump, "at_most": most - 1}),),
                f"'{name}' may be taken {most - 1} times, not {most}",
            )
        yield ((path, jump["to"]),), f"'{name}' may be taken without a bound"
    if "otherwise" in jump:
        spent = _another(jump["otherwise"], ids)
        if spent:
            yield (
                ((path, {**jump, "otherwise": spent}),),
                f"'{name}', once used up, leads to '{spent}', not '{jump['otherwise']}'",
            )
        yield (
            ((path, {k: v for k, v in jump.items() if k != "otherwise"}),),
            f"'{name}', once used up, leads nowhere",
        )


def _another(target: Any, ids: Sequence[str]) -> str | None:
    """The node after the target in the file, from the last one the first."""
    if target not in ids or len(ids) < 2:
        return None
    return ids[(ids.index(target) + 1) % len(ids)]


def _ages(path: Path, raw: Mapping[str, Any]) -> Iterator[Change]:
    age = raw.get("valid_for")
    if age is None:
        return
    here = (*path, "valid_for")
    yield ((here, GONE),), f"what it gains never grows stale (it was '{say(age)}')"
    duration = age.get("for") if isinstance(age, Mapping) else age
    longer = doubled(duration)
    if longer:
        changed = {**age, "for": longer} if isinstance(age, Mapping) else longer
        yield ((here, changed),), f"'valid_for' is {longer}, not {duration}"


def _times(path: Path, raw: Mapping[str, Any], ids: Sequence[str]) -> Iterator[Change]:
    time = raw.get("time")
    if not isinstance(time, Mapping) or "limit" not in time:
        return
    if "at_limit" in time and time["at_limit"] != "warn":
        yield (((*path, "time", "at_limit"), "warn"),), "past its limit one is only warned"
        yield from jump_changes((*path, "time", "at_limit"), time["at_limit"], ids)
        if longer := doubled(time["limit"]):
            yield (((*path, "time", "limit"), longer),), f"its limit is {longer}, not {time['limit']}"


def _outcomes(path: Path, raw: Mapping[str, Any], ids: Sequence[str]) -> Iterator[Change]:
    outcomes = raw["outcomes"]
    for index, outcome in enumerate(outcomes):
        here, name = (*path, "outcomes", index), outcome["outcome"]
        changes = [*jump_changes((*here, "then"), outcome.get("then"), ids), *_ages(here, outcome)]
        changes += condition_changes((*here, "when"), outcome.get("when"))
        if raw.get("decided_by") != "rule" and "when" in outcome:
            changes.append(((((*here, "when"), GONE),), "it is always offered"))
        for field, value in (outcome.get("sets") or {}).items():
            changes += _set_otherwise((*here, "sets", field), field, value, outcomes)
        for edits, words in changes:
            yield edits, f"{name}: {words}"
    for index, (one, other) in enumerate(pairwise(outcomes)):
        first, second = (*path, "outcomes", index), (*path, "outcomes", index + 1)
        if one.get("then") != other.get("then"):
            swapped: tuple[Edit, ...] = (
                ((*first, "then"), other.get("then", GONE)),
                ((*second, "then"), one.get("then", GONE)),
            )
            yield swapped, f"'{one['outcome']}' and '{other['outcome']}' lead where the other should"
        if "when" in one and "when" in other:
            yield ((first, other), (second, one)), f"'{other['outcome']}' is tried before '{one['outcome']}'"


def _set_otherwise(
    path: Path, name: str, value: Any, outcomes: Sequence[Mapping[str, Any]]
) -> Iterator[Change]:
    others = [o["sets"][name] for o in outcomes if name in (o.get("sets") or {}) and o["sets"][name] != value]
    if others:
        yield ((path, others[0]),), f"sets '{name}' to {say(others[0])}, not {say(value)}"
    elif isinstance(value, bool):
        yield ((path, not value),), f"sets '{name}' to {say(not value)}, not {say(value)}"


def _call(path: Path, raw: Mapping[str, Any], ids: Sequence[str]) -> Iterator[Change]:
    for end, jump in (raw.get("ends") or {}).items():
        yield from jump_changes((*path, "ends", end), jump, ids)
    for name, value in (raw.get("given") or {}).items():
        if isinstance(value, bool):
            yield (
                (((*path, "given", name), not value),),
                f"hands over '{name}: {say(not value)}', not {say(value)}",
            )
