"""The audit log in memory, with the same promises but durability: tests and rehearsals."""

import threading
from collections.abc import Iterator, Sequence
from typing import Any, Literal

from sop_runner.audit.chain import Place, chain
from sop_runner.audit.checkpoint import Checkpoint
from sop_runner.audit.entry import ZERO, Draft, Entry
from sop_runner.audit.keyring import KEY_TYPES, Keyring, check_signer
from sop_runner.audit.log import (
    CHUNK,
    LedgerKind,
    Opening,
    RunListing,
    Summary,
    begun_ticket,
    check_position,
    check_ticket,
    first_entry,
    one_key,
    read_opening,
    same_action,
)
from sop_runner.audit.note import Signer
from sop_runner.audit.tree import Frontier
from sop_runner.audit.verify import Row
from sop_runner.base.clock import Stamp
from sop_runner.base.errors import AppendFailed, NotVerified, UsageError

Fault = Literal["", "lost", "late"]


class MemoryLedger:
    """A `Ledger` in memory, which can also be verified as a source.

    Set `fail` to make the next append end in AppendFailed: "lost" keeps nothing, "late" keeps
    everything and loses only the answer.
    """

    def __init__(self, log: str, kind: LedgerKind, signer: Signer, ts: Stamp) -> None:
        self.fail: Fault = ""
        self._signer = signer
        self._lock = threading.RLock()
        self._entries: list[Entry] = []
        self._nodes: dict[tuple[int, int], bytes] = {}
        self._notes: list[tuple[int, bytes]] = []
        self._procedures: dict[str, bytes] = {}
        self._summaries: dict[str, Summary] = {}
        self._frontier = Frontier()
        first = first_entry(log, kind, signer.verifier, ts)
        self._opening = read_opening(first)
        self._ring = Keyring(self._opening.origin, self._opening.key)
        self._write((first,))

    @property
    def opening(self) -> Opening:
        return self._opening

    def append(
        self,
        run: str | None,
        expected_run_seq: int,
        drafts: Sequence[Draft],
        summary: Summary | None = None,
    ) -> tuple[Entry, ...]:
        key = one_key(drafts)
        with self._lock:
            if written := tuple(e for e in self._entries if e.key == key):
                return same_action(run, drafts, written)
            size, link = len(self._entries), self._entries[-1].leaf.hex()
            place = Place(self._opening.log, size, link)
            if run is not None:
                own = self.entries(run)
                check_position(run, expected_run_seq, len(own))
                if (ticket := begun_ticket(len(own), summary)) is not None:
                    open_runs = self.summaries(ticket=ticket)
                    check_ticket(ticket, open_runs[0].run if open_runs else None)
                run_prev = own[-1].leaf.hex() if own else ZERO
                place = Place(self._opening.log, size, link, run, len(own), run_prev)
            entries = chain(place, tuple(drafts))
            check_signer(self._ring, self._signer)
            fault, self.fail = self.fail, ""
            if fault == "lost":
                raise AppendFailed("the entry was not acknowledged (and is not kept)")
            self._write(entries)
            if summary is not None:
                self._summaries[summary.run] = summary
            if fault == "late":
                raise AppendFailed("the entry was not acknowledged (but is kept)")
            return entries

    def entries(self, run: str | None, from_run_seq: int = 0) -> tuple[Entry, ...]:
        with self._lock:
            return tuple(e for e in self._entries if e.run == run)[from_run_seq:]

    def scan(self, start: int = 0, stop: int | None = None, chunk: int = CHUNK) -> Iterator[Entry]:
        yield from self._entries[start : self.size() if stop is None else stop]

    def size(self) -> int:
        return len(self._entries)

    def checkpoint(self) -> bytes:
        return self._notes[-1][1]

    def node(self, level: int, index: int) -> bytes:
        try:
            return self._nodes[level, index]
        except KeyError:
            raise NotVerified(f"the tree node {level}/{index} is missing") from None

    def put_procedure(self, digest: str, text: bytes) -> None:
        if self._procedures.setdefault(digest, text) != text:
            raise UsageError(f"another text is kept under the digest '{digest}' already")

    def procedure(self, digest: str) -> bytes:
        try:
            return self._procedures[digest]
        except KeyError:
            raise UsageError(f"no procedure with the digest '{digest}' is kept") from None

    def runs(self) -> tuple[RunListing, ...]:
        with self._lock:
            found: dict[str, RunListing] = {}
            for entry in self._entries:
                if entry.run is not None:
                    count = found[entry.run].entries if entry.run in found else 0
                    found[entry.run] = RunListing(entry.run, count + 1, entry.seq)
        return tuple(sorted(found.values(), key=lambda listing: -listing.last_seq))

    def summaries(self, *, ended: bool = False, ticket: str | None = None) -> tuple[Summary, ...]:
        with self._lock:
            kept = sorted(self._summaries.values(), key=lambda s: s.run)
        return tuple(
            summary
            for summary in sorted(kept, key=lambda s: str(s.facts.get("last") or ""), reverse=True)
            if (ended or summary.facts.get("status") not in ("ended", None))
            and ticket in (None, summary.facts.get("ticket"))
        )

    def rebuild(self, summaries: Sequence[Summary]) -> None:
        with self._lock:
            self._summaries = {summary.run: summary for summary in summaries}

    def close(self) -> None:
        """Nothing to let go of."""

    def rows(self, start: int = 0, stop: int | None = None) -> Iterator[Row]:
        for entry in self._entries[start:stop]:
            yield entry.seq, entry.body, entry.leaf, None

    def checkpoints(self, start: int = 0, stop: int | None = None) -> Iterator[tuple[int, bytes]]:
        end = self._notes[-1][0] if stop is None else stop
        yield from ((size, note) for size, note in self._notes if (start < size or not start) and size <= end)

    def nodes(self, level: int, start: int = 0, stop: int | None = None) -> Iterator[tuple[int, bytes]]:
        end = 2**63 if stop is None else stop
        kept = sorted(self._nodes.items())
        yield from ((at, value) for (of, at), value in kept if of == level and start <= at < end)

    def of_run(self, run: str | None, stop: int) -> Iterator[tuple[int, bytes, bytes]]:
        yield from ((e.seq, e.body, e.leaf) for e in self._entries[:stop] if e.run == run)

    def key_entries(self, stop: int) -> Iterator[tuple[int, str, Any]]:
        for entry in self._entries[:stop]:
            if entry.run is None and entry.type in KEY_TYPES:
                yield entry.seq, entry.type, entry.evidence

    def procedures(self) -> Iterator[tuple[str, bytes]]:
        yield from sorted(self._procedures.items())

    def weaknesses(self) -> tuple[str, ...]:
        return ()

    def _write(self, entries: tuple[Entry, ...]) -> None:
        for entry in entries:
            self._entries.append(entry)
            for level, index, value in self._frontier.push(entry.leaf):
                self._nodes[level, index] = value
        head = Checkpoint(self._opening.origin, self._frontier.size, self._frontier.root())
        self._notes.append((head.size, head.sign(self._signer)))
        for entry in entries:
            if entry.type in KEY_TYPES:
                self._ring.take(entry.type, entry.evidence)
        self._ring.covered(head.size)
