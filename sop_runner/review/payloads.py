"""Personal values against the commitments in the log: missing, altered, or lawfully erased."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from sop_runner.audit.bodies import HEAD, TYPE, Fields
from sop_runner.audit.findings import AuditFinding, Code
from sop_runner.run.actions import Opened
from sop_runner.run.events import RUN_STARTED

from .forms import Sought
from .holds import ERASED, Holds, erasures, ticket_in

Examine = Callable[[str], Mapping[str, Opened | None]]


class Payloads:
    """Takes the entries of a log in order; `examine` gives what is kept of a run, None for what is not what was committed to.

    A value is known by its commitment. What an entry `SubjectErased` names may be gone, and has to be,
    unless a legal hold stood over it then: such an erasure counts for nothing.
    """

    def __init__(self, examine: Examine) -> None:
        self._examine = examine
        self._missing: list[tuple[int, str, tuple[str, ...]]] = []
        self._present: dict[str, tuple[int, str]] = {}
        self._erased: set[str] = set()
        self._held: dict[str, tuple[int, int]] = {}
        self._holds = Holds()
        self._ticket = Sought(lambda evidence: [ticket_in(evidence)])
        self._tickets: dict[str, str] = {}
        self._runs: dict[str, Mapping[str, Opened | None]] = {}
        self._altered: list[AuditFinding] = []

    def take(self, index: int, body: Mapping[str, Any]) -> None:
        """Look at the next entry; within a run those that neither begin it nor hold commitments may be left out.

        Of one that did not have to be parsed, `begun` and `named` do.
        """
        run = body["run"]
        if run is None:
            self._outside(index, body)
            return
        if body["type"] == RUN_STARTED:
            self._tickets[run] = ticket_in(body["evidence"])
        self.named(index, run, commitments(body["evidence"]))

    def begun(self, run: str, fields: Fields) -> None:
        """Note the ticket of a run by its first entry, where that did not have to be parsed."""
        if fields[TYPE] == RUN_STARTED:
            self._tickets[run] = self._ticket.of(fields[HEAD])[0]

    def named(self, index: int, run: str, names: Iterable[str]) -> None:
        """Look at an entry of a run by the commitments in it."""
        named = tuple(dict.fromkeys(names))
        if not named:
            return
        kept = self.kept(run)
        altered = [name for name in named if kept.get(name, _GONE) is None]
        if altered:
            said = _values(
                altered,
                "is not what was committed to, or does not open",
                "are not what was committed to, or do not open",
            )
            self._altered.append(AuditFinding(Code.PAYLOAD_ALTERED, index, run, said))
        missing = tuple([name for name in named if name not in kept])
        if missing:
            self._missing.append((index, run, missing))
        for name in named:
            if name in kept:
                self._present.setdefault(name, (index, run))

    def finish(self) -> tuple[AuditFinding, ...]:
        """All findings, by place."""
        found = list(self._altered)
        for index, run, names in self._missing:
            gone = [name for name in names if name not in self._erased]
            if gone:
                said = f"{_values(gone, 'is gone', 'are gone')}, and {self._why(gone)}"
                found.append(AuditFinding(Code.PAYLOAD_MISSING, index, run, said))
            if len(gone) < len(names):
                erased = set(names) - set(gone)
                said = f"{_values(erased, 'was erased', 'were erased')}, as the log says"
                found.append(AuditFinding(Code.ERASED_OK, index, run, said))
        for name in self._erased & self._present.keys():
            index, run = self._present[name]
            said = (
                "a value of the entry was erased, as the log says, and is kept all the same; erase it again"
            )
            found.append(AuditFinding(Code.PAYLOAD_ALTERED, index, run, said))
        return tuple(sorted(found, key=lambda f: (f.index, f.code)))

    def _outside(self, index: int, body: Mapping[str, Any]) -> None:
        self._holds.take(index, body)
        if body["type"] == ERASED:
            for run, subject, names in erasures(body):
                holds = self._holds.covering(run, self._tickets.get(run), subject)
                if holds:
                    self._held.update(dict.fromkeys(names, (index, holds[0].entry)))
                else:
                    self._erased.update(names)

    def _why(self, gone: Sequence[str]) -> str:
        them = "it" if len(gone) == 1 else "them"
        held = next((self._held[name] for name in gone if name in self._held), None)
        if held is None:
            return f"no erasure names {them}"
        return f"entry {held[0]}, which names {them}, came while the legal hold of entry {held[1]} stood"

    def kept(self, run: str) -> Mapping[str, Opened | None]:
        """What `examine` says of a run; asked once for runs that are open side by side."""
        if run not in self._runs:
            if len(self._runs) > _RECENT:
                for old in list(self._runs)[: _RECENT // 2]:
                    del self._runs[old]
            self._runs[run] = self._examine(run)
        return self._runs[run]


_GONE = Opened(b"")
_RECENT = 500
"""Runs whose values are kept at hand."""


def commitments(evidence: Any) -> list[str]:
    """Every commitment in a piece of evidence, however deep."""
    found: list[str] = []
    parts = [evidence]
    for part in parts:
        kind = type(part)
        if kind is dict or isinstance(part, Mapping):
            for key, value in part.items():
                if type(value) is not str:
                    if value is not None and type(value) is not bool:
                        parts.append(value)
                elif key == "commitment":
                    found.append(value)
        elif kind is list or kind is tuple:
            parts += part
    return found


def _values(names: Collection[str], one: str, several: str) -> str:
    """What is so of the values of an entry, in the words for one or for several."""
    if len(names) == 1:
        return f"1 personal value of the entry {one}"
    return f"{len(names)} personal values of the entry {several}"
