"""What the bytes of a log cannot show: every run replayed, every personal value against its commitment."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from heapq import merge
from typing import TYPE_CHECKING, Any, NamedTuple

from sop_runner.audit import outside
from sop_runner.audit.bodies import HEAD, RUN, RUN_SEQ, Fields, fields_in, said_in
from sop_runner.audit.findings import AuditFinding, Code, entries
from sop_runner.audit.heads import SEALED, NotCanonical
from sop_runner.audit.log import Opening

if TYPE_CHECKING:
    from sop_runner.review.between import Turn, Use
    from sop_runner.review.payloads import Examine
    from sop_runner.review.replay import Texts

NOT_READ = (ValueError, KeyError, TypeError, AttributeError, RecursionError, StopIteration)
_EACH = 500  # entries between two words of progress
_PLAIN = outside.PEOPLE | {outside.OPENED}
"""Of a log that holds nothing else there is nothing to judge here."""


class Beyond(NamedTuple):
    """What one found in what it looked at: findings, uses of proofs, turns at tickets, entries with values behind them, and
    how many entries were of a kind that was judged before.
    """

    findings: tuple[AuditFinding, ...] = ()
    uses: tuple["Use", ...] = ()
    turns: tuple["Turn", ...] = ()
    unopened: int = 0
    known: int = 0


def look_beyond(
    log: "Texts",
    opening: Opening,
    skip: frozenset[str],
    examine: "Examine | None",
    told: Callable[[int], None] = lambda count: None,
) -> Beyond:
    """Replay the runs but those in `skip`. `examine` opens what is kept behind commitments.

    Procedures and the machine are loaded when the first run or text is met. `told` hears how many more
    entries were read, again and again.
    """
    looking = Looking(log, opening, skip, examine)
    for number, (index, body, _, _) in enumerate(log.rows(), 1):
        if number % _EACH == 0:
            told(_EACH)
        try:
            looking.take(index, read_leniently(body))
        except NOT_READ:
            continue  # named already
    return looking.finish()


def together(found: Iterable[Beyond], examined: bool) -> Iterator[AuditFinding]:
    """The findings of all who looked, and what only shows between runs, whoever had them."""
    parts = list(found)
    named = {one.message for part in parts for one in part.findings if one.run is not None}
    for part in parts:
        # A text is named without a run where none that pinned it was met, which may have been met elsewhere.
        yield from (one for one in part.findings if one.index is not None or one.message not in named)
    if any(part.uses or part.turns for part in parts):
        from sop_runner.review.between import crossed, reused

        yield from reused(merge(*(part.uses for part in parts), key=lambda use: use.entry))
        yield from crossed(merge(*(part.turns for part in parts), key=lambda turn: turn.entry))
    unopened = sum(part.unopened for part in parts)
    if unopened and not examined:
        said = (
            f"the personal values of {entries(unopened)} were not compared: the vault does not open, for its key is gone,"
            " cannot be read or is another. Put its key back from where you keep a copy"
        )
        yield AuditFinding(Code.UNVERIFIABLE, None, None, said)


class Looking:
    """Takes the entries of a log in order, replays runs and looks at personal values, side by side.

    Both are loaded when the first entry comes that has something to be judged.
    """

    def __init__(
        self, log: "Texts", opening: Opening, skip: frozenset[str], examine: "Examine | None"
    ) -> None:
        self._begin = partial(_Both, log, opening, skip, examine)
        self._both: _Both | None = None
        self._outside: list[tuple[int, Mapping[str, Any]]] = []
        self._failed: Exception | None = None

    def take(self, index: int, said: Fields | Mapping[str, Any]) -> None:
        """Judge an entry by its fields, or by its body where that is not in canonical form.

        Raises what is in NOT_READ where it is no entry.
        """
        if self._both is None:
            body = said_in(said) if isinstance(said, tuple) else said
            if body["run"] is None and type(body["type"]) is str and body["type"] in _PLAIN:
                self._outside.append((index, body))
                return
            self._both = self._begin()
            for earlier in self._outside:
                self._both.take(*earlier)
        self._both.take(index, said)

    def along(
        self,
        entries: Iterable[tuple[int, Fields | Mapping[str, Any]]],
        begun: Mapping[str, Any] | None = None,
    ) -> None:
        """Judge entries while their bytes are verified; what fails is raised when that is done.

        Which of their runs have `begun` before does not matter to who looks after all of them.
        """
        if self._failed is None:
            try:
                both, index = self._both, 0
                for index, said in entries:
                    if both is None or type(said) is not tuple or not both.knows(index, said):
                        self.take(index, said)
                    elif said[HEAD].form.sealed or said[RUN_SEQ] == "0":
                        both.beside(index, said)
                if both is not None:
                    both.replay.rest(index)
            except Exception as error:  # noqa: BLE001 - raised again by `finish`
                self._failed = error

    def met(self, run: str) -> bool:
        """Whether an entry of the run was taken."""
        return self._both is not None and self._both.replay.met(run)

    def finish(self, *, first: bool = True) -> Beyond:
        """What was found; only the `first` of several tells of what belongs to no run."""
        if self._failed is not None:
            raise self._failed
        return self._both.finish(first) if self._both is not None else Beyond()


def read_leniently(body: bytes) -> Fields | Mapping[str, Any]:
    """The fields of a body in canonical form; else what it says."""
    try:
        return fields_in(body)
    except NotCanonical:
        return json.loads(body)  # type: ignore[no-any-return]  # what JSON holds is Any


class _Both:
    """Replay and personal values, side by side."""

    def __init__(
        self, log: "Texts", opening: Opening, skip: frozenset[str], examine: "Examine | None"
    ) -> None:
        from sop_runner.review.payloads import Payloads
        from sop_runner.review.replay import Replay
        from sop_runner.review.starts import nothing_opened

        payloads = self._payloads = Payloads(examine) if examine is not None else None

        def opened(run: str) -> Mapping[str, Any]:
            assert payloads is not None
            found = payloads.kept(run)
            if None in found.values():
                return {name: kept for name, kept in found.items() if kept is not None}
            return found

        self.replay = Replay(log, opening.kind, nothing_opened if payloads is None else opened, skip)
        self.knows = self.replay.knows
        """Judges an entry where it is known, and says whether it was; it is to be looked at `beside` where it begins a run
        or holds anything personal.
        """
        self._sealed = 0

    def take(self, index: int, said: Fields | Mapping[str, Any]) -> None:
        """Judge an entry."""
        self.replay.take(index, said)
        if isinstance(said, tuple) and said[HEAD].body is None and said[RUN] is not None:
            self.beside(index, said)
            return
        body = said_in(said) if isinstance(said, tuple) else said
        if body["run"] is not None:
            self._sealed += SEALED in json.dumps(body["evidence"])
        if self._payloads is not None:
            self._payloads.take(index, body)

    def beside(self, index: int, fields: Fields) -> None:
        """Look at the personal values of an entry of a run, known by its look."""
        head, run = fields[HEAD], fields[RUN]
        self._sealed += head.form.sealed
        if self._payloads is not None:
            if fields[RUN_SEQ] == "0":
                self._payloads.begun(run, fields)
            if head.form.sealed:
                self._payloads.named(index, run, head.commitments)

    def finish(self, first: bool) -> Beyond:
        found = [*self.replay.finish(), *(self._payloads.finish() if self._payloads is not None else ())]
        return Beyond(
            tuple(one for one in found if first or one.run is not None),
            tuple(use for use in self.replay.uses if first or use.run is not None),
            tuple(self.replay.turns),
            self._sealed,
            self.replay.known,
        )
