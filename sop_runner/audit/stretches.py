"""A log verified stretch by stretch: where each one begins, and how all of them are put together."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple, Protocol

from sop_runner.audit.clocks import Clocks
from sop_runner.audit.findings import AuditFinding
from sop_runner.audit.keyring import Keyring
from sop_runner.audit.log import Opening
from sop_runner.audit.seals import Seals
from sop_runner.audit.walk import FIRST, Joint, Stretch
from sop_runner.base.errors import NotVerified

Walker = Callable[[Opening, Joint, bool], Iterable[Stretch | None]]
"""Walks a log from a joint on, in one stretch or in several that follow on each other."""


class Stored(Protocol):
    """What is read of a log to begin in its middle."""

    def checkpoints(self, start: int = 0, stop: int | None = None) -> Iterable[tuple[int, bytes]]: ...

    def node(self, level: int, index: int) -> bytes: ...

    def key_entries(self, stop: int) -> Iterable[tuple[int, str, Any]]:
        """Index, type and evidence of the entries below `stop` that tell of keys."""
        ...


class Clean(NamedTuple):
    """Nothing is wrong with that many entries; what is odd about their clocks."""

    entries: int
    warnings: tuple[AuditFinding, ...]


def joint_at(source: Stored, origin: str, first: Joint, size: int) -> Joint | None:
    """The joint after `size` entries of a log that begins on `first`, as it is stored: nothing of it is proved.

    None where it cannot be read.
    """
    levels = [level for level in range(size.bit_length() - 1, -1, -1) if size >> level & 1]
    ring, mark = Keyring.resumed(origin, first.ring), 0
    try:
        edge = tuple(source.node(level, (size >> level) - 1) for level in levels)
        link = source.node(0, size - 1).hex()
        for index, kind, evidence in source.key_entries(size):
            if mark and mark <= index:
                ring.covered(mark)
                mark = 0
            ring.take(kind, evidence)
            mark = mark or next((at for at, _ in source.checkpoints(index, size)), 0)
    except (NotVerified, ValueError, KeyError, TypeError):
        return None
    if mark:
        ring.covered(mark)
    return Joint(size, link, edge, ring.state)


def joined(
    parts: Iterable[Stretch | None],
    first: Joint,
    seals: Seals,
    before: Callable[[str], tuple[int, str]] = lambda run: FIRST,
) -> Clean | None:
    """Put stretches together that begin on `first`; None where one did not fit, or they do not to each other.

    `seals` take over what was found out about checkpoints. `before` says how a run stood at the first joint.
    """
    at, newest, signed = first, (0, b""), False
    runs, clocks, warnings = dict[str, tuple[int, str]](), Clocks(), list[AuditFinding]()
    for part in parts:
        if part is None or part.start != at:
            return None
        if any((runs.get(run) or before(run)) != part.begun.get(run, FIRST) for run in part.runs):
            return None
        runs.update(part.runs)
        warnings += [*clocks.joined(part.clocks), *part.warnings]
        seals.joined(part.checked, part.signers, part.refused, part.end.ring)
        at = part.end
        if part.newest[1]:
            newest, signed = part.newest, part.signed
    if at == first and at.size:
        return Clean(at.size, ())  # nothing has come since
    if newest[0] != at.size or (not signed and isinstance(seals.judge(*newest), AuditFinding)):
        return None
    warnings.sort(key=lambda found: found.index or 0)
    return Clean(at.size, tuple(warnings))


def stretches(first: int, size: int, each: int) -> Iterator[tuple[int, int | None]]:
    """Where to cut a log of `size` entries from `first` on: starts and stops, the last one open."""
    for start in range(first, max(size, first + 1), each):
        yield start, start + each if start + each < size else None
