"""What the desk's thread does for the run screen. No widgets here: data in, data out."""

from dataclasses import dataclass
from pathlib import Path

from sop_runner.base.message import Message
from sop_runner.desk.extract import extract_of_text
from sop_runner.desk.port import ChallengeView, DeskPort, Performed, PersonInfo, Recap, Session
from sop_runner.run.actions import Action, FactorProof
from sop_runner.run.views import RunView

from ..messages import Review, Sign, TakeOver


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of something, and how the run stands after it."""

    performed: Performed
    view: RunView
    action: Action | None = None
    proofs: tuple[FactorProof, ...] = ()


@dataclass(frozen=True, slots=True)
class NotProved:
    """Somebody did not prove who they are; nothing was performed. `proofs` are those that were right."""

    person: str
    why: Message
    proofs: tuple[FactorProof, ...]


def perform(session: Session, action: Action) -> Outcome:
    """Do it, and read the run back."""
    performed = session.perform(action)
    return Outcome(performed, session.view(), action)


def check_factor(session: Session, factor: str, typed: str) -> Outcome:
    """Check what the subject answered, and read the run back."""
    performed = session.check_factor(factor, typed)
    return Outcome(performed, session.view())


@dataclass(frozen=True, slots=True)
class Begun:
    """A factor under way. `letter` is the newest of a demo's sample inbox."""

    challenge: ChallengeView
    view: RunView
    letter: str


def begin_factor(session: Session, factor: str) -> Begun:
    """Begin a factor; the run may have moved meanwhile."""
    challenge = session.begin_factor(factor)
    letters = session.inbox() if challenge.sent_to else ()
    return Begun(challenge, session.view(), letters[0] if letters else "")


def sign(session: Session, wanted: Sign) -> Outcome | NotProved:
    """Check every factor that was typed, then do what they are for. One that is wrong ends it."""
    proofs = list(wanted.proved)
    for factor, typed in wanted.typed.items():
        proof = session.prove(wanted.person, factor, typed)
        if isinstance(proof, Message):
            return NotProved(wanted.person, proof, tuple(proofs))
        proofs.append(proof)
    action = wanted.action(tuple(proofs))
    performed = session.perform(action)
    return Outcome(performed, session.view(), action, tuple(proofs))


def review(session: Session, wanted: Review, pasted: str) -> Outcome:
    """Read the extract, then answer with its digest and counts; `pasted` is the name of one without a file."""
    if isinstance(wanted.extract, str):
        extract = session.extract(Path(wanted.extract).expanduser())
    else:
        extract = extract_of_text(wanted.extract["text"], pasted)
    return perform(session, wanted.action(extract))


def act_as(session: Session, wanted: TakeOver) -> RunView | Message:
    """Let another person act at this terminal, who proves who they are unless they did so before."""
    proofs = []
    for factor, typed in wanted.typed.items():
        proof = session.prove(wanted.person, factor, typed)
        if isinstance(proof, Message):
            return proof
        proofs.append(proof)
    return session.act_as(wanted.person, proofs) or session.view()


@dataclass(frozen=True, slots=True)
class Opened:
    """A run as it is taken up."""

    session: Session
    view: RunView
    people: tuple[PersonInfo, ...]


def opened(desk: DeskPort, session: Session) -> Opened:
    """Everything the run screen needs of a run that was just opened."""
    return Opened(session, session.view(), desk.people())


def resumed(desk: DeskPort, person: str, run: str, language: str) -> tuple[Opened, Recap]:
    """A run taken up again, and what happened since."""
    session = desk.resume(person, run, language)
    return opened(desk, session), session.recap()
