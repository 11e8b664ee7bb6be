"""Opening a run of 240 items from its log: text, plan, entries, fold, screen."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.append import new_ledger, signer
from benchmarks.measure import Row, duration, interleaved, timed
from benchmarks.procedures import AGENT, plan_of, text_of_length
from sop_runner.audit.log import LedgerKind
from sop_runner.base.clock import SystemClock
from sop_runner.desk.context import Context
from sop_runner.desk.perform import begin, perform
from sop_runner.desk.record import Record, read_record
from sop_runner.desk.registry import Registry
from sop_runner.desk.tickets import LocalTickets
from sop_runner.run import actions as do
from sop_runner.run.view import view
from sop_runner.stores.sqlite import SqliteLedger
from sop_runner.stores.vault import Vault

TITLE = "(f) Opening a run of 240 items, all but the last done"
NODES, MOST_S = 240, 0.100


def main() -> list[Row]:
    """From a closed database to the first screen as data; 10 items beside 240."""
    with TemporaryDirectory() as folder:
        cases = {}
        for nodes in (10, NODES):
            inner = Path(folder) / str(nodes)
            inner.mkdir()
            walk_items(inner, nodes)
            cases[f"{nodes} items"] = timed(lambda inner=inner: _open(inner))
        medians = interleaved(cases, 9)
    rows = [Row(name, duration(seconds)) for name, seconds in medians.items()]
    longest = medians[f"{NODES} items"]
    return [*rows, Row("240 items, of 100 ms", duration(longest), longest / MOST_S, 1.0)]


def context_of(folder: Path, ledger: SqliteLedger) -> Context:
    registry = Registry(folder, ledger)
    tickets: Any = LocalTickets(folder, training=True)
    return Context(ledger, Vault.in_memory(), SystemClock(), registry, tickets, training=True)


def walk_items(folder: Path, nodes: int) -> None:
    text = text_of_length(nodes)
    plan = plan_of(text)
    ledger = new_ledger(folder)
    ledger.put_procedure(plan.digest, text)
    context = context_of(folder, ledger)
    record = begin(context, plan, do.Start("run-1", "T-1", "UTC", training=True), AGENT, "en")
    assert isinstance(record, Record)
    for number in range(nodes - 1):
        values = {f"amount_{number}": "12.50"} if number % 4 == 0 else {}
        done = perform(context, record, AGENT, (do.Answer(record.run.at, "done", values),), "en")
        assert done.accepted, done.message
    ledger.close()


def _open(folder: Path) -> None:
    ledger = SqliteLedger.open(folder / "desk.db", LedgerKind.TRAINING, signer())
    record = read_record(context_of(folder, ledger), "run-1")
    shown = view(record.plan, record.run, SystemClock().now().wall, "en", record.opened, "ana")
    assert shown.item is not None
    ledger.close()
