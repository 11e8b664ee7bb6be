"""The anchors that a desk's settings name."""

from pathlib import Path

from sop_runner.audit.cosignature import CosignerKey
from sop_runner.base.anchor_settings import Anchors
from sop_runner.base.canonical import sha256_hex

from .folder import Folder
from .git import GitRepository
from .port import Target
from .shelf import Shelf, name_of
from .timestamp import Timestamp
from .witness import Witness


def targets_of(anchors: Anchors, desk: Path, kept: Path, origin: str) -> tuple[Target, ...]:
    """The anchors of the log named `origin`; what they hand out is kept in the folder `kept`.

    Paths in settings begin at the desk's folder. Raises UsageError for a key that is none.
    """
    own = kept / name_of(origin)
    found: list[Target] = []
    if anchors.folder:
        found.append(Folder(_path(desk, anchors.folder), desk))
    if anchors.git:
        found.append(GitRepository(_path(desk, anchors.git), anchors.git_remote))
    for url, text in anchors.witnesses:
        key = CosignerKey.parse(text)
        found.append(Witness(url, key, Shelf(own / f"witness-{key.hash.hex()}")))
    if anchors.timestamp:
        shelf = Shelf(own / f"timestamp-{sha256_hex(anchors.timestamp.encode())[:8]}")
        found.append(Timestamp(anchors.timestamp, _path(desk, anchors.timestamp_certificates), shelf))
    return tuple(found)


def _path(desk: Path, given: str) -> Path:
    return (desk / Path(given).expanduser()).resolve()
