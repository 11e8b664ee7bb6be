"""Several processes say of a log what one says, also where one of them is killed at it."""

import itertools
import multiprocessing
import os
import shutil
import signal
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sop_runner.audit.walk import Stretch
from sop_runner.desk import team, verified
from sop_runner.desk.layout import Layout
from sop_runner.desk.team import Helper
from sop_runner.desk.verified import verify_desk
from sop_runner.stores.keys import KeyFile
from tests.attack.played import play
from tests.attack.rewriting import owned, rewritten

Edit = Callable[[Path], None]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A desk with a few runs on its training ledger."""
    return play(tmp_path_factory.mktemp("original") / "desk", 4)


@pytest.fixture
def desk(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "desk"))


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What other processes answered; they are waited for, and given a part of however short a log."""
    heard: list[Any] = []

    def hear(self: Helper) -> None:
        while not self.ready:
            self._take(self._conn.recv())

    def answer(self: Helper, original: Callable[[Helper], Any] = Helper.answer) -> Any:
        heard.append(original(self))
        return heard[-1]

    monkeypatch.setattr(Helper, "hear", hear)
    monkeypatch.setattr(Helper, "answer", answer)
    monkeypatch.setattr(verified, "WORTH_IT", 1)
    monkeypatch.setattr(team, "WORTH_IT", 4)
    monkeypatch.setattr(team, "EACH", 8)
    monkeypatch.setattr(team, "perf_counter", itertools.count().__next__)
    return heard


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def found(desk: Path, jobs: int, monkeypatch: pytest.MonkeyPatch, **how: Any) -> tuple[Any, ...]:
    monkeypatch.setattr(team, "processors", lambda: jobs)
    shutil.rmtree(os.environ["XDG_STATE_HOME"], ignore_errors=True)
    verdict = verify_desk(desk, training=True, **how)
    return verdict.outcome, verdict.entries, [(one.code, one.index, one.message) for one in verdict.findings]


def ledger(desk: Path) -> Path:
    return Layout(desk, training=True).ledger


@pytest.mark.parametrize("jobs", [2, 3])
def test_several_find_a_clean_log_clean(
    desk: Path, jobs: int, answers: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = found(desk, 1, monkeypatch)
    heard: list[tuple[int, int]] = []
    together = found(desk, jobs, monkeypatch, progress=lambda done, total: heard.append((done, total)))
    assert together == alone
    assert len(answers) == 2 * (jobs - 1), "each walked a stretch, and said what it found in its runs"
    assert all(isinstance(stretch, Stretch) for stretch, _ in answers[: jobs - 1])
    assert heard == sorted(heard)
    assert heard[-1] == (alone[1], alone[1])
    answers.clear()
    assert found(desk, jobs, monkeypatch, integrity_only=True) == alone
    assert len(answers) == jobs - 1


def _body(desk: Path, at: str) -> None:
    with owned(ledger(desk)) as db:
        db.execute(f"UPDATE entry SET body = replace(body, '20', '21') WHERE seq = {at}")


def _left_out(desk: Path) -> None:
    """With the key: a move of the last run is gone, and all that follows is made anew."""
    layout = Layout(desk, training=True)

    def without(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        last = max(at for at, row in enumerate(rows) if row["type"] == "NodeDone")
        return [row for at, row in enumerate(rows) if at != last]

    rewritten(layout.ledger, KeyFile(layout.key), without)


def _hidden(desk: Path) -> None:
    """With the key: an entry that belongs to no run is added, and the index by run does not lead to it."""
    layout = Layout(desk, training=True)
    key = KeyFile(layout.key)

    def more(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        odd = {**rows[0], "type": "SomethingNew", "evidence": []}
        return [*rows[:5], odd, *rows[5:]]

    rewritten(layout.ledger, key, more)
    lie = (
        "json_extract(body, '$.run_seq')",
        "CASE WHEN seq = 5 THEN 5 ELSE json_extract(body, '$.run_seq') END",
    )
    for before, after in (lie, lie[::-1]):
        db = sqlite3.connect(layout.ledger, isolation_level=None)
        db.execute("PRAGMA writable_schema = ON")
        db.execute("UPDATE sqlite_schema SET sql = replace(sql, ?, ?) WHERE name = 'entry'", (before, after))
        db.close()
        if before == lie[0]:
            db = sqlite3.connect(layout.ledger, isolation_level=None)
            db.execute("REINDEX entry")
            db.close()


@pytest.mark.parametrize(
    ("edit", "answered"),
    [
        (lambda desk: _body(desk, "3"), 0),
        (lambda desk: _body(desk, "(SELECT max(seq) - 4 FROM entry)"), 1),
        (_left_out, 2),
        (_hidden, 1),  # what the other found counts for nothing: it may not have met what it had to
    ],
)
def test_several_find_what_one_finds(
    desk: Path, edit: Edit, answered: int, answers: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(desk)
    alone = found(desk, 1, monkeypatch)
    assert alone[2]
    assert found(desk, 2, monkeypatch) == alone
    assert len(answers) == answered


def test_without_those_who_are_gone_one_does_it_all(
    desk: Path, answers: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = found(desk, 1, monkeypatch)
    asked = Helper.ask
    for killed_at in ("walk", "finish"):

        def ask(self: Helper, name: str, *what: Any, at: str = killed_at) -> None:
            if name == at:
                for child in multiprocessing.active_children():
                    assert child.pid is not None
                    os.kill(child.pid, signal.SIGKILL)
                    child.join()
            asked(self, name, *what)

        monkeypatch.setattr(Helper, "ask", ask)
        assert found(desk, 2, monkeypatch) == alone
