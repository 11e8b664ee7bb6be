"""Warnings about the clock: wall time against monotonic time, boot by boot."""

from datetime import datetime

from sop_runner.audit.findings import AuditFinding, Code

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  # walls are all UTC; naive ones subtract faster
_STEP_US = 2_000_000  # below this it is slewing, or two writers that queued
_SKEW_US = 60_000_000  # what two machines' clocks may differ by


class Clocks:
    """Follows the time stamps of a log in order."""

    __slots__ = ("_offsets", "_wall")

    def __init__(self) -> None:
        self._wall = 0
        self._offsets: dict[str, int] = {}  # boot -> wall minus monotonic, microseconds

    def see(self, index: int, run: str | None, wall: str, mono_ns: str, boot: str) -> AuditFinding | None:
        """What is odd about the next stamp. Raises ValueError where it is no stamp."""
        since = datetime.fromisoformat(wall[:-1]) - _EPOCH
        now = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
        offset = now - int(mono_ns) // 1000
        drift = offset - self._offsets.get(boot, offset)
        known, back = boot in self._offsets, self._wall - now
        self._offsets[boot], self._wall = offset, now
        if drift < -_STEP_US or (not known and back > _SKEW_US):
            by = max(-drift, 0) if known else back
            return AuditFinding(Code.CLOCK_BACK, index, run, f"the clock was set back by {by / 1e6:.1f} s")
        if drift > _STEP_US:
            message = f"the clock jumped {drift / 1e6:.1f} s ahead (set, or the machine slept)"
            return AuditFinding(Code.CLOCK_JUMP, index, run, message)
        return None
