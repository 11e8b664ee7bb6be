"""32 writers on one PostgreSQL log, as threads of one process and as processes, against pgbench's bare insert in the same run."""

import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.append import LOG, a_draft, append_one, signer
from benchmarks.measure import Row, duration
from benchmarks.race import Round, race, racing
from sop_runner.audit.entry import Draft
from sop_runner.audit.log import LedgerKind
from sop_runner.base.clock import SystemClock
from sop_runner.stores.postgres import PostgresLedger
from tests.postgres import Base, Cluster, binaries, cluster_folder
from tests.relay import relaying

TITLE = "(n) 32 writers on one PostgreSQL log, commits synced, against pgbench's bare insert of as many bytes"
WRITERS, ROUNDS, FOR_S, AIM, COUNTED = 32, 5, 1.5, 0.2, 100
_AHEAD = 400  # drafts of a writer for a round: more than it gets turns
_BARE = "INSERT INTO bare (body) VALUES (repeat('x', 800));\n"


def main() -> list[Row]:
    """Entries a second of each, in turns; the longest wait, who got how many turns, and round trips."""
    if binaries() is None:
        return [Row("no PostgreSQL server is installed", "not measured")]
    folder = cluster_folder()
    try:
        cluster = Cluster(folder, durable=True)
        try:
            return _measured(cluster)
        finally:
            cluster.stop()
    finally:
        shutil.rmtree(folder)


def _measured(cluster: Cluster) -> list[Row]:
    shared, own = cluster.database(), cluster.database()
    bare, threads, processes = _inserting(cluster), list[Round](), list[Round]()
    rates: list[float] = []
    with TemporaryDirectory() as state:
        trips = _trips(cluster, shared, Path(state))
        ledger = _begun(own)
        with racing("benchmarks.postgres", shared.url, state, writers=WRITERS) as go:
            _threads(ledger, FOR_S / 3)  # what is planned and loaded at the first is not counted
            for _ in range(ROUNDS):
                rates.append(bare())
                threads.append(_threads(ledger, FOR_S))
                processes.append(go(FOR_S))
        ledger.close()
        size, commits = _size_and_commits(shared)
    return [
        Row(f"pgbench, {WRITERS} connections, median of {ROUNDS} rounds", f"{median(rates):,.0f} /s"),
        *_rows(f"{WRITERS} threads of one process", threads, rates),
        *_rows(f"{WRITERS} processes", processes, rates),
        Row("processes: entries a commit", f"{size / commits:.1f}"),
        Row("round trips an append, counted on the way to the server", f"{trips:.2f}", trips, 1.0),
    ]


def _rows(who: str, rounds: list[Round], rates: list[float]) -> list[Row]:
    ratio = median(came.rate / rate for came, rate in zip(rounds, rates, strict=True))
    turns = [sum(column) for column in zip(*(came.turns for came in rounds), strict=True)]
    return [
        Row(who, f"{median(came.rate for came in rounds):,.0f} /s", ratio, AIM, at_least=True),
        Row(f"{who}: longest wait", duration(max(max(came.longest_s) for came in rounds))),
        Row(f"{who}: least busy / busiest", f"{min(turns)} / {max(turns)}", min(turns) / max(turns), 0.6, at_least=True),
    ]  # fmt: skip


def _inserting(cluster: Cluster) -> Callable[[], float]:
    """What says how much pgbench inserts in a second now."""
    base = cluster.database(ready=False)
    sql = "CREATE TABLE bare (seq bigserial PRIMARY KEY, body text NOT NULL)"
    subprocess.run([cluster.program("psql"), "-qc", sql, base.admin], check=True)
    script = cluster.data.parent / "insert.sql"
    script.write_text(_BARE)
    words = ["-n", "-M", "prepared", "-c", str(WRITERS), "-j", "2", "-T", "2", "-f", str(script), base.admin]

    def insert() -> float:
        done = subprocess.run(
            [cluster.program("pgbench"), *words], check=True, capture_output=True, text=True
        )
        found = re.search(r"tps = ([\d.]+)", done.stdout)
        assert found is not None, done.stdout
        return float(found[1])

    return insert


def _begun(base: Base) -> PostgresLedger:
    return PostgresLedger.create(base.url, LOG, LedgerKind.TRAINING, signer(), SystemClock().now())


class _Ready:
    """What a writer is to append: there before a round, as the text of the bare insert is."""

    def __init__(self) -> None:
        self._drafts: list[Draft] = []

    def fill(self) -> None:
        self._drafts += [a_draft() for _ in range(_AHEAD - len(self._drafts))]

    def next(self) -> Draft:
        return self._drafts.pop() if self._drafts else a_draft()


def _threads(ledger: PostgresLedger, seconds: float) -> Round:
    turns, longest = [0] * WRITERS, [0.0] * WRITERS
    begin = [len(ledger.entries(f"run-{n}")) for n in range(WRITERS)]
    ready = [_Ready() for _ in range(WRITERS)]
    for drafts in ready:
        drafts.fill()
    until = time.monotonic() + seconds

    def work(n: int) -> None:
        while (before := time.monotonic()) < until:
            append_one(ledger, begin[n] + turns[n], f"run-{n}", ready[n].next())
            turns[n] += 1
            longest[n] = max(longest[n], time.monotonic() - before)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Round(seconds, tuple(turns), tuple(longest))


def _trips(cluster: Cluster, base: Base, state: Path) -> float:
    """How often an append of a lone writer waits for the server."""
    _begun(base).close()
    with relaying(cluster.port) as relay:
        url = base.url.replace(f":{cluster.port}/", f":{relay.port}/")
        ledger = PostgresLedger.open(url, LedgerKind.TRAINING, signer(), state)
        append_one(ledger, 0, "counted")
        before = relay.trips
        for at in range(1, COUNTED + 1):
            append_one(ledger, at, "counted")
        trips = relay.trips - before
        ledger.close()
    return trips / COUNTED


def _size_and_commits(base: Base) -> tuple[int, int]:
    import psycopg

    with psycopg.connect(base.admin) as db:
        row = db.execute("SELECT max(size), count(*) FROM sop_training.checkpoint").fetchone()
    assert row is not None
    return row[0], row[1]


if __name__ == "__main__":
    writing = PostgresLedger.open(sys.argv[1], LedgerKind.TRAINING, signer(), Path(sys.argv[2]))
    drafts = _Ready()
    race(lambda number: append_one(writing, number, sys.argv[3], drafts.next()), drafts.fill)
