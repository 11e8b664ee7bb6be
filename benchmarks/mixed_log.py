"""A long log as a busy desk leaves it: every shipped procedure, each run under people and proofs of its own.

Half of the runs of a procedure go the usual way, which is the first scenario of its file, the others any other
way that a scenario shows, refusals, holds, corrections and overruns included. Thirty runs are open at a time, and
each action is a commit. Where many are `left`, as many of them stop somewhere and are never ended. Written in large transactions, byte for byte as the desk would.
"""

import json
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

from sop_runner.audit.chain import Place, chain
from sop_runner.audit.checkpoint import Checkpoint
from sop_runner.audit.entry import ZERO, Draft, Entry
from sop_runner.audit.log import Opening
from sop_runner.audit.tree import Frontier
from sop_runner.authoring.rehearse import rehearse
from sop_runner.authoring.scenario_expand import expand
from sop_runner.authoring.scenario_load import load_scenarios
from sop_runner.base.clock import ManualClock
from sop_runner.desk.context import Context
from sop_runner.desk.layout import Layout
from sop_runner.desk.registry import Registry
from sop_runner.desk.stage import LedgerStage
from sop_runner.desk.tickets import LocalTickets
from sop_runner.stores.keys import KeyFile
from sop_runner.stores.memory import MemoryLedger
from sop_runner.stores.personal import Personal
from sop_runner.stores.sqlite import SqliteLedger
from sop_runner.stores.vault import Vault
from sop_runner.wiring import create_desk

PROCEDURES = Path(__file__).parents[1] / "procedures"
OPEN = 30
USUAL = 0.5
_PEOPLE = tuple(f"p{number:03}" for number in range(60))
_START = datetime(2026, 11, 23, 8, tzinfo=UTC)
_EACH = 2_000  # entries a transaction


@dataclass(frozen=True)
class Template:
    """A run that was really walked: its actions, each with its drafts, who is in it, and its personal values."""

    run: str
    actions: tuple[tuple[Draft, ...], ...]
    people: tuple[str, ...]
    values: tuple[tuple[str, str, bytes, Any], ...]


def templates(layout: Layout, opening: Opening) -> tuple[dict[str, list[Template]], Mapping[str, bytes]]:
    """The runs of all scenarios by procedure, and the texts of the procedures."""
    tickets = LocalTickets(layout.folder, training=True)
    found: dict[str, list[Template]] = {}
    texts: dict[str, bytes] = {}
    for path in sorted(PROCEDURES.glob("*.scenarios.yaml")):
        # One each: a ledger in memory is looked through for every action.
        ledger = MemoryLedger(opening.log, opening.kind, KeyFile(layout.key), ManualClock(_START).now())
        vault, registry = Vault.in_memory(), Registry(PROCEDURES, ledger)
        context = Context(ledger, vault, ManualClock(_START), registry, tickets, training=True)
        text = registry.text(path.with_name(path.name.replace(".scenarios.", ".")))
        plan, loaded = registry.plan(text), load_scenarios(path.read_bytes(), path.name)
        registry.keep(text)
        cases, _ = expand(loaded, lambda name: (PROCEDURES / name).read_bytes())
        for case in cases:
            clock = ManualClock(_START)
            stage = LedgerStage(replace(context, clock=clock), plan, clock)
            assert rehearse(case, stage, loaded.source).deviation is None
            if (
                stage.run is not None and stage.run.status == "ended"
            ):  # others a desk holds for days, not for ever
                kept = [
                    (one.name, one.subject, one.salt, one.value)
                    for one in vault.open_all(stage.run.id).values()
                ]
                made = _template(stage.run.id, ledger.entries(stage.run.id), tuple(kept))
                found.setdefault(path.name, []).append(made)
        texts.update(ledger.procedures())
    return found, texts


def _template(
    run: str, entries: Sequence[Entry], values: tuple[tuple[str, str, bytes, Any], ...]
) -> Template:
    actions: dict[str, list[Draft]] = {}
    people = {}
    for entry in entries:
        names = ("type", "key", "procedure", "at", "arrow", "to", "actor", "role", "outcome", "reason")
        shared: dict[str, Any] = {name: getattr(entry, name) for name in names}
        actions.setdefault(entry.key, []).append(Draft(**shared, ts=entry.ts, evidence=entry.evidence))
        if entry.actor is not None:
            people[entry.actor] = True
    return Template(run, tuple(map(tuple, actions.values())), tuple(people), values)


def mixed_log(desk: Path, size: int, seed: int = 7, left: float = 0) -> tuple[Path, int]:
    """A training ledger of at least so many entries, and how many there are."""
    create_desk(desk)
    layout, random = Layout(desk, training=True), Random(seed)
    ledger = SqliteLedger.open(layout.ledger, _kind(layout), KeyFile(layout.key), None)
    opening, first = ledger.opening, next(ledger.scan(0, 1))
    found, texts = templates(layout, opening)
    for digest, text in texts.items():
        ledger.put_procedure(digest, text)
    ledger.close()
    vault = Vault.open(*layout.vault)
    values: list[Personal] = []
    written = 1
    for more in _write(layout, opening, first, _interleaved(found, values, random, left), size):
        written += more
        vault.put_all(values)
        values.clear()
    vault.close()
    return layout.ledger, written


def _kind(layout: Layout) -> Any:
    from sop_runner.audit.log import LedgerKind

    return LedgerKind.TRAINING


def _interleaved(
    found: dict[str, list[Template]], values: list[Personal], random: Random, left: float
) -> Iterator[tuple[str, tuple[Draft, ...]]]:
    """Actions of thirty runs at a time, each with its run."""
    fresh, open_ = _runs(found, values, random, left), list[Iterator[tuple[str, tuple[Draft, ...]]]]()
    while True:
        while len(open_) < OPEN:
            open_.append(next(fresh))
        one = random.choice(open_)
        action = next(one, None)
        if action is None:
            open_.remove(one)
        else:
            yield action


def _runs(
    found: dict[str, list[Template]], values: list[Personal], random: Random, left: float
) -> Iterator[Iterator[tuple[str, tuple[Draft, ...]]]]:
    number = 0
    while True:
        for usual, *others in found.values():
            number += 1
            template = usual if random.random() < USUAL or not others else random.choice(others)
            run = f"RUN-{number:07}"
            values += [
                Personal(run, name, f"C-{number}", salt, value) for name, _, salt, value in template.values
            ]
            stop = random.randrange(1, len(template.actions)) if random.random() < left else None
            yield islice(_again(template, run, random), stop)


def _again(template: Template, run: str, random: Random) -> Iterator[tuple[str, tuple[Draft, ...]]]:
    """The same run by other people, with other proofs; times stay, for what they are held against does."""
    names = dict(zip(template.people, random.sample(_PEOPLE, len(template.people)), strict=True))
    word = re.compile("|".join([re.escape(template.run), *(rf"\b{re.escape(name)}\b" for name in names)]))
    known = {**names, template.run: run}

    def renamed(value: Any) -> Any:
        if value is None:
            return None
        said = word.sub(lambda one: known[one[0]], json.dumps(value, ensure_ascii=False))
        return json.loads(said)

    for action in template.actions:
        key = f"{random.getrandbits(128):032x}"
        drafts = []
        for one in action:
            drafts.append(
                replace(
                    one,
                    key=key,
                    actor=renamed(one.actor),
                    reason=renamed(one.reason),
                    evidence=tuple(renamed(list(one.evidence))),
                )
            )
        yield run, tuple(drafts)


def _write(
    layout: Layout,
    opening: Opening,
    first: Entry,
    actions: Iterator[tuple[str, tuple[Draft, ...]]],
    size: int,
) -> Iterator[int]:
    """Append actions as the desk does, a signed checkpoint each, many to a transaction; how many entries each took."""
    signer, frontier = KeyFile(layout.key), Frontier()
    frontier.push(first.leaf)
    link, seq, runs = first.leaf.hex(), 1, dict[str, tuple[int, str]]()
    db = sqlite3.connect(layout.ledger, isolation_level=None)
    db.execute("PRAGMA synchronous = OFF")
    while seq < size:
        db.execute("BEGIN")
        begun, stop = seq, min(size, seq + _EACH)
        while seq < stop:
            run, drafts = next(actions)
            run_seq, run_prev = runs.get(run, (0, ZERO))
            entries = chain(Place(opening.log, seq, link, run, run_seq, run_prev), drafts)
            for entry in entries:
                db.execute(
                    "INSERT INTO entry (seq, body, leaf) VALUES (?, ?, ?)",
                    (entry.seq, entry.body.decode(), entry.leaf),
                )
                nodes = islice(frontier.push(entry.leaf), 1, None)
                db.executemany('INSERT INTO node (level, "index", hash) VALUES (?, ?, ?)', nodes)
            seq += len(entries)
            link = entries[-1].leaf.hex()
            runs[run] = run_seq + len(entries), link
            note = Checkpoint(opening.origin, seq, frontier.root()).sign(signer)
            db.execute("INSERT INTO checkpoint (size, note) VALUES (?, ?)", (seq, note.decode()))
        db.execute("COMMIT")
        yield seq - begun
    db.close()
