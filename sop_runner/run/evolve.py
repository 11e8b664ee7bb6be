"""Fold one event into a run. What an event means is here and nowhere else."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sop_runner.machine.graph import scope_of
from sop_runner.machine.plan import Plan

from . import events as ev
from .actions import Opened
from .events import Event
from .facts import NO_FACTS, NONE, NOTHING
from .guards import undoing
from .move import evolve_move
from .recorded import calendar_of, decode, fields_in
from .roles import acting
from .state import Hold, Offer, OpenStep, Run
from .way import Way


class _Fold(NamedTuple):
    plan: Plan
    run: Run
    event: Event
    opened: Mapping[str, Opened]


def started(plan: Plan, run_id: str, event: Event, opened: Mapping[str, Opened] = NOTHING) -> Run:
    """The run that a RunStarted event opens."""
    about = next(piece for piece in event.evidence if piece["kind"] == "start")
    zone = ZoneInfo(about["zone"])
    facts = NO_FACTS._replace(fields=NO_FACTS.fields.changed(fields_in(event, plan, "", "", opened)))
    return Run(
        id=run_id,
        ticket=about["ticket"],
        at=plan.graph.start,
        zone=zone,
        started=event.when,
        last=event.when,
        entered=event.when,
        facts=facts,
        way=Way().entered(plan.graph.start, 0, facts),
        before_entry=(Way(), facts),
        seq=1,
        attempts=NOTHING,
        jumps=NOTHING,
        kept_jumps=NONE,
        partial=NOTHING,
        here=NONE,
        overrun=NONE,
        training=about["training"],
        named={role: tuple(people) for role, people in about["named"].items()} or NOTHING,
        calendar=calendar_of(about),
    )


def evolve(plan: Plan, run: Run, event: Event, opened: Mapping[str, Opened] = NOTHING) -> Run:
    """The run after `event`; `opened` are values behind commitments, where they can be had."""
    if event.type in ev.MOVES:
        return evolve_move(plan, run, event, opened)
    if run.abandoning and event.type in _ANSWERING and event.at and event.at != run.at:
        # Any one of several nodes may undo a step: the one that is answered is the one at hand.
        run = run._replace(at=event.at, partial=NOTHING)
    after = _FOLDS[event.type](_Fold(plan, run, event, opened))
    return after._replace(seq=run.seq + 1, last=event.when)


def _same(fold: _Fold) -> Run:
    return fold.run


def _part(fold: _Fold) -> Run:
    """An item, a check or a signature of the current node was answered."""
    partial = dict(fold.run.partial)
    for piece in fold.event.evidence:
        if piece["kind"] in _PARTS:
            partial[_part_key(piece, fold.event)] = _opened_piece(piece, fold)
    return fold.run._replace(partial=partial, **_acting(fold))


_ANSWERING = frozenset((ev.PART_ANSWERED, ev.FACTOR_CHECKED, ev.SIGNATURE_GIVEN, ev.NODE_FAILED))
_PARTS = frozenset(("item", "check", "factor", "sign_off", "extract"))


def _part_key(piece: Mapping[str, Any], event: Event) -> str:
    if piece["kind"] == "sign_off":
        return f"signer:{event.actor}"
    return (
        f"{piece['kind']}:{piece.get(piece['kind'], '')}" if piece["kind"] != "item" else str(piece["item"])
    )


def _opened_piece(piece: Mapping[str, Any], fold: _Fold) -> Mapping[str, Any]:
    if piece["kind"] != "item" or ("value" not in piece and "commitment" not in piece):
        return piece
    name = f"{fold.plan.node(fold.run.at).local}.{piece['item']}"
    return {**piece, "typed": decode(fold.plan, fold.run.scope + name, piece, fold.opened)}


def _factor(fold: _Fold) -> Run:
    piece = fold.event.evidence[0]
    if piece["right"]:
        return _part(fold)
    attempts = {**fold.run.attempts, fold.run.at: fold.run.attempts.get(fold.run.at, 0) + 1}
    return fold.run._replace(attempts=attempts, **_acting(fold))


def _failed(fold: _Fold) -> Run:
    """The answer was not the right one and there is no other way: answered again, whole."""
    attempts = {node: n for node, n in fold.run.attempts.items() if node != fold.run.at}
    return fold.run._replace(partial=NOTHING, attempts=attempts, **_acting(fold))


def _acting(fold: _Fold) -> dict[str, Any]:
    """Who acts takes the role, and is barred from the roles that the node excludes."""
    return acting(fold.plan.node(fold.event.at or fold.run.at), fold.run, fold.event)


def _held(fold: _Fold) -> Run:
    return fold.run._replace(hold=Hold(fold.event.reason or "", fold.event.when, fold.event.actor or ""))


def _resumed(fold: _Fold) -> Run:
    return fold.run._replace(hold=None)


def _went_back(fold: _Fold) -> Run:
    """As the run stood when that node was entered; attempts and what is left open stay.

    A loop that is gone back over and out of goes on counting when it is entered again.
    """
    run, target = fold.run, fold.event.to or ""
    index = max(i for i, visit in enumerate(run.way) if visit.node == target)
    facts = run.way.facts(index)
    over = frozenset(fold.plan.node(one.node).id for one in run.way[index:])
    kept = frozenset(
        key
        for key in run.jumps
        if fold.plan.node(target).id not in (loop := _loop_of(fold.plan, key)) and over & loop
    )
    return run._replace(
        at=target,
        entered=fold.event.when,
        facts=facts,
        way=run.way.before(index).entered(target, run.way[index].serial, facts),
        partial=NOTHING,
        here=NONE,
        overrun=NONE,
        kept_jumps=run.kept_jumps | kept,
        before_entry=(run.way.before(index), facts),
    )


def _loop_of(plan: Plan, counter: str) -> frozenset[str]:
    node, _, name = counter.rpartition(" ")
    return plan.node(node).arrows[name].loop


def _offered(fold: _Fold) -> Run:
    about = fold.event.evidence[0]
    offer = Offer(
        tuple(about["roles"]),
        fold.event.actor or "",
        about["taker"],
        fold.event.reason or "",
        fold.event.when,
    )
    return fold.run._replace(offer=offer)


def _accepted(fold: _Fold) -> Run:
    offer = fold.run.offer
    if offer is None:
        return fold.run
    people = fold.run.people
    for role in offer.roles:
        rest = tuple(one for one in people.holders(role) if one not in (offer.giver, offer.taker))
        people = people.held(role, (*rest, offer.taker))
    return fold.run._replace(people=people, offer=None)


def _declined(fold: _Fold) -> Run:
    return fold.run._replace(offer=None)


def _taken(fold: _Fold) -> Run:
    """A role has another holder; what its old one offered with it is off."""
    role, person = fold.event.evidence[0]["role"], fold.event.actor or ""
    offer = fold.run.offer
    if offer is not None and role in offer.roles:
        offer = None
    return fold.run._replace(people=fold.run.people.held(role, (person,)), offer=offer)


def _ruled(fold: _Fold) -> Run:
    """A ruling is signed in a role, so it counts as an act in it, though not as one at the item."""
    acted = _acting(fold)
    acted.pop("here", None)
    run = fold.run._replace(**acted)
    run = run._replace(people=run.people.has_ruled(run.at, fold.event.actor or ""))
    if fold.event.outcome == "again":
        attempts = {node: n for node, n in run.attempts.items() if node != run.at}
        return run._replace(partial=NOTHING, attempts=attempts)
    return run


def _overrun(fold: _Fold) -> Run:
    return fold.run._replace(overrun=fold.run.overrun | {fold.event.evidence[0]["clock"]})


def _abandoned(fold: _Fold) -> Run:
    run = fold.run._replace(abandoning=fold.event.reason or "-", hold=None, offer=None)
    return _to_newest_open(fold.plan, run, fold.event)


def _undone(fold: _Fold) -> Run:
    at = fold.event.at or ""
    node = fold.plan.node(at)
    undoes = {scope_of(at) + name[len(node.scope) :] for name in node.undoes}
    run = fold.run._replace(open=tuple(step for step in fold.run.open if step.node not in undoes))
    fields = run.facts.fields.changed(fields_in(fold.event, fold.plan, scope_of(at), at, fold.opened))
    run = run._replace(facts=run.facts._replace(fields=fields), **acting(node, run, fold.event))
    if node.undone_by and not any(step.node == at for step in run.open):
        run = run._replace(open=(*run.open, OpenStep(at, run.seq, fold.event.when)))
    return _to_newest_open(fold.plan, run, fold.event)


def _chosen(fold: _Fold) -> Run:
    return fold.run._replace(
        at=fold.event.at or "", entered=fold.event.when, partial=NOTHING, here=NONE, overrun=NONE
    )


def _left(fold: _Fold) -> Run:
    steps = fold.run.open
    left = (*fold.run.left, (steps[-1].node, fold.event.reason or ""))
    return _to_newest_open(fold.plan, fold.run._replace(open=steps[:-1], left=left), fold.event)


def _to_newest_open(plan: Plan, run: Run, event: Event) -> Run:
    """While abandoning, the item at hand is what undoes the newest open step."""
    if not run.open:
        return run._replace(partial=NOTHING, here=NONE)
    at = undoing(plan, run)[0]
    return run._replace(at=at, entered=event.when, partial=NOTHING, here=NONE, overrun=NONE)


def _ended(fold: _Fold) -> Run:
    return fold.run._replace(
        status="ended", end=fold.event.at or "", result=fold.event.outcome or "", hold=None, offer=None
    )


_FOLDS: Mapping[str, Callable[[_Fold], Run]] = {
    ev.PART_ANSWERED: _part,
    ev.SIGNATURE_GIVEN: _part,
    ev.FACTOR_CHECKED: _factor,
    ev.NODE_FAILED: _failed,
    ev.REFUSED: _same,
    ev.NOTE_ADDED: _same,
    ev.DEVIATION_RECORDED: _same,
    ev.ITEM_FLAGGED: _same,
    ev.RUN_HELD: _held,
    ev.RUN_RESUMED: _resumed,
    ev.WENT_BACK: _went_back,
    ev.HAND_OVER_OFFERED: _offered,
    ev.HAND_OVER_ACCEPTED: _accepted,
    ev.HAND_OVER_DECLINED: _declined,
    ev.ROLE_TAKEN: _taken,
    ev.WAIVER_RULED: _ruled,
    ev.OVERRUN_NOTED: _overrun,
    ev.RUN_ABANDONED: _abandoned,
    ev.STEP_UNDONE: _undone,
    ev.UNDO_CHOSEN: _chosen,
    ev.LEFT_OPEN: _left,
    ev.RUN_ENDED: _ended,
}
