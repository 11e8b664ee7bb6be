"""What verifying a log of a million entries holds in memory, alone and on two processors, and how fast it is against
the floor: what a verification learns first weighs less of so many.

Making the logs takes minutes, so this one is measured by name only: `python -m benchmarks million`.
"""

import resource
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.measure import Row, duration, in_own_process, timed
from benchmarks.mixed_log import mixed_log
from benchmarks.verify import OF_FLOOR, TWICE, bare, verified
from sop_runner.desk.layout import Layout

TITLE = (
    "(j) Verifying a million entries, every run replayed: the most memory that a process holds, and the speed"
)
ENTRIES, MOST_MB, ROUNDS = 1_000_000, 250, 3


def main() -> list[Row]:
    """A log whose runs end, and one of which as many as half never do."""
    rows = []
    for left, what in ((0.0, "runs that end"), (0.5, "half of the runs never end")):
        with TemporaryDirectory() as folder:
            desk = Path(folder) / "desk"
            _, entries = mixed_log(desk, ENTRIES, left=left)
            rows += measured(desk, entries, what)
    return rows


def measured(desk: Path, entries: int, what: str) -> list[Row]:
    """The rows for a log that is there already: each way in turns, in a process of its own, of which the system says
    how much it held.
    """
    layout = Layout(desk, training=True)
    floors, took = list[float](), dict[int, list[float]]()
    held: dict[int, tuple[float, float]] = {}
    for _ in range(ROUNDS):
        floors.append(timed(lambda: bare(layout.ledger))())
        for jobs in (1, 2):
            seconds, own, helper = in_own_process(partial(_verify, desk, jobs))
            held[jobs] = own, helper
            took.setdefault(jobs, []).append(seconds)
    floor, rows = median(floors), []
    for jobs, on in ((1, "one processor"), (2, "two processors")):
        own, helper = held[jobs]
        most, seconds = max(own, helper if jobs > 1 else 0), median(took[jobs])
        rows.append(Row(f"{what}, {on}, of {MOST_MB} MB", f"{most:.0f} MB", most / MOST_MB, 1.0))
        if jobs > 1:
            rows.append(Row("  both together", f"{own + helper:.0f} MB"))
        speed, aim = f"  in all ({entries / seconds:,.0f}/s), of the floor", None if jobs > 1 else OF_FLOOR
        rows.append(Row(speed, duration(seconds), floor / seconds, aim, True))
    return [*rows, Row("  two processors over one", "", median(took[1]) / median(took[2]), TWICE, True)]


def _verify(desk: Path, jobs: int) -> tuple[float, float, float]:
    """How many seconds a verification takes, and how many MB the process holds, and its helper."""
    seconds = timed(partial(verified, Layout(desk, training=True), integrity_only=False, jobs=jobs))()
    own, helper = (
        resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return seconds, own, helper
