"""A disk that fails: each call of an append and of a closing, once or from then on."""

from pathlib import Path

import pytest

from tests.attack.after import check_closed, check_goes_on, check_log, entries_of
from tests.attack.clerk import Clerks, Fault, calls_of, cannot_trace, telling
from tests.attack.conftest import At

pytestmark = pytest.mark.skipif(bool(cannot_trace()), reason=cannot_trace())

ITEMS = {"change-request": "caller-identity", "caller-identity": "caller-identity", "notify-customer": ""}
"""What is worked at, and where the run stands when it is done: the vault, a factor's tries, the closing."""


def places_of(item: str, desk_at: At, clerks: Clerks, tmp_path: Path) -> list[tuple[str, int]]:
    trace = tmp_path / "trace"
    clerks.work(desk_at(item), "step", trace=trace)
    return telling(calls_of(trace))


@pytest.mark.parametrize("item", ITEMS)
def test_a_call_that_fails_once(item: str, desk_at: At, clerks: Clerks, tmp_path: Path) -> None:
    """Most are made good by asking the log again; the others are told, and trying again does it once."""
    seen = set()
    for place in places_of(item, desk_at, clerks, tmp_path)[::2]:
        folder = desk_at(item)
        before = len(entries_of(folder))
        told = clerks.work(folder, "step", Fault(*place, what="error=EIO"))
        assert told.refused == []
        assert len(told.acknowledged) == 1, (place, told.errors)
        for error in told.errors:
            assert_in_words(error)
        record = check_log(folder, told, before + 2)
        assert record is not None
        assert {entry.key for entry in record.entries[before + 2 :]} == {record.newest.key}, "done once"
        seen.add(bool(told.errors))
        if item == "notify-customer":
            close_again_if_it_was_not(folder, str(told.said))
    assert False in seen, "the log was asked again"


@pytest.mark.parametrize("item", ["change-request", "notify-customer"])
def test_a_disk_that_fails_from_a_call_on(item: str, desk_at: At, clerks: Clerks, tmp_path: Path) -> None:
    """Told in words, never as done; the log says what holds; once the disk is back the same terminal goes on."""
    hints = set()
    places = places_of(item, desk_at, clerks, tmp_path)
    # Between the calls that the test before this lets fail, and where a commit is decided.
    places = places[1::2] + [place for place in places[::2] if place[0] == "unlink"]
    for number, place in enumerate(places):
        folder = desk_at(item)
        before = len(entries_of(folder))
        error = ("error=ENOSPC", "error=EIO")[number % 2]
        told = clerks.work(folder, "step", Fault(*place, what=error, lasting=True))
        for said in told.errors:
            assert_in_words(said)
            hints.add(said["hint"].partition(".")[0])
        assert told.refused == []
        assert len(told.acknowledged) == 1, (place, told.errors)
        record = check_log(folder, told, before + 2)
        assert record is not None
        assert {entry.key for entry in record.entries[before + 2 :]} == {record.newest.key}, "done once"
        if place == places[len(places) // 2]:
            check_goes_on(folder)
    assert {"Nothing of this was done", "Whether this was done cannot be told now"} <= hints


def assert_in_words(error: dict[str, object]) -> None:
    """An error of the product's own: what failed, what to do, and the exit code of what is incomplete."""
    assert error.get("unexpected") is None, error
    assert error["error"] in ("AppendFailed", "StoreFailed")
    assert error["code"] == 3
    assert any(word in str(error["text"]) for word in ("disk", "space", "I/O"))
    assert "heck the disk" in str(error["hint"])


def close_again_if_it_was_not(folder: Path, said: str) -> None:
    """Only a failing ticket file leaves the ticket open, which is said and made good by looking at the run."""
    if "the ticket is not closed yet" in said:
        assert "resuming the run tries again" in said
        check_goes_on(folder)
    else:
        check_closed(folder)
