"""The queue among writers: in order of arrival, past the dead, and never for ever."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from sop_runner.stores import bell, turn
from sop_runner.stores.turn import Turn

# Says "in" when it has the turn and gives it on when told to.
HOLDER = """
import sys
from pathlib import Path
from sop_runner.stores.turn import Turn
turn = Turn(Path(sys.argv[1]))
print("ready", flush=True)
with turn.take():
    if len(sys.argv) > 2:
        with open(sys.argv[2], "a") as log:
            log.write(sys.argv[3])
    print("in", flush=True)
    sys.stdin.readline()
"""


@contextmanager
def process(code: str, *args: str) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-c", code, *args]
    started = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert started.stdin is not None
    assert started.stdout is not None
    try:
        yield started
    finally:
        started.kill()
        started.stdin.close()
        started.stdout.close()
        started.wait()


def line(of: "subprocess.Popen[str]") -> str:
    assert of.stdout is not None
    return of.stdout.readline().strip()


def test_a_killed_holder_gives_the_turn_on(tmp_path: Path) -> None:
    path = tmp_path / "turn"
    with process(HOLDER, str(path)) as first, process(HOLDER, str(path)) as second:
        assert (line(first), line(first)) == ("ready", "in")
        assert line(second) == "ready"
        first.kill()
        assert line(second) == "in"
        second.communicate("on\n")
    queue = Turn(path)
    with queue.take():
        pass
    queue.close()
    queue.close()


@pytest.mark.parametrize("platform", ["linux", "other"])
def test_a_stopped_holder_delays_and_never_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, platform: str
) -> None:
    monkeypatch.setattr(bell.sys, "platform", platform)
    monkeypatch.setattr(turn, "PATIENCE_S", 0.02)
    path = tmp_path / "turn"
    with process(HOLDER, str(path)) as holder:
        assert (line(holder), line(holder)) == ("ready", "in")
        queue = Turn(path)
        with queue.take():  # goes without the queue, SQLite still excludes
            entered = True
        assert entered
        queue.close()


def test_a_damaged_queue_file_costs_order_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "turn"
    path.write_bytes(b"\xff" * 8 + b"\x00" * 8)
    queue = Turn(path)
    for _ in range(3):
        with queue.take():
            pass
    queue.close()


def drawn(path: Path) -> int:
    return int.from_bytes(path.read_bytes()[:8], "little")


def test_writers_go_in_the_order_in_which_they_came(tmp_path: Path) -> None:
    path, log = tmp_path / "turn", tmp_path / "log"
    with ExitStack() as stack:
        waiting = []
        for number, name in enumerate("abcd"):
            waiting.append(stack.enter_context(process(HOLDER, str(path), str(log), name)))
            assert line(waiting[-1]) == "ready"
            while drawn(path) < number + 2:  # in line now; bounded by the test's time limit
                pass
        for holder in waiting:
            assert line(holder) == "in"
            holder.communicate("on\n")
    assert log.read_text() == "abcd"
