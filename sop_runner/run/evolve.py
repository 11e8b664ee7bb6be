"""Fold one event into a run. What an event means is here and nowhere else."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sop_runner.machine.graph import scope_of
from sop_runner.machine.plan import Plan

from . import events as ev
from .actions import Opened
from .counting import in_loop
from .events import Event
from .facts import NO_FACTS, NONE, NOTHING, Facts
from .guards import undoing
from .move import evolve_move
from .people import People
from .recorded import calendar_of, decode, fields_in
from .roles import acting
from .state import Hold, Offer, OpenStep, Run
from .way import Way


class _Fold(NamedTuple):
    plan: Plan
    run: Run
    event: Event
    opened: Mapping[str, Opened]


_Changes = Mapping[str, Any]
"""The parts of a run that an event changes."""


def started(plan: Plan, run_id: str, event: Event, opened: Mapping[str, Opened] = NOTHING) -> Run:
    """The run that a RunStarted event opens."""
    about = ev.about(event, "start")
    zone = ZoneInfo(about["zone"])
    facts = Facts(NO_FACTS.fields.recorded(fields_in(event, plan, "", opened), ""), *NO_FACTS[1:])
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
        run = run.changed(at=event.at, partial=NOTHING)
    changes = _FOLDS[event.type](tuple.__new__(_Fold, (plan, run, event, opened)))
    return run.after(event.when, changes)


def _same(fold: _Fold) -> _Changes:
    return {}


def _part(fold: _Fold) -> _Changes:
    """An item, a check or a signature of the current node was answered."""
    changes = _acting(fold)
    partial = changes["partial"] = {**fold.run.partial}
    for piece in fold.event.evidence:
        kind = piece["kind"]
        if kind == "item":
            partial[str(piece["item"])] = _opened_piece(piece, fold)
        elif kind == "sign_off":
            partial[f"signer:{fold.event.actor}"] = piece
        elif kind in _PARTS:
            partial[f"{kind}:{piece.get(kind, '')}"] = piece
    return changes


_ANSWERING = frozenset((ev.PART_ANSWERED, ev.FACTOR_CHECKED, ev.SIGNATURE_GIVEN, ev.NODE_FAILED))
_PARTS = frozenset(("check", "factor", "extract"))


def _opened_piece(piece: Mapping[str, Any], fold: _Fold) -> Mapping[str, Any]:
    if "value" not in piece and "commitment" not in piece:
        return piece
    name = f"{fold.plan.node(fold.run.at).local}.{piece['item']}"
    return {**piece, "typed": decode(fold.plan, fold.run.scope + name, piece, fold.opened)}


def _factor(fold: _Fold) -> _Changes:
    piece = fold.event.evidence[0]
    if piece["right"]:
        return _part(fold)
    attempts = {**fold.run.attempts, fold.run.at: fold.run.attempts.get(fold.run.at, 0) + 1}
    return {"attempts": attempts, **_acting(fold)}


def _failed(fold: _Fold) -> _Changes:
    """The answer was not the right one and there is no other way: answered again, whole."""
    attempts = {node: n for node, n in fold.run.attempts.items() if node != fold.run.at}
    return {"partial": NOTHING, "attempts": attempts, **_acting(fold)}


def _acting(fold: _Fold) -> dict[str, Any]:
    """Who acts takes the role, and is barred from the roles that the node excludes."""
    return acting(fold.plan.node(fold.event.at or fold.run.at), fold.run, fold.event)


def _held(fold: _Fold) -> _Changes:
    return {"hold": Hold(fold.event.reason or "", fold.event.when, fold.event.actor or "")}


def _resumed(fold: _Fold) -> _Changes:
    return {"hold": None}


def _went_back(fold: _Fold) -> _Changes:
    """As the run stood when that node was entered; attempts and what is left open stay.

    A loop that is gone back over and out of goes on counting when it is entered again.
    """
    run, target = fold.run, fold.event.to or ""
    index = max(i for i, visit in enumerate(run.way) if visit.node == target)
    way, serial, facts = run.way.cut(index)
    over = {one.node for one in run.way[index:]}
    kept = frozenset(
        key
        for key in run.jumps
        if not in_loop(fold.plan, key, target) and any(in_loop(fold.plan, key, one) for one in over)
    )
    return {
        "at": target,
        "entered": fold.event.when,
        "facts": facts,
        "way": way.entered(target, serial, facts),
        "partial": NOTHING,
        "here": NONE,
        "overrun": NONE,
        "kept_jumps": run.kept_jumps | kept,
        "before_entry": (way, facts),
    }


def _offered(fold: _Fold) -> _Changes:
    about = fold.event.evidence[0]
    offer = Offer(
        tuple(about["roles"]),
        fold.event.actor or "",
        about["taker"],
        fold.event.reason or "",
        fold.event.when,
    )
    return {"offer": offer}


def _accepted(fold: _Fold) -> _Changes:
    offer = fold.run.offer
    if offer is None:
        return {}
    people = fold.run.people
    for role in offer.roles:
        rest = tuple(one for one in people.holders(role) if one not in (offer.giver, offer.taker))
        people = people.held(role, (*rest, offer.taker))
    return {"people": people, "offer": None}


def _declined(fold: _Fold) -> _Changes:
    return {"offer": None}


def _taken(fold: _Fold) -> _Changes:
    """A role has another holder; what its old one offered with it is off."""
    role, person = fold.event.evidence[0]["role"], fold.event.actor or ""
    offer = fold.run.offer
    if offer is not None and role in offer.roles:
        offer = None
    return {"people": fold.run.people.held(role, (person,)), "offer": offer}


def _ruled(fold: _Fold) -> _Changes:
    """A ruling is signed in a role, so it counts as an act in it, though not as one at the item."""
    run = fold.run
    people: People = _acting(fold).get("people", run.people)
    changes: dict[str, Any] = {"people": people.has_ruled(run.at, fold.event.actor or "")}
    if fold.event.outcome == "again":
        changes["attempts"] = {node: n for node, n in run.attempts.items() if node != run.at}
        changes["partial"] = NOTHING
    return changes


def _overrun(fold: _Fold) -> _Changes:
    return {"overrun": fold.run.overrun | {fold.event.evidence[0]["clock"]}}


def _abandoned(fold: _Fold) -> _Changes:
    changes = {"abandoning": fold.event.reason or "-", "hold": None, "offer": None}
    return {**changes, **_to_newest_open(fold, fold.run.changed(**changes))}


def _undone(fold: _Fold) -> _Changes:
    run, event = fold.run, fold.event
    at = event.at or ""
    node = fold.plan.node(at)
    undoes = {scope_of(at) + name[len(node.scope) :] for name in node.undoes}
    steps = tuple(step for step in run.open if step.node not in undoes)
    fields = run.facts.fields.recorded(fields_in(event, fold.plan, scope_of(at), fold.opened), at)
    if node.undone_by and not any(step.node == at for step in steps):
        steps = (*steps, OpenStep(at, run.seq, event.when))
    changes = {"open": steps, "facts": run.facts._replace(fields=fields), **acting(node, run, event)}
    return {**changes, **_to_newest_open(fold, run.changed(**changes))}


def _chosen(fold: _Fold) -> _Changes:
    return _coming_to(fold.event.at or "", fold.event)


def _left(fold: _Fold) -> _Changes:
    steps = fold.run.open
    left = (*fold.run.left, (steps[-1].node, fold.event.reason or ""))
    return {"open": steps[:-1], "left": left, **_to_newest_open(fold, fold.run.changed(open=steps[:-1]))}


def _to_newest_open(fold: _Fold, run: Run) -> _Changes:
    """While abandoning, the item at hand is what undoes the newest open step."""
    if not run.open:
        return {"partial": NOTHING, "here": NONE}
    return _coming_to(undoing(fold.plan, run)[0], fold.event)


def _coming_to(at: str, event: Event) -> _Changes:
    return {"at": at, "entered": event.when, "partial": NOTHING, "here": NONE, "overrun": NONE}


def _ended(fold: _Fold) -> _Changes:
    end, result = fold.event.at or "", fold.event.outcome or ""
    return {"status": "ended", "end": end, "result": result, "hold": None, "offer": None}


_FOLDS: Mapping[str, Callable[[_Fold], _Changes]] = {
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
