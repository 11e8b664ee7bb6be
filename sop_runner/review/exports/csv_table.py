"""Entries as CSV (RFC 4180): one line an entry, safe to open in a spreadsheet."""

import csv
import io
import json
from collections.abc import Mapping
from typing import Any

from sop_runner.audit.log import Opening

from .folder import Stream

COLUMNS = (
    "seq", "recorded_at", "run", "run_seq", "type", "procedure", "revision", "digest", "at", "arrow", "to",
    "actor", "role", "outcome", "reason", "evidence", "leaf",
)  # fmt: skip
_RISKY = tuple("=+-@\t\r\n'＝＋－＠")
BOM = b"\xef\xbb\xbf"  # spreadsheets take UTF-8 for something else without it


class CsvTable:
    """Text that a spreadsheet would take for a formula gets an apostrophe in front.

    So does text that begins with an apostrophe: taking one away gives back what was recorded.
    """

    def __init__(self, out: Stream) -> None:
        self._out = out
        self._buffer = io.StringIO(newline="")
        self._writer = csv.writer(self._buffer, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")

    def begin(self, opening: Opening) -> None:
        self._out.write(BOM)
        self._line(list(COLUMNS))

    def add(self, body: Mapping[str, Any], leaf: bytes) -> None:
        pin = body["procedure"] or {"id": None, "revision": None, "digest": None}
        evidence = json.dumps(body["evidence"], ensure_ascii=False, sort_keys=True)
        self._line(
            [
                body["seq"], body["ts"]["wall"], body["run"], body["run_seq"], body["type"], pin["id"],
                pin["revision"], pin["digest"], body["at"], body["arrow"], body["to"], body["actor"],
                body["role"], body["outcome"], body["reason"], evidence, leaf.hex(),
            ]
        )  # fmt: skip

    def finish(self) -> None:
        """Every line is out already."""

    def _line(self, cells: list[Any]) -> None:
        self._writer.writerow([safe(cell) if isinstance(cell, str) else cell for cell in cells])
        self._out.write(self._buffer.getvalue().encode())
        self._buffer.seek(0)
        self._buffer.truncate()


def safe(text: str) -> str:
    """`text` as a cell that is never a formula, white space before one included."""
    return f"'{text}" if text.lstrip().startswith(_RISKY) or text.startswith(_RISKY) else text


def unsafe(cell: str) -> str:
    """What `safe` was given."""
    return cell[1:] if cell.startswith("'") else cell
