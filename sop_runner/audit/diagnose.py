"""Naming what is wrong with a log that does not verify, and where.

The signed roots decide. Where a row's hash and its successor's `prev` disagree, the leaf that
leads to the next signed root is the one that was written, so one edited row is named alone and
the rows after it are still checked.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from sop_runner.audit.entry import BODY_KEYS, VERSION, ZERO
from sop_runner.audit.findings import AuditFinding, Code, entries
from sop_runner.audit.keyring import KEY_TYPES
from sop_runner.audit.order import Record, put_in_order
from sop_runner.audit.seals import Seals
from sop_runner.audit.tree import Frontier
from sop_runner.base.canonical import canonical_bytes


@dataclass(slots=True)
class Diagnosis:
    """All findings, and how many rows were read."""

    entries: int = 0
    findings: list[AuditFinding] = field(default_factory=list)

    def add(self, code: Code, index: int | None, message: str, run: str | None = None) -> None:
        self.findings.append(AuditFinding(code, index, run, message))


def diagnose(
    rows: Iterable[tuple[int, bytes, bytes, Mapping[str, Any] | None]],
    checkpoints: Iterable[tuple[int, bytes]],
    nodes: Callable[[int], Iterable[tuple[int, bytes]]],
    seals: Seals,
    log: str | None,
) -> Diagnosis:
    """Read everything and name every finding. `log` is the id that all entries must carry."""
    found = Diagnosis()
    keys: list[tuple[int, str, object]] = []
    # A damaged file holds nothing where something always is.
    records = [
        _read(found, keys, log, seq, body or b"", leaf or b"", columns) for seq, body, leaf, columns in rows
    ]
    found.entries = len(records)
    roots = _roots(found, ((size, note or b"") for size, note in checkpoints), seals, keys)
    newest = max(roots, default=0)
    last = records[-1].column + 1 if records else 0
    order = put_in_order(records, max(newest, last, len(records)) + len(records))
    found.findings += order.findings
    tree = _Tree(found, roots)
    for at, record in enumerate(order.slots):
        after = order.slots[at + 1] if at + 1 < len(order.slots) else None
        tree.grow(at, record, after)
    _coverage(found, len(order.slots), newest, seals)
    _runs(found, order.slots, tree.leaves)
    if not tree.lost:
        _nodes(found, nodes, tree.nodes)
    if not records:
        found.add(Code.UNVERIFIABLE, None, "the log holds no entry at all")
    found.findings.sort(key=lambda f: (-1 if f.index is None else f.index, f.code))
    return found


def _read(
    found: Diagnosis,
    keys: list[tuple[int, str, object]],
    log: str | None,
    seq: int,
    body: bytes,
    leaf: bytes,
    columns: Mapping[str, Any] | None,
) -> Record:
    record = Record(seq, sha256(b"\x00" + body).digest(), leaf)
    try:
        raw = json.loads(body)
        record.seq, record.run = _number(raw["seq"]), _text(raw["run"])
        record.run_seq, record.run_prev = _number(raw["run_seq"]), _text(raw["run_prev"])
        if record.run is None and raw["type"] in KEY_TYPES:
            keys.append((seq, raw["type"], raw["evidence"]))
        prev = bytes.fromhex(raw["prev"])
        record.prev = prev if len(prev) == 32 else None
        version = raw["v"]
        if type(version) is bool or version != VERSION:
            found.add(Code.UNVERIFIABLE, seq, f"entry {seq} is of the unknown version {version!r}")
        elif raw.keys() != BODY_KEYS or canonical_bytes(raw) != body:
            record.wrong = "is not in the form in which entries are written"
        elif isinstance(raw["seq"], bool) or isinstance(raw["run_seq"], bool):
            record.wrong = "counts by something that is no number"
        elif log is not None and raw["log"] != log:
            record.wrong = f"is of another log, '{raw['log']}'"
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raw, record.wrong = {}, "is nothing that the program writes"
    if record.digest != leaf:
        record.wrong = "is not what was written: it does not give the hash that was kept of it"
    for path, value in (columns or {}).items():
        if _at(raw, path) != value:
            said = f"the searched column '{path}' of row {seq} is not what its body says"
            found.add(Code.COLUMN_MISMATCH, seq, said, record.run)
    return record


def _roots(
    found: Diagnosis,
    checkpoints: Iterable[tuple[int, bytes]],
    seals: Seals,
    keys: list[tuple[int, str, object]],
) -> dict[int, bytes]:
    """The roots that are signed by a key of the log; everything else is named and left out."""
    roots = {}
    for size, note in checkpoints:
        while keys and keys[0][0] < size:
            seals.enter(*keys.pop(0))
        head = seals.judge(size, note)
        if isinstance(head, AuditFinding):
            found.findings.append(head)
        else:
            roots[size] = head.root
            seals.covered(size)
    return roots


class _Tree:
    """Grows the tree along the rows and settles each leaf by the signed roots."""

    def __init__(self, found: Diagnosis, roots: Mapping[int, bytes]) -> None:
        self._found, self._roots = found, roots
        self._frontier = Frontier()
        self._good = 0  # every leaf below is under a signed root
        self.leaves: list[bytes] = []
        self.nodes: dict[int, list[bytes]] = {}
        self.lost = False

    def grow(self, at: int, record: Record | None, after: Record | None) -> None:
        """Add entry `at`; `record` is None where its row is gone."""
        if record is not None:
            self._link(at, record)
        leaf = self._settle(at, record, after.prev if after else None)
        if record is not None and not record.flagged and (record.wrong or leaf != record.digest):
            self._flag(record, record.wrong or "is not the one that was signed")
        self.leaves.append(leaf)
        for level, _, value in self._frontier.push(leaf)[1:]:
            self.nodes.setdefault(level, []).append(value)

    def _link(self, at: int, record: Record) -> None:
        before = self.leaves[at - 1] if at else bytes(32)
        if record.prev != before and not record.flagged and not record.wrong:
            record.wrong = "names another one before it than the one that stands there"

    def _settle(self, at: int, record: Record | None, claimed: bytes | None) -> bytes:
        options = [claimed] if claimed else []
        if record is not None:
            own = [record.digest, record.leaf]
            # Without a root to decide: a successor that confirms one of the two, else the bytes.
            options = options + own if claimed in own else own + options
        root = self._roots.get(at + 1)
        if root is not None and not self.lost:
            for leaf in options:
                trial = self._frontier.copy()
                trial.push(leaf)
                if trial.root() == root:
                    self._good = at + 1
                    return leaf
            self._lose(at, record)
        elif record is None and not options:
            self.lost = True
        return options[0] if options else bytes(32)

    def _lose(self, at: int, record: Record | None) -> None:
        self.lost = True
        suspects = {f.index for f in self._found.findings if f.code != Code.UNVERIFIABLE}
        if suspects.isdisjoint(range(self._good, at + 1)) and not (record and record.wrong):
            where = f"entry {at}" if self._good == at else f"one of the entries {self._good} to {at}"
            said = f"{where} is not the one that was signed, together with {entries(at + 1)}"
            self._found.add(Code.FIELD_MODIFIED, at, said, record.run if record else None)
            if record:
                record.flagged = True

    def _flag(self, record: Record, message: str) -> None:
        record.flagged = True
        self._found.add(Code.FIELD_MODIFIED, record.column, f"entry {record.column} {message}", record.run)


def _coverage(found: Diagnosis, size: int, newest: int, seals: Seals) -> None:
    if newest > size:
        said = f"a signed checkpoint covers {entries(newest)}, the log ends after {size}"
        found.add(Code.TAIL_TRUNCATED, size, said)
    elif newest < size and seals.ring is not None:
        judged = {f.index for f in found.findings if f.code in _NOTES}
        if size - 1 not in judged:
            said = f"no signed checkpoint covers the entries from {newest} on"
            found.add(Code.SIG_MISSING, newest, said)


_NOTES = frozenset(
    {Code.SIG_FORGED, Code.SIG_MISSING, Code.REKEYED, Code.KEY_OUT_OF_RANGE, Code.COLUMN_MISMATCH}
)


def _runs(found: Diagnosis, slots: list[Record | None], leaves: list[bytes]) -> None:
    expected: dict[str, tuple[int, str]] = {}
    for record, leaf in zip(slots, leaves, strict=True):
        if record is None or record.run is None:
            continue
        run_seq, run_prev = expected.get(record.run, (0, ZERO))
        if not record.flagged and (record.run_seq, record.run_prev) != (run_seq, run_prev):
            said = f"run '{record.run}' goes on with its entry {record.run_seq}, expected {run_seq}"
            found.add(Code.RUN_INCOMPLETE, record.column, said, record.run)
        given = run_seq if record.run_seq is None or record.flagged else record.run_seq
        expected[record.run] = (given + 1, leaf.hex())


def _nodes(
    found: Diagnosis, nodes: Callable[[int], Iterable[tuple[int, bytes]]], wanted: dict[int, list[bytes]]
) -> None:
    for level in range(1, len(wanted) + 2):
        stored = {index: node for index, node in nodes(level) if index is not None}
        real = dict(enumerate(wanted.get(level, [])))
        for index in sorted(stored.keys() | real.keys()):
            if stored.get(index) != real.get(index):
                what = "is missing" if index not in stored else "is not the one that they give"
                last = ((index + 1) << level) - 1
                said = f"the hash kept over the entries {index << level} to {last} {what}"
                found.add(Code.COLUMN_MISMATCH, index << level, said)


def _number(value: object) -> int | None:
    return value if type(value) is int else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _at(raw: Any, path: str) -> Any:
    for name in path.removeprefix("$.").split("."):
        raw = raw.get(name) if isinstance(raw, dict) else None
    return raw
