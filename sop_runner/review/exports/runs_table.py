"""The runs of a segment as CSV, so that they are found by ticket, procedure and date without any program."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from sop_runner.run.events import RUN_ENDED

from ..holds import ticket_in
from .csv_table import BOM, safe, unsafe


@dataclass(slots=True)
class RunLine:
    """One run: times as entries have them, `ended` to `result` empty where it has not ended yet."""

    run: str
    ticket: str
    procedure: str
    revision: str
    started: str
    ended: str = ""
    end: str = ""
    result: str = ""


_COLUMNS = tuple(one.name for one in fields(RunLine))


class RunsTable:
    """Takes every entry of a log; keeps the runs with an entry from number `first` on."""

    def __init__(self, first: int) -> None:
        self._first = first
        self._open: dict[str, RunLine] = {}
        self._kept: dict[str, RunLine] = {}

    @property
    def count(self) -> int:
        """How many runs have an entry in the segment."""
        return len(self._kept)

    def add(self, body: Mapping[str, Any]) -> None:
        """Take the next entry's body."""
        run = body["run"]
        if run is None:
            return
        line = self._open.get(run) or _begun(body)
        self._open[run] = line
        if body["seq"] >= self._first:
            self._kept.setdefault(run, line)
        if body["type"] == RUN_ENDED:
            line.ended, line.end, line.result = body["ts"]["wall"], body["at"] or "", body["outcome"] or ""
            del self._open[run]

    def data(self) -> bytes:
        """The table, in the order in which the runs come up."""
        text = io.StringIO(newline="")
        writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
        writer.writerow(_COLUMNS)
        for line in self._kept.values():
            writer.writerow([safe(getattr(line, name)) for name in _COLUMNS])
        return BOM + text.getvalue().encode()


def read_runs(data: bytes) -> Iterator[RunLine]:
    """The lines of such a table. Raises ValueError where it is none."""
    rows = csv.reader(io.StringIO(data.removeprefix(BOM).decode(), newline=""), strict=True)
    try:
        if tuple(next(rows, ())) != _COLUMNS:
            raise ValueError("its columns are others")
        for row in rows:
            if len(row) != len(_COLUMNS):
                raise ValueError("a line has more or fewer columns")
            yield RunLine(*map(unsafe, row))
    except csv.Error as error:
        raise ValueError(str(error)) from error


def _begun(body: Mapping[str, Any]) -> RunLine:
    pin = body["procedure"] or {"id": "", "revision": ""}
    return RunLine(
        body["run"], ticket_in(body["evidence"]), pin["id"], str(pin["revision"]), body["ts"]["wall"]
    )
