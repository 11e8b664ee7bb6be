"""Tickets: the port to the outside system, and a file in the desk's folder that stands in for one."""

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

from sop_runner.base.clock import utc_text
from sop_runner.base.errors import StoreFailed, UsageError
from sop_runner.base.message import msg
from sop_runner.base.textsafe import visible
from sop_runner.stores.files import sync_folder, write_whole

OPEN, CLOSED = "open", "closed"
MAX_TICKET = 200
_PLAIN = re.compile(r"(?!(?i:con|prn|aux|nul|com[0-9]|lpt[0-9])$)[A-Za-z0-9][A-Za-z0-9_-]{0,79}")
"""Names that are a file's on every system; Windows keeps some of them for devices."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """The record in the outside system: what runs are for, and the facts of the case it gives us."""

    id: str
    opened: datetime
    priority: str = ""
    title: str = ""
    case: Mapping[str, Any] = field(default_factory=dict)
    status: str = OPEN


class Tickets(Protocol):
    """The outside ticket system, real or for training."""

    @property
    def training(self) -> bool: ...

    def find(self, ticket: str) -> Ticket | None:
        """The ticket of this id; None where there is none."""
        ...

    def open(self, ticket: Ticket) -> Ticket:
        """Make a ticket; one that exists is returned as it is."""
        ...

    def all(self) -> tuple[Ticket, ...]:
        """Every ticket, in the order they were opened."""
        ...

    def close(self, ticket: str, run: str, receipt: str) -> None:
        """Close a ticket with the receipt of the run that closed it; again is no error."""
        ...


class LocalTickets:
    """Tickets in a file of JSON lines, receipts in a folder beside it; every line is durable when written."""

    def __init__(self, folder: Path, *, training: bool = False) -> None:
        self.training = training
        self._file = folder / "tickets.jsonl"
        self._receipts = folder / "receipts"
        self._known: dict[str, Ticket] = {}
        self._read_to = 0

    def find(self, ticket: str) -> Ticket | None:
        return self._read().get(ticket)

    def all(self) -> tuple[Ticket, ...]:
        return tuple(self._read().values())

    def open(self, ticket: Ticket) -> Ticket:
        known = self.find(ticket.id)
        if known is not None:
            return known
        line = {
            "what": "opened",
            "ticket": ticket.id,
            "at": utc_text(ticket.opened),
            "priority": ticket.priority,
            "title": ticket.title,
            "case": dict(ticket.case),
        }
        self._append(line)
        return ticket

    def close(self, ticket: str, run: str, receipt: str) -> None:
        path = self.receipt_path(ticket, run)
        with _told(self._receipts):
            if not path.exists():
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                write_whole(path, receipt.encode())
        known = self.find(ticket)
        if known is None or known.status != CLOSED:
            self._append({"what": "closed", "ticket": ticket, "run": run, "receipt": path.name})

    def receipt_path(self, ticket: str, run: str) -> Path:
        """Where the receipt of a run lies. Ids are data: what is no plain name becomes a digest."""
        return self._receipts / f"{_file_name(ticket)}.{_file_name(run)}.tlog-proof"

    def _read(self) -> dict[str, Ticket]:
        """Every ticket; only lines that were added since the last time are read."""
        with _told(self._file):
            try:
                with self._file.open("rb") as file:
                    file.seek(self._read_to)
                    whole, newline, _ = file.read().rpartition(b"\n")
            except FileNotFoundError:
                return self._known
        for line in whole.split(b"\n"):
            self._take(line)
        self._read_to += len(whole) + len(newline)
        return self._known

    def _take(self, line: bytes) -> None:
        try:
            item = json.loads(line)
            ticket = item["ticket"]
            if item["what"] == "opened":
                opened = datetime.fromisoformat(item["at"])
                made = Ticket(ticket, opened, item["priority"], item["title"], item["case"])
                self._known.setdefault(ticket, made)
            elif ticket in self._known:
                self._known[ticket] = replace(self._known[ticket], status=CLOSED)
        except (ValueError, KeyError, TypeError):
            return  # a line that a crash cut short: what it said was never acknowledged

    def _append(self, line: Mapping[str, Any]) -> None:
        with _told(self._file):
            handle = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(handle, "r+b") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(size - 1, 0))
                torn = size > 0 and file.read(1) != b"\n"
                file.write(b"\n" * torn + json.dumps(line, ensure_ascii=False).encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
            if size == 0:
                sync_folder(self._file.parent)


def fitting_id(ticket: str) -> str:
    """A ticket id as it is used: one line, not empty, of bounded length. Raises UsageError."""
    ticket = ticket.strip()
    if not ticket or len(ticket) > MAX_TICKET or "\n" in ticket or "\0" in ticket:
        shown = visible(ticket[:40], lines=False)
        raise UsageError(
            msg("'{ticket}' is no ticket id", ticket=shown),
            hint=msg("Give one line of at most {most} characters, such as CR-000123.", most=MAX_TICKET),
        )
    return ticket


def _file_name(name: str) -> str:
    return (
        name
        if _PLAIN.fullmatch(name)
        else "x" + sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    )


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Raise StoreFailed where the disk fails inside."""
    try:
        yield
    except OSError as error:
        raise StoreFailed(
            msg("'{path}' cannot be read or written: {reason}", path=str(path), reason=str(error.strerror)),
            hint=msg("What is on record stays on record. Check the disk; resuming the run tries again."),
        ) from error
