"""The queue among writers: in order of arrival, past the dead, and never for ever."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sop_runner.stores import turn
from sop_runner.stores.turn import Turn

# Queues argv[2] times; says "in" when it has the turn and gives it on when told to.
HOLDER = """
import sys
from pathlib import Path
from sop_runner.stores.turn import Turn
turn = Turn(Path(sys.argv[1]))
print("ready", flush=True)
with turn.take():
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


def test_a_stopped_holder_delays_and_never_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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


FAIR = """
import sys
from pathlib import Path
from sop_runner.stores.turn import Turn
turn, log = Turn(Path(sys.argv[1])), Path(sys.argv[2])
print("ready", flush=True)
sys.stdin.readline()
for _ in range(40):
    with turn.take(), log.open("a") as file:
        file.write(sys.argv[3])
"""


def test_writers_take_turns(tmp_path: Path) -> None:
    log = tmp_path / "log"
    args = (str(tmp_path / "turn"), str(log))
    with process(FAIR, *args, "a") as a, process(FAIR, *args, "b") as b, process(FAIR, *args, "c") as c:
        for writer in (a, b, c):
            assert line(writer) == "ready"
        for writer in (a, b, c):
            assert writer.stdin is not None
            writer.stdin.write("go\n")
            writer.stdin.flush()
        for writer in (a, b, c):
            writer.wait(30)
    order = log.read_text()
    assert sorted(order) == sorted("abc" * 40)
    # While all three are at it nobody is passed over: between two turns of one at most a few of others.
    start = max(order.index(name) for name in "abc")
    stop = min(order.rindex(name) for name in "abc")
    middle = order[start:stop]
    for name in "abc":
        assert max(map(len, middle.replace(name, " ").split() or [""])) <= 8
