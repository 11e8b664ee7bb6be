"""Where the values of the fields of a run come from when an entry of a known kind is followed."""

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from sop_runner.audit.heads import Head
from sop_runner.machine.graph import scope_of, template
from sop_runner.machine.plan import Plan
from sop_runner.procedure.fields import FieldRules
from sop_runner.procedure.values import from_wire
from sop_runner.run.actions import Opened
from sop_runner.run.events import NODE_DONE, Event, Evidence
from sop_runner.run.packed import Packed
from sop_runner.run.recorded import decode, decoded, unsealed
from sop_runner.run.state import Run

from .forms import values_of
from .moment import tells_apart

Source = int | tuple[int | str, str] | None
"""Where the value of a field comes from: the number of one that the run had, a piece of evidence (by its number, or
an answered part by its name) and the name it is recorded under, or None for what all runs that stand so have."""
Values = tuple[Any, ...]


class Picks:
    """The values of fields after an entry, picked from those before, from the entry, and from what all runs have.

    `same` are the values of one run that stands as all do afterwards.
    """

    __slots__ = ("_get", "_plan", "_read", "_same", "_sources", "_values")

    def __init__(self, plan: Plan, sources: Sequence[Source], same: Values) -> None:
        self._plan, self._sources, self._same = plan, sources, same
        self._values = tuple([same[number] for number, source in enumerate(sources) if source is None])
        read_from = [source for source in sources if isinstance(source, tuple)]
        self._read = [(which, plan.fields.get(template(name))) for which, name in read_from]
        shared, read = iter(range(len(self._values))), iter(range(len(self._values), len(sources)))
        own = len(self._values) + len(self._read)
        self._get = getter(
            [
                next(shared) if source is None else own + source if isinstance(source, int) else next(read)
                for source in sources
            ]
        )

    def pick(
        self, own: Values, head: Head, parts: Mapping[str, Evidence], opened: Mapping[str, Opened]
    ) -> Values:
        """The values after an entry with this head; `parts` were answered of the item at hand."""
        if not self._read:
            return self._get(self._values + own)
        read = [
            _recorded(rules, head, which, opened)
            if isinstance(which, int)
            else decoded(rules, parts[which], opened)
            for which, rules in self._read
        ]
        return self._get((*self._values, *read, *own))

    def settled(self, pieces: Sequence[Evidence]) -> "Picks":
        """The same for entries with just these `pieces`, none of which holds a commitment."""
        sources: list[Source] = []
        same = list(self._same)
        for number, source in enumerate(self._sources):
            if isinstance(source, tuple) and isinstance(source[0], int):
                same[number] = decode(self._plan, source[1], pieces[source[0]], {})
                source = None
            sources.append(source)
        return Picks(self._plan, sources, tuple(same))


def _recorded(rules: FieldRules | None, head: Head, number: int, opened: Mapping[str, Opened]) -> Any:
    """The typed value of a piece of evidence, as `decoded` gives it."""
    place = values_of(head.form)[number]
    if place is None:
        return decoded(rules, head.evidence[number], opened)
    text = head.given[place[0]][1:-1]
    if not place[1]:
        return text if rules is None else from_wire(rules, text)
    return unsealed(rules, text, opened)


def getter(numbers: Sequence[int]) -> Callable[[Values], Values]:
    """What takes items of these numbers out of a tuple."""
    if len(numbers) > 1:
        found: Callable[[Values], Values] = itemgetter(*numbers)
        return found
    return (lambda values: (values[numbers[0]],)) if numbers else (lambda values: ())


def own_values(run: Run | None) -> Values | None:
    """The values of a run's fields, in the order of their names; None where they are not kept so."""
    fields = run.facts.fields if run is not None else None
    return fields.own if isinstance(fields, Packed) else None


def sources(plan: Plan, before: Run | None, event: Event, after: Run) -> tuple[Source, ...] | None:
    """Where the values of the fields come from that a run has after an event; None where that cannot be told."""
    fields = after.facts.fields
    had = before.facts.fields if before is not None else {}
    if not isinstance(fields, Packed):
        return None
    index = {name: number for number, name in enumerate(had)}
    scopes = {scope_of(event.at or ""), scope_of(event.to or "")}
    written = {
        scope + piece["name"]: number
        for number, piece in enumerate(event.evidence)
        if piece.get("kind") == "field"
        for scope in scopes
    }
    parts = _parts(plan, event) if event.type == NODE_DONE else {}
    found: list[Source] = []
    for name, value in zip(fields, fields.own, strict=True):
        # By names alone: one object may stand for equal values of different fields.
        if tells_apart(plan.fields.get(template(name)), value):
            found.append(None)
        elif name in parts:
            if before is None or "typed" not in before.partial.get(parts[name], {}):
                return None
            found.append((parts[name], name))
        elif name in written:
            found.append((written[name], name))
        elif name in index and had[name].value is value:
            found.append(index[name])
        else:
            return None
    return tuple(found)


def _parts(plan: Plan, event: Event) -> Mapping[str, str]:
    """The items that were answered before an item is done, by the names that they are recorded under then."""
    at = event.at or ""
    node, scope = plan.node(at), scope_of(at)
    found = {}
    for item in getattr(node.node, "items", ()):
        found[f"{scope}{node.local}.{item.item}"] = item.item
        if item.field is not None and item.field.field:
            found[scope + item.field.field] = item.item
    return found
