"""Mend a file in place: all of it or nothing, with its permissions, whatever interrupts."""

import os
import tempfile
from pathlib import Path

from sop_runner.base.finding import Finding
from sop_runner.desk.files import MAX_BYTES, read_file
from sop_runner.lint.fix import fixed


def fix_file(path: Path) -> tuple[Finding, ...]:
    """Mend what is safe; returns what was mended. A file in which nothing is stays untouched.

    Raises UsageError where it cannot be read, OSError where its folder cannot be written.
    """
    data = read_file(path)
    if len(data) > MAX_BYTES:
        return ()
    result = fixed(data, str(path))
    if result.done:
        _replace(path.resolve(), result.data)
    return result.done


def _replace(path: Path, data: bytes) -> None:
    handle, spare = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(spare, path.stat().st_mode & 0o7777)
        os.replace(spare, path)
    except BaseException:
        Path(spare).unlink(missing_ok=True)
        raise
