"""What verifying a log of a million entries holds in memory, alone and on two processors.

Making the log takes minutes, so this one is measured by name only: `python -m benchmarks million`.
"""

import multiprocessing
import multiprocessing.connection
import resource
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measure import Row, duration
from benchmarks.mixed_log import mixed_log
from benchmarks.verify import verified
from sop_runner.desk.layout import Layout

TITLE = "(j) Verifying a million entries, every run replayed: the most memory that a process holds"
ENTRIES, MOST_MB = 1_000_000, 250


def main() -> list[Row]:
    """Each way in a process of its own, of which the system says how much it held."""
    with TemporaryDirectory() as folder:
        desk = Path(folder) / "desk"
        _, entries = mixed_log(desk, ENTRIES)
        return measured(desk, entries)


def measured(desk: Path, entries: int) -> list[Row]:
    """The rows for a log that is there already."""
    rows = []
    for jobs, what in ((1, "one processor"), (2, "two processors")):
        answer, told = multiprocessing.get_context("spawn").Pipe(duplex=False)
        process = multiprocessing.get_context("spawn").Process(target=_verify, args=(told, desk, jobs))
        process.start()
        seconds, own, helpers = answer.recv()
        process.join()
        speed = f"{what} ({entries / seconds:,.0f} entries/s)"
        rows.append(Row(f"{speed}, of {MOST_MB} MB", f"{own:.0f} MB", own / MOST_MB, 1.0))
        if jobs > 1:
            rows.append(
                Row("the larger of its helpers, of as many", f"{helpers:.0f} MB", helpers / MOST_MB, 1.0)
            )
        rows.append(Row("in all", duration(seconds)))
    return rows


def _verify(told: multiprocessing.connection.Connection, desk: Path, jobs: int) -> None:
    began = time.perf_counter()
    verified(Layout(desk, training=True), integrity_only=False, jobs=jobs)
    seconds = time.perf_counter() - began
    most = [
        resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    ]
    told.send((seconds, *most))
