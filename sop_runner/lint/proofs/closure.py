"""Closure and freshness: each path to what requires a control has gained it, and nothing took it away since."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from sop_runner.machine.graph import GraphNode

from .certain import Certain
from .firsts import firsts
from .following import Found, Unwalked
from .ground import State
from .imposed import Met
from .layout import LOST, NEVER
from .model import Item, Model
from .moves import Moves
from .result import Kind, Obligation
from .search import Question
from .taking import Goal
from .telling import stops
from .together import deciding, search_together
from .under import Under

Claim = tuple[str, str, Kind]
KINDS: dict[int, Kind] = {NEVER: "closure", LOST: "freshness"}


@dataclass(frozen=True, slots=True)
class Settled:
    """What was asked, the ways walked that break it, and what could not be settled; `unwalked` are ways to such."""

    asked: tuple[tuple[GraphNode, str], ...]
    broken: Mapping[Claim, Found]
    unsettled: frozenset[Claim]
    unwalked: Mapping[Claim, Unwalked]


def settle(model: Model) -> Settled:
    """Look for a way around every control: what is certainly held needs no search."""
    certain = Certain(model)
    met, under = Met(certain), Under(certain)
    asked = tuple(
        (node, control) for node in model.plan.graph.nodes.values() for control in sorted(model.asks(node))
    )
    open_ones: dict[frozenset[Item], list[tuple[str, str]]] = {}
    for node, control in asked:
        held = any(those.holds(node, control) for those in (certain, met, under))
        if not held or _judged_on_return(node):
            open_ones.setdefault(model.shared(node.scope, control), []).append((node.id, control))
    questions = [
        question for group, those in open_ones.items() if (question := _question(model, group, those))
    ]
    result = search_together(questions, model, missing, partial(_led, model))
    claims = [claim for question in questions for claim in question.goals if isinstance(claim, tuple)]
    broken = {claim: result.found[claim] for claim in claims if claim in result.found}
    unsettled = frozenset(claim for claim in claims if claim in result.unsettled - broken.keys())
    unwalked = {
        claim: result.unwalked[claim] for claim in claims if claim in unsettled & result.unwalked.keys()
    }
    return Settled(asked, broken, unsettled, unwalked)


def obligations(model: Model) -> tuple[Obligation, ...]:
    """Every node and end × every control required or imposed, in the order of the file."""
    settled = settle(model)
    return tuple(
        _obligation(settled, (node.id, control, kind))
        for node, control in settled.asked
        for kind in KINDS.values()
    )


def _obligation(settled: Settled, claim: Claim) -> Obligation:
    if claim in settled.broken:
        found = settled.broken[claim]
        return Obligation(*claim, "fails", stops(found), walked=found.walked is not None)
    if claim in settled.unwalked:
        return Obligation(*claim, "unsettled", stops(settled.unwalked[claim].way))
    return Obligation(*claim, "unsettled" if claim in settled.unsettled else "holds")


def _led(model: Model, found: Found, goal: Goal) -> Found | Unwalked:
    """The way as the core was led along it to its refusal."""
    # What leads is loaded only where there is something to lead.
    from sop_runner.lint.leading.arrivals import without
    from sop_runner.lint.leading.leader import leader

    assert isinstance(goal, tuple)
    return leader(model).lead(found, without(goal[0], goal[1]))


def _question(model: Model, group: frozenset[Item], those: list[tuple[str, str]]) -> Question | None:
    """Whether a control is there where it is asked for; None where whoever asks finds what another one found before."""
    first = firsts(model, group)
    if first is not None:
        those = [one for one in those if one[0] in first.judged]
    if not those:
        return None
    beyond = frozenset[str]() if first is None else first.beyond
    return Question(
        _claims(those), group, _judging(model, those), deciding(model, _gaining(model, group)), beyond
    )


def _gaining(model: Model, group: frozenset[Item]) -> Iterator[GraphNode]:
    for item in group:
        yield from (model.plan.nodes[name] for name in model.plan.gainers.get((item[1], item[2]), ()))


def _claims(those: list[tuple[str, str]]) -> tuple[Claim, ...]:
    return tuple((node, control, kind) for node, control in those for kind in KINDS.values())


def _judged_on_return(node: GraphNode) -> bool:
    """A call for each element is judged again as it returns, when a callee may have lost what it was given."""
    return bool(getattr(node.node, "for_each", None))


def _judging(model: Model, those: list[tuple[str, str]]) -> frozenset[str]:
    """The nodes at which these are asked for, and the returns that judge them again."""
    asking = {node for node, _ in those}
    judged = {node for node in asking if _judged_on_return(model.plan.nodes[node])}
    all_nodes = model.plan.nodes.values() if judged else ()
    ends = {one.id for one in all_nodes if one.kind == "end" and one.scope and one.scope[:-1] in judged}
    return frozenset(asking | ends)


def missing(moves: Moves, state: State) -> Iterator[Goal]:
    """The controls that are asked for here and not held."""
    if not state.entered:
        return
    node = moves.nodes[state.at]
    for control, place in moves.layout.requires(node, state.values):
        if state.values[place] <= LOST:
            yield node.id, control, KINDS[state.values[place]]
    call = moves.returning_to(node, state.values)
    if call is not None:
        for control, place in moves.layout.requires(call, state.values):
            if state.values[place] <= LOST:
                yield call.id, control, KINDS[state.values[place]]
