"""The daily check reads what is newer than a checkpoint and finds there all that the whole verification finds."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from sop_runner.audit.findings import Outcome, Verdict
from sop_runner.base.errors import UsageError
from sop_runner.desk.verified import verify_desk
from sop_runner.review.verdict import verdict_lines
from sop_runner.stores.reader import SqliteSource
from tests.attack.played import play
from tests.attack.rewriting import owned


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A desk on whose training ledger two changes were made, one after the other."""
    return play(tmp_path_factory.mktemp("since") / "desk", 2)


@pytest.fixture
def desk(played: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return Path(shutil.copytree(played, tmp_path / "desk"))


def notes(desk: Path) -> dict[int, bytes]:
    db = sqlite3.connect(desk / "training.db")
    try:
        return {size: note.encode() for size, note in db.execute("SELECT size, note FROM checkpoint")}
    finally:
        db.close()


def first_of_second(desk: Path) -> int:
    """Where the second run begins."""
    db = sqlite3.connect(desk / "training.db")
    try:
        return int(db.execute("SELECT max(seq) FROM entry WHERE run_seq = 0").fetchone()[0])
    finally:
        db.close()


def since(desk: Path, size: int) -> Verdict:
    return verify_desk(desk, training=True, since=notes(desk)[size])


def edit(desk: Path, row: int) -> None:
    with owned(desk / "training.db") as db:
        db.execute("UPDATE entry SET body = replace(body, '\"v\":1', '\"v\":2') WHERE seq = ?", (row,))


def test_from_any_checkpoint_a_clean_log_is_clean(desk: Path) -> None:
    sizes = sorted(notes(desk))
    for size in sizes[:: len(sizes) // 9]:
        verdict = since(desk, size)
        assert (verdict.findings, verdict.read_from, verdict.entries) == ((), size, sizes[-1])
        assert any(f"from {size} on" in line for line in verdict_lines(verdict))
    assert since(desk, sizes[-1]).read_from == sizes[-1]


def test_the_older_rows_of_other_runs_are_not_read(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    size = min(size for size in notes(desk) if size > first_of_second(desk))
    read: list[tuple[int, int | None]] = []
    rows = SqliteSource.rows

    def watched(self: SqliteSource, start: int = 0, stop: int | None = None):  # type: ignore[no-untyped-def]  # as it is
        read.append((start, stop))
        return rows(self, start, stop)

    monkeypatch.setattr(SqliteSource, "rows", watched)
    assert since(desk, size).outcome is Outcome.CLEAN
    assert {one for one in read if one != (0, 1)} == {(size, None)}


def test_an_edit_is_named_where_the_daily_check_reads_and_left_to_the_whole_elsewhere(desk: Path) -> None:
    begun = first_of_second(desk)
    size = min(size for size in notes(desk) if size > begun + 2)
    last = max(notes(desk)) - 1
    for row, found in ((size, True), (last, True), (begun + 1, True), (begun - 1, False), (begun - 5, False)):
        copy = Path(shutil.copytree(desk, desk.with_name(f"desk-{row}")))
        edit(copy, row)
        verdict = since(copy, size)
        assert (verdict.outcome is Outcome.CLEAN) is not found, row
        whole = verify_desk(copy, training=True)
        assert whole.outcome is not Outcome.CLEAN
        if found:
            assert [(f.code, f.index) for f in verdict.findings] == [
                (f.code, f.index) for f in whole.findings
            ]


def test_a_cut_tail_and_a_note_of_something_else(desk: Path) -> None:
    size = max(notes(desk))
    newest = notes(desk)[size]
    with owned(desk / "training.db") as db:
        for table, column in (("entry", "seq"), ("checkpoint", "size - 1")):
            db.execute(f"DELETE FROM {table} WHERE {column} >= ?", (size - 3,))
    assert verify_desk(desk, training=True, since=newest).outcome is not Outcome.CLEAN
    with pytest.raises(UsageError, match="is no checkpoint"):
        verify_desk(desk, training=True, since=b"no checkpoint at all")
