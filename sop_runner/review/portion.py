"""A portion of a log, judged by one of several: the runs that begin in it, each to its end.

Entries that lie in it and belong to runs from before are noted by place, and so is what belongs to no run, for that
counts for all that comes after it. Once all portions were read, each is given what concerns its runs and lies later.
"""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeAlias

from sop_runner.audit.bodies import RUN, Fields

from .beyond import Beyond, Looking, read_leniently

Places: TypeAlias = "array[int]"


class Bodies(Protocol):
    """What is read again of a log whose bytes have been verified."""

    def of_run(self, run: str | None, stop: int) -> Iterable[tuple[int, bytes, bytes]]: ...

    def at(self, places: Sequence[int]) -> Iterable[tuple[int, bytes]]:
        """Index and body of the entries at these places, which come in order."""
        ...


class Noted(NamedTuple):
    """What a portion leaves to others: places of `entries` by run, and of those `outside` any run; and `before`,
    which were the latter before it.
    """

    entries: Mapping[str, Places]
    outside: Places
    before: Places


class Portion:
    """Takes the entries of its stretches of a log in order, and those of its runs that come later.

    The `first` one looks after all runs of its stretches, and tells of what belongs to no run.
    """

    def __init__(self, looking: Looking, *, first: bool) -> None:
        self._looking, self._first = looking, first
        self._entries: defaultdict[str, Places] = defaultdict(lambda: array("q"))
        self._outside, self._before = array("q"), array("q")

    @property
    def noted(self) -> Noted:
        """What is left to others so far."""
        return Noted(dict(self._entries), self._outside, self._before)

    def begin(self, log: Bodies, start: int) -> None:
        """Take what belongs to no run and comes before the first entry of the portion, at `start`."""
        before = list(log.of_run(None, start))
        self._before.extend(index for index, _, _ in before)
        self._looking.along((index, read_leniently(body)) for index, body, _ in before)

    def along(self, entries: Sequence[tuple[int, Fields]], begun: Mapping[str, Any]) -> None:
        """Judge the entries among these that are of runs of this portion, while their bytes are verified."""
        own = []
        for entry in entries:
            run = entry[1][RUN]
            if run is None:
                self._outside.append(entry[0])
            elif not self._first and run in begun:
                self._entries[run].append(entry[0])
                continue
            own.append(entry)
        self._looking.along(own)

    def finish(self, log: Bodies, later: Sequence[Noted]) -> Beyond:
        """What was found, once the entries of these runs that others came upon were judged as well."""
        places = [place for noted in later for place in noted.outside]
        for noted in later:
            for run, its in noted.entries.items():
                if self._looking.met(run):
                    places += its
        self._looking.along((index, read_leniently(body)) for index, body in log.at(sorted(places)))
        return self._looking.finish(first=self._first)


def fits(noted: Sequence[Noted]) -> bool:
    """Whether what each portion took to come before it is what those before came upon."""
    before = array("q")
    for one in noted:
        if one.before != before:
            return False
        before += one.outside
    return True
