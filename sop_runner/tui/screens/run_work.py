"""What the desk's thread does for the run screen. No widgets here: data in, data out."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from sop_runner.base.message import Message
from sop_runner.desk.port import ChallengeView, DeskPort, Performed, PersonInfo, Recap, Session
from sop_runner.run.actions import Action, FactorProof
from sop_runner.run.views import RunView

from ..messages import Review, Sign


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


def begin_factor(session: Session, factor: str) -> tuple[ChallengeView, RunView]:
    """Begin a factor; the run may have moved meanwhile."""
    return session.begin_factor(factor), session.view()


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


def review(session: Session, wanted: Review) -> Outcome:
    """Read the extract, then answer with its digest and counts. A pasted one is on disk only meanwhile."""
    if isinstance(wanted.extract, str):
        extract = session.extract(Path(wanted.extract).expanduser())
    else:
        with TemporaryDirectory(prefix="sop-") as folder:
            path = Path(folder) / "pasted.txt"
            path.write_text(wanted.extract["text"], encoding="utf-8")
            extract = session.extract(path)
    return perform(session, wanted.action(extract))


@dataclass(frozen=True, slots=True)
class Opened:
    """A run as it is taken up."""

    session: Session
    view: RunView
    people: tuple[PersonInfo, ...]


Work = Callable[[], Outcome | NotProved]


def opened(desk: DeskPort, session: Session) -> Opened:
    """Everything the run screen needs of a run that was just opened."""
    return Opened(session, session.view(), desk.people())


def resumed(desk: DeskPort, person: str, run: str, language: str) -> tuple[Opened, Recap]:
    """A run taken up again, and what happened since."""
    session = desk.resume(person, run, language)
    return opened(desk, session), session.recap()
