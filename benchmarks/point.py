"""The state of a run at a point, from its entries: the first point of a run not seen before, and each further one."""

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

from benchmarks.append import signer
from benchmarks.measure import Row, against, duration, interleaved, timed
from benchmarks.mixed_log import mixed_log
from benchmarks.opening import context_of, walk_items
from sop_runner.audit.entry import Entry
from sop_runner.audit.log import LedgerKind
from sop_runner.desk.record import Record, read_record
from sop_runner.desk.replay import story_of
from sop_runner.machine.plan import Plan
from sop_runner.run.entries import event_of
from sop_runner.run.evolve import evolve, started
from sop_runner.run.state import Run
from sop_runner.stores.sqlite import SqliteLedger

TITLE = "(p) The state of a run at a point"
POINT, ENTRIES = 60, 3_000
READ, PLAIN, AS_ENTRIES = (
    "one indexed read of 60 entries, by the driver alone",
    "the same, each parsed and hashed by plain Python",
    "the same, each an entry of ours",
)
FIRST = "the state after them, of a run not seen before"
EACH, JUDGED = "the state at each of the 60 points, from one reading", "the same, each entry judged"
FURTHER = "a point of a run that was read"
SQL = "SELECT CAST(body AS BLOB) FROM entry WHERE run = ? AND run_seq < ? ORDER BY run_seq"
Work = Callable[[], object]


def main() -> list[Row]:
    """A made-up run of 60 entries, a quarter of them records; then the longest of each shipped procedure."""
    with TemporaryDirectory() as folder:
        walk_items(Path(folder), POINT)
        rows = _made_up(Path(folder))
    with TemporaryDirectory() as folder:
        path, _ = mixed_log(Path(folder) / "desk", ENTRIES)
        return [*rows, *_shipped(path)]


def _first(ledger: SqliteLedger, database: Path, run: str, length: int) -> dict[str, Work]:
    """The reads of the entries of a run, and the state after them."""
    rows = sqlite3.connect(database)
    context = context_of(database.parent, ledger)
    plan = read_record(context, run).plan
    return {
        READ: lambda: rows.execute(SQL, (run, length)).fetchall(),
        PLAIN: lambda: [_plain(body) for (body,) in rows.execute(SQL, (run, length)).fetchall()],
        AS_ENTRIES: lambda: ledger.entries(run),
        FIRST: lambda: Record(context, plan, ledger.entries(run)).run,
    }


def _made_up(folder: Path) -> list[Row]:
    ledger = SqliteLedger.open(folder / "desk.db", LedgerKind.TRAINING, signer())
    context = context_of(folder, ledger)
    plan, story = read_record(context, "run-1").plan, story_of(context, "run-1")
    assert len(story.steps) == POINT
    first = _first(ledger, folder / "desk.db", "run-1", POINT)
    medians = interleaved(
        {name: timed(work, clock=process_time) for name, work in first.items()}
        | {
            EACH: timed(lambda: [*_states(plan, ledger.entries("run-1"))], POINT, process_time),
            JUDGED: timed(lambda: story_of(context, "run-1"), POINT, process_time),
            FURTHER: timed(lambda: [story.steps[number].run for number in range(POINT)], POINT, process_time),
        },
        101,
    )
    ledger.close()
    beside = Row("that, beside the read parsed and hashed", "", medians[FIRST] / medians[PLAIN], 2)
    *reads, each, judged, further = against(READ, medians, {EACH: 2, FURTHER: 2})
    return [*reads, beside, each, judged, further]


def _shipped(database: Path) -> list[Row]:
    """Of each procedure the longest run of a log: those whose first point costs least, the median and most."""
    ledger = SqliteLedger.open(database, LedgerKind.TRAINING, signer())
    longest: dict[str, tuple[int, str]] = {}
    runs = sqlite3.connect(database).execute(
        "SELECT run, count(*), min(body ->> '$.procedure.id') FROM entry WHERE run IS NOT NULL GROUP BY run"
    )
    for run, length, procedure in runs:
        longest[procedure] = max(longest.get(procedure, (0, "")), (length, run))
    rows = []
    for procedure, (length, run) in longest.items():
        first = _first(ledger, database, run, length)
        medians = interleaved({name: timed(work, clock=process_time) for name, work in first.items()}, 31)
        what = f"first point beside the read parsed and hashed: {procedure}, {length}"
        rows.append(Row(what, duration(medians[FIRST]), medians[FIRST] / medians[PLAIN], 2))
    ledger.close()
    rows.sort(key=lambda row: row.ratio or 0)
    return [rows[0], rows[len(rows) // 2], rows[-1]]


def _plain(body: bytes) -> tuple[object, bytes]:
    return json.loads(body), sha256(b"\0" + body).digest()


def _states(plan: Plan, entries: Sequence[Entry]) -> Iterator[Run]:
    """The run after each of its entries."""
    run = started(plan, "run-1", event_of(entries[0]))
    yield run
    for entry in entries[1:]:
        run = evolve(plan, run, event_of(entry))
        yield run
