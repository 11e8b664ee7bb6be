"""Opening a run of 240 items from its log: text, plan, entries, fold, screen; the state of a run at a point."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.append import new_ledger, signer
from benchmarks.measure import Row, against, duration, interleaved, timed
from benchmarks.procedures import AGENT, plan_of, text_of_length
from sop_runner.audit.entry import Entry
from sop_runner.audit.log import LedgerKind
from sop_runner.base.clock import SystemClock
from sop_runner.desk.context import Context
from sop_runner.desk.perform import begin, perform
from sop_runner.desk.record import Record, read_record
from sop_runner.desk.registry import Registry
from sop_runner.desk.replay import story_of
from sop_runner.desk.tickets import LocalTickets
from sop_runner.machine.plan import Plan
from sop_runner.run import actions as do
from sop_runner.run.entries import event_of
from sop_runner.run.evolve import evolve, started
from sop_runner.run.state import Run
from sop_runner.run.view import view
from sop_runner.stores.sqlite import SqliteLedger
from sop_runner.stores.vault import Vault

TITLE = "(f) Opening a run of 240 items, all but the last done"
NODES, MOST_S = 240, 0.100
POINT = 60
READ, PARSED = "one indexed read of 60 entries, by the driver alone", "the same, each parsed"
FIRST = "the state after them, of a run not seen before"
EACH, JUDGED = "the state at each of the 60 points, from one reading", "the same, each entry judged"
FURTHER = "a point of a run that was read"


def main() -> list[Row]:
    """From a closed database to the first screen as data; 10 items beside 240."""
    with TemporaryDirectory() as folder:
        cases = {}
        for nodes in (10, NODES):
            inner = Path(folder) / str(nodes)
            inner.mkdir()
            _walk(inner, nodes)
            cases[f"{nodes} items"] = timed(lambda inner=inner: _open(inner))
        medians = interleaved(cases, 9)
        inner = Path(folder) / "point"
        inner.mkdir()
        _walk(inner, POINT)
        state = _at_a_point(inner)
    rows = [Row(name, duration(seconds)) for name, seconds in medians.items()]
    longest = medians[f"{NODES} items"]
    return [*rows, Row("240 items, of 100 ms", duration(longest), longest / MOST_S, 1.0), *state]


def _context(folder: Path, ledger: SqliteLedger) -> Context:
    registry = Registry(folder, ledger)
    tickets: Any = LocalTickets(folder, training=True)
    return Context(ledger, Vault.in_memory(), SystemClock(), registry, tickets, training=True)


def _walk(folder: Path, nodes: int) -> None:
    text = text_of_length(nodes)
    plan = plan_of(text)
    ledger = new_ledger(folder)
    ledger.put_procedure(plan.digest, text)
    context = _context(folder, ledger)
    record = begin(context, plan, do.Start("run-1", "T-1", "UTC", training=True), AGENT, "en")
    assert isinstance(record, Record)
    for number in range(nodes - 1):
        values = {f"amount_{number}": "12.50"} if number % 4 == 0 else {}
        done = perform(context, record, AGENT, (do.Answer(record.run.at, "done", values),), "en")
        assert done.accepted, done.message
    ledger.close()


def _at_a_point(folder: Path) -> list[Row]:
    """The entries of a run by the index, and what it stood at: after them all, and after each of them."""
    ledger = SqliteLedger.open(folder / "desk.db", LedgerKind.TRAINING, signer())
    context = _context(folder, ledger)
    plan = read_record(context, "run-1").plan
    rows = sqlite3.connect(folder / "desk.db")
    sql = "SELECT CAST(body AS BLOB) FROM entry WHERE run = ? AND run_seq < ? ORDER BY run_seq"
    story = story_of(context, "run-1")
    assert len(story.steps) == POINT
    medians = interleaved(
        {
            READ: timed(lambda: rows.execute(sql, ("run-1", POINT)).fetchall()),
            PARSED: timed(lambda: [json.loads(body) for (body,) in rows.execute(sql, ("run-1", POINT))]),
            FIRST: timed(lambda: Record(context, plan, ledger.entries("run-1")).run),
            EACH: timed(lambda: [*_states(plan, ledger.entries("run-1"))], POINT),
            JUDGED: timed(lambda: story_of(context, "run-1"), POINT),
            FURTHER: timed(lambda: [story.steps[number].run for number in range(POINT)], POINT),
        },
        101,
    )
    rows.close()
    ledger.close()
    beside = Row("that, beside the parsed read", "", medians[FIRST] / medians[PARSED])
    *read, each, judged, further = against(READ, medians, {EACH: 2, FURTHER: 2})
    return [*read, beside, each, judged, further]


def _states(plan: Plan, entries: Sequence[Entry]) -> Iterator[Run]:
    """The run after each of its entries."""
    run = started(plan, "run-1", event_of(entries[0]))
    yield run
    for entry in entries[1:]:
        run = evolve(plan, run, event_of(entry))
        yield run


def _open(folder: Path) -> None:
    ledger = SqliteLedger.open(folder / "desk.db", LedgerKind.TRAINING, signer())
    record = read_record(_context(folder, ledger), "run-1")
    shown = view(record.plan, record.run, SystemClock().now().wall, "en", record.opened, "ana")
    assert shown.item is not None
    ledger.close()
