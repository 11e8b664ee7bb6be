"""Warnings about the clock: wall time against monotonic time, boot by boot."""

from datetime import datetime, timedelta

from sop_runner.audit.findings import AuditFinding, Code

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  # walls are all UTC; naive ones subtract faster
_STEP_US = 2_000_000  # below this it is slewing, or two writers that queued
_SKEW_US = 60_000_000  # what two machines' clocks may differ by


class Clocks:
    """Follows the time stamps of a log in order, or of a stretch of it.

    What the first stamps of a boot mean depends on the stamps before: `joined` says it, once those are known.
    """

    __slots__ = ("_met", "_offsets", "_wall")

    def __init__(self) -> None:
        self._wall: int | None = None
        self._offsets: dict[str, int] = {}  # boot -> wall minus monotonic, microseconds
        # Where each boot was met: index, run, boot, wall, offset, and the wall of the stamp before.
        self._met: list[tuple[int, str | None, str, int, int, int | None]] = []

    def see(self, index: int, run: str | None, wall: str, mono_ns: str, boot: str) -> AuditFinding | None:
        """What is odd about the next stamp, its boot being known. Raises ValueError where it is no stamp."""
        since = datetime.fromisoformat(wall[:-1]) - _EPOCH
        now = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
        offset = now - int(mono_ns) // 1000
        known = self._offsets.get(boot)
        if known is None:
            self._met.append((index, run, boot, now, offset, self._wall))
        self._offsets[boot], self._wall = offset, now
        return None if known is None else _drifted(index, run, offset - known)

    def joined(self, later: "Clocks") -> list[AuditFinding]:
        """Go on with those of the stretch that follows: what is odd about the boots that it met."""
        odd = []
        for index, run, boot, now, offset, before in later._met:
            wall, known = self._wall if before is None else before, self._offsets.get(boot)
            if known is not None:
                found = _drifted(index, run, offset - known)
            else:
                found = _back(index, run, wall - now) if wall is not None and wall - now > _SKEW_US else None
            odd += [found] if found is not None else []
        self._offsets |= later._offsets
        self._wall = self._wall if later._wall is None else later._wall
        return odd


def _drifted(index: int, run: str | None, drift: int) -> AuditFinding | None:
    if drift < -_STEP_US:
        return _back(index, run, -drift)
    if drift > _STEP_US:
        message = f"the clock jumped {_span(drift)} ahead (set, or the machine slept)"
        return AuditFinding(Code.CLOCK_JUMP, index, run, message)
    return None


def _back(index: int, run: str | None, by: int) -> AuditFinding:
    return AuditFinding(Code.CLOCK_BACK, index, run, f"the clock was set back by {_span(by)}")


def _span(us: int) -> str:
    return f"{us / 1e6:.1f} s" if us < 60_000_000 else str(timedelta(seconds=us // 1_000_000))
