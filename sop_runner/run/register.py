"""What was published, approved, declined and withdrawn at a desk, folded from the entries that say so.

Pure: the same fold tells a desk what may run live, and a verifier what should not have.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from sop_runner.audit import outside
from sop_runner.audit.findings import Code

PUBLISHED, APPROVED = outside.PUBLISHED, outside.APPROVED
DECLINED, WITHDRAWN = outside.DECLINED, outside.WITHDRAWN
APPROVER_CHANGED = outside.APPROVER_CHANGED
TYPES = outside.PUBLISHING
KINDS_TO_SIGN = 2
"""Factors of different kinds that a signature over a procedure takes."""

Pin = tuple[str, int, str]
"""A text: id, revision, digest."""
Wrong = tuple[Code, str]
"""What is wrong with an entry: the code that verification names it by, and a sentence."""


class State(StrEnum):
    """How a published revision stands."""

    WAITING = "waiting"
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Revision:
    """One published text. Numbers of entries say when: `approved_at`, and `ended_at` of a decline or withdrawal.

    `authors` are the people who cannot approve it; `weakenings` what its publication said is weaker
    than in the text it would replace.
    """

    id: str
    revision: int
    digest: str
    pins: tuple[Pin, ...]
    effective_from: date
    review_by: date
    publisher: str
    authors: frozenset[str]
    published_at: int
    weakenings: tuple[str, ...] = ()
    state: State = State.WAITING
    approver: str = ""
    approved_at: int | None = None
    ended_by: str = ""
    ended_at: int | None = None
    reason: str = ""

    @property
    def name(self) -> str:
        """As it is written on the command line."""
        return f"{self.id}@{self.revision}"

    def approved_in(self, size: int) -> bool:
        """Whether it was approved, and not withdrawn, in a log of `size` entries."""
        return (
            self.approved_at is not None
            and self.approved_at < size
            and (self.ended_at is None or self.ended_at >= size)
        )


@dataclass(frozen=True, slots=True)
class Register:
    """The revisions of every procedure, oldest first, as a log of `size` entries has them.

    `approver` is the role in which people rule on them, the same at every desk until an entry of its log
    changes it; empty where that is not asked, as of another desk whose whole log is not at hand.
    """

    size: int = 0
    approver: str = "approver"
    procedures: Mapping[str, tuple[Revision, ...]] = field(default_factory=lambda: MappingProxyType({}))

    def __iter__(self) -> Iterator[Revision]:
        for name in sorted(self.procedures):
            yield from self.procedures[name]

    def of(self, procedure: str) -> tuple[Revision, ...]:
        """The revisions of a procedure, oldest first."""
        return self.procedures.get(procedure, ())

    def find(self, procedure: str, revision: int) -> Revision | None:
        """One published revision."""
        return next((one for one in self.of(procedure) if one.revision == revision), None)

    def in_force(self, procedure: str, day: date, size: int | None = None) -> Revision | None:
        """The newest approved revision that is in force on `day`, in the log's first `size` entries."""
        asked = self.size if size is None else size
        fitting = (one for one in self.of(procedure) if one.approved_in(asked) and one.effective_from <= day)
        return max(fitting, key=lambda one: one.revision, default=None)

    def replaced_by(self, procedure: str, effective_from: date, today: date) -> Revision | None:
        """What a new revision would take the place of: what is in force on its first day, else what was last."""
        before = self.in_force(procedure, max(effective_from, today))
        if before is not None:
            return before
        once = (one for one in self.of(procedure) if one.approved_at is not None)
        return max(once, key=lambda one: one.revision, default=None)


NOTHING_PUBLISHED = Register()


def take(register: Register, index: int, body: Mapping[str, Any]) -> tuple[Register, Wrong | None]:
    """The register after entry `index`, and what is wrong with that entry; a wrong one changes nothing.

    Nor does one that came too late, which is nobody's fault: two people may act in the same moment.
    """
    register = replace(register, size=index + 1)
    try:
        return _taken(register, index, body) if body["type"] in TYPES else (register, None)
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        said = f"the entry is none that a program wrote ({type(error).__name__})"
        return register, (Code.ILLEGAL_TRANSITION, said)


def _taken(register: Register, index: int, body: Mapping[str, Any]) -> tuple[Register, Wrong | None]:
    if not isinstance(body["actor"], str):
        raise TypeError("nobody did it")
    if body["type"] == APPROVER_CHANGED:
        wrong = _unsigned(body, f"'{APPROVER_CHANGED}'")
        return (register, wrong) if wrong else (replace(register, approver=str(body["role"])), None)
    ref = body["procedure"]
    name, number, digest = str(ref["id"]), int(ref["revision"]), str(ref["digest"])
    if body["type"] == PUBLISHED:
        return _published(register, index, body, (name, number, digest))
    known = register.find(name, number)
    if known is None or known.digest != digest:
        said = f"'{name}' revision {number} was not published with this text"
        return register, (Code.PROCEDURE_MISMATCH, said)
    if known.state is not (State.APPROVED if body["type"] == WITHDRAWN else State.WAITING):
        return register, None  # somebody else ruled before
    wrong = _unfit(known, body, register.approver)
    if wrong is not None:
        return register, wrong
    return _put(register, _ruled(known, index, body)), None


def piece_of(body: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    """The piece of evidence of a kind; empty where there is none."""
    return next((one for one in body["evidence"] if one.get("kind") == kind), {})


def _published(
    register: Register, index: int, body: Mapping[str, Any], pin: Pin
) -> tuple[Register, Wrong | None]:
    name, number, digest = pin
    newest = max((one.revision for one in register.of(name)), default=0)
    if number <= newest:
        return register, None  # somebody else published this number, or a higher one, before
    about = piece_of(body, "published")
    made = Revision(
        id=name,
        revision=number,
        digest=digest,
        pins=tuple((one["id"], one["revision"], one["digest"]) for one in about["pinned"]),
        effective_from=date.fromisoformat(about["effective_from"]),
        review_by=date.fromisoformat(about["review_by"]),
        publisher=body["actor"],
        authors=frozenset((body["actor"], *about["authors"])),
        published_at=index,
        weakenings=tuple(about["weakenings"]),
    )
    return _put(register, made), None


def _unfit(known: Revision, body: Mapping[str, Any], approver: str) -> Wrong | None:
    """Why a ruling cannot be; None where it can."""
    kind, actor = body["type"], body["actor"]
    what = f"'{kind}' of '{known.id}' revision {known.revision}"
    if kind == APPROVED and actor in known.authors:
        return Code.SAME_PERSON, f"{what} is by '{actor}', who published or wrote it"
    if approver and body["role"] and body["role"] != approver:
        return (
            Code.CONTROL_SKIPPED,
            f"{what} is in the role '{body['role']}', this desk rules on texts as '{approver}'",
        )
    unsigned = _unsigned(body, what)
    if unsigned is not None:
        return unsigned
    if kind != APPROVED:
        return None if body["reason"] else (Code.CONTROL_SKIPPED, f"{what} has no reason")
    about = piece_of(body, "approved")
    weaker = set(about["weakenings"])
    if weaker - set(about["acknowledged"]) or (weaker and not body["reason"]):
        return Code.CONTROL_SKIPPED, f"{what} does not acknowledge what it weakens"
    return None


def _unsigned(body: Mapping[str, Any], what: str) -> Wrong | None:
    if not body["role"]:
        return Code.CONTROL_SKIPPED, f"{what} is in no role"
    signed = piece_of(body, "sign_off")
    factors = signed.get("factors", ())
    if not all(
        isinstance(one.get(name, ""), str) for one in factors for name in ("factor", "factor_kind", "ref")
    ):
        raise TypeError("a factor is no text")
    kinds = {one["factor_kind"] for one in factors}
    if len(kinds) < KINDS_TO_SIGN or signed.get("approved") is not (body["type"] != DECLINED):
        return Code.CONTROL_SKIPPED, f"{what} is not signed with {KINDS_TO_SIGN} factors of different kinds"
    return None


def _ruled(known: Revision, index: int, body: Mapping[str, Any]) -> Revision:
    actor, reason = body["actor"], str(body["reason"] or "")
    if body["type"] == APPROVED:
        return replace(known, state=State.APPROVED, approver=actor, approved_at=index, reason=reason)
    state = State.DECLINED if body["type"] == DECLINED else State.WITHDRAWN
    return replace(known, state=state, ended_by=actor, ended_at=index, reason=reason)


def _put(register: Register, revision: Revision) -> Register:
    others: Sequence[Revision] = [
        one for one in register.of(revision.id) if one.revision != revision.revision
    ]
    changed = {**register.procedures, revision.id: (*others, revision)}
    # In the order of revisions: a ruling on an older one comes after a newer one was published.
    changed[revision.id] = tuple(sorted(changed[revision.id], key=lambda one: one.revision))
    return replace(register, procedures=MappingProxyType(changed))
