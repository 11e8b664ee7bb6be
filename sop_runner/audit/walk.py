"""The lean walk over a log that is as it should be: it says so, or stops at the first thing that does not fit.

Entries are taken a handful at a time. What can be asked of the handful in one go, its canonical form,
its tree nodes, is; nothing is asked less strictly for that.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from json.decoder import JSONDecoder
from json.scanner import make_scanner
from typing import Any, Protocol

from sop_runner.audit.clocks import Clocks
from sop_runner.audit.entry import BODY_KEYS, VERSION, ZERO
from sop_runner.audit.findings import AuditFinding
from sop_runner.audit.growing import Growing
from sop_runner.audit.growing import Row as Nodes
from sop_runner.audit.keyring import KEY_TYPES
from sop_runner.audit.log import LedgerKind, Opening
from sop_runner.audit.seals import Seals
from sop_runner.base.canonical import encode_checked
from sop_runner.base.errors import NotVerified

HANDFUL = 64  # entries at a time: more only keep the garbage collector and the caches busy


class Rows(Protocol):
    """What the walk reads; see `Source`."""

    def rows(self) -> Iterable[tuple[int, bytes, bytes, Any]]: ...

    def checkpoints(self) -> Iterable[tuple[int, bytes]]: ...

    def nodes(self, level: int) -> Iterable[tuple[int, bytes]]: ...


class _Unfit(Exception):
    """Something does not fit; diagnosis says what."""


@dataclass(frozen=True, slots=True)
class Clean:
    """Nothing is wrong with that many entries; what is odd about their clocks."""

    entries: int
    warnings: tuple[AuditFinding, ...]


def walk(source: Rows, opening: Opening, seals: Seals, every_signature: bool) -> Clean | None:
    """Walk the log once; None at the first thing that does not fit."""
    try:
        return _Walk(source, opening, seals, every_signature).whole()
    except (
        _Unfit,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        RecursionError,
        StopIteration,
        NotVerified,
    ):
        return None


class _Walk:
    def __init__(self, source: Rows, opening: Opening, seals: Seals, every_signature: bool) -> None:
        self._source, self._seals, self._every = source, seals, every_signature
        self._log = opening.log
        self._tree, self._levels = Growing(), _Levels(source)
        self._link = ZERO
        self._runs: dict[str, tuple[int, str]] = {}
        self._clocks = Clocks() if opening.kind is LedgerKind.LIVE else None  # training time is simulated
        self._warnings: list[AuditFinding] = []
        self._marks = iter(source.checkpoints())
        self._mark = next(self._marks, None)
        self._newest, self._newest_signed = (0, b""), False

    def whole(self) -> Clean:
        rows = iter(self._source.rows())
        while handful := list(islice(rows, HANDFUL)):
            self._take(handful)
        size = self._tree.size
        if self._mark is not None or self._newest[0] != size or self._levels.left():
            raise _Unfit
        if not self._newest_signed and isinstance(self._seals.judge(*self._newest), AuditFinding):
            raise _Unfit
        return Clean(size, tuple(self._warnings))

    def _take(self, handful: list[tuple[int, bytes, bytes, Any]]) -> None:
        log, link, runs, clocks = self._log, self._link, self._runs, self._clocks
        count, leaves, keys = self._tree.size, [], []
        entries, bodies = [], []
        for seq, body, leaf, columns in handful:
            text = body.decode()
            raw, end = _scan(text, 0)
            if (
                end != len(text)
                or seq != count
                or raw["seq"] != count
                or sha256(b"\x00" + body).digest() != leaf
                or columns is not None
                or raw["prev"] != link
                or raw["log"] != log
                or raw["v"] != VERSION
                or list(raw) != _KEYS
            ):
                raise _Unfit
            link, count = leaf.hex(), count + 1
            run = raw["run"]
            if run is not None:
                number, before = runs.get(run, _FIRST)
                if raw["run_seq"] != number or raw["run_prev"] != before:
                    raise _Unfit
                runs[run] = (number + 1, link)
            else:
                if raw["run_seq"] is not None or raw["run_prev"] is not None:
                    raise _Unfit
                if raw["type"] in KEY_TYPES:
                    keys.append((seq, raw["type"], raw["evidence"]))
            if clocks is not None:
                ts = raw["ts"]
                odd = clocks.see(seq, run, ts["wall"], ts["mono_ns"], ts["boot"])
                if odd is not None:
                    self._warnings.append(odd)
            leaves.append(leaf)
            entries.append(raw)
            bodies.append(body)
        # Written again all at once. No object's text begins with another whole one, and each was read
        # to its very end, so that no difference in one body can be made up for by the next.
        if encode_checked(entries) != b"[%b]" % b",".join(bodies):
            raise _Unfit
        self._link = link
        for new in self._tree.grow(leaves):
            self._levels.hold(new)
        self._seal(keys)

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
                    raise _Unfit
                seals.covered(size)
                signed = seals.checked > before
            self._newest, self._newest_signed = mark, signed
            mark = next(self._marks, None)
        self._mark = mark
        for key in keys:
            seals.enter(*key)


_FIRST = (0, ZERO)
_KEYS = sorted(BODY_KEYS)  # in canonical form they come in this order


def _refuse(text: str) -> Any:
    raise ValueError(text)


# What a decoder calls for each value; it ends in StopIteration where none begins.
_DECODER: Any = JSONDecoder(parse_float=_refuse, parse_constant=_refuse)
_scan = make_scanner(_DECODER)


class _Levels:
    """The stored nodes, each level read along as the tree grows."""

    __slots__ = ("_open", "_source")

    def __init__(self, source: Rows) -> None:
        self._source = source
        self._open: list[Iterator[tuple[int, bytes]]] = []

    def hold(self, new: Nodes) -> None:
        """The next stored nodes of a level have to be these."""
        level, first, hashes = new
        wanted = list(enumerate(hashes, first))
        if list(islice(self._level(level), len(wanted))) != wanted:
            raise _Unfit

    def left(self) -> bool:
        """True where a node is stored that the tree does not have."""
        return any(next(self._level(level), None) is not None for level in range(1, len(self._open) + 2))

    def _level(self, level: int) -> Iterator[tuple[int, bytes]]:
        if level > len(self._open):
            self._open.append(iter(self._source.nodes(level)))
        return self._open[level - 1]
