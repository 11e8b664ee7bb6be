"""What a witness keeps: its key, the logs that it knows, and of each the largest checkpoint that it cosigned."""

import threading
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from sop_runner.audit.checkpoint import Checkpoint
from sop_runner.audit.cosignature import CosignerKey, cosign, cosigner
from sop_runner.audit.note import BadNote, Note, VerifierKey
from sop_runner.audit.witness import MOST_BYTES, Status, Submission, judge
from sop_runner.base.canonical import sha256_hex
from sop_runner.base.errors import StoreFailed, UsageError
from sop_runner.stores.files import small_bytes, write_whole
from sop_runner.stores.keys import KeyFile, create_key
from sop_runner.stores.lock import Lock

_MOST_KEYS = 1_000_000  # bytes of the file of known keys


class WitnessFolder:
    """A witness's state in a folder; one process at a time."""

    def __init__(self, folder: Path, name: str, logs: Iterable[VerifierKey] = ()) -> None:
        """Open the folder, or make it with a new key called `name`; `logs` are known from now on.

        Raises UsageError where another witness has the folder, or something in it cannot be read.
        """
        try:
            (folder / "heads").mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = Lock(folder / "lock")
            alone = self._lock.take(wait=False)
        except OSError as error:
            raise UsageError(f"the folder '{folder}' cannot be used: {error.strerror}") from error
        if not alone:
            raise UsageError(f"another witness has the folder '{folder}'", hint="Name another folder.")
        self._folder = folder
        self._turn = threading.Lock()
        key = folder / "witness.key"
        self._signer = KeyFile(key) if key.exists() else create_key(key, name)
        self._logs = self._known(logs)

    @property
    def key(self) -> CosignerKey:
        """The key that desks put into their settings."""
        return cosigner(self._signer)

    @property
    def origins(self) -> tuple[str, ...]:
        """The logs that it cosigns."""
        return tuple(self._logs)

    def add_checkpoint(self, data: bytes, when: int) -> tuple[Status, bytes]:
        """Answer a request (C2SP tlog-witness, "add-checkpoint") at `when`, in seconds since 1970.

        What is cosigned is durable before it is answered, and looked up and replaced in one turn.
        Raises StoreFailed where the last head cannot be read or the new one kept: nothing is cosigned then.
        """
        try:
            sent = Submission.parse(data)
        except BadNote as error:
            return Status.MALFORMED, f"{error}\n".encode()
        with self._turn:
            latest = self._latest(sent.checkpoint.origin)
            status = judge(sent, latest, self._logs.get(sent.checkpoint.origin, ()))
            if status is Status.OTHER_SIZE:
                return status, f"{0 if latest is None else latest.size}\n".encode()
            if status is not Status.COSIGNED:
                return status, b""
            line = cosign(self._signer, sent.note.text, when)
            own = tuple(
                one
                for one in sent.note.signatures
                if any(
                    (one.name, one.key) == (key.name, key.hash) for key in self._logs[sent.checkpoint.origin]
                )
            )
            self._keep(sent.checkpoint.origin, replace(sent.note, signatures=(*own, line)).encode())
        return status, line.line.encode()

    def close(self) -> None:
        """Let another process have the folder."""
        self._lock.release()

    def _latest(self, origin: str) -> Checkpoint | None:
        path = self._path(origin)
        if not path.exists():
            return None
        try:
            return Checkpoint.parse(Note.parse(small_bytes(path, MOST_BYTES) or b""))
        except BadNote as error:
            raise StoreFailed(f"the head in '{path}' cannot be read: {error}") from error

    def _keep(self, origin: str, note: bytes) -> None:
        path = self._path(origin)
        try:
            write_whole(path, note)
        except OSError as error:
            raise StoreFailed(f"the head cannot be kept in '{path}': {error.strerror}") from error

    def _path(self, origin: str) -> Path:
        return self._folder / "heads" / sha256_hex(origin.encode())

    def _known(self, more: Iterable[VerifierKey]) -> dict[str, tuple[VerifierKey, ...]]:
        """The keys of each origin, which is what a log's keys are called by; new ones are kept."""
        path = self._folder / "logs"
        if path.exists():
            text = small_bytes(path, _MOST_KEYS)
            if text is None:
                raise UsageError(f"the known logs in '{path}' cannot be read")
            kept = [VerifierKey.parse(line) for line in text.decode("utf-8", "replace").splitlines() if line]
        else:
            kept = []
        new = [key for key in dict.fromkeys(more) if key not in kept]
        if new:
            try:
                write_whole(path, "".join(f"{key.text}\n" for key in (*kept, *new)).encode())
            except OSError as error:
                raise UsageError(f"the known logs cannot be kept in '{path}': {error.strerror}") from error
        found: dict[str, tuple[VerifierKey, ...]] = {}
        for key in (*kept, *new):
            found[key.name] = (*found.get(key.name, ()), key)
        return found
