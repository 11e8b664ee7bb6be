"""Anchors that a desk's settings name: each finds what was cut off, put back or rewritten, with nothing else left."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from sop_runner.anchors.placing import Result
from sop_runner.audit.entry import Draft
from sop_runner.audit.findings import Outcome, Verdict
from sop_runner.audit.keyring import ROTATED, key_evidence
from sop_runner.audit.log import LedgerKind
from sop_runner.base.clock import SystemClock
from sop_runner.base.ids import random_hex
from sop_runner.desk.anchoring import place_heads
from sop_runner.desk.layout import Layout, user_state
from sop_runner.desk.verified import verify_desk
from sop_runner.stores.keys import KeyFile, create_key, next_key
from sop_runner.stores.sqlite import SqliteLedger
from sop_runner.wiring import create_desk, opened_people
from tests.attack.rewriting import cut, rewritten
from tests.outside import answering, authority, make_authority, witnessing

KINDS = ("folder", "git", "remote", "witness", "timestamp")
Place = Callable[[], tuple[Result, ...]]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("original")
    create_desk(folder / "desk")
    make_authority(folder / "tsa")
    return folder


@pytest.fixture
def desk(original: Path, tmp_path: Path) -> Path:
    shutil.copytree(original / "tsa", tmp_path / "tsa")
    return Path(shutil.copytree(original / "desk", tmp_path / "desk"))


@pytest.fixture(params=KINDS)
def anchored(request: pytest.FixtureRequest, desk: Path, tmp_path: Path) -> Iterator[str]:
    """The desk with one anchor, which is really there; its kind."""
    kind = str(request.param)
    with ExitStack() as stack:
        settings(desk, line_of(kind, desk, tmp_path, stack))
        yield kind


def settings(desk: Path, *lines: str) -> None:
    with (desk / "sop.toml").open("a") as file:
        file.write("\n".join(("[anchors]", *lines, "")))


def line_of(kind: str, desk: Path, tmp_path: Path, stack: ExitStack) -> str:
    if kind == "folder":
        (tmp_path / "heads").mkdir()
        return 'folder = "../heads"'
    if kind == "witness":
        url, key = stack.enter_context(witnessing(tmp_path / "witness", KeyFile(Layout(desk).key).verifier))
        return f'witness = [{{url = "{url}", key = "{key}"}}]'
    if kind == "timestamp":
        url = stack.enter_context(answering(authority(tmp_path / "tsa")))
        return f'timestamp = {{url = "{url}", certificates = "../tsa/ca.pem"}}'
    git(tmp_path, "init", "-q", "own")
    if kind == "git":
        return 'git = {repository = "../own"}'
    git(tmp_path, "init", "-q", "--bare", "theirs.git")
    git(tmp_path / "own", "remote", "add", "theirs", "../theirs.git")
    return 'git = {repository = "../own", remote = "theirs"}'


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout


def enrol(desk: Path, *people: str) -> None:
    with opened_people(desk, "keeper") as (enrolment, _):
        for person in people:
            enrolment.add(person, person.title(), ["agent"])


def place(desk: Path) -> tuple[Result, ...]:
    return tuple(one.result for one in place_heads(desk, SystemClock()))


def alone(desk: Path, **options: Any) -> Verdict:
    """The verdict where neither the user's head nor a reviewer's memory is left."""
    for kept in ("heads", "seen"):
        shutil.rmtree(user_state() / kept, ignore_errors=True)
    return verify_desk(desk, **options)


def places(verdict: Verdict) -> list[tuple[str, int | None]]:
    return [(str(finding.code), finding.index) for finding in verdict.findings]


def test_a_clean_log_is_anchored_as_far_as_its_head_was_placed(desk: Path, anchored: str) -> None:
    enrol(desk, "ana", "bela")
    assert place(desk) == (Result.PLACED,)
    assert place(desk) == (Result.PRESENT,)
    enrol(desk, "chen")
    for network in (True, False):
        verdict = alone(desk, network=network)
        assert (verdict.outcome, verdict.size_anchored, verdict.entries) == (Outcome.CLEAN, 3, 4)
        assert len(verdict.asked) == 1
        assert verdict.asked[0].startswith("asked the ")
    assert place(desk) == (Result.PLACED,)
    verdict = alone(desk)
    assert (verdict.outcome, verdict.size_anchored) == (Outcome.CLEAN, 4)


def test_a_tail_that_was_cut_off(desk: Path, anchored: str) -> None:
    enrol(desk, "ana", "bela", "chen")
    place(desk)
    cut(desk / "desk.db", 2)
    assert places(alone(desk)) == [("ROLLED_BACK", 2)]
    assert place(desk) == (Result.CONTRADICTS,)
    assert any(line.startswith("LAST PLACING FAILED") for line in alone(desk).asked)


def test_an_older_copy_of_the_database_put_back(desk: Path, anchored: str) -> None:
    enrol(desk, "ana")
    place(desk)
    older = (desk / "desk.db").read_bytes()
    enrol(desk, "bela")
    place(desk)
    (desk / "desk.db").write_bytes(older)
    assert places(alone(desk)) == [("ROLLED_BACK", 2)]
    assert place(desk) == (Result.CONTRADICTS,)


def test_an_older_copy_of_the_whole_desk_put_back(desk: Path, anchored: str, tmp_path: Path) -> None:
    """What lies beside the database goes back with it: an authority remembers nothing, everybody else does."""
    enrol(desk, "ana")
    place(desk)
    older = Path(shutil.copytree(desk, tmp_path / "older"))
    enrol(desk, "bela")
    place(desk)
    shutil.rmtree(desk)
    older.rename(desk)
    if anchored == "timestamp":
        assert places(alone(desk)) == []
        assert place(desk) == (Result.PRESENT,)
        return
    assert places(alone(desk)) == [("ROLLED_BACK", 2)]
    assert place(desk) == (Result.CONTRADICTS,)
    if anchored == "witness":
        assert places(alone(desk, network=False)) == []


def test_history_rewritten_with_the_key(desk: Path, anchored: str) -> None:
    enrol(desk, "ana", "bela")
    place(desk)
    rewritten(desk / "desk.db", KeyFile(Layout(desk).key), lambda rows: rows[1].update(actor="somebody-else"))
    assert places(alone(desk)) == [("FORKED", 2)]
    assert place(desk) == (Result.CONTRADICTS,)


def test_history_rewritten_with_the_key_and_gone_on_with(desk: Path, anchored: str) -> None:
    enrol(desk, "ana", "bela")
    place(desk)

    def lie(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        rows[1]["actor"] = "somebody-else"
        return [*rows, {**rows[-1], "key": "ab" * 16}]

    rewritten(desk / "desk.db", KeyFile(Layout(desk).key), lie)
    assert places(alone(desk)) == [("FORKED", 2)]
    assert place(desk) == (Result.CONTRADICTS,)
    assert places(alone(desk)) == [("FORKED", 2)]  # asking and placing has made it no better


def test_a_cut_that_left_the_board_as_it_was(desk: Path, tmp_path: Path) -> None:
    """The database still tells of a run whose entries it no longer has."""
    import sqlite3

    (tmp_path / "heads").mkdir()
    settings(desk, 'folder = "../heads"')
    enrol(desk, "ana", "bela")
    place(desk)
    cut(desk / "desk.db", 2)
    db = sqlite3.connect(desk / "desk.db", isolation_level=None)
    names = [row[1] for row in db.execute("PRAGMA table_info(run_summary)")]
    values = {"run": "R1", "run_seq": 0, "facts": "{}"}
    marks = ", ".join("?" for _ in names)
    db.execute(f"INSERT INTO run_summary VALUES ({marks})", [values.get(name, "") for name in names])
    db.close()
    assert places(alone(desk, integrity_only=True)) == [("TAIL_TRUNCATED", 2)]


def test_heads_placed_after_the_lie_do_not_hide_those_before(desk: Path, tmp_path: Path) -> None:
    """Somebody who holds the desk and can write the folder adds to it; where files cannot be changed the old ones stay."""
    (tmp_path / "heads").mkdir()
    settings(desk, 'folder = "../heads"')
    enrol(desk, "ana")
    place(desk)
    rewritten(desk / "desk.db", KeyFile(Layout(desk).key), lambda rows: rows[1].update(actor="somebody-else"))
    shutil.rmtree(user_state() / "heads")
    enrol(desk, "bela")
    (log,) = (tmp_path / "heads").iterdir()
    hidden = (log / f"{2:016d}.checkpoint").rename(tmp_path / "hidden")
    assert place(desk) == (Result.PLACED,)
    hidden.rename(log / f"{2:016d}.checkpoint")
    assert places(alone(desk)) == [("FORKED", 1)]


def test_after_a_rotation_the_witness_has_to_be_told_the_new_key(desk: Path, tmp_path: Path) -> None:
    folder, first = tmp_path / "witness", KeyFile(Layout(desk).key).verifier
    with witnessing(folder, first) as (url, key):
        settings(desk, f'witness = [{{url = "{url}", key = "{key}"}}]')
        rotate(desk)
        assert place(desk) == (Result.PLACED,)  # what tells of the new key is signed by the old one
        enrol(desk, "ana")
        (outcome,) = place_heads(desk, SystemClock())
        assert (outcome.result, outcome.said) == (Result.FAILED, "it does not know the key of this log")
    with witnessing(folder, KeyFile(Layout(desk).key).verifier) as (moved, _):
        text = (desk / "sop.toml").read_text()
        (desk / "sop.toml").write_text(text.replace(url, moved))
        assert place(desk) == (Result.PLACED,)
        verdict = alone(desk, integrity_only=True)
    assert (verdict.outcome, verdict.size_anchored) == (Outcome.CLEAN, 3)


def rotate(desk: Path) -> None:
    key = KeyFile(Layout(desk).key)
    ledger = SqliteLedger.open(desk / "desk.db", LedgerKind.LIVE, key, None)
    new = create_key(next_key(key.path), ledger.opening.origin)
    evidence = key_evidence(ledger.opening.origin, new, "one", key.verifier)
    draft = Draft(type=ROTATED, key=random_hex(), ts=SystemClock().now(), actor="ana", evidence=(evidence,))
    ledger.append(None, 0, (draft,))
    new.path.rename(key.path)
    ledger.close()


def test_a_repository_that_lost_its_newest_commits_is_found_by_its_remote(desk: Path, tmp_path: Path) -> None:
    with ExitStack() as stack:
        settings(desk, line_of("remote", desk, tmp_path, stack))
    enrol(desk, "ana")
    place(desk)
    older = Path(shutil.copytree(tmp_path / "own", tmp_path / "older"))
    (tmp_path / "desk.db").write_bytes((desk / "desk.db").read_bytes())
    enrol(desk, "bela")
    place(desk)
    shutil.rmtree(tmp_path / "own")
    older.rename(tmp_path / "own")
    shutil.copy(tmp_path / "desk.db", desk / "desk.db")
    assert places(alone(desk, network=False)) == []
    assert places(alone(desk)) == [("ROLLED_BACK", 2)]
    shutil.rmtree(tmp_path / "theirs.git")
    verdict = alone(desk)
    assert places(verdict) == [("ROLLED_BACK", 2)]  # what was fetched stays
    assert [line for line in verdict.asked if line.startswith("COULD NOT ASK") and "'theirs'" in line]


def test_a_repository_is_written_without_hooks_configuration_or_working_tree(
    desk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ExitStack() as stack:
        settings(desk, line_of("remote", desk, tmp_path, stack))
    own = tmp_path / "own"
    git(own, "config", "commit.gpgsign", "true")
    for hook in ("pre-commit", "post-commit", "reference-transaction", "pre-push", "post-checkout"):
        path = own / ".git" / "hooks" / hook
        path.write_text(f"#!/bin/sh\ntouch '{tmp_path}/ran'\nexit 1\n")
        path.chmod(0o755)
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"):
        monkeypatch.setenv(name, str(tmp_path / "elsewhere"))
    monkeypatch.setenv("HOME", str(tmp_path / "nobody"))
    assert place(desk) == (Result.PLACED,)
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"):
        monkeypatch.delenv(name)
    assert not (tmp_path / "ran").exists()
    assert not (tmp_path / "elsewhere").exists()
    assert git(own, "status", "--porcelain") == ""
    assert [path.name for path in own.iterdir()] == [".git"]
    shown = git(tmp_path / "theirs.git", "log", "--format=%an %s", "sop-checkpoints")
    assert shown == "sop_runner 1 entry\n"


def test_all_anchors_at_once_and_one_that_is_gone(desk: Path, tmp_path: Path) -> None:
    with ExitStack() as stack:
        settings(
            desk,
            *(line_of(kind, desk, tmp_path, stack) for kind in ("folder", "git", "witness", "timestamp")),
        )
        assert place(desk) == (Result.PLACED,) * 4
        (tmp_path / "heads").rename(tmp_path / "away")
        enrol(desk, "ana")
        assert place(desk) == (Result.FAILED, Result.PLACED, Result.PLACED, Result.PLACED)
        assert not (tmp_path / "heads").exists()  # a disk that is not mounted is not made up for
        verdict = alone(desk)
        assert (verdict.outcome, verdict.size_anchored) == (Outcome.CLEAN, 2)
    verdict = alone(desk)  # nobody listens any more
    assert (verdict.outcome, verdict.size_anchored) == (Outcome.CLEAN, 2)
    missing = [line for line in verdict.asked if line.startswith("COULD NOT ASK")]
    assert ["'/" in line for line in missing] == [True, False]  # the folder and the witness
    assert "cannot be reached" in missing[1]


@pytest.mark.parametrize("kind", ["witness", "timestamp"])
def test_what_is_kept_beside_the_database_cannot_be_made_up(desk: Path, tmp_path: Path, kind: str) -> None:
    """Somebody with the database and its key, and without the witness's or the authority's."""
    with ExitStack() as stack:
        settings(desk, line_of(kind, desk, tmp_path, stack))
        enrol(desk, "ana")
        place(desk)
    rewritten(desk / "desk.db", KeyFile(Layout(desk).key), lambda rows: rows[1].update(actor="somebody-else"))
    (head,) = (desk / "anchors").glob("live-*/*/*.checkpoint")
    before = head.read_text()
    import sqlite3

    db = sqlite3.connect(desk / "desk.db")
    (note,) = db.execute("SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1").fetchone()
    db.close()
    cosignature = before.splitlines()[-1] if kind == "witness" else ""
    head.write_text(note + cosignature + "\n" * bool(cosignature))
    assert places(alone(desk, network=False)) == [("SIG_FORGED", None)]
    head.write_text("rubbish")
    assert places(alone(desk, network=False)) == [("SIG_FORGED", None)]
    head.write_text(before)
    assert places(alone(desk, network=False)) == [("FORKED", 1)]


def test_openssl_checks_a_kept_token(desk: Path, tmp_path: Path) -> None:
    with ExitStack() as stack:
        settings(desk, line_of("timestamp", desk, tmp_path, stack))
        place(desk)
    (head,) = (desk / "anchors").glob("live-*/*/*.checkpoint")
    command = ["openssl", "ts", "-verify", "-data", str(head), "-in", str(head.with_suffix(".tsr"))]
    done = subprocess.run(
        [*command, "-CAfile", str(tmp_path / "tsa" / "ca.pem")], capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_another_authority_than_the_trusted_one(desk: Path, tmp_path: Path) -> None:
    make_authority(tmp_path / "other")
    with ExitStack() as stack:
        line = line_of("timestamp", desk, tmp_path, stack)
        settings(desk, line.replace("../tsa/", "../other/"))
        assert place(desk) == (Result.FAILED,)
        assert not list((desk / "anchors").glob("live-*"))
        (tmp_path / "other" / "ca.pem").write_bytes((tmp_path / "tsa" / "ca.pem").read_bytes())
        assert place(desk) == (Result.PLACED,)
    make_authority(tmp_path / "third")
    shutil.copy(tmp_path / "third" / "ca.pem", tmp_path / "other" / "ca.pem")
    assert places(alone(desk)) == [("SIG_FORGED", None)]
    (tmp_path / "other" / "ca.pem").unlink()
    verdict = alone(desk)
    assert (places(verdict), verdict.size_anchored) == ([], 0)
    assert "ca.pem" in verdict.asked[0]
