"""Signatures and rulings done again: what was typed blind is not on record, everything else of them is."""

from sop_runner.audit.findings import Code
from sop_runner.procedure.nodes import Confirmation
from sop_runner.run import actions as do
from sop_runner.run import events as ev
from sop_runner.run.advance import leave
from sop_runner.run.answers.common import done
from sop_runner.run.answers.sign_off import signers_missing
from sop_runner.run.decide import carry_out
from sop_runner.run.events import Event

from .acts import Unlike, evidence_of_kind, fence, piece_of, proved, unshown
from .judging import Judged
from .who import in_role


def signature(judged: Judged, event: Event) -> None:
    """What was typed blind is not on record; everything else of a signature is."""
    fence(judged, event)
    node = judged.node.node
    sign_off = node.sign_off if isinstance(node, Confirmation) else None
    if sign_off is None:
        raise Unlike(Code.ILLEGAL_TRANSITION, f"'{event.at}' is not signed")
    in_role(judged, event, judged.node.by, signing=True)
    piece = piece_of(event, "sign_off")
    if f"signer:{event.actor}" in judged.run.partial:
        raise Unlike(Code.SAME_PERSON, f"'{event.actor}' signed '{event.at}' twice")
    approved = piece.get("approved") is True
    if not approved and sign_off.decline == "fails":
        raise Unlike(Code.ILLEGAL_TRANSITION, f"'{event.at}' fails where it is declined")
    if not event.reason and (sign_off.reason == "required" or not approved):
        raise Unlike(Code.ILLEGAL_TRANSITION, f"'{event.at}' was signed without a reason")
    factors = proved(event, piece, sign_off.factors, sign_off.need)
    shown = {"blind": list(sign_off.blind), "shows": list(sign_off.shows)}
    signed = {"kind": "sign_off", "approved": approved, "factors": factors, **shown}
    rest = tuple(one for one in event.evidence if one.get("kind") == "shown")
    judged.emit(ev.SIGNATURE_GIVEN, role=event.role, reason=event.reason, evidence=(signed, *rest))
    if signers_missing(judged, sign_off, event.role or "") == 0:
        given = [one for one in judged.run.partial.values() if one.get("kind") == "sign_off"]
        result = "approved" if all(one["approved"] for one in given) else "declined"
        kept = {"kind": "field", "name": judged.node.local, "value": result}
        done(judged, event.role or "", (kept,), event.reason or "")


def waived(judged: Judged, event: Event) -> None:
    """Judged as a ruling to answer again, which asks for the same and changes nothing else."""
    piece, told = piece_of(event, "waiver"), piece_of(event, "deviation")
    if event.outcome not in ("waived", "again", "stop") or piece.get("ruling") != event.outcome:
        raise Unlike(Code.ILLEGAL_TRANSITION, f"'{event.outcome}' is no ruling on '{event.at}'")
    proved(event, piece, (), 1)
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
    ruled, run = judged.steps[-1].event, judged.steps[-1].run
    if event.outcome != "again":
        evidence = ({**ruled.evidence[0], "ruling": event.outcome}, *ruled.evidence[1:])
        judged.steps[-1] = judged.steps[-1]._replace(
            event=ruled._replace(outcome=event.outcome, evidence=evidence),
            run=run._replace(partial=judged.before.partial, attempts=judged.before.attempts),
        )


def after_ruling(judged: Judged, event: Event, ruling: Event) -> None:
    """What follows on a ruling by the same act: the item counts, or is left by its other way."""
    same = (event.actor, event.role, event.at, event.when) == (
        ruling.actor, ruling.role, ruling.at, ruling.when,
    )  # fmt: skip
    piece = evidence_of_kind(event, "waiver")
    if not same or piece != evidence_of_kind(ruling, "waiver"):
        raise Unlike(
            Code.CONTROL_SKIPPED, f"what is recorded at '{event.at}' is not what was ruled just before"
        )
    if ruling.outcome == "waived" and event.type in (ev.NODE_DONE, ev.STEP_UNDONE):
        done(judged, event.role or "", unshown(event), event.reason or "")
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
