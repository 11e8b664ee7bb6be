"""The extract of another system's operation log: its digest and line count, never its content."""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from sop_runner.base.errors import UsageError
from sop_runner.base.message import msg

MAX_EXTRACT = 200_000_000  # bytes
_CHUNK = 1 << 20


def extract_of(path: Path) -> Mapping[str, Any]:
    """Digest (SHA-256, hex), line count and name of a file. Raises UsageError where it cannot be read."""
    digest, lines, size, last = sha256(), 0, 0, b"\n"
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                size += len(chunk)
                if size > MAX_EXTRACT:
                    raise UsageError(
                        msg("'{path}' is too large for an extract", path=str(path)),
                        hint=msg("Attach the lines that matter."),
                    )
                digest.update(chunk)
                lines += chunk.count(b"\n")
                last = chunk[-1:]
    except FileNotFoundError as error:
        raise UsageError(
            msg("there is no file '{path}'", path=str(path)),
            hint=msg("Give the path of the extract's file."),
        ) from error
    except OSError as error:
        raise UsageError(
            msg("'{path}' cannot be read: {reason}", path=str(path), reason=str(error.strerror)),
            hint=msg("Give the path of the extract's file."),
        ) from error
    return {"digest": digest.hexdigest(), "lines": lines + (last != b"\n"), "name": path.name}


def extract_of_text(text: str, name: str = "pasted") -> Mapping[str, Any]:
    """The same of lines that were pasted."""
    data = text.encode("utf-8", "surrogatepass")
    lines = data.count(b"\n") + (bool(data) and not data.endswith(b"\n"))
    return {"digest": sha256(data).hexdigest(), "lines": lines, "name": name}
