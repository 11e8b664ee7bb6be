"""32 processes that append to one SQLite desk without a pause: the longest wait, and who gets how many turns."""

import json
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.append import append_one, new_ledger, signer
from benchmarks.measure import Row, duration
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
            waits, turns = _race(kind, Path(folder))
        aim = kind == "ledger"
        rows += [
            Row(f"{what}: longest wait", duration(max(waits)), max(waits) / MOST_S, 1.0 if aim else None),
            Row(f"{what}: least busy / busiest", f"{min(turns)} / {max(turns)}", min(turns) / max(turns),
                0.6 if aim else None, at_least=True),
            Row(f"{what}: all together", f"{sum(turns) / FOR_S:,.0f} /s"),
        ]  # fmt: skip
    return rows


def _race(kind: str, folder: Path) -> tuple[list[float], list[int]]:
    command = [sys.executable, "-m", "benchmarks.writers", kind, str(folder)]
    root, pipe = Path(__file__).parents[1], subprocess.PIPE
    writers = [
        subprocess.Popen([*command, f"run-{n}"], stdin=pipe, stdout=pipe, text=True, cwd=root)
        for n in range(WRITERS)
    ]
    for one in writers:
        assert one.stdout is not None
        one.stdout.readline()  # it is ready
    start = time.monotonic() + 0.5
    for one in writers:
        assert one.stdin is not None
        one.stdin.write(f"{start}\n")
        one.stdin.flush()
    told = [json.loads(one.communicate()[0]) for one in writers]
    return [one["longest_s"] for one in told], [one["turns"] for one in told]


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


def writer(kind: str, folder: Path, run: str) -> dict[str, float]:
    """What one process does: append until the time is over, and tell the longest it waited for one."""
    if kind == "ledger":
        ledger = SqliteLedger.open(folder / "desk.db", LedgerKind.TRAINING, signer(), folder / "state")

        def turn(number: int) -> None:
            append_one(ledger, number, run)
    else:
        connection = _bare(folder)

        def turn(number: int) -> None:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT INTO entry (body) VALUES (?)", ("x" * 600,))
            connection.execute("COMMIT")

    turn(0)  # what is loaded at the first is not counted
    print("ready", flush=True)
    start = float(sys.stdin.readline())
    time.sleep(max(0.0, start - time.monotonic()))
    turns, longest, now = 1, 0.0, time.monotonic()
    while now < start + FOR_S:
        turn(turns)
        turns, before, now = turns + 1, now, time.monotonic()
        longest = max(longest, now - before)
    return {"turns": turns - 1, "longest_s": longest}


if __name__ == "__main__":
    print(json.dumps(writer(sys.argv[1], Path(sys.argv[2]), sys.argv[3])))
