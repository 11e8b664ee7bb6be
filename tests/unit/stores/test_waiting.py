"""The seats of those who wait: the dead are passed over, who writes alone has its turn, damage costs no more than time."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sop_runner.stores import bell, waiting
from sop_runner.stores.waiting import ROOM, SEATS, WaitingRoom

SITTER = """
import sys
from pathlib import Path
from sop_runner.stores.waiting import WaitingRoom
with WaitingRoom(Path(sys.argv[1])).sitting(b"of a process"):
    print("sits", flush=True)
    sys.stdin.readline()
"""

OPEN: list[WaitingRoom] = []


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "desk.db"
    path.touch(0o600)
    yield path
    while OPEN:
        OPEN.pop().close()


def room(database: Path) -> WaitingRoom:
    OPEN.append(WaitingRoom(database))
    return OPEN[-1]


def test_a_request_is_taken_along_once_and_answered(database: Path) -> None:
    mine, yours = room(database), room(database)
    assert mine.others() == ()
    with yours.sitting(b"asked") as seat:
        (found,) = mine.others()
        assert found.data == b"asked"
        assert yours.others() == ()
        assert seat.answer() is None
        mine.answer(found, b"written")
        assert seat.answer() == b"written"
        assert mine.others() == ()
        mine.wake(found.seat)
        assert seat.wait() < bell._LOOK_S
    with yours.sitting(b"again") as seat:
        assert seat.answer() is None
        mine.answer(found, b"late, to another request")
        assert seat.answer() is None
        mine.answer(mine.others()[0], b"x" * (waiting.ANSWER_ROOM + 1))
        assert seat.answer() == b""
    assert mine.others() == ()


def test_who_waited_longest_comes_first(database: Path) -> None:
    first, second, third = room(database), room(database), room(database)
    with third.sitting(b"1"), first.sitting(b"2"), second.sitting(b"3"):
        assert [found.data for found in room(database).others()] == [b"1", b"2", b"3"]


def test_the_request_of_a_killed_process_is_never_taken_along(database: Path) -> None:
    command = [sys.executable, "-c", SITTER, str(database)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as sitter:
        assert sitter.stdout is not None
        assert sitter.stdout.readline() == b"sits\n"
        mine, other = room(database), room(database)
        assert [found.data for found in mine.others()] == [b"of a process"]
        sitter.kill()
        sitter.wait()
    assert mine.others() == ()
    with other.sitting(b"at the same seat"):  # and what lay there is gone before the seat counts as taken
        assert [found.data for found in mine.others()] == [b"at the same seat"]


def test_a_dead_one_is_not_called_in_the_place_of_who_came_next(database: Path) -> None:
    command = [sys.executable, "-c", SITTER, str(database)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as sitter:
        assert sitter.stdout is not None
        assert sitter.stdout.readline() == b"sits\n"
        mine, second = room(database), room(database)
        with second.sitting(b"came next") as seat:
            sitter.kill()
            sitter.wait()
            mine.call_next()
            assert seat.wait() < bell._LOOK_S


def test_who_must_write_alone_is_let_go_first_for_a_while(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, alone, later = room(database), room(database), room(database)
    with mine.sitting(b"came before") as before, alone.sitting(b"x" * (ROOM + 1)) as large:
        assert [found.data for found in later.others()] == [b"came before"]
        assert large.may_try()
        assert before.may_try()
        assert later.must_yield()
        with later.sitting(b"came after") as after:
            assert not after.may_try()
            monkeypatch.setattr(waiting, "_YIELD_NS", 0)
            assert after.may_try()
    assert not later.must_yield()


def test_more_than_there_are_seats_wait_without(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "SEATS", 1)
    with room(database).sitting(b"sits"), room(database).sitting(b"stands") as standing:
        assert standing.answer() is None
        assert standing.may_try()
        assert standing.wait() == waiting._POLL_S


@pytest.mark.parametrize(
    "damage", [b"\xff" * 40_000, os.urandom(40_000), b"\1"], ids=["ones", "random", "short"]
)
def test_a_damaged_file_holds_nothing(database: Path, damage: bytes) -> None:
    mine = room(database)
    with room(database).sitting(b"asked") as seat:
        database.with_name("desk.db-waiting").write_bytes(damage)
        assert mine.others() == ()
        assert seat.answer() is None
        mine.call_next()


def test_where_there_can_be_no_such_file_everybody_tries_for_himself(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside = database.with_name("desk.db-waiting")
    beside.symlink_to(database)  # never followed
    linked = room(database)
    beside.unlink()
    monkeypatch.setattr(waiting, "_SETLK", 0)  # not Linux
    for without in (linked, room(database)):
        with without.sitting(b"asked") as seat:
            assert seat.may_try()
            assert seat.answer() is None
            assert without.others() == ()
            without.call_next()
    assert not beside.exists()


def test_only_those_may_sit_who_may_write_the_database(database: Path) -> None:
    with room(database).sitting(b"asked"):
        mode = database.with_name("desk.db-waiting").stat().st_mode
        assert mode & 0o777 == database.stat().st_mode & 0o777 == 0o600


def test_a_seat_is_kept_and_given_back(database: Path) -> None:
    mine, yours = room(database), room(database)
    for _ in range(2 * SEATS):
        with mine.sitting(b"asked"):
            (found,) = yours.others()
            assert found.seat == 0
    mine.close()
    with yours.sitting(b"asked"):
        (found,) = room(database).others()
        assert found.seat == 0
