"""Processes that append without a pause, in rounds: each does its first turn alone, then all begin at once."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Round:
    """Of one round: seconds, and of each writer how many turns it got and the longest it waited for one."""

    seconds: float
    turns: tuple[int, ...]
    longest_s: tuple[float, ...]

    @property
    def rate(self) -> float:
        """Turns of all together in a second."""
        return sum(self.turns) / self.seconds


@contextmanager
def racing(module: str, *words: str, writers: int) -> Iterator[Callable[[float], Round]]:
    """`writers` processes of `python -m module words run-N`, each of which calls `race`; gives what runs a round."""
    command, root, pipe = [sys.executable, "-m", module, *words], Path(__file__).parents[1], subprocess.PIPE
    started = [
        subprocess.Popen([*command, f"run-{n}"], stdin=pipe, stdout=pipe, text=True, cwd=root)
        for n in range(writers)
    ]

    def go(seconds: float) -> Round:
        start = time.monotonic() + 1.0
        for one in started:
            _write(one, f"{start} {seconds}")
        told = [json.loads(_read(one)) for one in started]
        return Round(seconds, *(tuple(column) for column in zip(*told, strict=True)))

    try:
        for one in started:
            _read(one)  # it is ready
        yield go
    finally:
        for one in started:
            one.communicate()


def race(turn: Callable[[int], object], prepare: Callable[[], object] = lambda: None) -> None:
    """What a writer does: `turn` after turn while a round lasts, and tell; until there are no more rounds.

    What it is to `prepare` for a round it does before all begin.
    """
    turn(0)  # what is loaded at the first is not counted
    done = 1
    print("ready", flush=True)
    for line in sys.stdin:
        start, seconds = map(float, line.split())
        prepare()
        time.sleep(max(0.0, start - time.monotonic()))
        first, longest, now = done, 0.0, time.monotonic()
        while now < start + seconds:
            turn(done)
            done, before, now = done + 1, now, time.monotonic()
            longest = max(longest, now - before)
        print(json.dumps([done - first, longest]), flush=True)


def _write(process: "subprocess.Popen[str]", line: str) -> None:
    assert process.stdin is not None
    process.stdin.write(line + "\n")
    process.stdin.flush()


def _read(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline()
