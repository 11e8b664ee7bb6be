"""What a way asks of whoever walks it: which values to give at each step, and where something has to grow old."""

from collections.abc import Hashable, Iterator, Mapping
from itertools import zip_longest
from typing import NamedTuple

from sop_runner.lint.proofs.amounts import value_of
from sop_runner.lint.proofs.examples import Examples, SameText
from sop_runner.lint.proofs.floors import of_length
from sop_runner.lint.proofs.following import Found
from sop_runner.lint.proofs.ground import ENTER, GO_BACK
from sop_runner.lint.proofs.layout import AGED, FRESH, STALE
from sop_runner.lint.proofs.regions import UNKNOWN_BIT, Regions
from sop_runner.lint.proofs.telling import lives
from sop_runner.machine.graph import GraphNode, scope_of
from sop_runner.procedure.nodes import Call
from sop_runner.procedure.value_types import MAX_ROWS

from .ages import Old, ages
from .brought import Sums, parts
from .copies import copies, recorded

Row = tuple[tuple[str, "Want"], ...]
"""What is asked of some columns of a list."""


class Want(NamedTuple):
    """What a name has to be from a step on, as far as the way knows it.

    `mask` are the regions that it may lie in, `value` is set where it has to be exactly this, `same` where it has to
    be the same text as others; `computed` where nobody types it. `told` says whether a reader is told of it.
    """

    key: str
    regions: Regions
    mask: int
    value: object = None
    same: Hashable = None
    computed: bool = False
    told: bool = False


class Total(NamedTuple):
    """A sum that cells of a column of `list_` have to come to, in those `rows` (places from 0), with what is added besides."""

    list_: str
    column: str
    rows: tuple[int, ...]
    besides: tuple[object, ...]
    want: Want


class Asked(NamedTuple):
    """What one step of a way asks for. `rows` are those of lists by their names, one for each element walked.

    `ages` says that controls have to grow stale before it, `old` how old names have to be as it is taken. `totals`
    are asked for behind a call for each row.
    """

    wants: tuple[Want, ...] = ()
    rows: tuple[tuple[str, tuple[Row, ...]], ...] = ()
    ages: bool = False
    old: tuple[Old, ...] = ()
    totals: tuple[Total, ...] = ()

    def of(self, key: str) -> tuple[Want, ...]:
        """What is asked of a name; nothing where it may be anything."""
        return tuple(one for one in self.wants if one.key == key)

    def typed_as_old(self, key: str) -> tuple[Old, ...]:
        """How old has to be what is typed for a name."""
        return tuple(one for one in self.old if one.typed and one.key == key)


NOTHING = Asked()


def asked(found: Found, *, aging: bool, tell: str = "") -> dict[int, Asked]:
    """What each step asks for by its place on the way, -1 before the first.

    `aging`: controls of it may grow stale. A reader is told of the name `tell` wherever it was recorded.
    """
    wants: dict[int, list[Want]] = {}
    for one, since in _wants(found, tell):
        wants.setdefault(since, []).append(one)
    for place in sorted(wants, reverse=True):
        sources = dict(copies(found, place)) if place >= 0 else {}
        for one in [one for one in wants[place] if one.key in sources]:
            source = sources[one.key]
            since = recorded(found, source, place)
            wants.setdefault(since, []).append(one._replace(key=source, told=False))
    result = {since: Asked(tuple(every)) for since, every in wants.items()}
    apart = found.layout.model.words.rows
    for call in found.layout.model.for_each if not apart else ():
        for since, key, rows in _rows(found, call, result):
            before = result.get(since, NOTHING)
            every = dict(before.rows)
            joined = zip_longest(every.get(key, ()), rows, fillvalue=())
            every[key] = tuple((*one, *more) for one, more in joined)
            result[since] = before._replace(rows=tuple(every.items()))
    for since, those in [*result.items()] if apart else ():
        told = tuple((key, _told_apart(found, those, key)) for key in apart if _is_told(found, those, key))
        result[since] = those._replace(rows=(*those.rows, *told))
    for since, those in [*result.items()]:
        result[since] = those._replace(rows=tuple(_as_many(found, those).items()))
    for place, total in [*_totals(found, result)]:
        before = result.get(place, NOTHING)
        result[place] = before._replace(totals=(*before.totals, total))
    for place in _aging(found) if aging else ():
        result[place] = result.get(place, NOTHING)._replace(ages=True)
    for place, old in ages(found).items():
        result[place] = result.get(place, NOTHING)._replace(old=old)
    return result


def _wants(found: Found, tell: str) -> Iterator[tuple[Want, int]]:
    known, nodes = found.layout.model.words.known, found.layout.model.plan.graph.nodes
    names = [key for key in sorted(found.layout.names) if known[key].pair is None and not known[key].asked_of]
    examples = Examples(found) if names else None
    sums = found.layout.model.once(Sums).by_key
    lists = {row for rows in found.layout.model.words.rows.values() for row in rows}
    for key in names:
        assert examples is not None
        one = known[key]
        last = {life.since: life for life in lives(found, key)}  # what is gone back to is known more closely
        for since, life in last.items():
            value = examples.value(key, since)
            mask = life.last & examples.within(key, since) or life.last
            narrowed = life.last != life.first or (key in sums and one.regions.known & ~life.last)
            if one.free and not narrowed and value is None:
                continue
            same = value.which if isinstance(value, SameText) else None
            exact = None if isinstance(value, SameText) else value
            told = value is not None or life.last != life.first  # else nothing on the way asked for more
            told = told or (key == tell and (since >= 0 or key in found.layout.model.case))
            told = told and key not in lists  # a row is told of in its cells
            told = told and not (one.derive is None and key in nodes)  # outcomes are told by the arrows
            yield Want(key, one.regions, mask, exact, same, one.free, told), since


def _rows(
    found: Found, call: GraphNode, wants: Mapping[int, Asked]
) -> Iterator[tuple[int, str, tuple[Row, ...]]]:
    """For each list that a call goes through, where it was recorded and what each of its rows has to be."""
    assert isinstance(call.node, Call)
    inside = f"{call.id}/"
    starts: list[int] = []
    rounds = [starts]
    for place, step in enumerate(found.steps):
        if (step.at, step.arrow) == (call.id, "call"):
            starts = [place]
            rounds.append(starts)
        elif step.at.startswith(inside) and step.arrow == "next":
            starts.append(place)
    sources: dict[str, dict[str, str]] = {}
    for name, source in call.node.for_each.items():
        key, _, column = source.partition(".")
        sources.setdefault(call.scope + key, {})[column] = inside + name
    for key, columns in sources.items():
        for those in filter(None, rounds):
            rows = tuple(
                tuple(
                    (column, want)
                    for column, inner in columns.items()
                    for want in wants.get(place, NOTHING).of(inner)
                )
                for place in _alike(found, inside, those)
            )
            yield recorded(found, key, those[0]), key, rows


def _alike(found: Found, inside: str, starts: list[int]) -> Iterator[int]:
    """Where elements begin, each replaced by the first one that is walked as it is: what leads one leads the other."""
    first: dict[tuple[tuple[str, ...], ...], int] = {}
    for start in starts:
        walked: list[tuple[str, ...]] = []
        for step in found.steps[start + 1 :]:
            if scope_of(step.at) == inside and step.arrow in ("next", "return"):
                walked.append((step.at, step.how))
                break
            walked.append(step[:3])
        yield first.setdefault(tuple(walked), start)


def _totals(found: Found, wants: Mapping[int, Asked]) -> Iterator[tuple[int, Total]]:
    """What rows have to come to behind a call for each of them, where they were recorded."""
    sums = found.layout.model.once(Sums).by_key
    for since, those in wants.items() if sums else ():
        for want in those.wants:
            one = sums.get(want.key) if want.computed else None
            there = None if one is None else parts(found, one, since)
            if one is not None and there is not None and there.rows:
                besides = (value_of("number", there.fixed), *one.besides)
                yield there.place, Total(there.list_, there.column, there.rows, besides, want)


def _as_many(found: Found, asked_: Asked) -> dict[str, tuple[Row, ...]]:
    """The rows of lists, as many as those have to be that count them."""
    every = dict(asked_.rows)
    for key, names in found.layout.model.words.counts.items():
        counts = [want for name in names for want in asked_.of(name)]
        rows = every.get(key, ())
        fitting = (
            number
            for number in range(len(rows), MAX_ROWS + 1)
            if all(of_length(one.regions, (number,)) & one.mask for one in counts)
        )
        if counts and (number := next(fitting, -1)) >= 0:
            every[key] = (*rows, *((),) * (number - len(rows)))
    return every


def _is_told(found: Found, asked_: Asked, key: str) -> bool:
    """Whether anything is asked of the rows of a list."""
    return any(found.layout.model.words.list_of.get(one.key) == key for one in asked_.wants)


def _told_apart(found: Found, asked_: Asked, key: str) -> tuple[Row, ...]:
    """The rows of a list whose rows are told apart: as many as have to be there."""
    words = found.layout.model.words
    rows: list[Row] = []
    needed = 0
    for number, row in enumerate(words.rows[key], 1):
        there = asked_.of(row)
        if there and all(one.mask == UNKNOWN_BIT for one in there):
            break
        cells = tuple((one.key[len(row) + 1 :], one) for one in asked_.wants if one.key.startswith(f"{row}."))
        rows.append(cells)
        if number == 1 or cells or any(not one.mask & UNKNOWN_BIT for one in there):
            needed = number
    return tuple(rows[:needed])


def _aging(found: Found) -> Iterator[int]:
    """The steps by people before which a control has to grow old."""
    nodes, states = found.layout.model.plan.nodes, found.states
    acted = -1
    for place, step in enumerate(found.steps):
        by_person = not step.arrow.startswith("passed_over") and not nodes[step.at].automatic
        if step.arrow != ENTER and (by_person or step.arrow == GO_BACK):
            acted = place
        now, then = states[place].values, states[place + 1].values
        if any(now[one] in (FRESH, AGED) and then[one] == STALE for one in found.layout.controls.values()):
            yield acted
