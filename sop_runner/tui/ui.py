"""What every widget needs to draw: language, glyphs, clock. Passed in, never looked up."""

from dataclasses import dataclass, field
from datetime import datetime

from sop_runner.base.clock import Clock, SystemClock
from sop_runner.base.i18n import Translator

from .glyphs import UNICODE, Glyphs
from .reflex import Turn


@dataclass(frozen=True, slots=True)
class Ui:
    """How this terminal talks to its person.

    `settle_s` is how long an item must have been on the screen before a key may answer it: nobody
    reads faster, so an earlier key was meant for what stood there before.
    """

    t: Translator = field(default_factory=Translator)
    glyphs: Glyphs = UNICODE
    clock: Clock = field(default_factory=SystemClock)
    settle_s: float = 0.35
    turn: Turn = field(default_factory=Turn)

    def now(self) -> datetime:
        """The time, aware UTC."""
        return self.clock.now().wall


def duration(seconds: float) -> str:
    """A running time: `1:12`, `2:03:40`."""
    whole = int(max(seconds, 0))
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"
