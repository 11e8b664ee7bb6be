"""Logs of real runs, and what an attacker who holds the signing key makes of them."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sop_runner.audit.entry import ZERO, Entry
from sop_runner.audit.log import LedgerKind, origin
from sop_runner.audit.note import Ed25519Signer
from sop_runner.authoring.rehearse import rehearse
from sop_runner.authoring.scenario_expand import Case
from sop_runner.base.canonical import canonical_bytes
from sop_runner.base.clock import ManualClock
from sop_runner.desk.context import Context
from sop_runner.desk.registry import Registry
from sop_runner.desk.stage import LedgerStage
from sop_runner.desk.tickets import LocalTickets
from sop_runner.review.between import crossed, reused
from sop_runner.review.beyond import read_leniently
from sop_runner.review.replay import Replay
from sop_runner.run.actions import Opened
from sop_runner.stores.memory import MemoryLedger
from sop_runner.stores.vault import Vault
from tests.unit.authoring.stages import procedure_of, scenarios_of

KIND = LedgerKind.TRAINING
LOG = "5e" * 16
SIGNER = Ed25519Signer(origin(KIND, LOG), bytes(range(32)))
START = datetime(2026, 11, 23, 8, tzinfo=UTC)
Body = dict[str, Any]


class Desk:
    """A rehearsal desk whose log and vault are in memory."""

    def __init__(self, folder: Path) -> None:
        self.ledger = MemoryLedger(LOG, KIND, SIGNER, ManualClock(START).now())
        self.vault = Vault.in_memory()
        self.registry = Registry(folder, self.ledger)
        tickets = LocalTickets(folder, training=True)
        self.context = Context(
            self.ledger, self.vault, ManualClock(START), self.registry, tickets, training=True
        )

    def play(self, scenarios: Path, case: Case) -> str:
        """Rehearse one case onto the log; the id of its run, empty where it never started."""
        text = self.registry.text(procedure_of(scenarios))
        plan = self.registry.plan(text)
        self.registry.keep(text)
        clock = ManualClock(START)
        stage = LedgerStage(replace(self.context, clock=clock), plan, clock)
        loaded, _ = scenarios_of(scenarios)
        result = rehearse(case, stage, loaded.source)
        assert result.deviation is None, (case.name, result.deviation)
        return stage.run.id if stage.run is not None else ""

    def opened(self, run: str) -> Mapping[str, Opened]:
        return {kept.name: Opened(kept.salt, kept.value) for kept in self.vault.open_all(run).values()}


def bodies(ledger: MemoryLedger) -> list[Body]:
    return [json.loads(entry.body) for entry in ledger.scan()]


def resigned(ledger: MemoryLedger, changed: Iterable[Body]) -> MemoryLedger:
    """The log that somebody with the key makes of `changed`: every number, link, hash and root fits."""
    forged = MemoryLedger(LOG, KIND, SIGNER, ManualClock(START).now())
    forged._procedures = dict(ledger._procedures)
    forged._entries.clear()
    forged._nodes.clear()
    forged._notes.clear()
    forged._frontier = type(forged._frontier)()
    link, runs = ZERO, dict[str, tuple[int, str]]()
    for seq, body in enumerate(changed):
        run_seq, run_prev = runs.get(body["run"], (0, ZERO)) if body["run"] else (None, None)
        fitting = {**body, "seq": seq, "prev": link, "run_seq": run_seq, "run_prev": run_prev}
        entry = Entry.parse(canonical_bytes(fitting))
        link = entry.leaf.hex()
        if body["run"] and run_seq is not None:
            runs[body["run"]] = (run_seq + 1, link)
        forged._write((entry,))
    return forged


def found(
    ledger: MemoryLedger, opened: Callable[[str], Mapping[str, Opened]]
) -> list[tuple[str, int | None]]:
    """Code and place of everything that a replay names."""
    replayed = Replay(ledger, KIND, opened)
    for index, body, _, _ in ledger.rows():
        replayed.take(index, read_leniently(body))
    named = [*replayed.finish(), *reused(replayed.uses), *crossed(replayed.turns)]
    return [(str(f.code), f.index) for f in sorted(named, key=lambda f: (f.index or 0, f.code))]
