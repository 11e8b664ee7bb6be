"""What a whole export and a sealed segment of a log share: entries passing by, keys, texts, programs."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from importlib.resources import files
from typing import Any, Protocol

from sop_runner.audit.checkpoint import Checkpoint
from sop_runner.audit.entry import BODY_KEYS
from sop_runner.audit.keyring import KEY_TYPES, Keyring
from sop_runner.audit.log import Opening
from sop_runner.base.canonical import canonical_bytes
from sop_runner.base.errors import NotVerified, SopError
from sop_runner.procedure.digest import canonical_form
from sop_runner.procedure.load import load

from ..verifying import Log
from .folder import ExportFolder

_DIGEST = re.compile("[0-9a-f]{64}")
Progress = Callable[[int, int], None]
"""Told the number of entries that are out, and of how many."""


class Exportable(Log, Protocol):
    """The raw rows of a log as of one moment, and the checkpoint over just these."""

    def checkpoint(self) -> bytes: ...


def entries_of(log: Log) -> Iterator[tuple[bytes, bytes, Mapping[str, Any]]]:
    """Body, leaf and what the body says, by seq. Raises NotVerified for what is no entry."""
    for index, body, leaf, _ in log.rows():
        try:
            raw = json.loads(body)
            if raw.keys() != BODY_KEYS:
                raise ValueError("its fields are others")
        except (ValueError, AttributeError) as error:
            raise NotVerified(f"entry {index} cannot be read", hint="Run 'sop audit verify'.") from error
        yield body, leaf, raw


class Keys:
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


def check_root(head: Checkpoint, size: int, root: bytes) -> None:
    """Raise NotVerified where the entries that passed by are not those of the checkpoint."""
    if (size, root) != (head.size, head.root):
        raise NotVerified(
            "the entries are not those that the newest checkpoint was signed over",
            hint="Run 'sop audit verify'. What was written so far is marked as unfinished.",
        )


def write_proof(
    folder: ExportFolder, note: bytes, keys: Keys, texts: Mapping[str, bytes], readme: str
) -> None:
    """Everything beside the entries that checking them takes, and the program that does."""
    folder.write("checkpoint", note)
    folder.write("keys.txt", "".join(f"{key.text}\n" for key in keys.ring.known).encode())
    folder.write("key-checkpoints.jsonl", b"".join(canonical_bytes(one) + b"\n" for one in keys.notes))
    _procedures(folder, texts)
    programs = files("sop_runner") / "data" / "export"
    folder.write("verify.py", (programs / "verify.py").read_bytes())
    folder.write("README.txt", (programs / readme).read_bytes())


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
