"""Measuring side by side: cases take turns, and what counts is the ratio of their medians."""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from statistics import median
from typing import TypeVar

T = TypeVar("T")

Case = Callable[[], float]
"""Runs once and says how many seconds one unit of its work took."""


@dataclass(frozen=True)
class Row:
    """One line of the result; `aim` is what the ratio (or the value, without a floor) should stay under."""

    what: str
    value: str
    ratio: float | None = None
    aim: float | None = None
    at_least: bool = False

    @property
    def verdict(self) -> str:
        """Whether the aim is met; empty where there is none or nothing to hold against it."""
        if self.aim is None or self.ratio is None:
            return ""
        met = self.ratio >= self.aim if self.at_least else self.ratio <= self.aim
        return "met" if met else "MISSED"


def interleaved(cases: Mapping[str, Case], rounds: int = 15) -> dict[str, float]:
    """The median of each case over `rounds` in which they take turns; the first round is not counted."""
    taken: dict[str, list[float]] = {name: [] for name in cases}
    for number in range(rounds + 1):
        for name, case in cases.items():
            seconds = case()
            if number:
                taken[name].append(seconds)
    return {name: median(found) for name, found in taken.items()}


def timed(work: Callable[[], object], units: int = 1, clock: Callable[[], float] = time.perf_counter) -> Case:
    """A case that runs `work`, which does `units` of it."""

    def case() -> float:
        start = clock()
        work()
        return (clock() - start) / units

    return case


def in_own_process(work: Callable[[], T]) -> T:
    """What `work` gives, done in a process that has done nothing else."""
    with ProcessPoolExecutor(1, get_context("spawn")) as own:
        return own.submit(work).result()


def duration(seconds: float) -> str:
    """Seconds for a reader."""
    if seconds < 1e-3:
        return f"{seconds * 1e6:.1f} µs"
    return f"{seconds * 1e3:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"


def against(floor: str, medians: Mapping[str, float], aims: Mapping[str, float]) -> list[Row]:
    """A row for each case, held against one of them."""
    rows = []
    for name, seconds in medians.items():
        ratio = seconds / medians[floor]
        rows.append(Row(name, duration(seconds), ratio, aims.get(name)))
    return rows


def show(title: str, rows: list[Row]) -> None:
    """Print one benchmark's rows."""
    print(f"\n{title}")
    for row in rows:
        ratio = (
            "" if row.ratio is None else f"{row.ratio:8.2f} ×" if not row.at_least else f"{row.ratio:8.2f}  "
        )
        sign = "≥" if row.at_least else "≤"
        aim = "" if row.aim is None else f"{sign} {row.aim:g}"
        print(f"  {row.what:<58}{row.value:>12}{ratio:>11}  {aim:<7} {row.verdict}".rstrip())
