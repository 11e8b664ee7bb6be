"""Time as a port: the only module that reads a clock."""

import time
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import NamedTuple, Protocol


class Stamp(NamedTuple):
    """One reading of the clock.

    `wall` is aware UTC with microseconds; `mono_ns` is monotonic nanoseconds since the boot
    that `boot` names, so that a wall clock set back can be told from time that passed.
    """

    wall: datetime
    mono_ns: int
    boot: str


class Clock(Protocol):
    """Reads the time."""

    def now(self) -> Stamp: ...


@cache
def _boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        started = int(time.time()) - time.monotonic_ns() // 1_000_000_000
        return f"boot-{started // 10 * 10}"


class SystemClock:
    """The machine's clock."""

    def now(self) -> Stamp:
        return Stamp(datetime.now(UTC), time.monotonic_ns(), _boot_id())


class ManualClock:
    """A clock that moves only when told to: rehearsals, replays and tests."""

    def __init__(self, start: datetime) -> None:
        self._wall = start.astimezone(UTC)
        self._mono_ns = 0

    def now(self) -> Stamp:
        return Stamp(self._wall, self._mono_ns, "manual")

    def advance(self, by: timedelta) -> None:
        """Let `by` pass."""
        self._wall += by
        self._mono_ns += int(by / timedelta(microseconds=1)) * 1000

    def set(self, to: datetime) -> None:
        """Move to an absolute time."""
        self.advance(to.astimezone(UTC) - self._wall)


def utc_text(moment: datetime) -> str:
    """RFC 3339 in UTC with exactly six decimals, the only form in the audit log."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def parse_utc(text: str) -> datetime:
    """Read back what `utc_text` wrote. Raises ValueError for any other form."""
    # `fromisoformat` alone takes other forms of the standard too; `strptime` costs a hundred times as much.
    if len(text) != 27 or text[4] + text[7] + text[10] + text[19] + text[26] != "--T.Z":
        raise ValueError(f"'{text[:40]}' is no time as the audit log has it: 2026-01-31T12:00:00.000000Z")
    return datetime.fromisoformat(text)
