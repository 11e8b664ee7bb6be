"""A way through a call for each row with as many elements as it has rows: the last one is walked as often as they are more.

A proof that does not tell elements apart may walk one and count several.
"""

from collections.abc import Iterator
from dataclasses import replace

from sop_runner.lint.proofs.following import Found
from sop_runner.lint.proofs.ground import Step
from sop_runner.lint.proofs.mixtures import Sampled
from sop_runner.lint.proofs.taking import Tree
from sop_runner.procedure.nodes import Call

from .asked import asked
from .brought import elements
from .copies import recorded
from .wants import NOTHING

MOST_MORE = 12
"""Elements that a way is lengthened by at one call."""


def lengthened(found: Found) -> Found:
    """The way with the elements that are missing; as it was where none are, or they cannot be walked alike."""
    words = found.layout.model.words
    if words.rows or not words.counts:
        return found
    steps = found.steps
    for start, end, more in sorted(_missing(found), reverse=True):
        if more > MOST_MORE:
            return found
        last = steps[end]
        onward = Step(last.at, "next", found.layout.model.plan.nodes[last.at].arrows["next"].target, last.how)
        steps = (*steps[:end], *(onward, *steps[start + 1 : end]) * more, *steps[end:])
    if steps is found.steps:
        return found
    line, _ = Tree(Sampled(found.layout)).take(steps, None, lambda moves, state: (None,))
    if line is None:
        return found
    # What is known at the end is what the way was found for.
    return replace(found, steps=line.steps(), states=(*line.states()[:-1], found.states[-1]))


def _missing(found: Found) -> Iterator[tuple[int, int, int]]:
    """Where the last element of a call begins and ends of which a list has more rows, and how many more."""
    wanted = asked(found, aging=False)
    for call in found.layout.model.for_each:
        assert isinstance(call.node, Call)
        lists = {call.scope + source.partition(".")[0] for source in call.node.for_each.values()}
        for place, step in enumerate(found.steps):
            there = elements(found, call, place) if step.arrow == "return" else []
            if not there or there[-1][1] != place:
                continue
            rows = (
                len(dict(wanted.get(recorded(found, key, there[0][0]), NOTHING).rows).get(key, ()))
                for key in lists
            )
            more = max(rows) - len(there)
            if more > 0:
                yield (*there[-1], more)
