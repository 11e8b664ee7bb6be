"""A log verified in parts says what it says verified as one, clean or not, wherever it is cut."""

import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from sop_runner.audit.entry import ZERO, Draft
from sop_runner.audit.keyring import ENROLLED, ROTATED, Keyring, key_evidence
from sop_runner.audit.log import LedgerKind, Opening, origin
from sop_runner.audit.note import Ed25519Signer
from sop_runner.audit.seals import Seals
from sop_runner.audit.stretches import Clean, joined, joint_at, stretches
from sop_runner.audit.walk import Joint, Stretch, walk
from sop_runner.base.clock import Stamp
from sop_runner.stores.reader import SqliteSource
from sop_runner.stores.sqlite import SqliteLedger
from tests.attack.logs import START
from tests.attack.rewriting import owned
from tests.attack.test_keys import Holder

LOG = "3c" * 16
ORIGIN = origin(LedgerKind.LIVE, LOG)
FIRST, SECOND, THIRD = (Ed25519Signer(ORIGIN, bytes([n]) * 32) for n in range(1, 4))
SIZE = 41
CUTS = (1, 2, 3, 7, 8, 16, 40, 64)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five runs, two changes of keys, clocks set back and forward, several entries to a commit now and then."""
    path = tmp_path_factory.mktemp("log") / "desk.db"
    holder, ticks, set_by = Holder(FIRST), count(), 0

    def now() -> Stamp:
        tick = next(ticks)
        return Stamp(START + timedelta(seconds=tick + set_by), tick * 10**9, "boot" if tick < 30 else "other")

    ledger = SqliteLedger.create(path, LOG, LedgerKind.LIVE, holder, now())

    def add(kind: str, run: str | None, at: int, *evidence: dict[str, str], times: int = 1) -> None:
        ts = now()
        draft = Draft(type=kind, key=f"{ts.mono_ns:032x}", ts=ts, actor="ana", evidence=evidence)
        ledger.append(run, at, [draft] * times)

    at: dict[str, int] = {}
    for number in range(20):
        run = f"run-{number % 5}"
        add("NoteAdded", run, at.get(run, 0), times=1 + number % 3)
        at[run] = at.get(run, 0) + 1 + number % 3
        if number in (6, 13):
            signer, old = (SECOND, None) if number == 6 else (THIRD, FIRST.verifier)
            add(ROTATED if old else ENROLLED, None, 0, key_evidence(ORIGIN, signer, "second", old))
            holder.signer = SECOND if number == 6 else THIRD
        set_by = {4: -90, 9: 600}.get(number, set_by)
    ledger.close()
    return path


@pytest.fixture
def source(original: Path, tmp_path: Path) -> Iterator[SqliteSource]:
    found = SqliteSource(original)
    yield found
    found.close()


def verified(source: SqliteSource, each: int) -> tuple[Clean, object] | None:
    """What is found in stretches of that many entries, and the state of the keys."""
    opening = Opening(LOG, LedgerKind.LIVE, FIRST.verifier)
    seals = Seals(ORIGIN, Keyring(ORIGIN, FIRST.verifier))
    first = Joint(0, ZERO, (), seals.state)

    def parts() -> Iterator[Stretch | None]:
        for start, stop in stretches(0, source.size, each):
            joint = joint_at(source, ORIGIN, first, start) if start else first
            yield joint and walk(source, opening, joint, stop, every_signature=start % 2 == 0)

    clean = joined(parts(), first, seals)
    return clean and (clean, seals.state)


def test_cut_anywhere_a_clean_log_is_as_clean(source: SqliteSource) -> None:
    whole = verified(source, 1000)
    assert whole is not None
    assert {str(finding.code) for finding in whole[0].warnings} == {"CLOCK_BACK", "CLOCK_JUMP"}
    for each in CUTS:
        assert verified(source, each) == whole


EDITS = {
    "body": "UPDATE entry SET body = replace(body, 'ana', 'bob') WHERE seq = {at}",
    "leaf": "UPDATE entry SET leaf = zeroblob(32) WHERE seq = {at}",
    "gone": "DELETE FROM entry WHERE seq = {at}",
    "node": 'UPDATE node SET hash = zeroblob(32) WHERE level = 1 AND "index" = {at} / 2',
    "no node": 'DELETE FROM node WHERE level = 2 AND "index" = {at} / 4',
    "note": "UPDATE checkpoint SET note = replace(note, 'sop', 'sip') WHERE size = (SELECT max(size) FROM checkpoint WHERE size <= {at} + 1)",
    "size": "UPDATE checkpoint SET size = 1000 + size WHERE size = (SELECT max(size) FROM checkpoint WHERE size <= {at} + 1)",
}


@pytest.mark.parametrize("edit", EDITS)
def test_cut_anywhere_no_edit_of_any_row_passes(original: Path, tmp_path: Path, edit: str) -> None:
    for at in range(1, 36, 3):
        path = tmp_path / f"{at}.db"
        path.write_bytes(original.read_bytes())
        with owned(path) as db:
            before = db.total_changes
            try:
                db.execute(EDITS[edit].format(at=at))
            except sqlite3.IntegrityError:
                continue
            if db.total_changes == before:
                continue
        source = SqliteSource(path)
        assert [verified(source, each) for each in (1000, 8, at)] == [None] * 3, at
        source.close()
