"""Questions that one search can answer: what is remembered for one is forgotten before it is needed for the next.

A state holds what every question remembers, so questions that remember something at the same nodes multiply
each other's states. Those that do not only add to them, and share the way there.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sop_runner.machine.graph import GraphNode

from .apart import search_apart
from .corridors import corridors
from .following import Lead
from .model import Item, Model
from .search import Question, Result
from .taking import Judge


def search_together(questions: Iterable[Question], model: Model, judge: Judge, lead: Lead) -> Result:
    """Look for the shortest way to each goal; what a search for several could not settle is searched for alone.

    Where ways were found and could not be walked, that is settled as far as it goes.
    """
    result = Result()
    for those in _apart(tuple(questions), model):
        found = search_apart(those, model, judge, lead=lead)
        result.found.update(found.found)
        for one in those:
            again = found
            if len(those) > 1 and (found.unsettled - found.unwalked.keys()).intersection(one.goals):
                again = search_apart((one,), model, judge, lead=lead)
                result.found.update(again.found)
            result.unsettled |= again.unsettled.intersection(one.goals)
            result.unwalked.update(
                {goal: again.unwalked[goal] for goal in one.goals if goal in again.unwalked}
            )
    return result


def deciding(model: Model, nodes: Iterable[GraphNode]) -> frozenset[Item]:
    """What decides whether nodes are passed over: mostly it decides as well who asks for what they bring."""
    return frozenset().union(
        *(model.reads(node.scope, node.only_when) for node in nodes if node.only_when is not None)
    )


def _apart(questions: Sequence[Question], model: Model) -> Iterator[tuple[Question, ...]]:
    """The questions, together where nothing is remembered for two of them at one node."""
    groups: list[tuple[list[Question], set[str]]] = []
    for one in questions:
        here = _remembering(one, model) if len(questions) > 1 else set()
        for those, taken in groups:
            if taken.isdisjoint(here):
                those.append(one)
                taken |= here
                break
        else:
            groups.append(([one], here))
    yield from (tuple(those) for those, _ in groups)


def _remembering(question: Question, model: Model) -> set[str]:
    """The nodes between the first that touches what a question remembers and the last at which it is asked."""
    touching = corridors(model).touching.by_item
    items = model.closed(question.items)
    starts = {node for item in items for node in touching.get(item, ())}
    if any(item[0] == "name" and item[1] in model.case for item in items):
        starts.add(model.plan.graph.start)
    behind = question.within(model)
    return _spread(starts & behind, model.flow.onward, behind)


def _spread(starts: set[str], onward: Mapping[str, tuple[str, ...]], within: frozenset[str]) -> set[str]:
    found, waiting = set(starts), list(starts)
    while waiting:
        for to in onward[waiting.pop()]:
            if to in within and to not in found:
                found.add(to)
                waiting.append(to)
    return found
