"""50 processes, 10,000 entries and a reader all the while, verified afterwards, against bare inserts as durable."""

import sqlite3
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measure import Row, duration
from sop_runner.stores.connection import journal_settings
from tests.attack.crowd import crowd

TITLE = "(k) 50 processes append 10,000 entries to one SQLite desk beside a reader; then verified"
WRITERS, EACH, BARE = 50, 200, 200


def main() -> list[Row]:
    """Entries a second, the longest wait for one, and who got how many turns by the time the first was done."""
    with TemporaryDirectory() as folder:
        bare = _bare(Path(folder))
        came = crowd(Path(folder), WRITERS, EACH)
    rate = WRITERS * EACH / came.seconds
    return [
        Row("bare sqlite3 insert, one process, same journal settings", f"{bare:,.0f} /s"),
        Row("all together", f"{rate:,.0f} /s", rate / bare, 1.0, at_least=True),
        Row("entries a commit", f"{WRITERS * EACH / came.commits:.1f}"),
        Row("longest wait", duration(came.longest_s)),
        Row(
            "least busy / busiest", f"{came.least} / {came.most}", came.least / came.most, 0.6, at_least=True
        ),
    ]


def _bare(folder: Path) -> float:
    connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
    for pragma in journal_settings():
        connection.execute(pragma)
    connection.execute("CREATE TABLE entry (seq INTEGER PRIMARY KEY, body TEXT NOT NULL)")
    start = time.monotonic()
    for _ in range(BARE):
        connection.execute("INSERT INTO entry (body) VALUES (?)", ("x" * 800,))
    connection.close()
    return BARE / (time.monotonic() - start)
