"""32 processes that append to one SQLite desk without a pause: the longest wait, and who gets how many turns."""

import sqlite3
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.append import append_one, new_ledger, signer
from benchmarks.measure import Row, duration
from benchmarks.race import race, racing
from sop_runner.audit.log import LedgerKind
from sop_runner.stores.connection import journal_settings
from sop_runner.stores.sqlite import SqliteLedger

TITLE = "(d) 32 processes appending to one SQLite desk for 6 s"
WRITERS, FOR_S, MOST_S = 32, 6.0, 0.150


def main() -> list[Row]:
    """Our queue, then SQLite's own waiting on the same work (plain inserts), as the trap it is."""
    rows = []
    for kind, what in (("ledger", "append"), ("bare", "plain insert, busy_timeout")):
        with TemporaryDirectory() as folder:
            _prepare(kind, Path(folder))
            with racing("benchmarks.writers", kind, folder, writers=WRITERS) as go:
                came = go(FOR_S)
        aim, least, most = kind == "ledger", min(came.turns), max(came.turns)
        longest = max(came.longest_s)
        rows += [
            Row(f"{what}: longest wait", duration(longest), longest / MOST_S, 1.0 if aim else None),
            Row(f"{what}: least busy / busiest", f"{least} / {most}", least / most,
                0.6 if aim else None, at_least=True),
            Row(f"{what}: all together", f"{came.rate:,.0f} /s"),
        ]  # fmt: skip
    return rows


def _prepare(kind: str, folder: Path) -> None:
    if kind == "ledger":
        new_ledger(folder).close()
    else:
        connection = _bare(folder)
        connection.execute("CREATE TABLE entry (seq INTEGER PRIMARY KEY, body TEXT NOT NULL)")
        connection.close()


def _bare(folder: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(folder / "bare.db", isolation_level=None, timeout=30)
    for pragma in journal_settings():
        connection.execute(pragma)
    return connection


def writer(kind: str, folder: Path, run: str) -> None:
    """What one process does, see `race`."""
    if kind == "ledger":
        ledger = SqliteLedger.open(folder / "desk.db", LedgerKind.TRAINING, signer(), folder / "state")
        race(lambda number: append_one(ledger, number, run))
    else:
        connection = _bare(folder)

        def turn(_: int) -> None:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT INTO entry (body) VALUES (?)", ("x" * 600,))
            connection.execute("COMMIT")

        race(turn)


if __name__ == "__main__":
    writer(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
