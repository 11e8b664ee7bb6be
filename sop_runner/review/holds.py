"""Legal holds and erasures as the log has them: which erasure counts, and what still has to be kept.

Pure: the same fold tells a desk what it may not erase, and a verifier what should not have been.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sop_runner.audit import outside

from .signed_off import signed_piece

HELD, RELEASED, ERASED = outside.HOLD_PLACED, outside.HOLD_RELEASED, outside.SUBJECT_ERASED
_KINDS = {HELD: "hold", RELEASED: "release"}


@dataclass(frozen=True, slots=True)
class Hold:
    """A legal hold, named by its entry: `of` is a run, a ticket or a subject."""

    entry: int
    of: str
    by: str
    reason: str

    def covers(self, run: str, ticket: str | None, subject: str | None) -> bool:
        """Whether values of a run, kept of a subject, may not be erased."""
        return self.of in (run, ticket, subject)


class Holds:
    """The holds that stand, followed entry by entry; one that nobody signed changes nothing."""

    def __init__(self) -> None:
        self.standing: dict[int, Hold] = {}

    def take(self, index: int, body: Mapping[str, Any]) -> None:
        """Take the next entry; those of other types change nothing."""
        about = signed_piece(body, _KINDS.get(body["type"], ""))
        if about is None:
            return
        if body["type"] == HELD:
            self.standing[index] = Hold(index, str(about.get("of")), str(body["actor"]), str(body["reason"]))
        elif isinstance(about.get("hold"), int):
            self.standing.pop(about["hold"], None)

    def covering(self, run: str, ticket: str | None, subject: str | None) -> tuple[Hold, ...]:
        """The holds over values of a run that are kept of a subject."""
        return tuple(hold for hold in self.standing.values() if hold.covers(run, ticket, subject))


def erasures(body: Mapping[str, Any]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """What an entry `SubjectErased` names: run, subject and commitments; nothing where nobody signed it."""
    if signed_piece(body, "erased") is None:
        return
    for piece in body["evidence"]:
        if isinstance(piece, Mapping) and piece.get("kind") == "erased":
            names = piece.get("commitments")
            if isinstance(names, list | tuple):
                yield str(piece.get("run")), str(piece.get("subject")), tuple(map(str, names))


def ticket_in(evidence: Any) -> str:
    """The ticket that the start of a run names; empty where it names none."""
    pieces = evidence if isinstance(evidence, list | tuple) else ()
    return next((str(one["ticket"]) for one in pieces if isinstance(one, Mapping) and "ticket" in one), "")
