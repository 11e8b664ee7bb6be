"""What came of a rehearsal, as data: a readable story, the first deviation, what was covered."""

from dataclasses import dataclass, field
from datetime import datetime

from sop_runner.acting.scene import Scene
from sop_runner.base.finding import Position
from sop_runner.run.events import Event

from .coverage import Coverage


@dataclass(frozen=True, slots=True)
class Line:
    """One item of `do` as it was played.

    `recorded` are the events that came of it, in words; `at` is where the run then stands, an end
    or `abandoned` once it has ended; `refused` says why where it was refused; `entered` are the nodes
    that it led into, passed over or not.
    """

    asked: str
    people: tuple[str, ...]
    when: datetime
    recorded: tuple[str, ...]
    at: str
    refused: str = ""
    entered: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Deviation:
    """The first place where the run was not as the scenario says: why, and where.

    `file` is the one of the value that was put in there, empty where the scenario itself says it.
    """

    message: str
    at: Position
    file: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """One scenario as it was played; it passed where nothing deviated.

    `scene` is the moment in which it stopped, None where the run never started; `index` the place of its
    scenario in the file.
    """

    scenario: str
    story: tuple[Line, ...]
    deviation: Deviation | None
    coverage: Coverage = field(default_factory=Coverage)
    end: str = ""
    of: str = ""
    scene: Scene | None = None
    index: int = 0

    @property
    def passed(self) -> bool:
        """Whether everything was as the scenario says."""
        return self.deviation is None


def in_words(event: Event) -> str:
    """An event on one line: what happened where, by whom, and why."""
    words = [event.type]
    if event.at:
        words.append(event.at)
    if event.outcome:
        words.append(event.outcome)
    if event.to:
        words.append(f"→ {event.to}")
    if event.actor:
        words.append(f"by {event.actor}" + (f" as {event.role}" if event.role else ""))
    return " ".join(words)
