"""What the owner of the database file does to it, with and without the signing key."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from sop_runner.audit.checkpoint import Checkpoint
from sop_runner.audit.note import Signer
from sop_runner.audit.tree import Frontier
from sop_runner.base.canonical import canonical_bytes
from sop_runner.stores import schema


@contextmanager
def owned(path: Path) -> Iterator[sqlite3.Connection]:
    """The database without its triggers, which are back afterwards."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA synchronous = OFF")  # an attacker has no power cuts to fear, and a test no time
    for name in schema.TRIGGERS:
        db.execute(f"DROP TRIGGER {name}")
    yield db
    for statement in schema.TRIGGERS.values():
        db.execute(statement)
    db.close()


def bodies_in(path: Path) -> list[dict[str, Any]]:
    db = sqlite3.connect(path)
    try:
        return [json.loads(body) for (body,) in db.execute("SELECT body FROM entry ORDER BY seq")]
    finally:
        db.close()


def cut(path: Path, size: int) -> None:
    """Leave the first `size` entries, with every checkpoint and node that they have."""
    with owned(path) as db:
        db.execute("DELETE FROM entry WHERE seq >= ?", (size,))
        db.execute("DELETE FROM checkpoint WHERE size > ?", (size,))
        for level in range(1, 20):
            db.execute('DELETE FROM node WHERE level = ? AND "index" >= ?', (level, size >> level))


def rewritten(
    path: Path, signer: Signer, edit: Callable[[list[dict[str, Any]]], Any], origin: str | None = None
) -> None:
    """Edit the entries and make every number, link, node, root and signature fit again."""
    rows = bodies_in(path)
    changed = edit(rows)
    rows = rows if changed is None else changed
    frontier, link, runs = Frontier(), "0" * 64, dict[str, tuple[int, str]]()
    with owned(path) as db:
        for table in ("entry", "node", "checkpoint"):
            db.execute(f"DELETE FROM {table}")
        for seq, body in enumerate(rows):
            body |= {"seq": seq, "prev": link}
            if body["run"] is not None:
                number, before = runs.get(body["run"], (0, "0" * 64))
                body |= {"run_seq": number, "run_prev": before}
            data = canonical_bytes(body)
            leaf = sha256(b"\0" + data).digest()
            link = leaf.hex()
            if body["run"] is not None:
                runs[body["run"]] = (body["run_seq"] + 1, link)
            db.execute("INSERT INTO entry (seq, body, leaf) VALUES (?, ?, ?)", (seq, data.decode(), leaf))
            db.executemany("INSERT INTO node VALUES (?, ?, ?)", frontier.push(leaf)[1:])
            head = Checkpoint(origin or signer.verifier.name, seq + 1, frontier.root())
            db.execute("INSERT INTO checkpoint VALUES (?, ?)", (seq + 1, head.sign(signer).decode()))
