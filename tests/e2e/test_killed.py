"""Kill -9 in the middle of a run: the run stands where its last acknowledged entry put it."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sop_runner.desk.desk import Desk
from sop_runner.desk.record import read_record
from sop_runner.desk.replay import story_of
from sop_runner.desk.session import DeskSession
from sop_runner.desk.verified import verify_desk
from sop_runner.run.actions import AddNote
from sop_runner.wiring import open_desk

# Walks a case to its receipt and says what was acknowledged. With a place and a count it kills itself
# there: at the n-th time that something is done to a file, before or after it.
CHILD = """
import os, signal, sys
from pathlib import Path
from sop_runner.cli.demo_walk import walk_demo
from sop_runner.desk import tickets
from sop_runner.stores import sqlite, sqlite_commits, vault
from sop_runner.wiring import open_desk

folder, place, when, count = Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])

def die_at(owner, name):
    real, calls = getattr(owner, name), []
    def dying(*args, **keys):
        calls.append(1)
        if len(calls) == count and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = real(*args, **keys)
        if len(calls) == count and when == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return result
    setattr(owner, name, dying)

places = {
    "append": (sqlite.SqliteLedger, "append"),
    "write": (sqlite_commits.SqliteCommits, "_write"),
    "keep": (sqlite.SqliteLedger, "put_procedure"),
    "vault": (vault.Vault, "put_all"),
    "ticket": (tickets.LocalTickets, "close"),
    "receipt": (tickets, "write_whole"),
}
if place in places:
    die_at(*places[place])
desk = open_desk(folder, training=True)
for line in walk_demo(desk, folder, "en"):
    sys.stdout.write(line + "\\n")
    sys.stdout.flush()
"""


@pytest.fixture
def folder(demo_template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(demo_template, tmp_path / "desk"))


def child(folder: Path, place: str = "", when: str = "", count: int = 0) -> "subprocess.Popen[str]":
    arguments = [sys.executable, "-c", CHILD, str(folder), place, when, str(count)]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)


def acknowledged(lines: list[str]) -> list[int]:
    """The numbers of the entries that the child said were recorded."""
    return [int(line.split()[0]) for line in lines if line[:4].strip().isdecimal()]


def check_after(folder: Path, told: list[int]) -> None:
    """Clean, nothing acknowledged lost, at most the action under way beyond it, and the run goes on."""
    verdict = verify_desk(folder, training=True)
    assert verdict.findings == ()
    desk = open_desk(folder, training=True)
    try:
        check_run(desk, told)
    finally:
        desk.close()
    assert verify_desk(folder, training=True).findings == ()


def check_run(desk: Desk, told: list[int]) -> None:
    listings = desk.context.ledger.runs()
    if not listings:
        assert told == []
        return
    (listing,) = listings
    record = read_record(desk.context, listing.run)
    written = [entry.seq for entry in record.entries]
    assert told == written[: len(told)]
    assert len({entry.key for entry in record.entries if entry.seq not in told}) <= 2
    assert [step.problem for step in story_of(desk.context, listing.run).steps if step.problem] == []
    desk.sign_in("ana", "seven quiet boats")
    before = record.run
    session = desk.resume("ana", listing.run, "en")
    assert isinstance(session, DeskSession)
    if before.status == "ended":
        ticket = desk.context.tickets.find("CR-000124")
        assert ticket is not None
        assert ticket.status == "closed"
        return
    after = read_record(desk.context, listing.run).run
    assert (after.at, after.facts) == (before.at, before.facts)
    assert session.perform(AddNote("going on")).accepted


@pytest.mark.parametrize(
    ("place", "when", "count"),
    [
        ("keep", "after", 1),
        ("append", "before", 1),
        ("append", "after", 1),
        ("write", "after", 3),
        ("vault", "before", 1),
        ("write", "after", 12),
        ("ticket", "before", 1),
        ("receipt", "after", 1),
        ("ticket", "after", 1),
    ],
)
def test_killed_at_a_chosen_place(folder: Path, place: str, when: str, count: int) -> None:
    process = child(folder, place, when, count)
    lines = process.communicate()[0].splitlines()
    assert process.returncode == -signal.SIGKILL
    check_after(folder, acknowledged(lines))


@pytest.mark.parametrize("after", [9, 22])
def test_killed_from_outside(folder: Path, after: int) -> None:
    process = child(folder)
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(after)]
    os.kill(process.pid, signal.SIGKILL)
    lines += process.stdout.readlines()
    process.wait()
    process.stdout.close()
    check_after(folder, acknowledged(lines))
