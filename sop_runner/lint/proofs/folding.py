"""What a node reads, and forgetting what nobody reads any more, so that states that differ in nothing else are one."""

from collections.abc import Mapping
from operator import itemgetter

from sop_runner.machine.graph import GraphNode, calling, scope_of
from sop_runner.procedure.base_types import FieldRef
from sop_runner.procedure.fields import FieldRules
from sop_runner.procedure.nodes import Call, Checklist, Confirmation, Decision, End

from .ground import State
from .lateness import limits
from .layout import FOR_EVER, NEVER, Layout, Values, counted, put
from .model import Item, Model

Kept = Mapping[Item, frozenset[str]]
"""The nodes at which something is asked about a name, beside those that read it."""


class Folding:
    """Folds the states of one layout; a name is not forgotten where it is `kept`.

    Controls that are `met` at some nodes are there, or were not imposed: which of it nobody asks any more.
    """

    def __init__(self, layout: Layout, kept: Kept, met: Kept | None = None) -> None:
        self.layout = layout
        model = layout.model
        nodes = model.plan.graph.nodes
        self._names = [
            (
                place,
                model.words.known[key].regions,
                (alive(model)[key] if layout.past is None else _alive_together(model, key))
                | kept.get(("name", key), frozenset()),
                key,
            )
            for key, place in layout.names.items()
            if not (key in nodes and nodes[key].undone_by)
        ]
        asked = {key: _asked_behind(model, ("control", *key)) for key in layout.controls}
        self._controls = [
            *((place, asked[key]) for key, place in layout.controls.items()),
            *((place, asked[key]) for key, place in layout.for_good.items()),
            *((place, asked[nodes[at].scope, control]) for (at, control), place in layout.imposed.items()),
        ]
        self._counts = [
            (place, nodes[source].arrows[name].loop) for (source, name), place in layout.counts.items()
        ]
        self._met = tuple(
            (nodes_of, self._as_met(item[1], item[2])) for item, nodes_of in (met or {}).items() if nodes_of
        )
        self._at: dict[tuple[str, ...], _Forgotten] = {}

    def folded(self, state: State) -> State:
        """The state with the values of forgotten names and counts left open."""
        from_here = (state.at, *(visit.node for visit in state.visits))
        here = self._at.get(from_here)
        if here is None:
            known = self.layout.model.words.known
            those = {
                place: known[key].possible if known[key].free else regions.all
                for place, regions, alive, key in self._names
                if alive.isdisjoint(from_here)
            }
            those.update((place, NEVER) for place, asked in self._controls if asked.isdisjoint(from_here))
            for nodes, met in self._met:
                those.update(met if nodes.issuperset(from_here) else ())
            here = self._at[from_here] = _Forgotten(those)
        values = here.left(state.values)
        if self.layout.past is not None and values[self.layout.past] and not state.visits:
            values = self._without_past(values, state.at)
        for place, loop in self._counts if not state.visits else ():
            if values[place] and not values[place] & 1 and state.at not in loop:
                values = put(values, place, 0)
        return state if values is state.values else state._replace(values=values)

    def _as_met(self, scope: str, control: str) -> tuple[tuple[int, int], ...]:
        """What a control that was asked for and found is from then on, imposed or not."""
        layout = self.layout
        imposed = (
            place for (at, name), place in layout.imposed.items() if (scope_of(at), name) == (scope, control)
        )
        return (
            (layout.controls[scope, control], FOR_EVER),
            *((place, 0) for place in imposed),
            *((place, 0) for key, place in layout.for_good.items() if key == (scope, control)),
        )

    def _without_past(self, values: Values, at: str) -> Values:
        """What is known of values that are gone, as far as somebody may still read what it tells of."""
        assert self.layout.past is not None
        pasts = self.layout.model.words.pasts
        names = [key for _, _, alive, key in self._names if at in alive]
        left = pasts[values[self.layout.past]].forgotten(names)
        return put(values, self.layout.past, pasts.number(left))


class _Forgotten:
    """Places of which nobody asks any more, with what is put there instead."""

    def __init__(self, places: Mapping[int, int]) -> None:
        self._places = places
        # Mostly they hold it already.
        self._look = itemgetter(*places) if places else None
        self._holding = self._look(places) if self._look is not None else None

    def left(self, values: Values) -> Values:
        """The values but for those."""
        if self._look is None or self._look(values) == self._holding:
            return values
        found = list(values)
        for place, value in self._places.items():
            found[place] = value
        return tuple(found)


def alive(model: Model) -> dict[str, frozenset[str]]:
    """For each name the nodes from which one can be reached that reads it, or may leave it as it was."""
    if not model.alive:
        reading: dict[str, set[str]] = {key: set() for key in model.words.known}
        for node in model.plan.graph.nodes.values():
            for key in touched_names(model, node):
                one = model.words.known[key]
                for base in {key, *one.cone, *one.leaves}:
                    reading[base].add(node.id)
        ages = model.words.ages
        for (first, second), key in model.words.alike.items():
            reading[key] = reading[ages[first].key] | reading[ages[second].key]
        # How two names compare, and how old they are, tell of each other.
        told = [
            (key, *(ages[one].key for one in two))
            for two, key in model.words.pairs.items()
            if {*two} <= ages.keys()
        ]
        for those in told * 2:
            together = frozenset().union(*(reading[key] for key in those))
            for key in those:
                reading[key] |= together
        model.alive.update((key, model.flow.leading_to(those)) for key, those in reading.items())
    return model.alive


def _alive_together(model: Model, key: str) -> frozenset[str]:
    """The same with what names that are held together with this one are read for: it says something of them."""
    together = model.words.together(key)
    found = model.alive_together.get(together)
    if found is None:
        reading = frozenset().union(*(alive(model)[one] for one in together))
        found = model.alive_together[together] = reading
    return found | alive(model)[key]


def _asked_behind(model: Model, item: Item) -> frozenset[str]:
    """The nodes from which one can be reached that asks for a control."""
    if not model.asked_behind:
        asking: dict[Item, set[str]] = {}
        for node in model.plan.graph.nodes.values():
            for one in reads_at(model, node):
                if one[0] == "control":
                    asking.setdefault(one, set()).add(node.id)
        model.asked_behind.update((one, model.flow.leading_to(those)) for one, those in asking.items())
    return model.asked_behind.get(item, frozenset())


def written(model: Model, node: GraphNode) -> set[str]:
    """The names that a node records or forgets, as it is gone through, passed over, called or returned from."""
    scope, spec = node.scope, node.node
    found = {scope + name for name in node.records}
    for arrow in node.arrows.values():
        if (arrow.name == "call" and isinstance(spec, Call)) or (
            arrow.name == "next" and isinstance(spec, End)
        ):
            first = model.plan.graph.nodes[arrow.target]
            found |= {first.scope + one.field for one in first.procedure.case}
    if isinstance(spec, End) and scope:
        call = model.plan.graph.nodes[calling(scope)]
        found |= {call.scope + name for name in call.records}
    return found


def touched_names(model: Model, node: GraphNode) -> set[str]:
    """The names that a node reads, records or may leave as they were."""
    items = set(reads_at(model, node))
    recorded = written(model, node)
    for key in (*recorded,):
        recorded.update(model.words.rows.get(key, ()), model.words.cells_of.get(key, ()))
    for key in recorded:
        items |= model.sources.get(key, frozenset())
        for age in model.age(key):
            items |= model.sources.get(age[1], frozenset())  # as old as what it is copied from
    found = {item[1] for item in items if item[0] == "name"}
    # What is waived or decided again may leave its names as they were.
    found |= {key for key in recorded if key in model.words.known}
    return found


def reads_at(model: Model, node: GraphNode) -> frozenset[Item]:
    """Everything that decides how a node is entered and left."""
    found = model.read_at.get(node.id)
    if found is None:
        found = model.read_at[node.id] = frozenset(_reads_at(model, node))
    return found


def _reads_at(model: Model, node: GraphNode) -> set[Item]:
    scope, found = node.scope, set[Item]()
    if node.only_when is not None:
        found |= model.reads(scope, node.only_when)
    for control in model.asks(node):
        found |= model.shared(scope, control)
    for arrow in node.arrows.values():
        key = counted(node, arrow, model.plan.graph.nodes)
        if key is not None:
            found.add(("count", *key))
        if arrow.name.endswith("at_limit"):
            timed = model.timed(node, arrow)
            since = timed.scope + (getattr(timed.time, "from_", None) or "")
            if since in model.plan.graph.nodes:
                found.add(("left", since))
    found |= limits(model).told_at(node)
    if node.time is not None:
        for name in (node.time.from_, node.time.until):
            if name and scope + name not in model.plan.graph.nodes:
                found |= model.item(scope, name)
    if node.valid_for is not None and node.valid_for.from_ is not None:
        found |= model.item(scope, node.valid_for.from_)
    match node.node:
        case Decision(outcomes=outcomes):
            for one in outcomes:
                if one.when is not None:
                    found |= model.reads(scope, one.when)
                if one.valid_for is not None and one.valid_for.from_ is not None:
                    found |= model.item(scope, one.valid_for.from_)
        case Checklist(items=items, need=need):
            for item in items:
                if item.only_when is not None and need is not None:
                    found |= model.reads(scope, item.only_when)
                if item.field is not None:
                    for name in (f"{node.id}.{item.item}", scope + (item.field.field or "")):
                        found |= _held_against(model, scope, name, item.field)
        case Confirmation(record=record, read_back=read_back, sign_off=sign_off):
            for field in record.fields if record else ():
                found |= _held_against(model, scope, scope + field.field, field)
            for name in (*((read_back.of,) if read_back else ()), *(sign_off.blind if sign_off else ())):
                found |= model.item(scope, name)
        case Call() as call:
            found |= _given(model, node, call)
        case End() if scope:
            outer = model.plan.graph.nodes[calling(scope)]
            for control in model.asks(outer):
                found |= model.shared(outer.scope, control)
            if "next" in node.arrows and isinstance(outer.node, Call):
                found |= _given(model, outer, outer.node)
        case _:
            pass
    return found


def _given(model: Model, node: GraphNode, call: Call) -> set[Item]:
    """What decides about the elements of a call and what is handed in."""
    found: set[Item] = set()
    for name, value in call.given.items():
        if isinstance(value, FieldRef):
            found |= model.item(node.scope, value.name)
            found |= {
                ("name", scope + name) for scope in model.inside[node.id] if _restricts(model, scope + name)
            }
    for name in call.for_each.values():
        found |= model.item(node.scope, name)
        key = node.scope + name.partition(".")[0]
        there = (*model.words.rows.get(key, ()), *model.words.counts.get(key, ()))
        found |= {("name", one) for one in there}
    for scope in model.inside[node.id]:
        found |= {("name", cell) for name in call.for_each if (cell := model.words.cells.get(scope + name))}
    return found


def _restricts(model: Model, key: str) -> bool:
    return model.words.takes(key) != model.words.known[key].regions.all


def _held_against(model: Model, scope: str, key: str, rules: FieldRules) -> set[Item]:
    """The names that a field has to equal or to differ from."""
    others = [one.name for one in (rules.equals, rules.differs) if isinstance(one, FieldRef)]
    pairs = {item for name in others for item in model.pair(key, model.words.resolve(scope, name))}
    return pairs.union(*(model.item(scope, name) for name in others))
