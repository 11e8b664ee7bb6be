"""Decisions compared: what each outcome asks, and which cases fall to an outcome that asks less."""

from collections.abc import Iterable, Mapping, Sequence

from sop_runner.machine.graph import GraphNode
from sop_runner.procedure.nodes import Decision, Outcome

from .change import Kind, Told
from .compare import members, one_of, other, ranked
from .conditions import narrowed
from .gains import compare_age, gains
from .sides import Asked, Sides
from .ways import Ways

Burden = frozenset[tuple[str, str]]


def compare_outcomes(told: Told, sides: Sides, asked: Asked, old: GraphNode, new: GraphNode) -> None:
    """The outcomes of two decisions, by name."""
    one, two = old.node, new.node
    assert isinstance(one, Decision)
    assert isinstance(two, Decision)
    ranked(told, "decided by", one.decided_by, two.decided_by, one_of("answer", "person", "rule"))
    before, after = {o.outcome: o for o in one.outcomes}, {o.outcome: o for o in two.outcomes}
    old_burden, new_burden = burdens(asked.old_ways, old), burdens(asked.new_ways, new)
    for name in before:
        if name not in after:
            rest = _against(old_burden, name, before, one.decided_by == "rule")
            _add(told, f"the outcome '{name}' dropped", rest, gone=True, name=name)
    for name in after:
        if name not in before:
            rest = _against(new_burden, name, after, two.decided_by == "rule")
            _add(told, f"the outcome '{name}' added", rest, gone=False, name=name)
    for name, outcome in after.items():
        if name in before:
            here = told.inside(f"outcome '{name}'")
            _outcome(here, asked, before[name], outcome)
            was = _against(old_burden, name, before, one.decided_by == "rule")
            is_ = _against(new_burden, name, after, two.decided_by == "rule")
            rest = was[0] or is_[0], was[1] or is_[1]
            if "rule" in (one.decided_by, two.decided_by) and one.decided_by != two.decided_by:
                rest = True, True  # what a rule takes is only offered to a person
            _when(here, sides, before[name], outcome, rest)
    _order(told, one, two, (old_burden, new_burden))


def burdens(ways: Ways, node: GraphNode) -> Mapping[str, Burden]:
    """What each outcome still asks before the ticket closes; an outcome that cannot close it asks for everything."""
    assert isinstance(node.node, Decision)
    outcomes = node.node.outcomes
    gained = {control for outcome in outcomes for control in outcome.satisfies}
    ahead = {o.outcome: ways.ahead(node.arrows[o.outcome].target) for o in outcomes}
    everything = frozenset().union(*(those for those in ahead.values() if those is not None))
    found: dict[str, Burden] = {}
    for outcome in outcomes:
        to_do = ahead[outcome.outcome]
        found[outcome.outcome] = frozenset(
            {("imposed", control) for control in outcome.imposes}
            | {("to gain", control) for control in gained - set(outcome.satisfies)}
            | {("to do", name) for name in (everything if to_do is None else to_do)}
            | ({("closing", "never")} if to_do is None else set())
        )
    return found


Rest = tuple[bool, bool]
"""Whether some other outcome that the cases go to asks less, and whether one asks more."""


def _against(burden: Mapping[str, Burden], name: str, order: Iterable[str], by_rule: bool) -> Rest:
    """Where the cases go that `name` does not take: to those after it in a rule, else to any other."""
    names = list(order)
    others = names[names.index(name) + 1 :] if by_rule else [one for one in names if one != name]
    mine = burden[name]
    return any(mine - burden[one] for one in others), any(burden[one] - mine for one in others)


def _add(told: Told, sentence: str, rest: Rest, *, gone: bool, name: str) -> None:
    less, more = rest
    old, new = (name, "") if gone else ("", name)
    kind: Kind = "changed"
    if less != more:
        kind = "weaker" if gone == less else "stronger"
    told.add(kind, sentence, old, new, unsettled=less and more)


def _outcome(told: Told, asked: Asked, old: Outcome, new: Outcome) -> None:
    members(told, old.imposes, new.imposes, "no longer imposes {}", "imposes {} as well")
    gains(told, asked, frozenset(old.satisfies), frozenset(new.satisfies))
    if old.satisfies and new.satisfies:
        compare_age(told, old.valid_for, new.valid_for)
    for key in dict.fromkeys((*old.sets, *new.sets)):
        other(told, f"sets '{key}' to", old.sets.get(key), new.sets.get(key), unsettled=True)


def _when(told: Told, sides: Sides, old: Outcome, new: Outcome, rest: Rest) -> None:
    less, more = rest
    if less != more:
        narrowed(told, "taken", sides, old.when, new.when, narrower="weaker" if less else "stronger")
        return
    narrowed(told, "taken", sides, old.when, new.when, narrower="changed", unsettled=less)


def _order(told: Told, old: Decision, new: Decision, burden: Sequence[Mapping[str, Burden]]) -> None:
    before = [o.outcome for o in old.outcomes if any(o.outcome == p.outcome for p in new.outcomes)]
    after = [o.outcome for o in new.outcomes if o.outcome in before]
    by_rule = "rule" in (old.decided_by, new.decided_by)
    differ = any(len({one[name] for name in after}) > 1 for one in burden)
    other(told, "order of the outcomes", before, after, unsettled=by_rule and differ)
