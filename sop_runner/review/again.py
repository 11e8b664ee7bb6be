"""Each recorded act of a person done once more, from what its entry says; `Unlike` where it cannot be."""

from collections.abc import Callable, Iterable, Mapping

from sop_runner.audit.findings import Code
from sop_runner.procedure.fields import FieldSpec
from sop_runner.procedure.nodes import Checklist, Confirmation, Decision
from sop_runner.run import actions as do
from sop_runner.run import events as ev
from sop_runner.run.answers.common import done
from sop_runner.run.decide import carry_out
from sop_runner.run.events import Event
from sop_runner.run.lifecycle import overruns

from .acts import Unlike, evidence_of_kind, fence, piece_of, unshown
from .judging import Flaw, Judged
from .records import checked_fields, checked_item
from .signing import after_ruling, signature, waived
from .who import in_role


def act_again(judged: Judged, event: Event, ruling: Event | None) -> None:
    """Collect in `judged` what the act behind `event` has to bring. `ruling` is the one just before it.

    Raises No where the act would be refused, Unlike where the entry fits no act.
    """
    if event.actor is None and event.type != ev.OVERRUN_NOTED:
        raise Unlike(Code.ILLEGAL_TRANSITION, f"'{event.type}' at '{event.at}' names nobody who did it")
    act = _ACTS.get(event.type)
    if act is None:
        raise Unlike(Code.ILLEGAL_TRANSITION, f"no rule leads to '{event.type}' at '{event.at}'")
    if ruling is not None and ruling.outcome != "again":
        after_ruling(judged, event, ruling)
    else:
        act(judged, event)


def _overrun(judged: Judged, event: Event) -> None:
    if judged.run.hold is not None or not overruns(judged):
        raise Unlike(Code.ILLEGAL_TRANSITION, f"no time of '{judged.run.at}' had passed")


def _done(judged: Judged, event: Event) -> None:
    node = judged.plan.node(event.at or "").node
    reason = event.reason or ""
    if evidence_of_kind(event, "waiver"):
        said = f"'{event.at}' counts as waived, and nobody ruled so just before"
        raise Unlike(Code.CONTROL_SKIPPED, said)
    if isinstance(node, Confirmation):
        if node.identity is not None:
            said = f"'{event.at}' counts as confirmed without enough right factors of different kinds"
            raise Unlike(Code.FACTOR_REUSED, said)
        if node.sign_off is not None:
            raise Unlike(Code.CONTROL_SKIPPED, f"'{event.at}' counts as signed, and not all have signed")
        if node.record is not None or node.read_back is not None:
            fence(judged, event)
            in_role(judged, event, judged.node.by)
            _typed(judged, event, node)
            done(judged, event.role or "", unshown(event), reason)
            return
        if node.statement is not None:
            affirmed = piece_of(event, "statement").get("affirmed") is True
            answer = do.Answer(event.at or "", "affirmed" if affirmed else "declined", reason=reason)
            carry_out(judged, answer)
            return
    if isinstance(node, Decision):
        _undone_by_deciding(judged, event, node)
        return
    carry_out(judged, do.Answer(event.at or "", "done", reason=reason))


def _undone_by_deciding(judged: Judged, event: Event, node: Decision) -> None:
    """A decision that undoes a step is recorded by what its outcome set."""
    fence(judged, event)
    in_role(judged, event, judged.node.by)
    names = [piece.get("name") for piece in event.evidence if piece.get("kind") == "field"]
    if not judged.run.abandoning or names not in [list(outcome.sets) for outcome in node.outcomes]:
        raise Unlike(Code.ILLEGAL_TRANSITION, f"'{event.at}' is left by an outcome, not by '{event.type}'")
    done(judged, event.role or "", unshown(event), event.reason or "")


def _typed(judged: Judged, event: Event, node: Confirmation) -> None:
    if node.record is not None:
        flaw = recorded(judged, node.record.fields, event)
        if flaw is not None:
            raise Unlike(*flaw)
    elif node.read_back is not None:
        wanted = {"kind": "read_back", "of": node.read_back.of, "last": node.read_back.last}
        if dict(evidence_of_kind(event, "read_back") or {}) != wanted:
            raise Unlike(Code.CONTROL_SKIPPED, f"'{event.at}' was not read back as the procedure asks")


def recorded(judged: Judged, fields: Iterable[FieldSpec], event: Event) -> Flaw | None:
    """`checked_fields`; where values are held against others the watch is told that, instead of each."""
    watch = judged.watch
    before = watch is not None and watch.values
    flaw = checked_fields(judged, fields, event)
    if watch is not None and watch.values and not before:
        watch.values, watch.together = False, True
    return flaw


def _decided(judged: Judged, event: Event) -> None:
    carry_out(judged, do.Answer(event.at or "", event.outcome or "", reason=event.reason or ""))


def _otherwise(judged: Judged, event: Event) -> None:
    at, reason = event.at or "", event.reason or ""
    kinds = {piece.get("kind") for piece in event.evidence} - {"shown"}
    if "unexpected" in kinds:
        carry_out(judged, do.Answer(at, "done", reason=reason))
    elif kinds:
        carry_out(judged, do.Answer(at, "declined", reason=reason))
    else:
        carry_out(judged, do.TakeOtherwise(at, reason))


def _failed(judged: Judged, event: Event) -> None:
    choice = "done" if evidence_of_kind(event, "unexpected") else "declined"
    carry_out(judged, do.Answer(event.at or "", choice, reason=event.reason or ""))


def _part(judged: Judged, event: Event) -> None:
    node = judged.plan.node(event.at or "").node
    piece = event.evidence[0]
    if isinstance(node, Checklist):
        item = next((item for item in node.items if item.item == piece.get("item")), None)
        if item is not None and item.field is not None and "not_applicable" not in piece:
            fence(judged, event)
            flaw = checked_item(judged, node, item, event)
            if flaw is not None:
                raise Unlike(*flaw)
            judged.emit(ev.PART_ANSWERED, role=event.role, evidence=event.evidence)
            return
        carry_out(judged, do.Answer(event.at or "", "", {str(piece.get("item")): dict(piece)}))
    elif piece.get("kind") == "extract":
        carry_out(judged, do.Answer(event.at or "", "", {"extract": piece}))
    else:
        carry_out(judged, do.Answer(event.at or "", "", {str(piece.get("check")): piece.get("right")}))


def _factor(judged: Judged, event: Event) -> None:
    piece = piece_of(event, "factor")
    proof = do.FactorProof(
        str(piece["factor"]),
        str(piece["factor_kind"]),
        piece["right"] is True,
        str(piece.get("ref", "")),
        str(piece.get("note", "")),
    )
    carry_out(judged, do.Answer(event.at or "", "", factors=(proof,)))


def _offered(judged: Judged, event: Event) -> None:
    about = piece_of(event, "offer")
    roles = tuple(about["roles"])
    if about["taker"] == event.actor:
        raise Unlike(Code.SAME_PERSON, f"'{event.actor}' offered a hand-over to themselves")
    role = str(roles[0]) if len(roles) == 1 else ""
    carry_out(judged, do.OfferHandOver(str(about["taker"]), event.reason or "", role))


def _accepted(judged: Judged, event: Event) -> None:
    offer = judged.run.offer
    if offer is not None and event.actor != offer.taker:
        code = Code.SAME_PERSON if event.actor == offer.giver else Code.ILLEGAL_TRANSITION
        raise Unlike(code, f"'{event.actor}' accepted what was offered to '{offer.taker}'")
    if offer is not None and any((role, event.actor) in judged.run.people.barred for role in offer.roles):
        raise Unlike(Code.SAME_PERSON, f"'{event.actor}' took a role over that excludes what they did before")
    carry_out(judged, do.AcceptHandOver())


def _took_role(judged: Judged, event: Event) -> None:
    role = str(piece_of(event, "take_over")["role"])
    if (role, event.actor) in judged.run.people.barred:
        raise Unlike(Code.SAME_PERSON, f"'{event.actor}' took a role over that excludes what they did before")
    carry_out(judged, do.TakeRole(role, event.reason or ""))


def _deviated(judged: Judged, event: Event) -> None:
    told = piece_of(event, "deviation")
    carry_out(judged, do.RecordDeviation(told["expected"], told["happened"], told["decided"]))


_ACTS: Mapping[str, Callable[[Judged, Event], None]] = {
    ev.NODE_DONE: _done,
    ev.STEP_UNDONE: _done,
    ev.DECISION_TAKEN: _decided,
    ev.OTHERWISE_TAKEN: _otherwise,
    ev.LIMIT_TAKEN: lambda judged, event: carry_out(judged, do.TakeLimit(event.at or "")),
    ev.PART_ANSWERED: _part,
    ev.FACTOR_CHECKED: _factor,
    ev.SIGNATURE_GIVEN: signature,
    ev.NODE_FAILED: _failed,
    ev.RUN_HELD: lambda judged, event: carry_out(judged, do.Hold(event.reason or "")),
    ev.RUN_RESUMED: lambda judged, event: carry_out(judged, do.Resume()),
    ev.WENT_BACK: lambda judged, event: carry_out(judged, do.GoBack(event.to or "", event.reason or "")),
    ev.HAND_OVER_OFFERED: _offered,
    ev.HAND_OVER_ACCEPTED: _accepted,
    ev.HAND_OVER_DECLINED: lambda judged, event: carry_out(judged, do.DeclineHandOver(event.reason or "")),
    ev.NOTE_ADDED: lambda judged, event: carry_out(judged, do.AddNote(event.reason or "")),
    ev.DEVIATION_RECORDED: _deviated,
    ev.ITEM_FLAGGED: lambda judged, event: carry_out(judged, do.Flag(event.at or "", event.reason or "")),
    ev.WAIVER_RULED: waived,
    ev.OVERRUN_NOTED: _overrun,
    ev.RUN_ABANDONED: lambda judged, event: carry_out(judged, do.Abandon(event.reason or "")),
    ev.ROLE_TAKEN: _took_role,
    ev.UNDO_CHOSEN: lambda judged, event: carry_out(judged, do.UndoWith(event.at or "")),
    ev.LEFT_OPEN: lambda judged, event: carry_out(judged, do.LeaveOpen(event.reason or "")),
}
