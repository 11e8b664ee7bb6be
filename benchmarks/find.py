"""Finding runs among those of a million entries: the query, and the rows that one screen shows of the answer."""

import sqlite3
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from benchmarks.measure import Row, duration, interleaved, timed
from sop_runner.review.search.query import Days, parse
from sop_runner.stores.run_index import Indexed, RunIndex

TITLE = "(o) Finding runs among a million entries: a query and the rows of a screen"
RUNS, ROWS, MOST = 45_000, 40, 5.0
FLOOR = "ids of all runs, bare sqlite3"
QUERIES = ("", "cr-0000", "refusal person:p07", "control:consent from:2026-02-02 end:closed")
CONTROLS = ("written-record", "two-factor-identity", "consent", "four-eyes", "log-review")


def main() -> list[Row]:
    """Each query on an index in a file, as it is asked while somebody types."""
    days = Days(ZoneInfo("UTC"), date(2026, 2, 1))
    with TemporaryDirectory() as folder:
        index = RunIndex.open(Path(folder) / "runs.db")
        index.put(0, RUNS * 22, b"\0" * 32, map(_run, range(RUNS)))

        def ask(line: str) -> int:
            ids = index.find(parse(line, days))
            index.facts(ids[:ROWS])
            return len(ids)

        found = {line: ask(line) for line in QUERIES}
        assert all(found.values()), found
        bare = sqlite3.connect(Path(folder) / "runs.db")
        floor = timed(lambda: bare.execute("SELECT id FROM run ORDER BY newest DESC").fetchall())
        cases = {FLOOR: floor} | {line: timed(lambda line=line: ask(line)) for line in QUERIES}
        medians = interleaved(cases, 9)
        bare.close()
        index.close()
    rows = [Row(FLOOR, duration(medians[FLOOR]))]
    for line in QUERIES:
        what = f"{line or 'all runs'}: {found[line]:,} found"
        rows.append(Row(what, duration(medians[line]), medians[line] / medians[FLOOR], MOST))
    return rows


def _run(number: int) -> Indexed:
    day = f"2026-{1 + number % 12:02d}-{1 + number % 28:02d}T10:00:00.000000Z"
    refused = {("has", "refusal")} if number % 10 == 0 else set()
    controls = {("control", name) for name in CONTROLS}
    named = {
        ("ticket", f"cr-{number:06d}"), ("run", f"r{number:06d}"), ("person", f"p{number % 41:02d}"),
        ("person", "bela"), ("procedure", "account-change"), ("end", "closed"), ("has", "ended"),
    }  # fmt: skip
    facts = {"run": f"R{number:06d}", "counts": {}, "people": ["bela"], "controls": list(CONTROLS)}
    return Indexed(f"R{number:06d}", number * 22, day, day, frozenset(named | controls | refused), facts)
