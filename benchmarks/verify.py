"""Verifying a whole log, with and without replay, against the least that any verifier has to do."""

import json
import sqlite3
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.measure import Row, duration, interleaved, timed
from sop_runner.audit.entry import Draft
from sop_runner.audit.findings import Trust
from sop_runner.audit.log import LedgerKind
from sop_runner.authoring.rehearse import rehearse
from sop_runner.authoring.scenario_expand import expand
from sop_runner.authoring.scenario_load import load_scenarios
from sop_runner.base.canonical import encode_checked
from sop_runner.desk.examined import examined
from sop_runner.desk.layout import Layout
from sop_runner.desk.storing import store_of
from sop_runner.review.verifying import Trusted, verify_log
from sop_runner.stores.personal import Personal
from sop_runner.stores.reader import SqliteSource
from sop_runner.wiring import create_desk, open_desk, rehearsal_stage

TITLE = "(i) Verifying a log of closed runs, a process on one core, an entry"
RUNS, EACH_COMMIT = 600, 2
PROCEDURES = Path(__file__).parents[1] / "procedures"
NEWEST = (0.1, 0.01)
DAILY = "the daily check of the newest {share:.0%}, an entry of these"
FLOOR = "scan, parse, canonical compare, hash and link"
BYTES, WHOLE = "integrity: and tree, nodes, checkpoints, schema", "and every run replayed, values compared"


def main() -> list[Row]:
    """The floor over each, so that 1.0 is the floor's own speed."""
    with TemporaryDirectory() as folder:
        desk = Path(folder) / "desk"
        path, entries = big_log(desk)
        layout = Layout(desk, training=True)
        cases = {
            FLOOR: timed(lambda: bare(path), entries),
            BYTES: timed(lambda: verified(layout, integrity_only=True), entries),
            WHOLE: timed(lambda: verified(layout, integrity_only=False), entries),
        }
        for share in NEWEST:
            note = checkpoint(path, entries - int(entries * share))
            cases[DAILY.format(share=share)] = timed(
                lambda note=note: verified(layout, integrity_only=False, since=note), int(entries * share)
            )
        medians = interleaved(cases, 5)
    aims = {BYTES: 0.85, WHOLE: 0.6}
    return [
        Row(
            f"{name} ({1 / seconds:,.0f}/s)",
            duration(seconds),
            medians[FLOOR] / seconds,
            aims.get(name),
            True,
        )
        for name, seconds in medians.items()
    ]


def checkpoint(path: Path, size: int) -> bytes:
    """The newest checkpoint of at most that many entries."""
    connection = sqlite3.connect(path)
    sql = "SELECT CAST(note AS BLOB) FROM checkpoint WHERE size <= ? ORDER BY size DESC LIMIT 1"
    (note,) = connection.execute(sql, (size,)).fetchone()
    connection.close()
    return bytes(note)


def bare(path: Path) -> None:
    """The floor, in plain Python with the driver."""
    connection, link = sqlite3.connect(path), "0" * 64
    for body, leaf in connection.execute("SELECT CAST(body AS BLOB), leaf FROM entry ORDER BY seq"):
        digest = sha256(b"\x00" + body).digest()
        raw = json.loads(body)
        if digest != leaf or raw["prev"] != link or encode_checked(raw) != body:
            raise AssertionError("the log is not what it should be")
        link = digest.hex()
    connection.close()


def verified(layout: Layout, *, integrity_only: bool, since: bytes | None = None) -> None:
    """The verification that `sop audit verify` does."""
    source = SqliteSource(layout.ledger)
    with examined(store_of(layout)) as examine:
        verdict = verify_log(
            source, Trusted((), Trust.SELF_ASSERTED), (), examine, kind=LedgerKind.TRAINING,
            integrity_only=integrity_only, every_signature=False, since=since,
        )  # fmt: skip
    source.close()
    if verdict.findings:
        raise AssertionError(verdict.findings)


def big_log(desk: Path) -> tuple[Path, int]:
    """A training ledger with one real run, written again and again under other names."""
    create_desk(desk)
    scenarios = PROCEDURES / "account-change.scenarios.yaml"
    loaded = load_scenarios(scenarios.read_bytes(), scenarios.name)
    cases, _ = expand(loaded, lambda name: (PROCEDURES / name).read_bytes())
    with rehearsal_stage(desk, PROCEDURES / "account-change.yaml") as make:
        stage = make()
        rehearse(cases[0], stage, loaded.source)
        assert stage.run is not None
        first = stage.run.id
    opened = open_desk(desk, training=True)
    ledger, vault = opened.context.ledger, opened.context.vault
    entries, kept = ledger.entries(first), vault.open_all(first)
    for number in range(RUNS):
        name = f"RUN-{number:06d}"
        again = [_renamed(entry, first, name) for entry in entries]
        vault.put_all(Personal(name, one.name, f"C-{number}", one.salt, one.value) for one in kept.values())
        for start in range(0, len(again), EACH_COMMIT):
            key = f"{number:024x}{start:08x}"
            drafts = [Draft(**{**fields, "key": key}) for fields in again[start : start + EACH_COMMIT]]
            ledger.append(name, start, drafts)
    size = ledger.size()
    opened.close()
    return Layout(desk, training=True).ledger, size


def _renamed(entry: Any, old: str, new: str) -> Mapping[str, Any]:
    names = ("type", "procedure", "at", "arrow", "to", "actor", "role", "outcome", "reason")
    evidence = json.loads(json.dumps(entry.evidence).replace(old, new))
    return {**{name: getattr(entry, name) for name in names}, "ts": entry.ts, "evidence": tuple(evidence)}
