"""Each recorded act of a person done once more, from what its entry says; `Unlike` where it cannot be."""

from collections.abc import Callable, Mapping
from typing import Any

from sop_runner.audit.findings import Code
from sop_runner.procedure.nodes import Checklist, Confirmation, Decision
from sop_runner.run import actions as do
from sop_runner.run import events as ev
from sop_runner.run.advance import leave
from sop_runner.run.answers.common import check_proofs, done
from sop_runner.run.answers.sign_off import signers_missing
from sop_runner.run.decide import barred_by, carry_out
from sop_runner.run.events import Event, Evidence
from sop_runner.run.going import No
from sop_runner.run.lifecycle import overruns

from .judging import Flaw, Judged
from .records import checked_fields, checked_item
from .who import in_role


class Unlike(Exception):
    """The entry cannot have come from any act; carries the flaw."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.flaw = Flaw(code, message)


def act_again(judged: Judged, event: Event, ruling: Event | None) -> None:
    """Collect in `judged` what the act behind `event` has to bring. `ruling` is the one just before it.

    Raises No where the act would be refused, Unlike where the entry fits no act.
    """
    if event.actor is None and event.type != ev.OVERRUN_NOTED:
        raise Unlike(Code.ILLEGAL_TRANSITION, f"'{event.type}' at '{event.at}' names nobody who did it")
    act = _ACTS.get(event.type)
    if act is None:
        raise Unlike(Code.ILLEGAL_TRANSITION, f"no rule leads to '{event.type}' at '{event.at}'")
    if ruling is not None and evidence_of_kind(event, "waiver"):
        _after_ruling(judged, event, ruling)
    else:
        act(judged, event)


def evidence_of_kind(event: Event, kind: str) -> Evidence | None:
    """The first piece of evidence of a kind."""
    return next((piece for piece in event.evidence if piece.get("kind") == kind), None)


def _piece(event: Event, kind: str) -> Evidence:
    found = evidence_of_kind(event, kind)
    if found is None:
        said = f"'{event.type}' at '{event.at}' lacks its evidence '{kind}'"
        raise Unlike(Code.ILLEGAL_TRANSITION, said)
    return found


def _fence(judged: Judged, event: Event) -> None:
    """What comes before every answer, whatever it says; where the answer itself cannot be given again."""
    action = do.Answer(event.at or "")
    barred = barred_by(judged.plan, judged.run, action, event.when)
    if barred is not None:
        raise No(barred)
    overruns(judged)
    if event.at != judged.run.at:  # another of the nodes that undo the newest open step
        judged.run = judged.run._replace(at=event.at or "", partial={})


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
            _fence(judged, event)
            in_role(judged, event, judged.node.by)
            _typed(judged, event, node)
            done(judged, event.role or "", _unshown(event), reason)
            return
        if node.statement is not None:
            affirmed = _piece(event, "statement").get("affirmed") is True
            answer = do.Answer(event.at or "", "affirmed" if affirmed else "declined", reason=reason)
            carry_out(judged, answer)
            return
    if isinstance(node, Decision):
        _undone_by_deciding(judged, event, node)
        return
    carry_out(judged, do.Answer(event.at or "", "done", reason=reason))


def _undone_by_deciding(judged: Judged, event: Event, node: Decision) -> None:
    """A decision that undoes a step is recorded by what its outcome set."""
    _fence(judged, event)
    in_role(judged, event, judged.node.by)
    names = [piece.get("name") for piece in event.evidence if piece.get("kind") == "field"]
    if not judged.run.abandoning or names not in [list(outcome.sets) for outcome in node.outcomes]:
        raise Unlike(Code.ILLEGAL_TRANSITION, f"'{event.at}' is left by an outcome, not by '{event.type}'")
    done(judged, event.role or "", _unshown(event), event.reason or "")


def _typed(judged: Judged, event: Event, node: Confirmation) -> None:
    if node.record is not None:
        flaw = checked_fields(judged, node.record.fields, event)
        if flaw is not None:
            raise Unlike(*flaw)
    elif node.read_back is not None:
        wanted = {"kind": "read_back", "of": node.read_back.of, "last": node.read_back.last}
        if dict(evidence_of_kind(event, "read_back") or {}) != wanted:
            raise Unlike(Code.CONTROL_SKIPPED, f"'{event.at}' was not read back as the procedure asks")


def _unshown(event: Event) -> tuple[Evidence, ...]:
    return tuple(piece for piece in event.evidence if piece.get("kind") != "shown")


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
            _fence(judged, event)
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
    piece = _piece(event, "factor")
    proof = do.FactorProof(
        str(piece["factor"]),
        str(piece["factor_kind"]),
        piece["right"] is True,
        str(piece.get("ref", "")),
        str(piece.get("note", "")),
    )
    carry_out(judged, do.Answer(event.at or "", "", factors=(proof,)))


def _signature(judged: Judged, event: Event) -> None:
    """What was typed blind is not on record; everything else of a signature is."""
    _fence(judged, event)
    node = judged.node.node
    sign_off = node.sign_off if isinstance(node, Confirmation) else None
    if sign_off is None:
        raise Unlike(Code.ILLEGAL_TRANSITION, f"'{event.at}' is not signed")
    in_role(judged, event, judged.node.by, signing=True)
    piece = _piece(event, "sign_off")
    if f"signer:{event.actor}" in judged.run.partial:
        raise Unlike(Code.SAME_PERSON, f"'{event.actor}' signed '{event.at}' twice")
    approved = piece.get("approved") is True
    if not approved and sign_off.decline == "fails":
        raise Unlike(Code.ILLEGAL_TRANSITION, f"'{event.at}' fails where it is declined")
    if not event.reason and (sign_off.reason == "required" or not approved):
        raise Unlike(Code.ILLEGAL_TRANSITION, f"'{event.at}' was signed without a reason")
    factors = _proved(event, piece, sign_off.factors, sign_off.need)
    shown = {"blind": list(sign_off.blind), "shows": list(sign_off.shows)}
    signed = {"kind": "sign_off", "approved": approved, "factors": factors, **shown}
    rest = tuple(one for one in event.evidence if one.get("kind") == "shown")
    judged.emit(ev.SIGNATURE_GIVEN, role=event.role, reason=event.reason, evidence=(signed, *rest))
    if signers_missing(judged, sign_off, event.role or "") == 0:
        given = [one for one in judged.run.partial.values() if one.get("kind") == "sign_off"]
        result = "approved" if all(one["approved"] for one in given) else "declined"
        kept = {"kind": "field", "name": judged.node.local, "value": result}
        done(judged, event.role or "", (kept,), event.reason or "")


def _proved(event: Event, piece: Evidence, accepted: Any, need: int) -> list[dict[str, str]]:
    try:
        proofs = tuple(
            do.FactorProof(one["factor"], one["factor_kind"], True, one["ref"]) for one in piece["factors"]
        )
        return check_proofs(proofs, accepted, need, event.actor or "")
    except No as no:
        raise Unlike(Code.FACTOR_REUSED, f"'{event.at}': {no.message}") from no


def _waived(judged: Judged, event: Event) -> None:
    """Judged as a ruling to answer again, which asks for the same and changes nothing else."""
    piece, told = _piece(event, "waiver"), _piece(event, "deviation")
    if event.outcome not in ("waived", "again", "stop") or piece.get("ruling") != event.outcome:
        raise Unlike(Code.ILLEGAL_TRANSITION, f"'{event.outcome}' is no ruling on '{event.at}'")
    _proved(event, piece, (), 1)
    ruling = do.Waive(
        event.at or "",
        "again",
        expected=str(told.get("expected", "")),
        happened=str(told.get("happened", "")),
        decided=str(told.get("decided", "")),
        factors=tuple(
            do.FactorProof(one["factor"], one["factor_kind"], True, one["ref"]) for one in piece["factors"]
        ),
    )
    carry_out(judged, ruling)
    ruled, run = judged.steps[-1]
    if event.outcome != "again":
        evidence = ({**ruled.evidence[0], "ruling": event.outcome}, *ruled.evidence[1:])
        judged.steps[-1] = judged.steps[-1]._replace(
            event=ruled._replace(outcome=event.outcome, evidence=evidence),
            run=run._replace(partial=judged.before.partial, attempts=judged.before.attempts),
        )


def _after_ruling(judged: Judged, event: Event, ruling: Event) -> None:
    same = (event.actor, event.role, event.at, event.when) == (
        ruling.actor, ruling.role, ruling.at, ruling.when,
    )  # fmt: skip
    piece = evidence_of_kind(event, "waiver")
    if not same or piece != evidence_of_kind(ruling, "waiver"):
        raise Unlike(
            Code.CONTROL_SKIPPED, f"what is recorded at '{event.at}' is not what was ruled just before"
        )
    if ruling.outcome == "waived" and event.type in (ev.NODE_DONE, ev.STEP_UNDONE):
        done(judged, event.role or "", _unshown(event), event.reason or "")
    elif ruling.outcome == "stop" and event.type == ev.OTHERWISE_TAKEN:
        leave(
            judged,
            "otherwise",
            ev.OTHERWISE_TAKEN,
            role=event.role,
            reason=event.reason,
            evidence=event.evidence,
        )
    else:
        said = f"the ruling on '{event.at}' was '{ruling.outcome}', which does not lead to '{event.type}'"
        raise Unlike(Code.ILLEGAL_TRANSITION, said)


def _offered(judged: Judged, event: Event) -> None:
    about = _piece(event, "offer")
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
    if offer is not None and any((role, event.actor) in judged.run.barred for role in offer.roles):
        raise Unlike(Code.SAME_PERSON, f"'{event.actor}' took a role over that excludes what they did before")
    carry_out(judged, do.AcceptHandOver())


def _deviated(judged: Judged, event: Event) -> None:
    told = _piece(event, "deviation")
    carry_out(judged, do.RecordDeviation(told["expected"], told["happened"], told["decided"]))


_ACTS: Mapping[str, Callable[[Judged, Event], None]] = {
    ev.NODE_DONE: _done,
    ev.STEP_UNDONE: _done,
    ev.DECISION_TAKEN: _decided,
    ev.OTHERWISE_TAKEN: _otherwise,
    ev.LIMIT_TAKEN: lambda judged, event: carry_out(judged, do.TakeLimit(event.at or "")),
    ev.PART_ANSWERED: _part,
    ev.FACTOR_CHECKED: _factor,
    ev.SIGNATURE_GIVEN: _signature,
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
    ev.WAIVER_RULED: _waived,
    ev.OVERRUN_NOTED: _overrun,
    ev.RUN_ABANDONED: lambda judged, event: carry_out(judged, do.Abandon(event.reason or "")),
    ev.LEFT_OPEN: lambda judged, event: carry_out(judged, do.LeaveOpen(event.reason or "")),
}
