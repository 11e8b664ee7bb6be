"""Kill -9 at the system calls of a run: it stands where its last acknowledged entry put it, and goes on."""

import sqlite3
from contextlib import closing
from itertools import count
from pathlib import Path
from random import Random

import pytest

from tests.attack.after import check_closed, check_goes_on, check_log, entries_of
from tests.attack.clerk import Clerks, Fault, Told, calls_of, cannot_trace, telling
from tests.attack.conftest import At

pytestmark = pytest.mark.skipif(bool(cannot_trace()), reason=cannot_trace())

_MOST_DEATHS = 40


def kept_values(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "training" / "vault.db")) as db:
        return int(db.execute("SELECT count(*) FROM value").fetchone()[0])


@pytest.mark.parametrize("item", ["change-request", "notify-customer"])
def test_killed_at_each_call_of_an_append_and_of_a_closing(
    item: str, desk_at: At, clerks: Clerks, tmp_path: Path
) -> None:
    trace = tmp_path / "trace"
    clerks.work(desk_at(item), "step", trace=trace)
    places = telling(calls_of(trace))
    assert len(places) > 15, "the calls of an append were traced"
    outcomes, orphans = set(), 0
    for place in places:
        folder = desk_at(item)
        before = len(entries_of(folder))
        told = clerks.work(folder, "step", Fault(*place))
        assert not told.finished, f"{place} was not its last call"
        assert told.acknowledged == [], f"acknowledged before {place}"
        # Coming back to the run, which the worker did before it was ready, is an action of its own.
        record = check_log(folder, told, before + 2)
        assert record is not None
        done = record.newest.type != "RunResumed"
        outcomes.add(done)
        orphans += not done and kept_values(folder) > 0
        if done or place == places[len(places) // 2]:
            check_goes_on(folder)
    assert outcomes == {True, False}, "deaths on both sides of the commit were tried"
    if item == "change-request":
        assert orphans, "a death between the vault and the log was tried"


def test_killed_again_and_again_a_run_still_comes_to_its_end(desk_at: At, clerks: Clerks) -> None:
    """From opening the desk on, each worker lives for some calls of one kind more; none is lucky for long."""
    folder = desk_at("")
    rng = Random(20261121)
    acknowledged: list[int] = []
    for deaths in count():
        assert deaths < _MOST_DEATHS, "the run does not get on"
        call, most = rng.choice((("fdatasync", 60), ("pwrite64", 400), ("unlink", 18)))
        before = len(entries_of(folder))
        # A minute between the workers, so that the supervisor's token shows another code.
        told = clerks.work(folder, "walk", Fault(call, rng.randint(1, most)), minutes=deaths / 2)
        assert [error for error in told.errors if error.get("unexpected")] == []
        check_log(folder, told, before)
        acknowledged += told.acknowledged
        assert set(acknowledged) <= {entry.seq for entry in entries_of(folder)}
        if told.finished and not told.errors and not told.refused:
            break
    assert deaths >= 4, "it died often enough to mean something"
    check_closed(folder)


def test_a_worker_that_is_left_alone_comes_to_the_end(desk_at: At, clerks: Clerks) -> None:
    folder = desk_at("")
    told = clerks.work(folder, "walk")
    assert (told.finished, told.errors, told.refused) == (True, [], [])
    record = check_log(folder, told)
    assert record is not None
    assert told.acknowledged[-1] == record.newest.seq
    check_closed(folder)


def test_these_checks_notice_a_lost_entry(desk_at: At, clerks: Clerks) -> None:
    folder = desk_at("")
    told = clerks.work(folder, "walk")
    invented = Told(acknowledged=[*told.acknowledged, told.acknowledged[-1] + 1])
    with pytest.raises(AssertionError, match="acknowledged and lost"):
        check_log(folder, invented)
    with pytest.raises(AssertionError, match="behind its back"):
        check_log(folder, Told(acknowledged=told.acknowledged[:3]))
