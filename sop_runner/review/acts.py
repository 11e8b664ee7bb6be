"""What every recorded act shares on its way to be done again: its evidence, what bars it, its proofs."""

from typing import Any

from sop_runner.audit.findings import Code
from sop_runner.run import actions as do
from sop_runner.run.answers.common import check_proofs
from sop_runner.run.decide import barred_by
from sop_runner.run.events import Event, Evidence
from sop_runner.run.going import No
from sop_runner.run.lifecycle import overruns

from .judging import Flaw, Judged


class Unlike(Exception):
    """The entry cannot have come from any act; carries the flaw."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.flaw = Flaw(code, message)


def evidence_of_kind(event: Event, kind: str) -> Evidence | None:
    """The first piece of evidence of a kind."""
    return next((piece for piece in event.evidence if piece.get("kind") == kind), None)


def piece_of(event: Event, kind: str) -> Evidence:
    """The first piece of evidence of a kind. Raises Unlike where there is none."""
    found = evidence_of_kind(event, kind)
    if found is None:
        said = f"'{event.type}' at '{event.at}' lacks its evidence '{kind}'"
        raise Unlike(Code.ILLEGAL_TRANSITION, said)
    return found


def fence(judged: Judged, event: Event) -> None:
    """What comes before every answer, whatever it says; where the answer itself cannot be given again."""
    action = do.Answer(event.at or "")
    barred = barred_by(judged.plan, judged.run, action, event.when)
    if barred is not None:
        raise No(barred)
    overruns(judged)
    if event.at != judged.run.at:  # another of the nodes that undo the newest open step
        judged.run = judged.run._replace(at=event.at or "", partial={})


def unshown(event: Event) -> tuple[Evidence, ...]:
    """The evidence but for the language it was shown in, which is added anew."""
    return tuple(piece for piece in event.evidence if piece.get("kind") != "shown")


def proved(event: Event, piece: Evidence, accepted: Any, need: int) -> list[dict[str, str]]:
    """The factors of a signer as a signature records them. Raises Unlike where they do not do."""
    try:
        proofs = tuple(
            do.FactorProof(one["factor"], one["factor_kind"], True, one["ref"]) for one in piece["factors"]
        )
        return check_proofs(proofs, accepted, need, event.actor or "")
    except No as no:
        raise Unlike(Code.FACTOR_REUSED, f"'{event.at}': {no.message}") from no
