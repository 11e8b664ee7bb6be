"""An archive of sealed segments held against the live log, and runs found in either."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sop_runner.audit.findings import AuditFinding, Code
from sop_runner.audit.tree import root
from sop_runner.base.errors import NotVerified
from sop_runner.review.exports.archive import Archive, Link, segment_folders
from sop_runner.review.exports.runs_table import RunLine, read_runs

from .context import Context
from .sealing import segments_of

LIVE = "log"


def against_log(context: Context, archive: Archive) -> Iterator[AuditFinding]:
    """Where an archive is not what the log says was sealed, or not of the same entries."""
    ledger = context.ledger
    here = {(link.first, link.size): link for link in archive.links}
    for link in archive.links:
        yield from _entries(context, link)
    for segment in segments_of(context):
        found = here.pop((segment.first, segment.size), None)
        said = f"'{segment.name}', sealed in entry {segment.entry}"
        if found is None:
            yield AuditFinding(Code.ROW_DELETED, segment.first, None, f"{said}, is not in this archive")
        elif found.trailer != segment.trailer:
            yield AuditFinding(Code.FIELD_MODIFIED, None, None, f"{said}, has another trailer here")
    size = ledger.size()
    for link in here.values():
        if link.size <= size:
            yield link.say(Code.ROW_INSERTED, None, "was never put on record in the log")


def _entries(context: Context, link: Link) -> Iterator[AuditFinding]:
    if link.checked is None:
        return
    ledger = context.ledger
    if link.checked.origin != ledger.opening.origin:
        yield link.say(Code.FORKED, None, f"is of another log, '{link.checked.origin}'")
    elif link.size > ledger.size():
        said = f"holds entries up to {link.size - 1}, and the log ends with entry {ledger.size() - 1}"
        yield link.say(Code.TAIL_TRUNCATED, ledger.size(), said)
    else:
        try:
            same = root(link.size, ledger.node) == link.checked.root
        except NotVerified as error:
            yield link.say(Code.UNVERIFIABLE, None, f"cannot be compared: {error.message}")
            return
        if not same:
            yield link.say(Code.FORKED, None, f"and the log have other entries below {link.size}")


@dataclass(frozen=True, slots=True)
class FoundRun:
    """A run with where it is: the live log, the folders of segments."""

    line: RunLine
    places: tuple[str, ...]


def find_runs(context: Context | None, archive: Path | None, text: str) -> tuple[FoundRun, ...]:
    """The runs whose id, ticket, procedure, end or day (UTC) has `text` in it, the newest first.

    Raises NotVerified for a segment whose table of runs cannot be read.
    """
    lines: dict[str, RunLine] = {}
    places: dict[str, list[str]] = {}
    for place, line in (*(_in_log(context) if context else ()), *(_in_archive(archive) if archive else ())):
        known = lines.get(line.run)
        if known is None or (line.ended and not known.ended):
            lines[line.run] = line
        places.setdefault(line.run, []).append(place)
    wanted = text.casefold()
    found = [FoundRun(line, tuple(places[line.run])) for line in lines.values() if _fits(line, wanted)]
    return tuple(sorted(found, key=lambda one: one.line.started, reverse=True))


def _fits(line: RunLine, wanted: str) -> bool:
    texts = (line.run, line.ticket, line.procedure, line.end, line.result, line.started[:10], line.ended[:10])
    return any(wanted in one.casefold() for one in texts)


def _in_log(context: Context) -> Iterator[tuple[str, RunLine]]:
    for summary in context.ledger.summaries(ended=True):
        facts = summary.facts
        line = RunLine(
            summary.run, facts["ticket"], facts["procedure"], str(facts["revision"]), facts["opened"]
        )
        if facts["status"] == "ended":
            line.ended, line.end, line.result = facts["last"], facts["at"], facts["result"]
        yield LIVE, line


def _in_archive(archive: Path) -> Iterator[tuple[str, RunLine]]:
    for folder in segment_folders(archive):
        try:
            for line in read_runs((folder / "runs.csv").read_bytes()):
                yield folder.name, line
        except (OSError, ValueError) as error:
            raise NotVerified(
                f"the runs of '{folder.name}' cannot be read: {error}",
                hint="'sop audit check-archive' says what is wrong with it.",
            ) from error
