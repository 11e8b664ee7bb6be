"""Each file of a desk gone, emptied, cut short or full of garbage: an error in words, and nothing made anew."""

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sop_runner.base.errors import ExitCode, SopError
from sop_runner.cli.main import main
from sop_runner.desk.session import DeskSession
from sop_runner.desk.verified import verify_desk
from sop_runner.run.actions import Answer
from sop_runner.wiring import open_desk
from tests.attack.deceiving import PASSPHRASE, rows_of

DAMAGES: dict[str, Callable[[Path], object]] = {
    "gone": Path.unlink,
    "empty": lambda path: path.write_bytes(b""),
    "cut": lambda path: os.truncate(path, path.stat().st_size // 2),
    "garbage": lambda path: path.write_bytes(b"\xff\x00garbage\n" * 700),
}
NEEDED = ("desk.db", "keys/desk.key", "vault.db", "vault.key", "people.db", "people.key", "sop.toml")


def sop(*arguments: str) -> int:
    before, sys.argv = sys.argv, ["sop", *arguments]
    try:
        return main()
    finally:
        sys.argv = before


def work(desk: Path, ticket: str = "T-9") -> None:
    """Somebody comes and takes a note, as far as the desk lets them."""
    opened = open_desk(desk)
    try:
        opened.sign_in("ana", PASSPHRASE)
        session = opened.start("ana", "take-a-note", ticket, {"customer_id": "C-9"}, "en")
        assert isinstance(session, DeskSession), session
        assert session.perform(Answer("hear", values={"who": "somebody", "topic": "rain"})).accepted
    finally:
        opened.close()


def test_the_work_that_is_tried_here_can_be_done(desk: Path) -> None:
    work(desk)
    assert verify_desk(desk).exit_code == 0


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", NEEDED)
def test_a_file_that_is_needed(
    desk: Path, name: str, damage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = desk / name
    DAMAGES[damage](path)
    left = path.read_bytes() if path.exists() else None
    worked = True
    try:
        work(desk)
    except SopError:  # of no other kind
        worked = False
    assert not worked or verify_desk(desk).exit_code == 0, "it could be done without that file"
    code = sop("audit", "verify", "--desk", str(desk))
    told = capsys.readouterr()
    assert "Traceback" not in told.err
    if name == "desk.db":
        assert code in (ExitCode.USAGE, ExitCode.NOT_VERIFIED, ExitCode.UNVERIFIABLE, ExitCode.REFUSED)
        assert (path.read_bytes() if path.exists() else None) == left, "nothing was made in its place"


def fill(folder: str, most: int) -> None:
    """In a process whose files may not grow past `most` bytes, as on a disk that is full."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))
    try:
        for number in range(50):  # until no page has room any more
            work(Path(folder), f"T-9{number}")
    except SopError as error:
        print(type(error).__name__, error.message)
        raise SystemExit(int(error.exit_code)) from error


def test_a_full_disk(desk: Path) -> None:
    """What was not acknowledged is not there, and once there is room the work is done."""
    before = rows_of(desk)
    most = (desk / "desk.db").stat().st_size
    command = f"import tests.attack.test_damaged_files as t; t.fill({str(desk)!r}, {most})"
    done = subprocess.run(
        [sys.executable, "-c", command],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert done.stderr == ""
    assert done.returncode == ExitCode.REFUSED, done
    assert "was not acknowledged" in done.stdout
    assert rows_of(desk)[: len(before)] == before
    assert verify_desk(desk).exit_code == 0
    if not any(row["type"] == "RunStarted" for row in rows_of(desk)[len(before) :]):
        work(desk)
        assert verify_desk(desk).exit_code == 0
