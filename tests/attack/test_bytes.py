"""Several rows of one log changed at once, without the key: each is named, at its place."""

import json
import shutil
import sqlite3
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from random import Random

import pytest

from sop_runner.audit.entry import Draft
from sop_runner.audit.findings import Outcome
from sop_runner.audit.log import LedgerKind, origin
from sop_runner.audit.note import Ed25519Signer
from sop_runner.base.canonical import canonical_bytes
from sop_runner.base.clock import ManualClock
from sop_runner.stores.sqlite import SqliteLedger
from tests.attack.rewriting import owned
from tests.verifying import verify_file

LOG = "0b" * 16
SIGNER = Ed25519Signer(origin(LedgerKind.TRAINING, LOG), bytes(range(32)))
SIZE = 40


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("log") / "desk.db"
    clock = ManualClock(datetime(2026, 3, 1, 9, 0, tzinfo=UTC))
    ledger = SqliteLedger.create(path, LOG, LedgerKind.TRAINING, SIGNER, clock.now())
    for number in range(SIZE - 1):
        draft = Draft(
            type="Noted", key=f"{number:032x}", ts=clock.now(), actor="ana", reason=f"note {number}"
        )
        ledger.append(f"run-{number % 5}", number // 5, [draft])
    ledger.close()
    return path


def edited(db: sqlite3.Connection, row: int, *, fit: bool) -> None:
    (body,) = db.execute("SELECT body FROM entry WHERE seq = ?", (row,)).fetchone()
    data = canonical_bytes(json.loads(body) | {"reason": "another"})
    db.execute("UPDATE entry SET body = ? WHERE seq = ?", (data.decode(), row))
    if fit:
        db.execute("UPDATE entry SET leaf = ? WHERE seq = ?", (sha256(b"\0" + data).digest(), row))


@pytest.mark.parametrize("seed", range(20))
def test_edits_and_deletions_anywhere_are_all_named(original: Path, tmp_path: Path, seed: int) -> None:
    rng = Random(seed)
    path = tmp_path / "desk.db"
    shutil.copy(original, path)
    rows = rng.sample(range(1, SIZE - 1, 3), rng.randint(2, 7))
    expected = set()
    with owned(path) as db:
        for row in rows:
            what = rng.choice(("edited", "fitting", "deleted"))
            if what == "deleted":
                db.execute("DELETE FROM entry WHERE seq = ?", (row,))
                expected.add(("ROW_DELETED", row))
            else:
                edited(db, row, fit=what == "fitting")
                expected.add(("FIELD_MODIFIED", row))
    verdict = verify_file(path, (SIGNER.verifier,))
    places = {(str(finding.code), finding.index) for finding in verdict.findings}
    assert verdict.outcome is Outcome.TAMPERED
    assert expected <= places
    assert {code for code, _ in places - expected} <= {"RUN_INCOMPLETE"}


@pytest.mark.parametrize("seed", [*range(40), 1103, 1329, 2619, 4387, 5356])
def test_a_flipped_bit_of_the_file_is_never_a_pass_with_other_entries(
    original: Path, tmp_path: Path, seed: int
) -> None:
    """A flip is found, or lies where nothing is kept; an error in words counts as found.

    The last ones make bytes of the schema no text, which SQLite then quotes, and a note, a body and a node's place nothing.
    """
    rng = Random(seed)
    data = bytearray(original.read_bytes())
    data[rng.randrange(100, len(data))] ^= 1 << rng.randrange(8)
    path = tmp_path / "desk.db"
    path.write_bytes(data)
    try:
        verdict = verify_file(path, (SIGNER.verifier,))
    except Exception as error:  # noqa: BLE001 - which one is asked below
        assert type(error).__name__ in ("Unverifiable", "NotVerified", "StoreFailed", "UsageError"), error  # noqa: PT017
        return
    if verdict.outcome is Outcome.CLEAN:
        assert entries(path) == entries(original)


def entries(path: Path) -> list[tuple[int, bytes, bytes]]:
    db = sqlite3.connect(path)
    try:
        return db.execute("SELECT seq, CAST(body AS BLOB), leaf FROM entry ORDER BY seq").fetchall()
    finally:
        db.close()
