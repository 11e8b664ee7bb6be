"""When a reviewer's screen verifies: at once, and again when the log has grown, never more than it rests."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sop_runner.desk.reviewing import Reviewing
from sop_runner.desk.verifying_apart import Standing

from .ui import Ui

_REST = timedelta(seconds=60)
_SHARE = 10  # of a core, one part in this many at most


class Verifying:
    """The verdict on a desk's log, kept fresh. `changed` is called whenever there is news."""

    def __init__(self, ui: Ui, reviewing: Reviewing, changed: Callable[[], None]) -> None:
        self._ui, self._reviewing, self._changed = ui, reviewing, changed
        self.size = 0
        self._began: datetime | None = None
        self._ended: datetime | None = None

    @property
    def standing(self) -> Standing:
        """What is known of the log."""
        return self._reviewing.verifier.standing

    @property
    def said_at(self) -> str:
        """When it was last verified."""
        if self._ended is None:
            return ""
        return f"at {self._ui.t.clock_time(self._ended, self._reviewing.zone)}"

    def begin(self) -> None:
        """Verify from now on."""
        if not self.standing.under_way:
            self._began = self._ui.now()
            self._reviewing.verifier.begin()
            self._changed()

    def look(self) -> None:
        """Take what has come, and verify again what has grown."""
        if self._reviewing.verifier.look():
            self._ended = self._ui.now()
            self._changed()
        elif not self.standing.under_way and self._is_due():
            self.begin()

    def grown(self, size: int) -> None:
        """The log has that many entries now."""
        if size != self.size:
            self.size = size
            self._changed()

    def _is_due(self) -> bool:
        verdict = self.standing.verdict
        if (
            self._began is None
            or self._ended is None
            or (verdict is not None and verdict.entries >= self.size)
        ):
            return False
        rest = max(_REST, _SHARE * (self._ended - self._began))
        return self._ui.now() >= self._ended + rest
