"""What a way asks of whoever walks it: which values to give at each step, and where something has to grow old."""

from collections.abc import Iterator
from itertools import zip_longest

from sop_runner.lint.proofs.examples import Examples, SameText
from sop_runner.lint.proofs.following import Found
from sop_runner.lint.proofs.ground import ENTER, GO_BACK
from sop_runner.lint.proofs.layout import AGED, FRESH, STALE
from sop_runner.lint.proofs.telling import lives

from .ages import ages
from .brought import Sums
from .copies import copies, recorded
from .rows import as_many, is_told, told_apart, walked_rows
from .totals import totals, typed_shares
from .wants import NOTHING, Asked, Want


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
        for since, key, rows in walked_rows(found, call, result):
            before = result.get(since, NOTHING)
            every = dict(before.rows)
            joined = zip_longest(every.get(key, ()), rows, fillvalue=())
            every[key] = tuple((*one, *more) for one, more in joined)
            result[since] = before._replace(rows=tuple(every.items()))
    for since, those in [*result.items()] if apart else ():
        told = tuple((key, told_apart(found, those, key)) for key in apart if is_told(found, those, key))
        result[since] = those._replace(rows=(*those.rows, *told))
    for since, those in [*result.items()]:
        result[since] = those._replace(rows=tuple(as_many(found, those).items()))
    for place, total in [*totals(found, result)]:
        before = result.get(place, NOTHING)
        result[place] = before._replace(totals=(*before.totals, total))
    for place, want in [*typed_shares(found, result)]:
        before = result.get(place, NOTHING)
        result[place] = before._replace(wants=(want, *(one for one in before.wants if one.key != want.key)))
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
