"""Each basic tampering on each row of a small log: the code, the place, and nothing on a clean log."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from sop_runner.audit.checkpoint import Checkpoint
from sop_runner.audit.entry import Draft
from sop_runner.audit.findings import Code, Outcome, Trust, Verdict
from sop_runner.audit.log import LedgerKind, origin
from sop_runner.audit.note import Ed25519Signer, Note, VerifierKey
from sop_runner.audit.tree import Frontier
from sop_runner.audit.verify import verify
from sop_runner.base.canonical import canonical_bytes
from sop_runner.base.clock import ManualClock
from sop_runner.base.errors import ExitCode
from sop_runner.stores import schema
from sop_runner.stores.memory import MemoryLedger
from sop_runner.stores.sqlite import SqliteLedger
from tests.verifying import verify_file

LOG = "0123456789abcdef0123456789abcdef"
SIGNER = Ed25519Signer(origin(LedgerKind.LIVE, LOG), bytes(range(32)))
THIEF = Ed25519Signer(origin(LedgerKind.LIVE, LOG), bytes(32))
RUNS = ("A", "B", "A", "A", "B", None, "A", "B", "C")
SIZE = len(RUNS) + 1
ROWS = range(SIZE)
Tamper = Callable[[sqlite3.Connection], None]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("log") / "desk.db"
    clock = ManualClock(datetime(2026, 3, 1, 9, 0, tzinfo=UTC))
    ledger = SqliteLedger.create(path, LOG, LedgerKind.LIVE, SIGNER, clock.now())
    at: dict[str | None, int] = {}
    for number, run in enumerate(RUNS):
        clock.advance(timedelta(seconds=20))
        facts = ({"answer": f"value {number}"},)
        draft = Draft(type="StepDone", key=f"{number:032x}", ts=clock.now(), actor="p-ana", evidence=facts)
        ledger.append(run, at.get(run, 0), [draft])
        at[run] = at.get(run, 0) + 1
    ledger.close()
    return path


@pytest.fixture
def tampered(original: Path, tmp_path: Path) -> Callable[[Tamper], Verdict]:
    """Verify a copy that `tamper` changed while the triggers were off, as the file's owner can."""

    def apply(tamper: Tamper, pinned: tuple[VerifierKey, ...] = (SIGNER.verifier,)) -> Verdict:
        path = tmp_path / "copy.db"
        shutil.copy(original, path)
        db = sqlite3.connect(path, isolation_level=None)
        for name in schema.TRIGGERS:
            db.execute(f"DROP TRIGGER {name}")
        tamper(db)
        for statement in schema.TRIGGERS.values():
            db.execute(statement)
        db.close()
        return verify_file(path, pinned)

    return apply


def places(verdict: Verdict) -> list[tuple[str, int | None]]:
    return [(str(finding.code), finding.index) for finding in verdict.findings]


def rewrite(db: sqlite3.Connection, row: int, *, fit: bool = False, **changes: Any) -> None:
    (body,) = db.execute("SELECT body FROM entry WHERE seq = ?", (row,)).fetchone()
    new = canonical_bytes(json.loads(body) | changes)
    db.execute("UPDATE entry SET body = ? WHERE seq = ?", (new.decode(), row))
    if fit:
        db.execute("UPDATE entry SET leaf = ? WHERE seq = ?", (sha256(b"\0" + new).digest(), row))


def renumber(db: sqlite3.Connection, start: int, by: int) -> None:
    db.execute("UPDATE entry SET seq = -1000 - seq WHERE seq >= ?", (start,))
    db.execute("UPDATE entry SET seq = -1000 - seq + ? WHERE seq <= -1000", (by,))


def test_a_clean_log_has_no_findings(tampered: Callable[..., Verdict]) -> None:
    verdict = tampered(lambda db: None)
    assert verdict == Verdict(Trust.PINNED, SIZE, 0, SIZE, (), (SIGNER.verifier,))
    assert (verdict.outcome, verdict.exit_code) == (Outcome.CLEAN, ExitCode.OK)
    assert verdict.to_json() == {
        "verdict": "clean",
        "trust": "PINNED",
        "entries": SIZE,
        "size_anchored": 0,
        "findings": [],
    }
    assert tampered(lambda db: None, pinned=()).trust is Trust.SELF_ASSERTED


@pytest.mark.parametrize("seq", ROWS)
def test_an_edited_body(tampered: Callable[..., Verdict], seq: int) -> None:
    verdict = tampered(lambda db: rewrite(db, seq, actor="p-eve"))
    assert places(verdict) == [("FIELD_MODIFIED", seq)]
    assert verdict.findings[0].run == (RUNS[seq - 1] if seq else None)
    assert verdict.exit_code is ExitCode.NOT_VERIFIED


@pytest.mark.parametrize("seq", ROWS)
def test_an_edited_body_with_its_leaf_made_to_fit(tampered: Callable[..., Verdict], seq: int) -> None:
    assert places(tampered(lambda db: rewrite(db, seq, fit=True, actor="p-eve"))) == [("FIELD_MODIFIED", seq)]


@pytest.mark.parametrize("seq", ROWS)
@pytest.mark.parametrize("name", ["seq", "prev", "run_seq", "run_prev", "log"])
@pytest.mark.parametrize("fit", [False, True])
def test_an_edited_link(tampered: Callable[..., Verdict], seq: int, name: str, fit: bool) -> None:
    value: Any = 77 if name.endswith("seq") else "ab" * 32
    found = places(tampered(lambda db: rewrite(db, seq, fit=fit, **{name: value})))
    assert found == [("FIELD_MODIFIED", seq)]


@pytest.mark.parametrize("seq", ROWS)
def test_an_edited_leaf(tampered: Callable[..., Verdict], seq: int) -> None:
    verdict = tampered(lambda db: db.execute("UPDATE entry SET leaf = zeroblob(32) WHERE seq = ?", (seq,)))
    assert places(verdict) == [("FIELD_MODIFIED", seq)]


@pytest.mark.parametrize("seq", ROWS)
@pytest.mark.parametrize(
    "edit", ["body || ' '", "replace(body, ',', ', ')", "'[1]'", "replace(body, '\"v\":1', '\"v\":1.0')"]
)
def test_bytes_that_are_not_canonical(tampered: Callable[..., Verdict], seq: int, edit: str) -> None:
    def tamper(db: sqlite3.Connection) -> None:
        db.execute("PRAGMA ignore_check_constraints = ON")
        db.executescript("PRAGMA writable_schema = ON")
        db.execute(f"UPDATE entry SET body = {edit} WHERE seq = ?", (seq,))

    if edit == "'[1]'":
        with pytest.raises(sqlite3.IntegrityError):  # the generated columns refuse it already
            tampered(tamper)
    else:
        assert places(tampered(tamper)) == [("FIELD_MODIFIED", seq)]


@pytest.mark.parametrize("seq", range(SIZE - 1))
def test_a_deleted_row(tampered: Callable[..., Verdict], seq: int) -> None:
    def gone(db: sqlite3.Connection) -> None:
        db.execute("DELETE FROM entry WHERE seq = ?", (seq,))

    def closed_up(db: sqlite3.Connection) -> None:
        gone(db)
        renumber(db, seq + 1, -1)

    for tamper in (gone, closed_up):
        found = places(tampered(tamper))
        assert ("ROW_DELETED", seq) in found
        assert {code for code, _ in found} <= {"ROW_DELETED", "RUN_INCOMPLETE"}


def test_several_rows_deleted(tampered: Callable[..., Verdict]) -> None:
    found = places(tampered(lambda db: db.execute("DELETE FROM entry WHERE seq IN (2, 3, 6)")))
    assert [place for place in found if place[0] == "ROW_DELETED"] == [("ROW_DELETED", 2), ("ROW_DELETED", 6)]


def test_the_newest_rows_deleted_under_their_checkpoints(tampered: Callable[..., Verdict]) -> None:
    found = places(tampered(lambda db: db.execute("DELETE FROM entry WHERE seq > 6")))
    assert ("TAIL_TRUNCATED", 7) in found


@pytest.mark.parametrize("seq", range(1, SIZE))
def test_an_inserted_row(tampered: Callable[..., Verdict], seq: int) -> None:
    def tamper(db: sqlite3.Connection) -> None:
        (body, prev) = db.execute("SELECT body, prev FROM entry WHERE seq = ?", (seq,)).fetchone()
        renumber(db, seq, +1)
        new = canonical_bytes(json.loads(body) | {"run": "Z", "run_seq": 0, "prev": prev[::-1]})
        leaf = sha256(b"\0" + new).digest()
        db.execute("INSERT INTO entry (seq, body, leaf) VALUES (?, ?, ?)", (seq, new.decode(), leaf))

    assert places(tampered(tamper)) == [("ROW_INSERTED", seq)]


def test_a_row_added_at_the_end_is_under_no_signature(tampered: Callable[..., Verdict]) -> None:
    def tamper(db: sqlite3.Connection) -> None:
        body, leaf = db.execute("SELECT body, leaf FROM entry WHERE seq = ?", (SIZE - 1,)).fetchone()
        more = {"seq": SIZE, "prev": leaf.hex(), "run_seq": 1, "run_prev": leaf.hex()}
        new = canonical_bytes(json.loads(body) | more)
        leaf = sha256(b"\0" + new).digest()
        db.execute("INSERT INTO entry (seq, body, leaf) VALUES (?, ?, ?)", (SIZE, new.decode(), leaf))

    assert ("SIG_MISSING", SIZE) in places(tampered(tamper))


@pytest.mark.parametrize("pair", [(1, 2), (4, 5), (8, 9), (1, 8), (3, 6), (2, 9)])
def test_two_rows_exchanged(tampered: Callable[..., Verdict], pair: tuple[int, int]) -> None:
    def tamper(db: sqlite3.Connection) -> None:
        one, two = pair
        for old, new in ((one, -1), (two, one), (-1, two)):
            db.execute("UPDATE entry SET seq = ? WHERE seq = ?", (new, old))

    found = places(tampered(tamper))
    assert {code for code, _ in found} == {"REORDERED"}
    assert {index for _, index in found} <= set(pair)
    assert len(found) == (1 if pair[1] - pair[0] == 1 else 2)


def note_of(db: sqlite3.Connection, size: int) -> str:
    return str(db.execute("SELECT note FROM checkpoint WHERE size = ?", (size,)).fetchone()[0])


def put_note(db: sqlite3.Connection, size: int, note: str) -> None:
    db.execute("UPDATE checkpoint SET note = ? WHERE size = ?", (note, size))


@pytest.mark.parametrize("size", range(1, SIZE + 1))
def test_changed_checkpoints(tampered: Callable[..., Verdict], size: int) -> None:
    def text(db: sqlite3.Connection) -> None:
        head = Checkpoint.parse(Note.parse(note_of(db, size).encode()))
        forged = Checkpoint(head.origin, head.size, bytes(32)).text
        put_note(db, size, note_of(db, size).replace(head.text, forged))

    def unsigned(db: sqlite3.Connection) -> None:
        put_note(db, size, note_of(db, size).partition("\n\n")[0] + "\n\n")

    def by_thief(db: sqlite3.Connection) -> None:
        head = Checkpoint.parse(Note.parse(note_of(db, size).encode()))
        put_note(db, size, head.sign(THIEF).decode())

    def rubbish(db: sqlite3.Connection) -> None:
        put_note(db, size, "rubbish")

    at = size - 1
    assert places(tampered(text)) == [("SIG_FORGED", at)]
    assert places(tampered(unsigned)) == [("SIG_MISSING", at)]
    assert places(tampered(by_thief)) == [("REKEYED", at)]
    assert places(tampered(rubbish)) == [("SIG_FORGED", at)]


def test_the_newest_checkpoint_deleted(tampered: Callable[..., Verdict]) -> None:
    found = places(tampered(lambda db: db.execute("DELETE FROM checkpoint WHERE size = ?", (SIZE,))))
    assert found == [("SIG_MISSING", SIZE - 1)]


def test_a_changed_node(tampered: Callable[..., Verdict]) -> None:
    def tamper(db: sqlite3.Connection) -> None:
        db.execute('UPDATE node SET hash = zeroblob(32) WHERE level = 1 AND "index" = 2')

    assert places(tampered(tamper)) == [("COLUMN_MISMATCH", 4)]
    assert places(tampered(lambda db: db.execute("DELETE FROM node WHERE level = 3"))) == [
        ("COLUMN_MISMATCH", 0)
    ]


def rewritten(db: sqlite3.Connection, start: int, signer: Ed25519Signer) -> None:
    """What a thorough forger does: edit a row, then make every later hash and root fit."""
    frontier, link, runs = Frontier(), "0" * 64, dict[str, str]()
    db.execute("DELETE FROM node")
    for seq, body in db.execute("SELECT seq, body FROM entry ORDER BY seq").fetchall():
        raw = json.loads(body)
        if seq == start:
            raw["actor"] = "p-eve"
        raw["prev"] = link
        if raw["run"]:
            raw["run_prev"] = runs.get(raw["run"], "0" * 64)
        new = canonical_bytes(raw)
        leaf = sha256(b"\0" + new).digest()
        link = leaf.hex()
        runs[raw["run"]] = link
        db.execute("UPDATE entry SET body = ?, leaf = ? WHERE seq = ?", (new.decode(), leaf, seq))
        db.executemany("INSERT INTO node VALUES (?, ?, ?)", frontier.push(leaf)[1:])
        if signer is not SIGNER:
            head = Checkpoint(SIGNER.verifier.name, seq + 1, frontier.root())
            put_note(db, seq + 1, head.sign(signer).decode())


@pytest.mark.parametrize("seq", ROWS)
def test_history_rewritten_without_the_key(tampered: Callable[..., Verdict], seq: int) -> None:
    assert places(tampered(lambda db: rewritten(db, seq, SIGNER)))[0] == ("FIELD_MODIFIED", seq)
    found = places(tampered(lambda db: rewritten(db, seq, THIEF)))
    assert {code for code, _ in found} >= {"REKEYED"}


def test_a_log_made_anew_by_another_key_does_not_pass_the_pin() -> None:
    clock = ManualClock(datetime(2026, 3, 1, tzinfo=UTC))
    forged = MemoryLedger(LOG, LedgerKind.LIVE, THIEF, clock.now())
    assert verify(forged).outcome is Outcome.CLEAN  # self-asserted: consistent, and no more
    verdict = verify(forged, (SIGNER.verifier,))
    assert (verdict.outcome, verdict.trust) == (Outcome.TAMPERED, Trust.PINNED)
    assert ("REKEYED", 0) in places(verdict)


@pytest.mark.parametrize("pinned", [(SIGNER.verifier,), ()])
def test_a_log_without_entries_is_never_a_pass(
    tampered: Callable[..., Verdict], pinned: tuple[VerifierKey, ...]
) -> None:
    verdict = tampered(lambda db: db.execute("DELETE FROM entry"), pinned)
    assert "UNVERIFIABLE" in [code for code, _ in places(verdict)]
    assert verdict.exit_code is not ExitCode.OK

    def emptied(db: sqlite3.Connection) -> None:
        for table in ("entry", "node", "checkpoint"):
            db.execute(f"DELETE FROM {table}")

    verdict = tampered(emptied, pinned)
    assert verdict.exit_code is ExitCode.UNVERIFIABLE


def test_an_unknown_version_is_not_a_pass(tampered: Callable[..., Verdict]) -> None:
    verdict = tampered(lambda db: rewrite(db, 3, fit=True, v=2))
    assert ("UNVERIFIABLE", 3) in places(verdict)


def test_columns_that_no_longer_come_from_the_body(original: Path, tmp_path: Path) -> None:
    path = tmp_path / "copy.db"
    shutil.copy(original, path)
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA writable_schema = ON")
    db.execute(
        "UPDATE sqlite_schema SET sql = replace(sql, 'json_extract(body, ''$.actor'')', '''p-bob''')"
        " WHERE name = 'entry'"
    )
    db.close()
    found = places(verify_file(path, (SIGNER.verifier,)))
    assert found[0] == ("SCHEMA_WEAKENED", None)
    assert found[1:] == [("COLUMN_MISMATCH", seq) for seq in ROWS]


def test_only_the_newest_signature_when_asked(original: Path) -> None:
    verdict = verify_file(original, (SIGNER.verifier,), every_signature=False)
    assert (verdict.outcome, verdict.signatures) == (Outcome.CLEAN, 1)


@pytest.mark.parametrize(
    ("wall_s", "passed_s", "code"), [(-30, 1, Code.CLOCK_BACK), (90, 1, Code.CLOCK_JUMP), (1, 1, None)]
)
def test_the_clock_against_itself(wall_s: int, passed_s: int, code: Code | None) -> None:
    class Odd(ManualClock):
        shift = timedelta(0)

        def now(self) -> Any:
            stamp = super().now()
            return type(stamp)(stamp.wall + self.shift, stamp.mono_ns, stamp.boot)

    clock = Odd(datetime(2026, 3, 1, tzinfo=UTC))
    for kind, expected in ((LedgerKind.LIVE, code), (LedgerKind.TRAINING, None)):
        clock.shift = timedelta(0)
        signer = Ed25519Signer(origin(kind, LOG), bytes(32))
        ledger = MemoryLedger(LOG, kind, signer, clock.now())
        clock.advance(timedelta(seconds=passed_s))
        clock.shift = timedelta(seconds=wall_s - passed_s)
        ledger.append("A", 0, [Draft(type="StepDone", key="a", ts=clock.now())])
        verdict = verify(ledger)
        assert [f.code for f in verdict.findings] == ([expected] if expected else [])
        assert verdict.outcome is Outcome.CLEAN  # warnings spoil nothing
