"""The rows of lists that a way asks for: as many as elements are walked, each with what its element has to be."""

from collections.abc import Iterator, Mapping

from sop_runner.lint.proofs.floors import of_length
from sop_runner.lint.proofs.following import Found
from sop_runner.lint.proofs.regions import UNKNOWN_BIT
from sop_runner.machine.graph import GraphNode, scope_of
from sop_runner.procedure.nodes import Call
from sop_runner.procedure.value_types import MAX_ROWS

from .copies import recorded
from .wants import NOTHING, Asked, Row


def walked_rows(
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


def as_many(found: Found, asked_: Asked) -> dict[str, tuple[Row, ...]]:
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


def is_told(found: Found, asked_: Asked, key: str) -> bool:
    """Whether anything is asked of the rows of a list."""
    return any(found.layout.model.words.list_of.get(one.key) == key for one in asked_.wants)


def told_apart(found: Found, asked_: Asked, key: str) -> tuple[Row, ...]:
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
