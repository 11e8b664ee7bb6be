"""A durable append with tree, checkpoint and signature, against a bare insert under the same journal settings."""

import sqlite3
from collections.abc import Callable
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measure import Row, against, interleaved, timed
from sop_runner.audit.entry import Draft, ProcedureRef
from sop_runner.audit.log import Ledger, LedgerKind, origin
from sop_runner.audit.note import Ed25519Signer
from sop_runner.base.clock import SystemClock
from sop_runner.base.ids import random_hex
from sop_runner.stores.connection import journal_settings
from sop_runner.stores.sqlite import SqliteLedger

TITLE = "(c) One entry of about 800 bytes, durable"
EACH, ROUNDS = 20, 21
LOG = "ab" * 16
BARE, OURS = "bare sqlite3 insert, same journal settings", "append: entry, tree, checkpoint, signature"


def main() -> list[Row]:
    """Medians of commits, in turns on one disk."""
    with TemporaryDirectory() as folder:
        ledger = new_ledger(Path(folder))
        size = len(append_one(ledger, 0))
        cases = {BARE: timed(_bare(Path(folder), size), EACH), OURS: timed(_ours(ledger), EACH)}
        rows = against(BARE, interleaved(cases, ROUNDS), {OURS: 1.5})
        ledger.close()
    return [*rows, Row(f"journal: {', '.join(s.split()[-1] for s in journal_settings())}", f"{size} B")]


def signer() -> Ed25519Signer:
    """A key for measuring."""
    return Ed25519Signer(origin(LedgerKind.TRAINING, LOG), b"\7" * 32)


def new_ledger(folder: Path) -> SqliteLedger:
    """An empty log in `folder`."""
    return SqliteLedger.create(folder / "desk.db", LOG, LedgerKind.TRAINING, signer(), SystemClock().now())


def append_one(ledger: Ledger, expected: int, run: str = "run-1", draft: Draft | None = None) -> bytes:
    """Append one entry, a draft that was made before or one that is made now; its body."""
    (entry,) = ledger.append(run, expected, (draft or a_draft(),))
    return entry.body


def a_draft() -> Draft:
    """What a confirmation has to say."""
    proved = {
        "kind": "factor",
        "factor": "one-time-code",
        "factor_kind": "possession",
        "right": True,
        "ref": "9" * 32,
    }
    return Draft(
        type="FactorChecked", key=random_hex(), ts=SystemClock().now(),
        procedure=ProcedureRef("account-change", 4, "cd" * 32), at="caller-identity", actor="ana", role="agent",
        outcome="right", evidence=(proved, {"kind": "shown", "language": "en"}),
    )  # fmt: skip


def _ours(ledger: SqliteLedger) -> Callable[[], object]:
    """What is to be appended is there before, as the text of the bare insert is."""
    positions = count(len(ledger.entries("run-1")))
    drafts = iter([a_draft() for _ in range(EACH * 2 * ROUNDS)])

    def work() -> None:
        for _ in range(EACH):
            ledger.append("run-1", next(positions), (next(drafts),))

    return work


def _bare(folder: Path, size: int) -> Callable[[], object]:
    connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
    for pragma in journal_settings():
        connection.execute(pragma)
    connection.execute("CREATE TABLE entry (seq INTEGER PRIMARY KEY, body TEXT NOT NULL)")
    body = "x" * size

    def work() -> None:
        for _ in range(EACH):
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT INTO entry (body) VALUES (?)", (body,))
            connection.execute("COMMIT")

    return work
