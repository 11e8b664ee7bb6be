"""A log taken away whole: tiles, entries, keys, texts, and tables of the same entries."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Protocol

from sop_runner.audit.checkpoint import Checkpoint
from sop_runner.audit.entry import BODY_KEYS
from sop_runner.audit.keyring import KEY_TYPES, Keyring
from sop_runner.audit.log import Opening
from sop_runner.audit.note import Note
from sop_runner.audit.tiles import Tiles
from sop_runner.base.canonical import canonical_bytes
from sop_runner.base.errors import NotVerified, SopError
from sop_runner.procedure.digest import canonical_form
from sop_runner.procedure.load import load

from ..judging import Flaw
from ..plans import PinnedPlans
from ..verifying import Log
from .csv_table import CsvTable
from .folder import ExportFolder, Stream
from .ocel import OcelTable
from .pnml import pnml
from .table import Table
from .xes import XesTable

FORMAT = "sop-export/1"
TABLES: Mapping[str, tuple[str, Callable[[Stream], Table]]] = {
    "csv": ("entries.csv", CsvTable),
    "xes": ("runs.xes", XesTable),
    "ocel": ("log.ocel.json", OcelTable),
}
_Pins = tuple[Mapping[str, Any], Sequence[Mapping[str, Any]]]
_DIGEST = re.compile("[0-9a-f]{64}")
Progress = Callable[[int, int], None]
"""Told the number of entries that are out, and of how many."""


class Exportable(Log, Protocol):
    """The raw rows of a log as of one moment, and the checkpoint over just these."""

    def checkpoint(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Exported:
    """What was taken away: how many entries, the root over them, the digest of the trailer (hex)."""

    size: int
    root: bytes
    trailer: str


def export(
    log: Exportable,
    opening: Opening,
    folder: ExportFolder,
    tables: Sequence[str],
    progress: Progress,
) -> Exported:
    """Write everything but the end mark. Raises NotVerified where the rows are not those of the checkpoint.

    `tables` are keys of TABLES. Memory is bounded: rows pass by in chunks that hold up no writer.
    """
    note = log.checkpoint()
    head = Checkpoint.parse(Note.parse(note))
    runs, pins = 0, dict[tuple[Any, ...], _Pins]()
    with ExitStack() as open_files:
        lines = open_files.enter_context(folder.stream("entries.jsonl"))
        writers = [
            made(open_files.enter_context(folder.stream(name)))
            for name, made in map(TABLES.__getitem__, tables)
        ]
        for table in writers:
            table.begin(opening)
        tiles = Tiles(folder.write)
        keys = _Keys(log, opening)
        for body, leaf, raw in _entries(log):
            tiles.push(body, leaf)
            lines.write(body + b"\n")
            for table in writers:
                table.add(raw, leaf)
            keys.follow(raw, tiles.size)
            if raw["run_seq"] == 0:
                runs += 1
                callees = _callees(raw)
                pins.setdefault(_key(raw["procedure"], callees), (raw["procedure"], callees))
            if tiles.size % 1000 == 0:
                progress(tiles.size, head.size)
        for table in writers:
            table.finish()
        root = tiles.finish()
    progress(tiles.size, head.size)
    if (tiles.size, root) != (head.size, head.root):
        raise NotVerified(
            "the entries are not those that the newest checkpoint was signed over",
            hint="Run 'sop audit verify'. What was written so far is marked as unfinished.",
        )
    folder.write("checkpoint", note)
    folder.write("keys.txt", "".join(f"{key.text}\n" for key in keys.ring.known).encode())
    folder.write("key-checkpoints.jsonl", b"".join(canonical_bytes(one) + b"\n" for one in keys.notes))
    texts = dict(log.procedures())
    _procedures(folder, texts)
    _models(folder, PinnedPlans(texts.items()), pins.values())
    for name in ("verify.py", "README.txt"):
        folder.write(name, (files("sop_runner") / "data" / "export" / name).read_bytes())
    counts = {"entries": tiles.size, "runs": runs, "procedures": len(texts)}
    facts = {
        "format": FORMAT,
        "log": opening.log,
        "origin": opening.origin,
        "size": tiles.size,
        "root": root.hex(),
        "counts": counts,
    }
    return Exported(tiles.size, root, folder.finish(facts))


def _entries(log: Log) -> Iterator[tuple[bytes, bytes, Mapping[str, Any]]]:
    for index, body, leaf, _ in log.rows():
        try:
            raw = json.loads(body)
            if raw.keys() != BODY_KEYS:
                raise ValueError("its fields are others")
        except (ValueError, AttributeError) as error:
            raise NotVerified(f"entry {index} cannot be read", hint="Run 'sop audit verify'.") from error
        yield body, leaf, raw


class _Keys:
    """The keys of the log, and the checkpoints that changes of them rest on."""

    def __init__(self, log: Log, opening: Opening) -> None:
        self.ring = Keyring(opening.origin, opening.key)
        self.notes: list[Mapping[str, Any]] = []
        self._marks = iter(log.checkpoints())
        self._mark = next(self._marks, None)

    def follow(self, raw: Mapping[str, Any], size: int) -> None:
        """Take the entry that makes the log `size` long."""
        if raw["type"] in KEY_TYPES:
            self.ring.take(raw["type"], raw["evidence"])
        while self._mark is not None and self._mark[0] <= size:
            if self.ring.changes and self._mark[0] == size:
                self.notes.append({"size": size, "note": self._mark[1].decode("utf-8", "replace")})
                self.ring.covered(size)
            self._mark = next(self._marks, None)


def _callees(raw: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    start: Mapping[str, Any] = next((piece for piece in raw["evidence"] if piece.get("kind") == "start"), {})
    return tuple(start.get("pinned", ()))


def _key(pin: Mapping[str, Any], callees: Sequence[Mapping[str, Any]]) -> tuple[Any, ...]:
    return tuple((one["id"], one["revision"], one["digest"]) for one in (pin, *callees))


def _procedures(folder: ExportFolder, texts: Mapping[str, bytes]) -> None:
    """Each kept text, and the canonical data that its digest is taken of."""
    for pin, text in texts.items():
        if not _DIGEST.fullmatch(pin):  # it becomes the name of a file
            raise NotVerified(
                "a procedure text is kept under what is no digest", hint="Run 'sop audit verify'."
            )
        folder.write(f"procedures/{pin}.yaml", text)
        try:
            data = canonical_bytes(canonical_form(load(text, pin).source.data))
        except (TypeError, ValueError, SopError):
            continue  # the text stands for itself; `verify.py` says that it could not be compared
        folder.write(f"procedures/{pin}.json", data)


def _models(folder: ExportFolder, plans: PinnedPlans, pins: Iterable[_Pins]) -> None:
    """The net of every plan that a run went by; what cannot be compiled `sop audit verify` names."""
    for pin, callees in pins:
        plan = plans.plan(pin, callees)
        if isinstance(plan, Flaw):
            continue
        name = f"models/{plan.procedure.procedure}-r{plan.procedure.revision}-{plan.digest[:12]}.pnml"
        if name not in folder.files:
            folder.write(name, pnml(plan))
