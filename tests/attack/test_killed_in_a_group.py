"""Kill -9 and a failing disk at the calls of a commit that several share: of who commits, and of who waits."""

from itertools import count
from pathlib import Path

import pytest

from sop_runner.audit.entry import Entry
from tests.attack.appending import NAME, QUICK_S, SIGNER, SLOW_S, new_log, opened, together
from tests.attack.clerk import Clerks, Fault, Told, calls_of, cannot_trace, telling
from tests.verifying import verify_file

pytestmark = pytest.mark.skipif(bool(cannot_trace()), reason=cannot_trace())

COMMITS = {
    "traced": QUICK_S,
    "other": SLOW_S,
}  # who looks first whether the database is free commits for both
WAITS = {"other": QUICK_S, "traced": SLOW_S}


@pytest.fixture
def folders(tmp_path: Path) -> "Folders":
    return Folders(tmp_path)


class Folders:
    """A new log for each attack."""

    def __init__(self, root: Path) -> None:
        self._root, self._number = root, count()

    def __call__(self) -> Path:
        return new_log(self._root / f"log-{next(self._number)}").parent


def places(
    clerks: Clerks, folders: Folders, looks: dict[str, float], tmp_path: Path
) -> list[tuple[str, int]]:
    trace = tmp_path / "trace"
    told = together(clerks, folders(), looks, {}, trace)
    assert [(len(one.acknowledged), one.errors) for one in told.values()] == [(1, [])] * 2
    return telling(calls_of(trace))


def entries(folder: Path) -> dict[str, tuple[Entry, ...]]:
    """What is on record of either, in a log that verifies and goes on."""
    ledger = opened(folder / NAME)
    found = {run: ledger.entries(run) for run in ("traced", "other")}
    ledger.close()
    assert verify_file(folder / NAME, (SIGNER.verifier,)).findings == ()
    assert all(len(one) <= 1 for one in found.values()), "doubled"
    return found


def check(folder: Path, told: dict[str, Told]) -> dict[str, tuple[Entry, ...]]:
    found = entries(folder)
    for run, one in told.items():
        assert [error for error in one.errors if error.get("unexpected")] == []
        assert set(one.acknowledged) <= {entry.seq for entry in found[run]}, "acknowledged and lost"
    assert len(told["other"].acknowledged) == 1, "the other one was disturbed"
    return found


def test_killed_while_committing_for_another(clerks: Clerks, folders: Folders, tmp_path: Path) -> None:
    tried = places(clerks, folders, COMMITS, tmp_path)
    assert {"fdatasync", "unlink"} <= {call for call, _ in tried}, "it was the one that committed"
    kept = set()
    for place in tried:
        folder = folders()
        told = together(clerks, folder, COMMITS, {"traced": Fault(*place)})
        found = check(folder, told)
        if not told["traced"].finished:
            kept.add(bool(found["traced"]))
            assert told["traced"].acknowledged == []
    assert kept == {True, False}, "deaths on both sides of the commit were tried"


def test_killed_while_another_commits_for_it(clerks: Clerks, folders: Folders, tmp_path: Path) -> None:
    tried = places(clerks, folders, WAITS, tmp_path)
    assert "fdatasync" not in {call for call, _ in tried}, "it was the one that waited"
    for place in tried:
        folder = folders()
        told = together(clerks, folder, WAITS, {"traced": Fault(*place)})
        check(folder, told)
        assert told["traced"].acknowledged == []


@pytest.mark.parametrize("looks", [COMMITS, WAITS], ids=["commits", "waits"])
def test_a_disk_that_fails_one_of_them(
    looks: dict[str, float], clerks: Clerks, folders: Folders, tmp_path: Path
) -> None:
    """Once each is done once, whoever's call failed; trying again with the same key does not do it again."""
    tried = places(clerks, folders, looks, tmp_path)
    for number, place in enumerate(tried):
        folder = folders()
        fault = Fault(*place, what=("error=EIO", "error=ENOSPC")[number % 2], lasting=bool(number % 3))
        told = together(clerks, folder, looks, {"traced": fault})
        found = check(folder, told)
        assert len(told["traced"].acknowledged) == 1, (place, told["traced"].errors)
        assert {run: len(one) for run, one in found.items()} == {"traced": 1, "other": 1}


@pytest.mark.parametrize("error", ["EROFS", "EACCES"])
def test_a_folder_in_which_nothing_can_be_made_any_more(error: str, clerks: Clerks, folders: Folders) -> None:
    """Remounted read-only, or its permissions lost: said in words, nothing is lost, and all is well afterwards."""
    folder = folders()
    fault = Fault("openat", 1, f"error={error}", lasting=True)
    told = clerks.work(folder, "append", fault, run="traced", look_s=QUICK_S)
    (said,) = told.errors
    assert (said["error"], said["code"]) == ("AppendFailed", 3)
    assert "not acknowledged" in str(said["text"])
    assert len(told.acknowledged) == 1, "and again, once it is there again"
    assert len(entries(folder)["traced"]) == 1


@pytest.mark.parametrize("error", ["EROFS", "EPERM"])
def test_a_file_that_can_no_longer_be_written(error: str, clerks: Clerks, folders: Folders) -> None:
    folder = folders()
    told = clerks.work(
        folder, "append", Fault("pwrite64", 1, f"error={error}", lasting=True), run="traced", look_s=QUICK_S
    )
    assert [said["error"] for said in told.errors] == ["AppendFailed"]
    assert len(told.acknowledged) == 1
    assert len(entries(folder)["traced"]) == 1
