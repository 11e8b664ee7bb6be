"""What a factor is to the desk: it begins a challenge, and checks what was typed. Data on both sides."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, Protocol

from sop_runner.base.message import Message, msg
from sop_runner.base.tries import Blocked

Options = Mapping[str, Any]
"""The factor's keys from the procedure and, where it has `not_to`, what the desk adds as `CHANGES`."""

CHANGES = "changes"
"""Key of the values that the run holds for the field named by `not_to` (one or a list of them): no
code goes to a contact of that id, channel or address, and none goes anywhere while this is missing."""

Kind = Literal["knowledge", "possession", "inherence", ""]

KIND_WORDS = {
    "knowledge": msg("knowledge"),
    "possession": msg("possession"),
    "inherence": msg("inherence"),
}


class Why(StrEnum):
    """Why a factor was not right or could not begin, for programs; `note` says it to people."""

    RIGHT = ""
    WRONG = "wrong"
    USED = "used"
    EXPIRED = "expired"
    WAIT = "wait"
    LOCKED = "locked"
    UNKNOWN_CUSTOMER = "unknown-customer"
    NOT_ON_FILE = "not-on-file"
    CONTACT_CHANGES = "contact-changes"
    NO_FACTOR = "no-factor"
    NOT_SENT = "not-sent"


@dataclass(frozen=True, slots=True)
class Challenge:
    """What the agent says, does and types for one factor of one subject.

    `sent_to` is masked. `answer` says what is typed: `digits` of them, a `text` (of `digits`
    characters unless 0), or `attest`: right or wrong and what was seen (`attestation`). With
    `secret` the typing is not echoed. `expected` and `id` are for the module alone.
    """

    factor: str
    kind: Kind
    subject: str
    say: Message | None = None
    do: Message | None = None
    hint: Message | None = None
    answer: Literal["digits", "text", "attest"] = "text"
    digits: int = 0
    secret: bool = False
    sent_to: Message | str = ""
    expires_at: datetime | None = None
    id: str = field(default="", repr=False)
    expected: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Unavailable:
    """This factor cannot begin here; `note` says why and what to do instead."""

    why: Why
    note: Message


@dataclass(frozen=True, slots=True)
class FactorResult:
    """What came of one factor. `ref` and `seen` may go into the log, what was typed may not.

    `ref` is empty for what may be used again, otherwise a mark of this one use by which a second
    use shows; `seen` is the agent's own account of what they looked at.
    """

    right: bool
    ref: str
    note: Message
    why: Why = Why.RIGHT
    seen: str = ""


class FactorModule(Protocol):
    """One way to prove a subject's identity."""

    @property
    def name(self) -> str: ...

    @property
    def kind(self) -> Kind:
        """What this module proves; empty where the author's word is taken (`attested`)."""

    def begin(self, subject: str, options: Options, now: datetime) -> Challenge | Unavailable:
        """Prepare the factor, sending what has to be sent."""

    def check(self, subject: str, challenge: Challenge, typed: str, now: datetime) -> FactorResult:
        """Judge what was typed. A try is counted before it is judged."""


def wrong(note: Message, why: Why = Why.WRONG) -> FactorResult:
    """A result that proves nothing."""
    return FactorResult(False, "", note, why)


def right(note: Message, ref: str = "", seen: str = "") -> FactorResult:
    """A result that proves the factor."""
    return FactorResult(True, ref, note, Why.RIGHT, seen)


def held_up(blocked: Blocked) -> FactorResult:
    """The answer was not looked at: too many were wrong before it."""
    if blocked.locked:
        note = msg("Too many wrong tries: this factor is locked for this customer. Use another one.")
        return wrong(note, Why.LOCKED)
    return wrong(msg("Too many wrong tries: try again in {seconds} s.", seconds=blocked.wait_s), Why.WAIT)


def unknown_customer(subject: str) -> Unavailable:
    """Nobody on file under this id or ticket."""
    note = msg(
        "'{subject}' is not in the customer file; check the number, or end the request.", subject=subject
    )
    return Unavailable(Why.UNKNOWN_CUSTOMER, note)


def not_on_file(factor: str) -> Unavailable:
    """The customer is known but never set this factor up."""
    note = msg("There is no '{factor}' on file for this customer; use another factor.", factor=factor)
    return Unavailable(Why.NOT_ON_FILE, note)
