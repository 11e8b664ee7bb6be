"""What a front end sees of the desk. Screens, prompts and scripts all go through these."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from sop_runner.base.message import Message
from sop_runner.run.actions import Action, FactorProof
from sop_runner.run.views import Fact, Prompt, RunView


@dataclass(frozen=True, slots=True)
class Performed:
    """What became of an action. `accepted` is true only once it is durable.

    `message` says it in words ("recorded, entry 214", or why it was refused); `entry` is the
    newest entry of the log that came of it; `receipt` the text to attach to a closed ticket.
    """

    accepted: bool
    message: Message
    entry: int
    receipt: str = ""


@dataclass(frozen=True, slots=True)
class ChallengeView:
    """What the person at the desk does to check one factor, and what is typed: so many `digits`, or characters if
    they are not `numeric`; 0 for any number."""

    factor: str
    kind: str
    say: Message | str
    hint: Message | str
    sent_to: Message | str
    secret: bool
    digits: int
    attested: bool
    numeric: bool = False


@dataclass(frozen=True, slots=True)
class ProcedureInfo:
    """One text of a procedure: the one in force, or one that cannot be started and why."""

    id: str
    revision: int
    title: str
    number: str
    purpose: str
    digest: str
    runnable: bool
    why_not: Message | None
    case: tuple[Prompt, ...]
    review_due: bool

    @property
    def key(self) -> str:
        """What tells it from other texts of the same procedure."""
        return f"{self.id} {self.revision} {self.digest}"


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One run on the board. `state` is `open`, `held`, `waiting`, `overdue` or `ended`.

    `review_due` says that the procedure it follows should have been reviewed by now;
    `gone` are holders who no longer act at this desk: somebody has to take their role over.
    """

    run: str
    ticket: str
    procedure: str
    revision: int
    title: str
    state: str
    at: str
    item_title: str
    holders: tuple[str, ...]
    waiting_for: tuple[str, ...]
    hold_reason: str
    opened: datetime
    last: datetime
    due: datetime | None
    result: str
    left_open: tuple[str, ...]
    review_due: bool = False
    gone: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RecapLine:
    """One line of a recap: what happened, by whom, when."""

    entry: int
    when: datetime
    who: str
    text: Message
    detail: Message | str = ""


@dataclass(frozen=True, slots=True)
class Recap:
    """What a person coming back needs; it grows with the length of the gap."""

    gap_s: int
    hold_reason: str
    lines: tuple[RecapLine, ...]
    facts: tuple[Fact, ...]
    renew: tuple[str, ...]
    review_due: bool = False


@dataclass(frozen=True, slots=True)
class PersonInfo:
    """A person of the desk, as shown; `language` is that of their screens, empty where it is the desk's."""

    id: str
    name: str
    roles: tuple[str, ...]
    factors: tuple[str, ...]
    language: str = ""


class Session(Protocol):
    """One person at one run."""

    @property
    def run(self) -> str: ...

    @property
    def person(self) -> PersonInfo: ...

    def view(self, language: str | None = None) -> RunView:
        """The run as it stands on the record right now."""
        ...

    def perform(self, action: Action) -> Performed:
        """Do it or refuse it; either way it is on the record when this returns.

        Raises AppendFailed or another SopError where the world is broken; the run then stands
        where the log says, which `view` reads back.
        """
        ...

    def questions(self, values: Mapping[str, Any]) -> tuple[Prompt, ...]:
        """What the current item asks for, given answers typed so far; state `not-asked` where a condition fails."""
        ...

    def begin_factor(self, factor: str) -> ChallengeView:
        """Start checking a factor of the subject (a code is sent, a question is chosen)."""
        ...

    def check_factor(self, factor: str, typed: str) -> Performed:
        """Check what the subject answered and record the result. What was typed is forgotten."""
        ...

    def prove(self, person: str, factor: str, typed: str) -> FactorProof | Message:
        """Check a factor of a person of the desk (a signer), to travel in a sign-off or ruling."""
        ...

    def act_as(self, person: str, proofs: Sequence[FactorProof]) -> Message | None:
        """Let another verified person act at this terminal from now on; None when accepted."""
        ...

    def extract(self, path: Path) -> Mapping[str, Any]:
        """Digest, line count and name of an operation log's extract."""
        ...

    def recap(self) -> Recap: ...

    def inbox(self) -> tuple[str, ...]:
        """What the sample inbox of a demo shows, newest first; empty on a real desk."""
        ...

    def close(self, reason: str = "") -> None:
        """Leave the run: it is held where it stands, unless it has ended or is held already."""
        ...


class DeskPort(Protocol):
    """A desk as front ends use it."""

    @property
    def name(self) -> str: ...

    @property
    def training(self) -> bool: ...

    @property
    def demo_hint(self) -> tuple[str, ...]:
        """Lines shown on a demo desk: sample people, passphrases, cases. Empty on a real one."""
        ...

    def people(self) -> tuple[PersonInfo, ...]: ...

    def sign_in(self, person: str, passphrase: str) -> PersonInfo | Message: ...

    def procedures(self, language: str) -> tuple[ProcedureInfo, ...]: ...

    def board(self) -> tuple[BoardRow, ...]: ...

    def notices(self) -> tuple[Message, ...]:
        """What everybody at this desk should know: an anchor of the audit log that failed. Mostly nothing."""
        ...

    def ticket_facts(self, procedure: str, ticket: str) -> Mapping[str, Any]:
        """What a ticket says of the case that a procedure asks for; nothing where there is no such ticket."""
        ...

    def start(
        self, person: str, procedure: str, ticket: str, case: Mapping[str, Any], language: str
    ) -> Session | Performed: ...

    def resume(self, person: str, run: str, language: str) -> Session: ...
