"""A folder of sealed segments: each checked alone, then one against the other.

Each is checked by the program that lies in every segment, of which ours is the copy that counts.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from sop_runner.audit.findings import AuditFinding, Code
from sop_runner.audit.note import VerifierKey
from sop_runner.base.canonical import sha256_hex
from sop_runner.base.errors import UsageError

from .folder import TRAILER
from .sealed import range_in


@dataclass(frozen=True, slots=True)
class Link:
    """A segment of an archive as it was found; `checked` is what its program established, None for nothing."""

    folder: Path
    first: int
    size: int
    trailer: str
    previous: str
    checked: Any

    def say(self, code: Code, index: int | None, message: str) -> AuditFinding:
        """A finding about it."""
        return AuditFinding(code, index, None, f"'{self.folder.name}' {message}")


@dataclass(frozen=True, slots=True)
class Archive:
    """The segments of a folder in order, and everything that is wrong with them."""

    links: tuple[Link, ...]
    findings: tuple[AuditFinding, ...]

    @property
    def entries(self) -> int:
        """How many entries were checked."""
        return sum(len(link.checked.leaves) for link in self.links if link.checked is not None)


def segment_folders(path: Path) -> tuple[Path, ...]:
    """The folders of segments in an archive, by range. Raises UsageError where there is none."""
    try:
        spans = sorted((span, one) for one in path.iterdir() if (span := range_in(one.name)))
    except OSError as error:
        raise UsageError(f"'{path}' cannot be read: {error.strerror}") from error
    found = tuple(one for _, one in spans)
    if not found:
        raise UsageError(
            f"there is no sealed segment in '{path}'", hint="'sop audit seal DIR' writes segments into DIR."
        )
    return found


def check_archive(path: Path, pinned: Sequence[VerifierKey], progress: Callable[[int, int], None]) -> Archive:
    """Check every segment of a folder, and that they follow each other without a gap or an overlap.

    Which keys may sign follows from the log's first entry, segment by segment, and one of `pinned` has to
    have signed. Behind a gap only `pinned` keys may: a segment's own word for what came before proves nothing.
    """
    folders = segment_folders(path)
    keys = [_program()["read_key"](key.text) for key in pinned]
    links: list[Link] = []
    findings: list[AuditFinding] = []
    for number, folder in enumerate(folders):
        before = links[-1] if links else None
        link, found = _checked(folder, () if _goes_on(before, folder) else keys)
        findings += [*found, *_joint(before, link)]
        links.append(link)
        progress(number + 1, len(folders))
    signers = [key for link in links if link.checked is not None for key in link.checked.signers]
    if keys and not any(key in signers for key in keys):
        findings.append(AuditFinding(Code.REKEYED, None, None, "no key that is pinned signed anything here"))
    return Archive(tuple(links), tuple(findings))


def _goes_on(before: Link | None, folder: Path) -> bool:
    span = range_in(folder.name)
    ended = (0 if before is None else before.size) if before is None or before.checked is not None else None
    return span is not None and span[0] == ended


def _checked(folder: Path, keys: Sequence[Any]) -> tuple[Link, list[AuditFinding]]:
    program = _program()
    report = program["Report"]()
    checked = program["check"](folder, keys, report)
    first, size = range_in(folder.name) or (0, 0)
    link = Link(folder, first, size, *_trailer(folder), checked)
    findings = [
        AuditFinding(Code(one["code"]), one["index"], one["run"], f"'{folder.name}': {one['message']}")
        for one in report.findings
    ]
    if checked is not None and (checked.start.size, checked.size) != (first, size):
        said = f"holds the entries {checked.start.size} to {checked.size - 1}, not those of its name"
        findings.append(link.say(Code.REORDERED, checked.start.size, said))
    return link, findings


def _trailer(folder: Path) -> tuple[str, str]:
    """The digest of a trailer, and that of the one before, as it says."""
    try:
        data = (folder / TRAILER).read_bytes()
        return sha256_hex(data), str(json.loads(data).get("previous", ""))
    except (OSError, ValueError, AttributeError, RecursionError):
        return "", ""


def _joint(before: Link | None, link: Link) -> Iterator[AuditFinding]:
    """What is wrong where a segment should go on from the one before it."""
    ended = before.size if before is not None else 0
    if link.first > ended:
        said = f"the entries {ended} to {link.first - 1} are in no segment here"
        yield AuditFinding(Code.ROW_DELETED, ended, None, said)
        return
    if link.first < ended:
        yield link.say(Code.ROW_INSERTED, link.first, "overlaps the segment before it")
        return
    if before is None or before.checked is None or link.checked is None:
        return
    was, start = before.checked, link.checked.start
    if link.checked.origin != was.origin:
        yield link.say(Code.FORKED, None, "is of another log than the segment before it")
        return
    if (start.prev, _root(start)) != (was.ends(), was.root):
        yield link.say(Code.FORKED, link.first, "goes on from other entries than those before it")
    for run, place in start.runs.items():
        if was.runs.get(run) != place:
            said = f"has the run '{run}' stand elsewhere than the segment before left it"
            yield link.say(Code.RUN_INCOMPLETE, link.first, said)
    if set(start.active) != set(was.ring.active):
        yield link.say(Code.REKEYED, link.first, "lets other keys sign than the segment before it")
    if link.previous != before.trailer:
        yield link.say(Code.FIELD_MODIFIED, None, "names another trailer as that of the segment before it")


def _root(start: Any) -> bytes:
    return bytes(_program()["Edge"](start.size, start.edge).root())


@cache
def _program() -> dict[str, Any]:
    """The checking program, loaded as the file that it is: it shares no code with this package."""
    import runpy

    with as_file(files("sop_runner") / "data" / "export" / "verify.py") as path:
        return runpy.run_path(str(path))
