"""The folder of an export: every file is new, remembered with its digest, and listed in the trailer."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import IO

from sop_runner.base.canonical import canonical_bytes, sha256_hex
from sop_runner.base.errors import StoreFailed, UsageError

TRAILER = "trailer.json"
UNFINISHED = "UNFINISHED"


class ExportFolder:
    """Writes files that nobody else wrote; until `finish` a marker says that it is not whole."""

    def __init__(self, path: Path) -> None:
        """Raises UsageError where the folder holds anything, StoreFailed where it cannot be written."""
        self.path = path
        self.files: dict[str, str] = {}
        with _writable(path):
            path.mkdir(parents=True, exist_ok=True)
            if any(path.iterdir()):
                raise UsageError(
                    f"'{path}' is not empty", hint="Name a folder that does not exist, or an empty one."
                )
            (path / UNFINISHED).write_text("This export was not written to its end; it proves nothing.\n")

    def write(self, name: str, data: bytes) -> None:
        """One whole file below the folder; `name` has slashes."""
        with _writable(self.path):
            place = self.path / name
            place.parent.mkdir(parents=True, exist_ok=True)
            with place.open("xb") as file:
                file.write(data)
        self.files[name] = sha256_hex(data)

    @contextmanager
    def stream(self, name: str) -> Iterator["Stream"]:
        """A file that grows; its digest is known when it is left."""
        with _writable(self.path):
            place = self.path / name
            place.parent.mkdir(parents=True, exist_ok=True)
            with place.open("xb") as file:
                stream = Stream(file)
                yield stream
        self.files[name] = stream.digest.hexdigest()

    def finish(self, facts: Mapping[str, object]) -> str:
        """Write the trailer and take the marker away; the digest of the trailer (64 hex digits)."""
        trailer = canonical_bytes({**facts, "files": dict(self.files)})
        with _writable(self.path), (self.path / TRAILER).open("xb") as file:
            file.write(trailer)
            file.flush()
            os.fsync(file.fileno())
        return sha256_hex(trailer)

    def complete(self) -> None:
        """Take the marker away: everything is written and on record."""
        with _writable(self.path):
            (self.path / UNFINISHED).unlink()


class Stream:
    """Bytes on their way into a file, hashed as they go."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = sha256()

    def write(self, data: bytes) -> None:
        self.digest.update(data)
        self._file.write(data)


@contextmanager
def _writable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreFailed(
            f"'{path}' cannot be written: {error.strerror or error}",
            hint="The log is untouched. Make room or name another folder, then export again.",
        ) from error
