"""The clock of the machine does what clocks do: the log stays whole, and what was odd is named where it was."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sop_runner.audit.clocks import Clocks
from sop_runner.audit.entry import Draft
from sop_runner.audit.findings import Code, Outcome
from sop_runner.audit.log import LedgerKind, origin
from sop_runner.audit.note import Ed25519Signer
from sop_runner.base.clock import Stamp
from sop_runner.stores.sqlite import SqliteLedger
from tests.verifying import verify_file

START = datetime(2026, 3, 29, 0, 59, 58, tzinfo=UTC)  # two seconds before clocks in Europe go forward
BACK = datetime(2026, 10, 25, 0, 59, 58, tzinfo=UTC)  # and back: 02:00 to 03:00 comes twice there
SECOND = 1_000_000_000


def written(folder: Path, stamps: list[Stamp]) -> list[tuple[Code, int | None]]:
    """What verification says of a log with an entry for each stamp; the first of them is entry 1."""
    log, path = "5e" * 16, folder.with_suffix(".db")
    signer = Ed25519Signer(origin(LedgerKind.LIVE, log), b"\6" * 32)  # training may play with its clock
    ledger = SqliteLedger.create(path, log, LedgerKind.LIVE, signer, stamps[0])
    for at, ts in enumerate(stamps):
        ledger.append("A", at, [Draft(type="NoteAdded", key=f"{at:032x}", ts=ts)])
    assert [entry.ts for entry in ledger.entries("A")] == stamps
    ledger.close()
    verdict = verify_file(path, (signer.verifier,))
    assert verdict.outcome is Outcome.CLEAN, "an odd clock is no tampering"
    return [(finding.code, finding.index) for finding in verdict.findings]


def steady(start: datetime, count: int) -> list[Stamp]:
    """One stamp a second."""
    return [Stamp(start + timedelta(seconds=n), (100 + n) * SECOND, "boot-1") for n in range(count)]


def moved(stamps: list[Stamp], by: timedelta) -> list[Stamp]:
    """The same moments on a clock that was set."""
    return [Stamp(stamp.wall + by, stamp.mono_ns, stamp.boot) for stamp in stamps]


@pytest.mark.parametrize("hours", [1, 24 * 400])
def test_set_back_and_forward_again(tmp_path: Path, hours: int) -> None:
    by = timedelta(hours=hours)
    stamps = steady(START, 9)
    stamps = [*stamps[:3], *moved(stamps[3:6], -by), *stamps[6:]]
    assert written(tmp_path / "log", stamps) == [(Code.CLOCK_BACK, 4), (Code.CLOCK_JUMP, 7)]


@pytest.mark.parametrize(("by", "said"), [(9, "9.0 s"), (3_600, "1:00:00"), (90_061, "1 day, 1:01:01")])
def test_how_far_a_clock_was_set_is_told_as_people_say_it(by: int, said: str) -> None:
    clocks = Clocks()
    assert clocks.see(1, None, "2026-03-01T09:00:00.000000Z", "1000000000", "boot") is None
    earlier = datetime(2026, 3, 1, 9, 0, 1) - timedelta(seconds=by)  # noqa: DTZ001
    back = clocks.see(2, None, f"{earlier.isoformat(timespec='microseconds')}Z", "2000000000", "boot")
    assert back is not None
    assert back.message == f"the clock was set back by {said}"


def test_a_machine_that_slept_in_between(tmp_path: Path) -> None:
    """The monotonic clock stands still in a suspended machine, the wall clock does not."""
    stamps = steady(START, 6)
    stamps = [*stamps[:3], *moved(stamps[3:], timedelta(hours=9))]
    assert written(tmp_path / "log", stamps) == [(Code.CLOCK_JUMP, 4)]


def test_a_restart_is_no_jump_and_one_into_the_past_is_named(tmp_path: Path) -> None:
    again = [Stamp(START + timedelta(minutes=5), 7 * SECOND, "boot-2")]
    assert written(tmp_path / "on", [*steady(START, 2), *again]) == []
    past = [Stamp(START - timedelta(days=1), 7 * SECOND, "boot-2")]
    assert written(tmp_path / "back", [*steady(START, 2), *past]) == [(Code.CLOCK_BACK, 3)]


@pytest.mark.parametrize("change", [START, BACK], ids=["forward", "back"])
@pytest.mark.parametrize("zone", ["Europe/Budapest", "UTC"])
def test_a_change_of_summer_time_is_nothing_to_the_log(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    local_time: Callable[[], None],
    change: datetime,
    zone: str,
) -> None:
    monkeypatch.setenv("TZ", zone)
    local_time()
    assert written(tmp_path / "log", steady(change, 5)) == []


@pytest.fixture
def local_time(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """Makes the process take `TZ` as it stands, until the end of the test."""
    yield time.tzset
    monkeypatch.undo()
    time.tzset()
