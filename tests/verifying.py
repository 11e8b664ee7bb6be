"""Verifying the audit log in a file."""

from pathlib import Path

from sop_runner.audit.findings import Verdict
from sop_runner.audit.note import VerifierKey
from sop_runner.audit.verify import verify
from sop_runner.stores.reader import SqliteSource


def verify_file(path: Path, pinned: tuple[VerifierKey, ...] = (), *, every_signature: bool = True) -> Verdict:
    """Verify the audit log in a file; see `verify`."""
    source = SqliteSource(path)
    try:
        return verify(source, pinned, every_signature=every_signature)
    finally:
        source.close()
