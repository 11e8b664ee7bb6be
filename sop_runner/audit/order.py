"""Which row is which entry: rows deleted, inserted and moved, from what they say of themselves."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

from sop_runner.audit.findings import AuditFinding, Code


@dataclass(slots=True)
class Record:
    """One row as read: its column `seq`, both hashes, and what the body says (None: unreadable).

    `wrong` is what is wrong with the row by itself, "" for nothing.
    """

    column: int
    digest: bytes
    leaf: bytes
    seq: int | None = None
    prev: bytes | None = None
    run: str | None = None
    run_seq: int | None = None
    run_prev: str | None = None
    wrong: str = ""
    flagged: bool = False
    at: int = 0  # the entry that this row is taken to be


@dataclass(slots=True)
class Order:
    """Entries by position (None: deleted), and what was found on the way."""

    slots: list[Record | None]
    findings: list[AuditFinding] = field(default_factory=list)


def put_in_order(records: Sequence[Record], limit: int) -> Order:
    """Give every row its place; `limit` bounds what a body may claim as its position."""
    claims = {r.prev: r.seq for r in records if r.prev is not None and r.seq is not None}
    for record in records:
        record.at = _claimed(record, claims, limit)
    kept = _longest_rising(_without_doubles(records, claims))
    slots: dict[int, Record] = {record.at: record for record in kept}
    in_place = {id(record) for record in kept}
    findings: list[AuditFinding] = []
    for record in records:
        if id(record) in in_place:
            continue
        code, message = Code.ROW_INSERTED, "was added: another row is that entry"
        if record.at not in slots and record.at < limit:
            slots[record.at] = record
            code, message = Code.REORDERED, f"holds entry {record.at}"
        elif record.column not in slots:
            record.at, record.wrong = record.column, "says another position than its own"
            slots[record.at] = record
            continue
        record.flagged = True
        findings.append(AuditFinding(code, record.column, record.run, f"row {record.column} {message}"))
    ordered = [slots.get(at) for at in range(max(slots, default=-1) + 1)]
    return Order(ordered, findings + _gaps(ordered))


def _claimed(record: Record, claims: dict[bytes, int], limit: int) -> int:
    if record.digest == record.leaf and record.seq is not None and 0 <= record.seq < limit:
        return record.seq
    for digest in (record.leaf, record.digest):
        after = claims.get(digest)
        if after is not None and 0 < after <= limit:
            return after - 1
    return record.column


def _without_doubles(records: Sequence[Record], claims: dict[bytes, int]) -> list[Record]:
    best: dict[int, Record] = {}

    known = {digest: record.at for record in records for digest in (record.digest, record.leaf)}

    def rank(record: Record) -> tuple[bool, bool, bool]:
        followed = record.at + 1 in (claims.get(record.digest), claims.get(record.leaf))
        follows = record.prev is not None and known.get(record.prev) == record.at - 1
        return followed, follows, record.column == record.at

    for record in records:
        if record.at not in best or rank(record) > rank(best[record.at]):
            best[record.at] = record
    return [record for record in records if best[record.at] is record]


def _longest_rising(records: Sequence[Record]) -> list[Record]:
    """The most rows that are in their right order (patience sorting)."""
    tops: list[int] = []
    piles: list[int] = []
    before: list[int] = []
    for number, record in enumerate(records):
        pile = bisect_left(tops, record.at)
        before.append(piles[pile - 1] if pile else -1)
        if pile == len(tops):
            tops.append(record.at)
            piles.append(number)
        else:
            tops[pile], piles[pile] = record.at, number
    chosen: list[Record] = []
    number = piles[-1] if piles else -1
    while number >= 0:
        chosen.append(records[number])
        number = before[number]
    return chosen[::-1]


def _gaps(slots: Sequence[Record | None]) -> list[AuditFinding]:
    found: list[AuditFinding] = []
    start = None
    for at, record in enumerate(slots):
        if record is None and start is None:
            start = at
        if record is not None and start is not None:
            what = f"entry {start} is" if at - start == 1 else f"entries {start} to {at - 1} are"
            found.append(AuditFinding(Code.ROW_DELETED, start, None, f"{what} missing"))
            start = None
    return found
