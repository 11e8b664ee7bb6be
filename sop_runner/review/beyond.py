"""What the bytes of a log cannot show: every run replayed, every personal value against its commitment."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from heapq import merge
from typing import TYPE_CHECKING, Any, NamedTuple
from zlib import crc32

from sop_runner.audit import outside
from sop_runner.audit.findings import AuditFinding, Code
from sop_runner.audit.log import Opening

if TYPE_CHECKING:
    from sop_runner.review.payloads import Examine
    from sop_runner.review.replay import Texts, Turn, Use

_EACH = 500  # entries between two words of progress
_PLAIN = outside.PEOPLE | {outside.OPENED}
"""Of a log that holds nothing else there is nothing to judge here."""


class Share(NamedTuple):
    """The runs that one of several looks after, and what belongs to no run, which all of them read."""

    number: int = 0
    of: int = 1

    def holds(self, body: bytes) -> bool:
        """Whether an entry, in its canonical form, is looked at."""
        if self.of == 1:
            return True
        # Keys are in order there, and quotes in a text are escaped: the last one is that of the entry.
        at = body.rfind(b',"run":') + 7
        if body[at : at + 1] != b'"':
            return True
        return crc32(body[at : body.index(b'"', at + 1)]) % self.of == self.number


WHOLE = Share()


class Beyond(NamedTuple):
    """What one found in its share: findings, uses of proofs, turns at tickets, and entries with values behind them."""

    findings: tuple[AuditFinding, ...] = ()
    uses: tuple["Use", ...] = ()
    turns: tuple["Turn", ...] = ()
    unopened: int = 0


def look_beyond(
    log: "Texts",
    opening: Opening,
    skip: frozenset[str],
    examine: "Examine | None",
    share: Share = WHOLE,
    told: Callable[[int], None] = lambda count: None,
) -> Beyond:
    """Replay a share of the runs but those in `skip`. `examine` opens what is kept behind commitments.

    Procedures and the machine are loaded when the first run or text is met. `told` hears how many more
    entries were read, again and again.
    """
    both: _Both | None = None
    outside: list[tuple[int, Mapping[str, Any]]] = []
    for number, (index, body, _, _) in enumerate(log.rows(), 1):
        if number % _EACH == 0:
            told(_EACH)
        if not share.holds(body):
            continue
        try:
            raw = json.loads(body)
            judged = raw["run"] is not None or raw["type"] not in _PLAIN
        except (ValueError, KeyError, TypeError):
            continue  # named already
        if both is None and not judged:
            outside.append((index, raw))
            continue
        if both is None:
            both = _Both(log, opening, skip, examine)
            for earlier in outside:
                both.take(*earlier, "", sealed=True)
        both.take(index, raw, "" if skip else body.decode(), sealed=b'"commitment' in body)
    return both.finish(share) if both is not None else Beyond()


def together(found: Iterable[Beyond], examined: bool) -> Iterator[AuditFinding]:
    """The findings of all shares, and what only shows between runs, whoever had them."""
    parts = list(found)
    for part in parts:
        yield from part.findings
    if any(part.uses or part.turns for part in parts):
        from sop_runner.review.replay import crossed, reused

        yield from reused(merge(*(part.uses for part in parts), key=lambda use: use.entry))
        yield from crossed(merge(*(part.turns for part in parts), key=lambda turn: turn.entry))
    unopened = sum(part.unopened for part in parts)
    if unopened and not examined:
        said = f"the personal values of {unopened} entries were not compared: there is no vault"
        yield AuditFinding(Code.UNVERIFIABLE, None, None, said)


class _Both:
    """Replay and personal values, side by side."""

    def __init__(
        self, log: "Texts", opening: Opening, skip: frozenset[str], examine: "Examine | None"
    ) -> None:
        from sop_runner.review.payloads import Payloads
        from sop_runner.review.replay import Replay, nothing_opened

        payloads = self._payloads = Payloads(examine) if examine is not None else None

        def opened(run: str) -> Mapping[str, Any]:
            assert payloads is not None
            return {name: kept for name, kept in payloads.kept(run).items() if kept is not None}

        self._replay = Replay(log, opening.kind, nothing_opened if payloads is None else opened, skip)
        self._sealed = 0

    def take(self, index: int, body: Mapping[str, Any], text: str, *, sealed: bool) -> None:
        """Judge an entry; `text` is its canonical form, `sealed` says that commitments stand in it."""
        self._replay.take(index, body, text)
        if self._payloads is not None and (sealed or not body["run_seq"]):
            self._payloads.take(index, body)
        self._sealed += sealed and body["run"] is not None

    def finish(self, share: Share) -> Beyond:
        found = [*self._replay.finish(), *(self._payloads.finish() if self._payloads is not None else ())]
        mine = share.number == 0  # who tells of what all of them have read
        return Beyond(
            tuple(one for one in found if mine or one.run is not None),
            tuple(use for use in self._replay.uses if mine or use.run is not None),
            tuple(self._replay.turns),
            self._sealed,
        )
