"""A way that was found, in words: the nodes, how each was left, and the values that lead on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache, reduce
from operator import or_

from sop_runner.machine.graph import SPENT, calling, scope_of
from sop_runner.procedure.base_types import FieldRef
from sop_runner.procedure.model import Path
from sop_runner.procedure.nodes import Decision
from sop_runner.procedure.place import Problem
from sop_runner.procedure.value_types import UNKNOWN, Sealed
from sop_runner.procedure.value_wire import to_wire

from .examples import Examples, SameText
from .following import Found, Unwalked
from .ground import ENTER, GO_BACK, Step
from .moves import Moves
from .regions import OTHER, UNKNOWN_BIT, Regions
from .result import Stop, told

NOT_WALKED = "SOP314"


def stops(found: Found) -> tuple[Stop, ...]:
    """Every node on the way with how it was left; the last one is where the way ends."""
    narrowed = _narrowed(found) if found.walked is None else _walked(found.walked)
    found_stops: list[Stop] = []
    values: list[tuple[str, str]] = list(narrowed.get(-1, ()))
    for index, step in enumerate(found.steps):
        if index in narrowed:
            values += narrowed[index]
        if step.arrow == ENTER:
            continue
        stop = _stop(step)
        found_stops.append(stop._replace(values=tuple(values)) if values else stop)
        values = []
    if found.states:
        found_stops.append(Stop(found.states[-1].at, "", tuple(values)))
    return tuple(found_stops)


def not_walked(whether: str, found: Unwalked, path: Path, fix: str, about: str = "") -> Problem:
    """What is said where a way seems to lead to something, and the run core was not led along it."""
    way = told(stops(found.way))
    message = f"{whether} could not be settled: a way seems to lead there that could not be walked: {way}"
    return Problem(NOT_WALKED, message, path, fix, about=about)


_WORDS = {"done": "", "call": "", "next": "next element", "passed_over": "passed over"}


@lru_cache(maxsize=4096)
def _stop(step: Step) -> Stop:
    """The place that a step leaves, and how; many ways have it in common."""
    return Stop(step.at, _how(step))


def _how(step: Step) -> str:
    if step.arrow == GO_BACK:
        return "gone back to from further on" if step.to == step.at else f"going back to {step.to}"
    if step.how == GO_BACK:
        return "passed over after going back to it"
    name = step.arrow
    plain = name.removesuffix(SPENT)
    if step.how == "waived" or plain == "return":
        how = step.how
    else:
        how = _WORDS[plain] if plain in _WORDS else plain.replace("at_limit", "limit passed")
    return f"{how}, no jump left".lstrip(", ") if name != plain else how


_HANDING = ("call", "next", "return")
"""What the arrows begin with by which calls hand in and give back."""


@dataclass(frozen=True, slots=True)
class Life:
    """A value from the step that recorded it (-1: before the start) to the next: what it was then, and what was left."""

    since: int
    first: int
    last: int


def lives(found: Found, key: str) -> list[Life]:
    """The values that a remembered name has along the way; one that is gone back to lives on, known more closely."""
    place = found.layout.names[key]
    since, first = -1, found.states[0].values[place]
    last = first
    told: list[Life] = []
    entered: dict[str, tuple[int, int]] = {}
    words_ = found.layout.model.words
    one = words_.known[key]
    bases = (
        one.cone if one.free else {words_.list_of.get(key, key)}
    )  # what is computed is new with what it is computed from
    recorders = {node.id for base in bases for node in found.layout.model.recorders.get(base, ())}
    for index, (step, state) in enumerate(zip(found.steps, found.states[1:], strict=True)):
        mask = state.values[place]
        if step.arrow == GO_BACK and step.to in entered and step.to != step.at:
            told.append(Life(since, first, last))
            since, first = entered[step.to]
            last = mask
            continue
        may = step.at in recorders or step.arrow.startswith(_HANDING)
        if mask & ~last or (may and any(_records(found, step, base) for base in bases)):
            last = _read_before(found, index, key)
            told.append(Life(since, first, last))
            since, first = index, mask
        last = mask
        if state.entered and step.arrow != GO_BACK:
            entered[state.at] = since, first
    return [*told, Life(since, first, last)]


def _records(found: Found, step: Step, key: str) -> bool:
    """Whether a step may have recorded a name."""
    if step.arrow in (ENTER, GO_BACK, "otherwise") or step.arrow.endswith("at_limit"):
        return False
    nodes = found.layout.model.plan.nodes
    node = nodes[step.at]
    if step.arrow in ("call", "next"):
        inner = scope_of(step.to)
        return key.startswith(inner) and "/" not in key[len(inner) :]
    if isinstance(node.node, Decision):
        sets = next((one.sets for one in node.node.outcomes if one.outcome == step.how), {})
        name = key[len(node.scope) :]
        return key == node.id or (
            key.startswith(node.scope) and name in sets and sets[name] != FieldRef(name)
        )
    owner = nodes[calling(node.scope)] if node.kind == "end" and node.scope else node
    return key.startswith(owner.scope) and key[len(owner.scope) :] in owner.records


def _read_before(found: Found, index: int, key: str) -> int:
    """What a name had to be for the outcome that was taken, where a decision sets what it reads."""
    step, values, place = found.steps[index], found.states[index].values, found.layout.names[key]
    model = found.layout.model
    node = model.plan.nodes[step.at]
    if not isinstance(node.node, Decision) or step.arrow == GO_BACK:
        return values[place]
    asked = (model.reads(node.scope, one.when) for one in node.node.outcomes if one.when is not None)
    if ("name", key) not in model.closed(frozenset().union(*asked)):
        return values[place]
    ways = Moves(found.layout).outcomes(node, node.node, values)
    taken = (left for outcome, left in ways if outcome.outcome == step.how)
    return reduce(or_, (left[place] for left in taken), 0) or values[place]


def _walked(values: Mapping[tuple[int, str], object]) -> dict[int, tuple[tuple[str, str], ...]]:
    """The values that led the core along the way, by the step that recorded them."""
    result: dict[int, dict[str, str]] = {}
    for (index, key), value in values.items():
        result.setdefault(index, {})[key] = _value(value)
    return {index: tuple(sorted(those.items())) for index, those in result.items()}


def _narrowed(found: Found) -> dict[int, tuple[tuple[str, str], ...]]:
    """What each recorded name had to be on this way, by the step that recorded it."""
    known = found.layout.model.words.known
    result: dict[int, dict[str, str]] = {}
    examples = Examples(found)
    alike: dict[SameText, str] = {}
    rows = {row for those in found.layout.model.words.rows.values() for row in those}
    for key in sorted(found.layout.names):
        one = known[key]
        if (
            one.pair is not None
            or one.asked_of
            or (one.derive is None and key in found.layout.model.plan.graph.nodes)
        ):
            continue  # how names compare is seen in them; outcomes and what is open are told by the arrows
        for life in lives(found, key):
            value, last = examples.value(key, life.since), life.last & examples.within(key, life.since)
            if key in rows:
                if last != UNKNOWN_BIT or life.first == last:
                    continue
                said = "no such row"
            elif isinstance(value, SameText) and (first := alike.setdefault(value, key)) != key:
                said = f"the same as {first}"
            elif value is not None and not isinstance(value, SameText):
                said = _value(value)
            elif value is not None or last != life.first:  # else nothing on the way asked for more
                said = words(one.regions, last or life.last)
            else:
                continue
            result.setdefault(life.since, {})[key] = said
    return {index: tuple(those.items()) for index, those in result.items()}


def words(regions: Regions, mask: int) -> str:
    """A set of regions as a person would say it."""
    parts = [(sample, single) for bit, sample, single in regions.parts(mask) if bit != 1]
    said = ["not known"] if mask & 1 else []
    if not parts:
        return said[0] if said else "nothing"
    if regions.kind in ("number", "date", "datetime", "time", "duration"):
        return " or ".join(said + _ranges(regions, mask))
    return " or ".join(said + [_value(sample) for sample, _ in parts])


def _ranges(regions: Regions, mask: int) -> list[str]:
    """Neighbouring regions of an ordered kind as ranges."""
    found: list[str] = []
    run: list[int] = []
    for index in range(len(regions.samples) + 1):
        inside = index < len(regions.samples) and bool(mask >> (index + 1) & 1)
        inside = inside and not isinstance(regions.samples[index], Sealed | str)
        if inside:
            run.append(index)
        elif run:
            found.append(_range(regions, run))
            run = []
    odd = [s for i, s in enumerate(regions.samples) if isinstance(s, Sealed | str) and mask >> (i + 1) & 1]
    return found + [_value(sample) for sample in odd]


def _range(regions: Regions, run: list[int]) -> str:
    first, last = run[0], run[-1]
    low = _value(regions.samples[first]) if first not in regions.between else None
    high = _value(regions.samples[last]) if last not in regions.between else None
    if low is not None and high is not None:
        return low if first == last else f"{low} to {high}"
    below = _value(regions.samples[last + 1]) if high is None and _ordered(regions, last + 1) else None
    above = _value(regions.samples[first - 1]) if low is None and first else None
    start = f"from {low}" if low is not None else f"above {above}" if above is not None else ""
    stop = f"up to {high}" if high is not None else f"below {below}" if below is not None else ""
    return " ".join(part for part in (start, stop) if part) or "any"


def _ordered(regions: Regions, index: int) -> bool:
    return index < len(regions.samples) and not isinstance(regions.samples[index], Sealed | str)


def _value(sample: object) -> str:
    if isinstance(sample, Sealed):
        return _value(sample.value) if sample.available else "something that is kept as a digest"
    if sample is UNKNOWN:
        return "not known"
    if sample == OTHER:
        return "something else"
    if isinstance(sample, tuple):
        return "some rows" if not sample else "1 row" if len(sample) == 1 else f"{len(sample)} rows"
    if isinstance(sample, bool):
        return "true" if sample else "false"
    if isinstance(sample, datetime | date | time | timedelta | Decimal):
        return str(to_wire(sample)).replace(".000000Z", "Z")
    return str(sample)
