"""Files that only their owner may read, and the file systems that a database must not lie on."""

import os
from pathlib import Path

from sop_runner.base.errors import UsageError
from sop_runner.base.message import msg

# Their locks or their syncs do not reach the server's disk reliably (sqlite.org/lockingv3.html).
NETWORK = frozenset(
    """nfs nfs4 cifs smb2 smb3 smbfs ncpfs afs coda ceph fuse.ceph lustre gfs gfs2 ocfs2 fuse.glusterfs
    fuse.sshfs fuse.s3fs fuse.rclone davfs fuse.davfs2 beegfs""".split()  # noqa: SIM905 - a long list of words reads best so
)
MOUNTS = Path("/proc/mounts")


def create_private(path: Path, content: bytes = b"") -> None:
    """Make a new file with mode 0600, durably. Raises UsageError where one exists already."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise UsageError(
            msg("'{path}' exists and is never overwritten", path=str(path)),
            hint=msg("choose another folder, or move it away"),
        ) from error
    except OSError as error:
        raise UsageError(
            msg("'{path}' cannot be created: {reason}", path=str(path), reason=str(error.strerror))
        ) from error
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(handle)
    sync_folder(path.parent)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that is there whole and durably, or as it was before. One writer at a time. Raises OSError."""
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    sync_folder(path.parent)


def small_bytes(path: Path, most: int) -> bytes | None:
    """The bytes of a file; None where there is none, it cannot be read, or holds more than `most`.

    What is no file, such as a pipe that somebody put there, is not opened: it could wait for ever.
    """
    try:
        if not path.is_file():
            return None
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError:
        return None
    return data if len(data) <= most else None


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable, where the system has such a thing."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return  # folders cannot be opened on Windows
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def refuse_network(path: Path, mounts: Path = MOUNTS) -> None:
    """Raise UsageError where `path` can be told to lie on a network file system."""
    try:
        text = mounts.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return  # only Linux tells
    kind = filesystem_of(os.path.realpath(path), text)
    if kind in NETWORK:
        raise UsageError(
            msg(
                "'{path}' lies on a network file system ({kind}), where a database can lose what it acknowledged",
                path=str(path),
                kind=kind,
            ),
            hint=msg("keep the desk on a local disk"),
        )


def filesystem_of(real: str, mounts: str) -> str:
    """The type of the file system that holds an absolute path, "" where it cannot be told."""
    best, kind = "", ""
    for line in mounts.splitlines():
        parts = line.split(" ")
        if len(parts) < 3:
            continue
        point = _unescape(parts[1])
        inside = real == point or real.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):  # the last mount on a point hides earlier ones
            best, kind = point, parts[2]
    return kind


def _unescape(text: str) -> str:
    for code, char in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        text = text.replace(code, char)
    return text
