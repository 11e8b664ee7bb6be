"""What an anchor is asked: to keep a head of the log outside the desk, and to say which ones it keeps."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from sop_runner.audit.anchors import Outside, extends
from sop_runner.audit.checkpoint import Checkpoint
from sop_runner.audit.findings import entries
from sop_runner.audit.note import BadNote, Note
from sop_runner.base.errors import ExitCode, NotVerified, SopError


class Log(Protocol):
    """The log as of one moment, read for its heads alone."""

    def checkpoint(self) -> bytes:
        """The newest signed checkpoint."""
        ...

    def signed_at(self, size: int) -> bytes | None:
        """The checkpoint of exactly that size; None where nothing was signed then."""
        ...

    def node(self, level: int, index: int) -> bytes:
        """A stored node of the tree, leaves included. Raises NotVerified where it is missing."""
        ...


OpenLog = Callable[[], AbstractContextManager[Log]]
"""Opens the log as of now."""


class NotPlaced(SopError):
    """An anchor could not be reached, or did not do what it was asked."""

    exit_code = ExitCode.REFUSED


class Contradicts(NotVerified):
    """An anchor keeps a head that this log does not extend: it was cut, put back, or went on elsewhere."""


@dataclass(frozen=True, slots=True)
class Head:
    """The newest signed checkpoint of a log, with what proofs are made from."""

    note: Note
    checkpoint: Checkpoint
    log: Log

    @classmethod
    def of(cls, log: Log) -> "Head":
        """The head of a log. Raises NotVerified where its newest checkpoint is none."""
        note = Note.parse(log.checkpoint())
        return cls(note, Checkpoint.parse(note), log)

    def refuse_other(self, kept: bytes) -> int | None:
        """The size of a head that was kept before and that this one extends; None where `kept` is no head of this log.

        Raises Contradicts where it does not extend it. Signatures are for verification to judge.
        """
        try:
            found = Checkpoint.parse(Note.parse(kept))
        except BadNote:
            return None
        if found.origin != self.checkpoint.origin:
            return None
        if found.size > self.checkpoint.size:
            raise Contradicts(
                f"it keeps a head of {entries(found.size)}, this log has {self.checkpoint.size}",
                hint="Run 'sop audit verify': newer entries are gone.",
            )
        if not extends(found, self.checkpoint.size, self.log.node):
            raise Contradicts(
                f"the head that it keeps of {entries(found.size)} is of others than this log begins with",
                hint="Run 'sop audit verify': history was rewritten, or two copies of this desk went on.",
            )
        return found.size


@dataclass(frozen=True, slots=True)
class Recalled:
    """What an anchor keeps of a log, and the same in words.

    `failure` says why not everything could be asked; empty where it could.
    """

    heads: tuple[Outside, ...]
    said: str
    failure: str = ""


class Target(Protocol):
    """One anchor."""

    @property
    def name(self) -> str:
        """What it is called in a sentence."""
        ...

    @property
    def where(self) -> str:
        """Its path, name or URL alone."""
        ...

    def place(self, head: Head) -> bool:
        """Keep the head there, durably; False where it was there already.

        Raises NotPlaced where that was not possible, Contradicts where an earlier head forbids it.
        """
        ...

    def recall(self, origin: str, open_log: OpenLog, *, network: bool) -> Recalled:
        """What is kept of the log named `origin`; nothing there is changed by it.

        Without `network` only what lies on this machine is read. Raises NotPlaced where nothing can be asked.
        """
        ...
