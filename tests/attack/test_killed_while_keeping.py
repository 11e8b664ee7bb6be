"""Kill -9 and a failing disk while a text is published or approved, a run begins, a subject is erased."""

import shutil
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from sop_runner.desk.layout import Layout
from sop_runner.desk.verified import verify_desk
from sop_runner.stores.vault import Vault
from tests.attack.clerk import Clerks, Fault, Told, calls_of, cannot_trace, telling
from tests.attack.deceiving import Rows, live_desk, named, rows_of
from tests.attack.keeping import DEEDS, SUBJECT, write_revision

pytestmark = pytest.mark.skipif(bool(cannot_trace()), reason=cannot_trace())

KIND = {
    "publish": "ProcedurePublished",
    "approve": "ProcedureApproved",
    "start": "RunStarted",
    "erase": "SubjectErased",
}
_MARKS = count()
Fresh = Callable[[str], Path]


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory, clerks: Clerks) -> Callable[[str], Path]:
    """A live desk before each deed."""
    folder = tmp_path_factory.mktemp("keeping")
    live_desk(folder / "start")
    shutil.copytree(folder / "start", folder / "erase")
    shutil.copytree(folder / "start", folder / "publish")
    write_revision(folder / "publish")
    shutil.copytree(folder / "publish", folder / "approve")
    assert do(clerks, folder / "approve", "publish").acknowledged
    return lambda deed: folder / deed


@pytest.fixture
def fresh(templates: Callable[[str], Path], tmp_path: Path, state: Path) -> Fresh:
    def at(deed: str) -> Path:
        folder = tmp_path / "desk"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(state, ignore_errors=True)
        return Path(shutil.copytree(templates(deed), folder))

    return at


def do(
    clerks: Clerks, folder: Path, deed: str, fault: Fault | None = None, trace: Path | None = None
) -> Told:
    return clerks.work(folder, deed, fault, trace, mark=next(_MARKS))


def places(clerks: Clerks, fresh: Fresh, deed: str, trace: Path) -> list[tuple[str, int]]:
    assert do(clerks, fresh(deed), deed, trace=trace).acknowledged
    found = telling(calls_of(trace))
    assert len(found) > 5, "the calls were traced"
    # Of the many some are tried, and each at which a commit is decided or has just been.
    step = 8 if deed == "erase" else 4
    deciding = [n for n, (call, _) in enumerate(found) if "unlink" in (call, found[n - 1][0])]
    return [place for n, place in enumerate(found) if n % step == 0 or n in deciding]


def done(rows: Rows, deed: str, before: Rows) -> bool:
    """Whether the deed is on record, once at most, and nothing else is."""
    new = rows[len(before) :]
    assert rows[: len(before)] == before
    assert [row["type"] for row in new] in ([], [KIND[deed]]), new
    return bool(new)


def values_left(folder: Path) -> int:
    vault = Vault.open(*Layout(folder).vault)
    try:
        return len(vault.shelves(SUBJECT))
    finally:
        vault.close()


def check(folder: Path, deed: str, recorded: bool) -> None:
    """The log verifies. Only an erasure that died behind its entry is named, and erasing again ends it."""
    found = {code for code, _ in named(folder)} - {"ERASED_OK"}
    if deed == "erase" and recorded and values_left(folder):
        assert found == {"PAYLOAD_ALTERED"}
    else:
        assert found == set()


@pytest.mark.parametrize("deed", DEEDS)
def test_killed_at_each_call(deed: str, clerks: Clerks, fresh: Fresh, tmp_path: Path) -> None:
    outcomes = set()
    for number, place in enumerate(places(clerks, fresh, deed, tmp_path / "trace")):
        folder = fresh(deed)
        before = rows_of(folder)
        told = do(clerks, folder, deed, Fault(*place))
        assert not told.finished, f"{place} was not its last call"
        assert told.acknowledged == []
        recorded = done_safely(folder, deed, before)
        outcomes.add(recorded)
        check(folder, deed, recorded)
        if number % 4 == 0 and (deed == "erase" or not recorded):
            again(clerks, folder, deed)
    assert outcomes == {True, False}, "deaths on both sides of the commit were tried"


def done_safely(folder: Path, deed: str, before: Rows) -> bool:
    """As `done`; verifying first plays a journal back that a dead writer left."""
    verify_desk(folder)
    return done(rows_of(folder), deed, before)


def again(clerks: Clerks, folder: Path, deed: str) -> None:
    """Somebody else does it once more, and all is well."""
    if deed == "erase" and not values_left(folder):
        return
    told = do(clerks, folder, deed)
    assert (len(told.acknowledged), told.errors) == (1, [])
    assert {code for code, _ in named(folder)} <= {"ERASED_OK"}
    assert deed != "erase" or values_left(folder) == 0


@pytest.mark.parametrize("deed", DEEDS)
def test_a_disk_that_fails(deed: str, clerks: Clerks, fresh: Fresh, tmp_path: Path) -> None:
    """Told in words, never as done; once the disk is back the same is done once."""
    for number, place in enumerate(places(clerks, fresh, deed, tmp_path / "trace")[::3]):
        folder = fresh(deed)
        before = rows_of(folder)
        what = ("error=EIO", "error=ENOSPC")[number % 2]
        told = do(clerks, folder, deed, Fault(*place, what=what, lasting=True))
        assert [error for error in told.errors if error.get("unexpected")] == [], (place, told.errors)
        # Where the entry was written and its answer lost, doing it again says that it is done.
        assert len(told.acknowledged) == 1 or len(told.errors) == 2, (place, told.errors)
        kinds = [row["type"] for row in rows_of(folder)[len(before) :]]
        assert 1 <= kinds.count(KIND[deed]) <= (len(told.errors) + 1 if deed == "erase" else 1), (
            place,
            kinds,
        )
        assert {code for code, _ in named(folder)} <= {"ERASED_OK"}, place
