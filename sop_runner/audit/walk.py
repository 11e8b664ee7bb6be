"""The lean walk over a stretch of a log that is as it should be: it says so, or stops at what does not fit.

Entries are taken a handful at a time, and their tree nodes are compared level by level. A stretch that begins in the middle begins
on a `Joint` that was read, not proved: it proves nothing until the stretch before it ends on the same.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256
from itertools import islice
from typing import Any, NamedTuple, Protocol

from sop_runner.audit.bodies import (  # isort: skip
    BOOT, LOG, MONO_NS, PREV, RUN, RUN_PREV, RUN_SEQ, SEQ, TYPE, WALL, Fields, fields_in, said_in,
)  # fmt: skip
from sop_runner.audit.clocks import Clocks
from sop_runner.audit.entry import ZERO
from sop_runner.audit.findings import AuditFinding
from sop_runner.audit.growing import Growing
from sop_runner.audit.keyring import KEY_TYPES, Keyring
from sop_runner.audit.levels import Levels, Nodes, Unfit
from sop_runner.audit.log import LedgerKind, Opening
from sop_runner.audit.seals import Seals
from sop_runner.base.errors import NotVerified

Along = Callable[[Sequence[tuple[int, Fields]], Mapping[str, tuple[int, str]]], None]
"""Is given entries whose bytes fit: index and the fields of the body; and where runs were met that began before."""
FIRST = (0, ZERO)  # how the chain of a run begins
HANDFUL = 128  # entries at a time: of more, what was read first is in no cache when it is judged


class Rows(Nodes, Protocol):
    """What the walk reads; see `Source`."""

    def rows(self, start: int = 0, stop: int | None = None) -> Iterable[tuple[int, bytes, bytes, Any]]: ...

    def checkpoints(self, start: int = 0, stop: int | None = None) -> Iterable[tuple[int, bytes]]: ...


class Joint(NamedTuple):
    """Where one stretch ends and the next begins: all that what follows rests on, but for the runs.

    `edge` are the roots of the full subtrees over the first `size` entries, largest first, `ring`
    which keys may sign what (`Keyring.state`).
    """

    size: int
    link: str
    edge: tuple[bytes, ...]
    ring: tuple[Any, ...]


class Stretch(NamedTuple):
    """A stretch in which everything fits, and what has to fit to the stretches before it.

    `begun` is where runs were met that began before, by `run_seq` and `run_prev`, `runs` where each was left; `clocks`
    have seen its stamps only. `newest` is the last checkpoint, `signed` whether its signature was checked;
    `checked`, `signers` and `refused` are as in `Seals`, keys by their texts.
    """

    start: Joint
    end: Joint
    begun: Mapping[str, tuple[int, str]]
    runs: Mapping[str, tuple[int, str]]
    clocks: Clocks
    warnings: tuple[AuditFinding, ...]
    newest: tuple[int, bytes]
    signed: bool
    checked: int
    signers: frozenset[str]
    refused: tuple[AuditFinding, ...]


def walk(
    source: Rows,
    opening: Opening,
    start: Joint,
    stop: int | None,
    *,
    every_signature: bool,
    told: Callable[[int], None] = lambda count: None,
    along: Along | None = None,
) -> Stretch | None:
    """Walk from `start` up to before entry `stop`, to the end for None; None where something does not fit.

    Where not `every_signature`, the signatures looked at are those over changes of keys. `told` hears how
    many more entries were taken, again and again; `along` is given those that fit, with what they say.
    """
    try:
        return _Walk(source, opening, start, stop, every_signature, along).whole(told)
    except (*_UNREADABLE, Unfit):
        return None


# What reading an entry, a node or a note that no program wrote can end in.
_UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, RecursionError, StopIteration, NotVerified)


class _Walk:
    def __init__(
        self,
        source: Rows,
        opening: Opening,
        start: Joint,
        stop: int | None,
        every: bool,
        along: "Along | None",
    ) -> None:
        self._source, self._every, self._along = source, every, along
        self._seals = Seals(opening.origin, Keyring.resumed(opening.origin, start.ring))
        self._log, self._start, self._stop = opening.log, start, stop
        self._tree = Growing(start.size, start.edge)
        self._levels = Levels(source, start.size, stop)
        self._link = start.link
        self._begun: dict[str, tuple[int, str]] = {}
        self._runs: dict[str, tuple[int, str]] = {}
        self._clocks = Clocks()
        self._live = opening.kind is LedgerKind.LIVE  # training time is simulated
        self._warnings: list[AuditFinding] = []
        self._marks = iter(source.checkpoints(start.size, stop))
        self._mark = next(self._marks, None)
        self._newest, self._newest_signed = (0, b""), False

    def whole(self, told: Callable[[int], None]) -> Stretch:
        rows = iter(self._source.rows(self._start.size, self._stop))
        while handful := list(islice(rows, HANDFUL)):
            self._take(handful)
            told(len(handful))
        size, seals = self._tree.size, self._seals
        if self._mark is not None or self._levels.left(size) or size != (self._stop or size):
            raise Unfit
        return Stretch(
            self._start,
            Joint(size, self._link, self._tree.edge(), seals.state),
            self._begun,
            self._runs,
            self._clocks,
            tuple(self._warnings),
            self._newest,
            self._newest_signed,
            seals.checked,
            frozenset(key.text for key in seals.signers),
            tuple(seals.refused),
        )

    def _take(self, handful: list[tuple[int, bytes, bytes, Any]]) -> None:
        size, log = self._tree.size, self._log
        leaves = [leaf for _, _, leaf, _ in handful]
        read = [fields_in(body) for _, body, _, _ in handful]
        links = [self._link, *[leaf.hex() for leaf in leaves]]
        if (
            [seq for seq, _, _, _ in handful] != list(range(size, size + len(handful)))
            or [sha256(b"\x00" + body).digest() for _, body, _, _ in handful] != leaves
            or [columns for _, _, _, columns in handful if columns is not None]
            or [fields[PREV] for fields in read] != links[:-1]
            or [True for fields in read if fields[LOG] != log]
        ):
            raise Unfit
        keys = self._chain(read, links)
        self._link = links[-1]
        for new in self._tree.grow(leaves):
            self._levels.hold(new)
        self._seal(keys)
        if self._along is not None:
            self._along(list(enumerate(read, size)), self._begun)

    def _chain(self, read: list[Fields], links: list[str]) -> list[tuple[int, str, Any]]:
        """Follow runs and clocks along entries, each link being that to the one before; those that tell of keys."""
        runs, keys, see = self._runs, list[tuple[int, str, Any]](), self._clocks.see if self._live else None
        for seq, (fields, link) in enumerate(zip(read, links[1:], strict=True), self._tree.size):
            run, run_seq = fields[RUN], fields[RUN_SEQ]
            if fields[SEQ] != str(seq):
                raise Unfit
            if run is not None:
                place = int(run_seq), fields[RUN_PREV]
                if runs.get(run, FIRST) != place:
                    if run in runs:
                        raise Unfit
                    self._begun[run] = place
                runs[run] = place[0] + 1, link
            elif run_seq is not None or fields[RUN_PREV] is not None:
                raise Unfit
            elif fields[TYPE] in KEY_TYPES:
                keys.append((seq, fields[TYPE], said_in(fields)["evidence"]))
            if see is not None:
                odd = see(seq, run, fields[WALL], fields[MONO_NS], fields[BOOT])
                if odd is not None:
                    self._warnings.append(odd)
        return keys

    def _seal(self, keys: list[tuple[int, str, Any]]) -> None:
        """Judge the checkpoints of the entries just taken, among which `keys` change who may sign."""
        seals, tree, mark = self._seals, self._tree, self._mark
        while mark is not None and mark[0] <= tree.size:
            size, note = mark
            while keys and keys[0][0] < size:
                seals.enter(*keys.pop(0))
            root, signed = tree.root(size), False
            if self._every or not seals.is_of(size, root, note):
                before = seals.checked
                head = seals.judge(size, note, signature=self._every)
                if isinstance(head, AuditFinding) or head.root != root:
                    raise Unfit
                seals.covered(size)
                signed = seals.checked > before
            self._newest, self._newest_signed = mark, signed
            mark = next(self._marks, None)
        self._mark = mark
        for key in keys:
            seals.enter(*key)
