import multiprocessing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sop_runner.base.errors import UsageError
from sop_runner.base.tries import FREE_TRIES, LOCK_AFTER, Blocked, Tries, delay_after

NOW = datetime(2026, 10, 15, 12, 0, tzinfo=UTC)


@pytest.fixture
def tries(tmp_path: Path) -> Tries:
    return Tries.create(tmp_path / "tries.db")


def test_delays_grow_and_end_in_a_lock() -> None:
    delays = [delay_after(n) for n in range(1, LOCK_AFTER)]
    assert delays[: FREE_TRIES - 1] == [timedelta()] * (FREE_TRIES - 1)
    growing = [d for d in delays[FREE_TRIES - 1 :] if d is not None]
    assert growing == sorted(set(growing))
    assert delay_after(LOCK_AFTER) is None


def test_wrong_tries_wait_then_lock_until_cleared(tries: Tries) -> None:
    now = NOW
    for _ in range(FREE_TRIES):
        assert tries.charge("ana", "totp", now) is None
    blocked = tries.charge("ana", "totp", now)
    assert blocked == Blocked(5)
    assert tries.charge("ana", "totp", now + timedelta(seconds=4.2)) == Blocked(1)
    assert tries.charge("ana", "passphrase", now) is None, "another factor is not held up"
    assert tries.charge("bela", "totp", now) is None, "another person is not held up"
    for _ in range(FREE_TRIES, LOCK_AFTER):
        now += timedelta(hours=1)
        assert tries.charge("ana", "totp", now) is None
    now += timedelta(days=365)
    assert tries.charge("ana", "totp", now) == Blocked(0, locked=True)
    tries.clear("ana", "totp")
    assert tries.charge("ana", "totp", now) is None


def test_a_clock_set_back_holds_nobody_up(tries: Tries) -> None:
    for _ in range(FREE_TRIES):
        assert tries.charge("ana", "totp", NOW) is None
    assert tries.charge("ana", "totp", NOW - timedelta(hours=1)) is None
    assert tries.wrong("ana", "totp") == FREE_TRIES + 1


def test_a_use_counts_once_and_never_backwards(tmp_path: Path, tries: Tries) -> None:
    assert tries.use("totp:ana", 100)
    assert not tries.use("totp:ana", 100)
    assert not Tries.open(tmp_path / "tries.db").use("totp:ana", 99)
    assert tries.use("totp:ana", 101)
    tries.forget("totp:ana")
    assert tries.use("totp:ana", 1)


def test_counting_ends_at_the_most(tries: Tries) -> None:
    assert [tries.count("code", 3) for _ in range(5)] == [True, True, True, False, False]


def test_files_are_private(tmp_path: Path, tries: Tries) -> None:
    assert (tmp_path / "tries.db").stat().st_mode & 0o077 == 0
    with pytest.raises(UsageError, match="exists already"):
        Tries.create(tmp_path / "tries.db")
    with pytest.raises(UsageError, match="cannot be read"):
        Tries.open(tmp_path / "none.db")


NAMES = [f"eve-{number}" for number in range(40)]


def _race(path: Path, start, answers) -> None:  # type: ignore[no-untyped-def]
    tries = Tries.open(path)
    start.wait(20)
    answers.put([(tries.use(name), tries.charge(name, "guess", NOW) is None) for name in NAMES])


def test_of_many_processes_one_uses_and_few_guess(tmp_path: Path, tries: Tries) -> None:
    context = multiprocessing.get_context("spawn")
    start, answers = context.Event(), context.Queue()
    workers = [context.Process(target=_race, args=(tmp_path / "tries.db", start, answers)) for _ in range(5)]
    for worker in workers:
        worker.start()
    start.set()
    results = [answers.get(timeout=30) for _ in workers]
    for worker in workers:
        worker.join()
    for name in zip(*results, strict=True):
        assert sum(used for used, _ in name) == 1
        assert sum(charged for _, charged in name) == FREE_TRIES
