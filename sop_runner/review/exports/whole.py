"""A log taken away whole: tiles, entries, keys, texts, and tables of the same entries."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from sop_runner.audit.checkpoint import Checkpoint
from sop_runner.audit.log import Opening
from sop_runner.audit.note import Note
from sop_runner.audit.tiles import Tiles

from ..judging import Flaw
from ..plans import PinnedPlans
from .csv_table import CsvTable
from .folder import ExportFolder, Stream
from .ocel import OcelTable
from .pnml import pnml
from .shared import Exportable, Keys, Progress, check_root, entries_of, write_proof
from .table import Table
from .xes import XesTable

FORMAT = "sop-export/1"
TABLES: Mapping[str, tuple[str, Callable[[Stream], Table]]] = {
    "csv": ("entries.csv", CsvTable),
    "xes": ("runs.xes", XesTable),
    "ocel": ("log.ocel.json", OcelTable),
}
_Pins = tuple[Mapping[str, Any], Sequence[Mapping[str, Any]]]


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
        keys = Keys(log, opening)
        for body, leaf, raw in entries_of(log):
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
    check_root(head, tiles.size, root)
    texts = dict(log.procedures())
    write_proof(folder, note, keys, texts, "README.txt")
    _models(folder, PinnedPlans(texts.items()), pins.values())
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


def _callees(raw: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    start: Mapping[str, Any] = next((piece for piece in raw["evidence"] if piece.get("kind") == "start"), {})
    return tuple(start.get("pinned", ()))


def _key(pin: Mapping[str, Any], callees: Sequence[Mapping[str, Any]]) -> tuple[Any, ...]:
    return tuple((one["id"], one["revision"], one["digest"]) for one in (pin, *callees))


def _models(folder: ExportFolder, plans: PinnedPlans, pins: Iterable[_Pins]) -> None:
    """The net of every plan that a run went by; what cannot be compiled `sop audit verify` names."""
    for pin, callees in pins:
        plan = plans.plan(pin, callees)
        if isinstance(plan, Flaw):
            continue
        name = f"models/{plan.procedure.procedure}-r{plan.procedure.revision}-{plan.digest[:12]}.pnml"
        if name not in folder.files:
            folder.write(name, pnml(plan))
