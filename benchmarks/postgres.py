"""32 writers on one PostgreSQL log, as processes and as threads of one, against pgbench's bare insert in the same run."""

import re
import shutil
import subprocess
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.append import LOG, append_one, signer
from benchmarks.measure import Row, duration
from sop_runner.audit.log import LedgerKind
from sop_runner.base.clock import SystemClock
from sop_runner.stores.postgres import PostgresLedger
from tests.attack.crowd import crowd
from tests.postgres import Base, Cluster, binaries, cluster_folder

TITLE = "(n) 32 writers on one PostgreSQL log, commits synced, against pgbench's bare insert of as many bytes"
WRITERS, EACH, FOR_S, AIM = 32, 40, 4, 0.2
_BARE = "INSERT INTO bare (body) VALUES (repeat('x', 800));\n"


def main() -> list[Row]:
    """Entries a second of each, and the longest wait for one."""
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
    before = _bare(cluster)
    threads, waited = _threads(cluster.database())
    with TemporaryDirectory() as folder:
        came = crowd(Path(folder), WRITERS, EACH, cluster.database().url)
    bare = (before + _bare(cluster)) / 2
    processes = WRITERS * EACH / came.seconds
    return [
        Row("pgbench, 32 connections, before and after", f"{bare:,.0f} /s"),
        Row("32 threads of one process", f"{threads:,.0f} /s", threads / bare, AIM, at_least=True),
        Row("32 threads: longest wait", duration(waited)),
        Row("32 processes", f"{processes:,.0f} /s", processes / bare, AIM, at_least=True),
        Row("32 processes: longest wait", duration(came.longest_s)),
        Row("32 processes: least busy / busiest", f"{came.least} / {came.most}", came.least / came.most, 0.6, at_least=True),
        Row("32 processes: entries a commit", f"{WRITERS * EACH / came.commits:.1f}"),
    ]  # fmt: skip


def _bare(cluster: Cluster) -> float:
    """What pgbench inserts in a second."""
    base = cluster.database(ready=False)
    with TemporaryDirectory() as folder:
        script = Path(folder) / "insert.sql"
        script.write_text(_BARE)
        sql = "CREATE TABLE bare (seq bigserial PRIMARY KEY, body text NOT NULL)"
        subprocess.run([cluster.program("psql"), "-qc", sql, base.admin], check=True)
        command = [cluster.program("pgbench"), "-n", "-M", "prepared", "-c", str(WRITERS), "-j", "2"]
        done = subprocess.run(
            [*command, "-T", str(FOR_S), "-f", script, base.admin], check=True, capture_output=True, text=True
        )
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    assert found is not None, done.stdout
    return float(found[1])


def _threads(base: Base) -> tuple[float, float]:
    ledger = PostgresLedger.create(base.url, LOG, LedgerKind.TRAINING, signer(), SystemClock().now())
    until = time.monotonic() + FOR_S
    turns, longest = [0] * WRITERS, [0.0] * WRITERS

    def work(n: int) -> None:
        while (before := time.monotonic()) < until:
            append_one(ledger, turns[n], f"run-{n}")
            turns[n] += 1
            longest[n] = max(longest[n], time.monotonic() - before)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ledger.close()
    return sum(turns) / FOR_S, max(longest)
