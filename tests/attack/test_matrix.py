"""Each code at each row of a small log where it can stand: the code and the place, and nothing besides.

The bytes are changed as the owner of the file does it; deeds and clocks as the holder of the key does,
with every hash and signature right.
"""

import copy
import json
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from sop_runner.audit.anchors import Anchor
from sop_runner.audit.checkpoint import Checkpoint
from sop_runner.audit.entry import Draft
from sop_runner.audit.findings import Code
from sop_runner.audit.keyring import ROTATED, key_evidence
from sop_runner.audit.log import LedgerKind, origin
from sop_runner.audit.note import Ed25519Signer, Note
from sop_runner.base.canonical import canonical_bytes
from sop_runner.base.clock import ManualClock, utc_text
from sop_runner.review.payloads import Payloads, commitments
from sop_runner.review.verifying import Trust, Trusted, verify_log
from sop_runner.run.actions import Opened
from sop_runner.stores import schema
from sop_runner.stores.reader import SqliteSource
from sop_runner.stores.sqlite import SqliteLedger
from tests.attack.logs import Desk, bodies, found, resigned
from tests.attack.rewriting import cut, owned, rewritten
from tests.attack.test_replay_attacks import CHANGE, REAL
from tests.unit.authoring.stages import scenarios_of

LOG = "3c" * 16
FIRST, SECOND, THIEF = (Ed25519Signer(origin(LedgerKind.LIVE, LOG), bytes([n]) * 32) for n in (1, 2, 9))
RUNS = ("A", "B", "A", None, "B", "A", "A")  # after the opening
SIZE = len(RUNS) + 1
Place = tuple[str, int | None]
Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of eight rows."""
    return written(tmp_path_factory.mktemp("matrix") / "desk.db", RUNS)


@pytest.fixture(scope="module")
def rotated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another, whose key was replaced in row 1."""
    about = dict(key_evidence(FIRST.verifier.name, SECOND, "desk", FIRST.verifier))
    return written(tmp_path_factory.mktemp("rotated") / "desk.db", (None, *RUNS[1:]), about)


def written(path: Path, runs: tuple[str | None, ...], new_key: dict[str, str] | None = None) -> Path:
    clock = ManualClock(datetime(2026, 3, 1, 9, tzinfo=UTC))
    SqliteLedger.create(path, LOG, LedgerKind.LIVE, FIRST, clock.now()).close()
    at: dict[str | None, int] = {}
    for number, run in enumerate(runs):
        ledger = SqliteLedger.open(path, LedgerKind.LIVE, SECOND if number and new_key else FIRST)
        clock.advance(timedelta(seconds=20))
        kind, about = "Noted", {"kind": "text", "text": f"note {number}"}
        if number == 0 and new_key:
            kind, about = ROTATED, new_key
        draft = Draft(type=kind, key=f"{number:032x}", ts=clock.now(), actor="ana", evidence=(about,))
        ledger.append(run, at.get(run, 0), [draft])
        at[run] = at.get(run, 0) + 1
        ledger.close()
    return path


def judged(path: Path, head: bytes | None = None) -> list[Place]:
    """Everything that is named of the bytes and, against a head from outside, of the whole."""
    anchors = [Anchor("the head", head)] if head else []
    with closing(SqliteSource(path)) as source:
        trusted = Trusted((FIRST.verifier,), Trust.PINNED)
        verdict = verify_log(source, trusted, anchors, None, kind=LedgerKind.LIVE, integrity_only=True)
    return [(str(one.code), one.index) for one in verdict.findings]


def newest(path: Path) -> bytes:
    with closing(SqliteSource(path)) as source:
        return source.checkpoint()


# Each attack on a row: what it does to the file, and all that must be named then


def edited(path: Path, row: int) -> list[Place]:
    with owned(path) as db:
        (body,) = db.execute("SELECT body FROM entry WHERE seq = ?", (row,)).fetchone()
        data = canonical_bytes(json.loads(body) | {"actor": "eve"})
        db.execute("UPDATE entry SET body = ? WHERE seq = ?", (data.decode(), row))
    return [("FIELD_MODIFIED", row)]


def deleted(path: Path, row: int) -> list[Place]:
    with owned(path) as db:
        db.execute("DELETE FROM entry WHERE seq = ?", (row,))
    return [("ROW_DELETED", row)]


def inserted(path: Path, row: int) -> list[Place]:
    with owned(path) as db:
        body, prev = db.execute("SELECT body, prev FROM entry WHERE seq = ?", (row,)).fetchone()
        db.execute("UPDATE entry SET seq = -1000 - seq WHERE seq >= ?", (row,))
        db.execute("UPDATE entry SET seq = -1000 - seq + 1 WHERE seq <= -1000")
        more = {"run": "Z", "run_seq": 0, "run_prev": "0" * 64, "prev": prev[::-1], "type": "Noted"}
        data = canonical_bytes(json.loads(body) | more)
        leaf = sha256(b"\0" + data).digest()
        db.execute("INSERT INTO entry (seq, body, leaf) VALUES (?, ?, ?)", (row, data.decode(), leaf))
    return [("ROW_INSERTED", row)]


def exchanged(path: Path, row: int) -> list[Place]:
    with owned(path) as db:
        for old, new in ((row, -1), (row + 1, row), (-1, row + 1)):
            db.execute("UPDATE entry SET seq = ? WHERE seq = ?", (new, old))
    return [("REORDERED", row)]


def node_changed(path: Path, row: int) -> list[Place]:
    with owned(path) as db:
        db.execute('UPDATE node SET hash = zeroblob(32) WHERE level = 1 AND "index" = ?', (row >> 1,))
    return [("COLUMN_MISMATCH", row >> 1 << 1)]


def tail_deleted(path: Path, row: int) -> list[Place]:
    """The checkpoints of what is gone are left."""
    with owned(path) as db:
        db.execute("DELETE FROM entry WHERE seq >= ?", (row,))
        for level in range(1, 4):
            db.execute('DELETE FROM node WHERE level = ? AND "index" >= ?', (level, row >> level))
    return [("TAIL_TRUNCATED", row)]


def put_back(path: Path, row: int) -> list[Place]:
    """As an older copy of the file is: nothing inside tells of more."""
    cut(path, row)
    return [("ROLLED_BACK", row)]


def history_rewritten(path: Path, row: int) -> list[Place]:
    def lie(rows: Rows) -> None:
        rows[row]["reason"] = "another"

    rewritten(path, FIRST, lie)
    return [("FORKED", SIZE - 1)]


def clock_moved(by: timedelta) -> Callable[[Path, int], list[Place]]:
    def attack(path: Path, row: int) -> list[Place]:
        def moved(rows: Rows) -> None:
            for one in rows[row:]:
                wall = datetime.fromisoformat(one["ts"]["wall"]) + by
                one["ts"] = {**one["ts"], "wall": utc_text(wall)}

        rewritten(path, FIRST, moved)
        return [("CLOCK_BACK" if by < timedelta(0) else "CLOCK_JUMP", row), ("FORKED", SIZE - 1)]

    return attack


def note_changed(code: Code, make: Callable[[Checkpoint], str]) -> Callable[[Path, int], list[Place]]:
    """The checkpoint whose newest row is the one at hand."""

    def attack(path: Path, row: int) -> list[Place]:
        with owned(path) as db:
            (note,) = db.execute("SELECT note FROM checkpoint WHERE size = ?", (row + 1,)).fetchone()
            made = make(Checkpoint.parse(Note.parse(note.encode())))
            db.execute("UPDATE checkpoint SET note = ? WHERE size = ?", (made, row + 1))
        return [(str(code), row)]

    return attack


def _forged(head: Checkpoint) -> str:
    signed = head.sign(FIRST).decode()
    return signed.replace(head.text, Checkpoint(head.origin, head.size, bytes(32)).text)


def version_unknown(path: Path, row: int) -> list[Place]:
    with owned(path) as db:
        (body,) = db.execute("SELECT body FROM entry WHERE seq = ?", (row,)).fetchone()
        data = canonical_bytes(json.loads(body) | {"v": 99})
        leaf = sha256(b"\0" + data).digest()
        db.execute("UPDATE entry SET body = ?, leaf = ? WHERE seq = ?", (data.decode(), leaf, row))
    return [("FIELD_MODIFIED", row), ("UNVERIFIABLE", row)]


Attack = Callable[[Path, int], list[Place]]
ALL, LATER = range(SIZE), range(1, SIZE)
BYTES: Mapping[Code, tuple[Iterable[int], Attack]] = {
    Code.FIELD_MODIFIED: (ALL, edited),
    Code.ROW_DELETED: (range(SIZE - 1), deleted),
    Code.ROW_INSERTED: (LATER, inserted),
    Code.REORDERED: (range(1, SIZE - 1), exchanged),
    Code.COLUMN_MISMATCH: (ALL, node_changed),
    Code.TAIL_TRUNCATED: (LATER, tail_deleted),
    Code.ROLLED_BACK: (LATER, put_back),
    Code.FORKED: (ALL, history_rewritten),
    Code.SIG_FORGED: (ALL, note_changed(Code.SIG_FORGED, _forged)),
    Code.SIG_MISSING: (ALL, note_changed(Code.SIG_MISSING, lambda head: head.text + "\n")),
    Code.REKEYED: (ALL, note_changed(Code.REKEYED, lambda head: head.sign(THIEF).decode())),
    Code.KEY_OUT_OF_RANGE: (
        range(2, SIZE),
        note_changed(Code.KEY_OUT_OF_RANGE, lambda head: head.sign(FIRST).decode()),
    ),
    Code.CLOCK_BACK: (LATER, clock_moved(-timedelta(hours=2))),
    Code.CLOCK_JUMP: (LATER, clock_moved(timedelta(hours=2))),
    Code.UNVERIFIABLE: (ALL, version_unknown),
}
BESIDE = {"RUN_INCOMPLETE"}  # a row that is gone, added or moved leaves a gap in its run


@pytest.mark.parametrize("code", BYTES)
def test_each_code_of_the_bytes_at_each_row(
    original: Path, rotated: Path, tmp_path: Path, code: Code
) -> None:
    rows, attack = BYTES[code]
    original = rotated if code is Code.KEY_OUT_OF_RANGE else original
    path, head = tmp_path / "copy.db", newest(original)
    assert judged(original, head) == []
    for row in rows:
        shutil.copy(original, path)
        expected = attack(path, row)
        found = [place for place in judged(path, head) if place[0] not in BESIDE]
        assert sorted(found) == sorted(expected), row


@pytest.mark.parametrize("guard", [*schema.TRIGGERS])
def test_each_guard_of_the_schema_taken_away(original: Path, tmp_path: Path, guard: str) -> None:
    path = tmp_path / "copy.db"
    shutil.copy(original, path)
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute(f"DROP TRIGGER {guard}")
    assert judged(path, newest(original)) == [("SCHEMA_WEAKENED", None)]


# Deeds: two runs of one procedure, the second signed by a supervisor


@pytest.fixture(scope="module")
def desk() -> Desk:
    played = Desk(REAL)
    for name in ("a standard change closes", "the second person is another person"):
        played.play(CHANGE, next(case for case in scenarios_of(CHANGE)[1] if case.name.startswith(name)))
    return played


def deeds(desk: Desk, edit: Callable[[Rows], Any]) -> list[Place]:
    rows = copy.deepcopy(bodies(desk.ledger))
    changed = edit(rows)
    return found(resigned(desk.ledger, rows if changed is None else changed), desk.opened)


def test_an_act_by_nobody_before_each_row(desk: Desk) -> None:
    rows = bodies(desk.ledger)
    for n in range(2, len(rows)):
        if rows[n]["run"] != rows[n - 1]["run"]:
            continue
        note = {**copy.deepcopy(rows[n - 1]), "type": "NoteAdded", "actor": None, "key": "ab" * 16}

        def put(rows: Rows, n: int = n, note: dict[str, Any] = note) -> None:
            rows.insert(n, note)

        assert deeds(desk, put)[0] == ("ILLEGAL_TRANSITION", n)


@pytest.mark.parametrize(("part", "value"), [("digest", "ab" * 32), ("id", "refund"), ("revision", 77)])
def test_another_text_in_each_row(desk: Desk, part: str, value: object) -> None:
    rows = bodies(desk.ledger)
    for n in range(1, len(rows)):

        def other(rows: Rows, n: int = n) -> None:
            rows[n]["procedure"] = {**rows[n]["procedure"], part: value}

        unknown = rows[n]["type"] == "RunStarted" and part == "digest"
        assert (("UNVERIFIABLE" if unknown else "PROCEDURE_MISMATCH"), n) in deeds(desk, other)


def test_each_proof_used_again(desk: Desk) -> None:
    """Whatever proof stands in a row is the one that the first row with a proof used."""
    rows = bodies(desk.ledger)

    def proofs(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
        for piece in row["evidence"]:
            yield from (one for one in (piece, *piece.get("factors", ())) if one.get("ref"))

    used = [n for n, row in enumerate(rows) if list(proofs(row))]
    assert len(used) >= 3
    for n in used[1:]:

        def again(rows: Rows, n: int = n) -> None:
            for one in proofs(rows[n]):
                one["ref"] = next(proofs(rows[used[0]]))["ref"]

        assert deeds(desk, again)[0] == ("FACTOR_REUSED", n)


def test_each_signature_by_whoever_worked(desk: Desk) -> None:
    rows = bodies(desk.ledger)
    signed = [n for n, row in enumerate(rows) if row["type"] == "SignatureGiven"]
    assert signed
    for n in signed:
        agent = next(row["actor"] for row in rows if row["run"] == rows[n]["run"] and row["actor"])

        def alone(rows: Rows, n: int = n, agent: str = agent) -> None:
            rows[n]["actor"] = agent

        assert deeds(desk, alone)[0] == ("SAME_PERSON", n)


def test_each_gain_of_a_control_left_out(desk: Desk) -> None:
    """All of an item is left out and the way made to lead past it: the next act that needs it is named."""
    rows = bodies(desk.ledger)
    run = rows[1]["run"]
    for node in ("change-request", "caller-identity", "consent", "system-log"):
        before = next(n for n, row in enumerate(rows) if row["run"] == run and row["to"] == node)
        after = next(row["to"] for row in rows if row["run"] == run and row["at"] == node and row["to"])

        def past(rows: Rows, node: str = node, before: int = before, after: str = after) -> Rows:
            rows[before]["to"] = after
            return [row for row in rows if (row["run"], row["at"]) != (run, node)]

        kept = past(copy.deepcopy(rows))
        needs = "closed" if node == "system-log" else "apply-change"
        acted = next(n for n, row in enumerate(kept) if row["run"] == run and row["to"] == needs)
        assert ("CONTROL_SKIPPED", acted) in deeds(desk, past), node


def test_each_end_of_a_run_that_stops_early(desk: Desk) -> None:
    """What a rule leads to has to come; where a person had to act the run is merely open."""
    rows = bodies(desk.ledger)
    run = rows[1]["run"]
    size = sum(row["run"] == run for row in rows)
    for n in range(2, size + 1):
        found = deeds(desk, lambda rows, n=n: rows[:n])  # type: ignore[misc]  # a default binds the loop's value
        named = [("RUN_INCOMPLETE", n - 1)]
        if rows[n]["actor"] is None:
            assert found == named, n
        elif rows[n]["key"] == rows[n - 1]["key"]:
            assert found in ([], named), n
        else:
            assert found == [], n


def test_each_commitment_without_its_value(desk: Desk) -> None:
    rows = bodies(desk.ledger)
    holding = [n for n, row in enumerate(rows) if list(commitments(row["evidence"]))]
    assert holding

    def payloads(
        examine: Callable[[str], Mapping[str, Opened | None]], erased: tuple[str, ...]
    ) -> list[Place]:
        taken = Payloads(examine)
        for n, row in enumerate(rows):
            taken.take(n, row)
        factors = [{"factor": "passphrase", "factor_kind": "knowledge", "ref": ""}]
        signature = {"kind": "sign_off", "approved": True, "factors": factors}
        about = {"kind": "erased", "subject": "C", "run": "", "commitments": list(erased)}
        taken.take(
            len(rows), {**rows[0], "type": "SubjectErased", "actor": "ana", "evidence": [about, signature]}
        )
        return [(str(one.code), one.index) for one in taken.finish()]

    for n in holding:
        names = tuple(commitments(rows[n]["evidence"]))
        same = [m for m in holding if set(names) & set(commitments(rows[m]["evidence"]))]

        def kept(run: str, names: tuple[str, ...] = names) -> Mapping[str, Opened | None]:
            return {name: one for name, one in desk.opened(run).items() if name not in names}

        def spoilt(run: str, names: tuple[str, ...] = names) -> Mapping[str, Opened | None]:
            return {name: None if name in names else one for name, one in desk.opened(run).items()}

        assert payloads(desk.opened, ()) == []
        assert payloads(kept, ()) == [("PAYLOAD_MISSING", m) for m in same]
        assert payloads(spoilt, ()) == [("PAYLOAD_ALTERED", m) for m in same]
        assert payloads(kept, names) == [("ERASED_OK", m) for m in same]


DEEDS: Mapping[Code, Callable[..., None]] = {
    Code.SCHEMA_WEAKENED: test_each_guard_of_the_schema_taken_away,
    Code.ILLEGAL_TRANSITION: test_an_act_by_nobody_before_each_row,
    Code.PROCEDURE_MISMATCH: test_another_text_in_each_row,
    Code.FACTOR_REUSED: test_each_proof_used_again,
    Code.SAME_PERSON: test_each_signature_by_whoever_worked,
    Code.CONTROL_SKIPPED: test_each_gain_of_a_control_left_out,
    Code.RUN_INCOMPLETE: test_each_end_of_a_run_that_stops_early,
    Code.PAYLOAD_MISSING: test_each_commitment_without_its_value,
    Code.PAYLOAD_ALTERED: test_each_commitment_without_its_value,
    Code.ERASED_OK: test_each_commitment_without_its_value,
}


def test_every_code_is_in_the_matrix() -> None:
    assert {*BYTES, *DEEDS} == set(Code)
