"""Heads of a log outside its database, in the user's state folder: anchors that need no set-up.

None of it is synced: after a power cut a head may be an older one or gone, and then says less,
never something wrong. A folder that cannot be written costs the anchor and nothing else.
"""

import os
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, Protocol

from sop_runner.audit.checkpoint import Checkpoint
from sop_runner.audit.findings import entries
from sop_runner.audit.log import Opening
from sop_runner.audit.note import BadNote, Note, VerifierKey
from sop_runner.audit.tree import ReadNode, root
from sop_runner.base.canonical import sha256_hex
from sop_runner.base.errors import NotVerified, UsageError
from sop_runner.base.message import msg

_ID = re.compile(r"[0-9a-f]{8,64}")
_MOST = 10_000  # bytes; a head takes 300
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW


class HeadFile:
    """The newest checkpoint that this user wrote to a log."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = sha256_hex(os.fsencode(path)).encode()
        """What processes call it among themselves."""

    @classmethod
    def of(cls, state: Path, log: str, database: Path | str) -> "HeadFile":
        """The head of the log with that id in that file; a copy made to try something has its own.

        A log on a server lies at the place that the server is called by (text).
        """
        return cls(state / "heads" / name_here(log, database))

    def keep(self, note: bytes) -> None:
        """Replace the head; called after each commit, so it does little."""
        with suppress(OSError):  # the entry is durable; it only lacks this anchor
            _put(self.path, note)

    def read(self) -> bytes | None:
        """The head as it lies there; None where there is none."""
        return _bytes_of(self.path)


class Seen(NamedTuple):
    """What a reviewer last found clean: the key that signed, and the checkpoint (None: not yet)."""

    key: VerifierKey
    note: bytes | None


class SeenFile:
    """A reviewer's memory of one log."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def of(cls, state: Path, log: str) -> "SeenFile":
        """The memory of the log with that id."""
        return cls(state / "seen" / log_name(log))

    def read(self) -> Seen | None:
        """What is remembered; None where there is nothing, or nothing that can be read."""
        data = _bytes_of(self.path)
        if data is None:
            return None
        key, _, note = data.partition(b"\n")
        try:
            return Seen(VerifierKey.parse(key.decode("ascii")), note or None)
        except (UsageError, UnicodeDecodeError):
            return None

    def keep(self, seen: Seen) -> bool:
        """Remember; False where the folder does not allow it."""
        with suppress(OSError):
            _put(self.path, seen.key.text.encode() + b"\n" + (seen.note or b""))
        return self.read() == seen


class Headed(Protocol):
    """A log that is opened, as far as a head is held against it."""

    place: str

    @property
    def opening(self) -> Opening: ...

    def size(self) -> int: ...

    def node(self, level: int, index: int) -> bytes: ...

    def keys(self) -> Iterable[VerifierKey]: ...


def refuse_other(head: HeadFile, log: Headed) -> None:
    """Raise NotVerified where a log does not extend the head that was kept of it."""
    data = head.read()
    found = against_head(data, log.opening, log.size(), log.node, log.keys) if data is not None else ""
    if found:
        raise NotVerified(
            msg(
                "'{path}' is not the log that was written here before: {found}",
                path=log.place,
                found=str(found),
            ),
            hint=msg(
                "Run 'sop audit verify'. If you put this copy in place yourself, keep '{path}' as evidence of what is missing, somewhere else, and open the desk again.",
                path=str(head.path),
            ),
        )


def against_head(
    data: bytes, opening: Opening, size: int, node: ReadNode, keys: Callable[[], Iterable[VerifierKey]]
) -> str:
    """What the kept head shows of a log that is opened, in words; empty where it extends the head.

    The signature is looked at only where the head contradicts: opening must not wait for it. A longer
    one by a key that the log does not know counts as well: its newer keys may have been cut off.
    """
    try:
        note = Note.parse(data)
        head = Checkpoint.parse(note)
    except BadNote:
        return ""
    if head.origin != opening.origin:
        return ""
    if head.size <= size and (head.size == 0 or root(head.size, node) == head.root):
        return ""
    answers = [note.signed_by(key) for key in keys()]
    if False in answers:
        return ""  # not ours: it says nothing about the log, and `verify` names it
    if True not in answers and head.size <= size:
        return ""
    if True not in answers:
        return f"a head of {entries(head.size)} was signed by a key that it does not know"
    if head.size > size:
        return f"it has {entries(size)}, {head.size} were written"
    return f"its first {head.size} entries are others"


def name_here(log: str, database: Path | str) -> str:
    """The name of a file about the log with that id in that file, or (text) on that server."""
    place = database if isinstance(database, str) else os.path.realpath(database)
    return f"{log_name(log)}-{sha256_hex(os.fsencode(place))[:16]}"


def log_name(log: str) -> str:
    """A log's id as the name of a file; what a forged log says of itself leads to no other place."""
    return log if _ID.fullmatch(log) else sha256_hex(log.encode("utf-8", "surrogatepass"))


def _put(path: Path, data: bytes) -> None:
    """Write a small file in place: one call for one sector, of which a death or a power cut leaves all or nothing.

    Renaming a new file took ten times as long, and held up whoever synced to the same disk just then.
    Raises OSError.
    """
    try:
        file = os.open(path, _FLAGS, 0o600)
    except FileNotFoundError:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = os.open(path, _FLAGS, 0o600)
    try:
        os.write(file, data)
        if os.fstat(file).st_size > len(data):
            os.ftruncate(file, len(data))
    finally:
        os.close(file)


def _bytes_of(path: Path) -> bytes | None:
    """What lies there; looked at until it is the same twice, because it may be written meanwhile."""
    try:
        with path.open("rb", buffering=0) as file:
            before, found = None, file.read(_MOST)
            while found != before:
                file.seek(0)
                before, found = found, file.read(_MOST)
            return found
    except OSError:
        return None
