"""A sealed segment: what came into a log since the last one, in a folder that verifies alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sop_runner.audit.checkpoint import Checkpoint
from sop_runner.audit.entry import ZERO
from sop_runner.audit.log import Opening
from sop_runner.audit.note import Note
from sop_runner.audit.tree import Frontier
from sop_runner.base.canonical import canonical_bytes
from sop_runner.base.errors import NotVerified
from sop_runner.run.events import RUN_ENDED

from .folder import ExportFolder
from .runs_table import RunsTable
from .sealed import Segment
from .shared import Exportable, Keys, Progress, check_root, entries_of, write_proof

FORMAT = "sop-segment/1"


@dataclass(slots=True)
class _Before:
    """The log as it stood at a moment: all that checking what follows takes."""

    frontier: Frontier
    prev: str
    runs: dict[str, tuple[int, str]]

    def take(self, body: Mapping[str, Any], leaf: bytes) -> None:
        """Take the next entry."""
        self.frontier.push(leaf)
        self.prev = leaf.hex()
        if body["run"] is None:
            return
        if body["type"] == RUN_ENDED:
            self.runs.pop(body["run"], None)
        else:
            self.runs[body["run"]] = (body["run_seq"] + 1, self.prev)

    def told(self, opening: Opening, keys: Keys) -> Mapping[str, Any]:
        """As it stands in `before.json`."""
        ring = keys.ring
        return {
            "log": opening.log,
            "size": self.frontier.size,
            "edge": [value.hex() for value in self.frontier.edge],
            "prev": self.prev,
            "runs": {run: list(place) for run, place in self.runs.items()},
            "keys": {
                "known": [key.text for key in ring.known],
                "active": [key.text for key in ring.known if ring.may_sign(key)],
            },
        }


def write_segment(
    log: Exportable, opening: Opening, folder: ExportFolder, first: int, previous: str, progress: Progress
) -> Segment:
    """Write the entries from `first` up to the newest checkpoint, all but the end mark.

    `previous` is the digest of the trailer of the segment before, empty for the first one. The whole
    log passes by, so that nothing is written behind entries that are not those of its checkpoints.
    Raises NotVerified where they are not.
    """
    note = log.checkpoint()
    head = Checkpoint.parse(Note.parse(note))
    keys, before = Keys(log, opening), _Before(Frontier(), ZERO, {})
    table = RunsTable(first)
    told: Mapping[str, Any] = before.told(opening, keys) if first == 0 else {}
    with folder.stream("entries.jsonl") as lines:
        for body, leaf, raw in entries_of(log):
            if before.frontier.size >= first:
                lines.write(body + b"\n")
            table.add(raw)
            before.take(raw, leaf)
            size = before.frontier.size
            keys.follow(raw, size)
            if size == first:
                told = before.told(opening, keys)
                _check_before(log, before.frontier, folder)
            if size % 1000 == 0:
                progress(size, head.size)
    size, root = before.frontier.size, before.frontier.root()
    progress(size, head.size)
    check_root(head, size, root)
    keys.notes = [one for one in keys.notes if one["size"] > first]
    folder.write("before.json", canonical_bytes(told))
    folder.write("runs.csv", table.data())
    write_proof(folder, note, keys, dict(log.procedures()), "SEGMENT.txt")
    facts = {
        "format": FORMAT,
        "log": opening.log,
        "origin": opening.origin,
        "first": first,
        "size": size,
        "root": root.hex(),
        "previous": previous,
        "counts": {"entries": size - first, "runs": table.count},
    }
    return Segment(first, size, root.hex(), folder.finish(facts), previous)


def _check_before(log: Exportable, frontier: Frontier, folder: ExportFolder) -> None:
    note = next((note for size, note in log.checkpoints() if size == frontier.size), None)
    if note is None or Checkpoint.parse(Note.parse(note)).root != frontier.root():
        raise NotVerified(
            f"the first {frontier.size} entries are not those that were sealed before",
            hint="Run 'sop audit verify', and 'sop audit check-archive' on what was sealed.",
        )
    folder.write("checkpoint-before", note)
