"""Who asks for a control first after it may have changed: whoever asks behind them finds what they found.

A run refuses to go past a node that lacks what it asks for. Where nothing that gains, loses or imposes a control can be
come to any more, and each way leads past a node that asked for it, the control is there or was not imposed. So most
of a long procedure has nothing to settle about a control, and no search has to walk it.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from .freshness import freshness
from .model import Item, Model
from .touching import touching


@dataclass(frozen=True, slots=True)
class Firsts:
    """The nodes at which a control has to be judged, and those that need not be walked for it."""

    judged: frozenset[str]
    beyond: frozenset[str]


def firsts(model: Model, group: frozenset[Item]) -> Firsts | None:
    """Where a control, with those of equal name that calls hand in, has to be judged; None for wherever it is asked for.

    That is so of one that goes stale by itself, and of one that a callee may lose.
    """
    (_, scope, control), *more = group
    if more or scope or freshness(model).ages(control):
        return None
    nodes, flow = model.plan.nodes, model.flow
    before = flow.leading_to(_changing(model, ("control", scope, control)))
    entered = [to for name in before for to in flow.onward[name] if to not in before]
    if model.plan.graph.start not in before:
        entered.append(model.plan.graph.start)
    asking = {*model.asked_by.get((scope, control), ())}
    requiring = {name for name in asking if control in nodes[name].requires}
    soon = _until(_entered(model, asking), entered, flow.onward)
    # Who asks for it whatever was imposed finds more only behind others who did.
    later = _until(_entered(model, requiring), entered, flow.onward) if requiring - before else soon
    judged = asking & before | requiring & later | asking & soon
    return Firsts(frozenset(judged), flow.reached - before - later)


def _changing(model: Model, item: Item) -> set[str]:
    """The nodes at which a control is gained, lost or imposed; a call does so as its callee returns."""
    _, scope, control = item
    found = {*touching(model).changing.get(item, ()), *model.imposers.get(scope, {}).get(control, ())}
    inside = tuple(scope for call in found & model.inside.keys() for scope in model.inside[call])
    return found.union(name for name in model.plan.nodes if name.startswith(inside)) if inside else found


def _entered(model: Model, names: Collection[str]) -> set[str]:
    """Those that nobody passes over."""
    return {name for name in names if model.plan.nodes[name].only_when is None}


def _until(stops: Collection[str], starts: Iterable[str], onward: Mapping[str, tuple[str, ...]]) -> set[str]:
    """What can be come to from some nodes without going past one of those that stop, they themselves among it."""
    found, waiting = set(starts), [*starts]
    while waiting:
        name = waiting.pop()
        if name in stops:
            continue
        for to in onward[name]:
            if to not in found:
                found.add(to)
                waiting.append(to)
    return found
