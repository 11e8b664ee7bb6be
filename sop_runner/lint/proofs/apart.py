"""Searches that tell the elements of a call for each apart where a way that was found rests on their being alike.

A way along which the run core was led is certain. Another one is doubted where somebody in an element comes back
from further on, where a list is gone through twice or counted, and where it matters what was done or is open in an
element. The same is then asked of the plan with the first elements told apart, in which every way is one that can
be walked.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from sop_runner.machine.graph import scope_of, template
from sop_runner.procedure.nodes import Call
from sop_runner.procedure.value_types import MAX_ROWS

from .elements import told_apart
from .following import Found, Lead
from .ground import GO_BACK, State
from .model import Item, Model
from .moves import Moves
from .search import Question, Result, search_for
from .taking import Goal, Judge

ELEMENTS = (2, 3)
"""How many elements are told apart, one after another, until a way is found."""


def search_apart(
    questions: Sequence[Question], model: Model, judge: Judge,
    *, going_back: bool = True, guarded: bool = True, lead: Lead,
) -> Result:  # fmt: skip
    """Look for ways to the goals; what may hold only of longer lists than are told apart is not settled."""
    result = search_for(questions, model, judge, going_back=going_back, guarded=guarded, lead=lead)
    doubted = {goal for goal, found in result.unwalked.items() if _doubted(model, found.way)}
    for goal in doubted:
        result.unsettled.discard(goal)
        del result.unwalked[goal]
    longest = _longest(model) if doubted else 0
    for most in ELEMENTS if doubted else ():
        apart, scopes = _told_apart(model, most)
        again = [_in_each(one, doubted, scopes) for one in questions if not doubted.isdisjoint(one.goals)]
        alike = partial(_alike, judge)
        closer = search_for(again, apart, alike, going_back=going_back, guarded=guarded, lead=lead)
        result.found.update(closer.found)
        result.unsettled |= closer.unsettled
        result.unwalked.update(closer.unwalked)
        doubted -= closer.found.keys() | closer.unsettled
        if longest <= most or not doubted:
            return result
    result.unsettled |= doubted
    return result


def _alike(judge: Judge, moves: Moves, state: State) -> Iterator[Goal]:
    """What is fulfilled in one element is fulfilled."""
    for goal in judge(moves, state):
        yield _plain(goal)


def _plain(goal: Goal) -> Goal:
    if isinstance(goal, tuple):
        return tuple(map(_plain, goal))
    return template(goal) if isinstance(goal, str) else goal


def _told_apart(model: Model, most: int) -> tuple[Model, dict[str, tuple[str, ...]]]:
    key = f"elements {most}"
    if key not in model.shared_work:
        plan, scopes = told_apart(model.plan, most)
        model.shared_work[key] = Model(plan), dict(scopes)
    found = model.shared_work[key]
    assert isinstance(found, tuple)
    return found


def _in_each(question: Question, goals: set[Goal], scopes: dict[str, tuple[str, ...]]) -> Question:
    """The same question of every element."""
    return Question(
        tuple(goal for goal in question.goals if goal in goals),
        frozenset(item for one in question.items for item in _item(one, scopes)),
        frozenset(there for spot in question.spots for there in _there(spot, scopes)),
    )


def _item(item: Item, scopes: dict[str, tuple[str, ...]]) -> Iterator[Item]:
    if item[0] == "control":
        yield from (("control", scope, item[2]) for scope in scopes[item[1]])
    elif item[0] == "name" and scope_of(item[1]) in scopes:  # how names compare is found out on the way
        yield from (("name", there) for there in _there(item[1], scopes))


def _there(key: str, scopes: dict[str, tuple[str, ...]]) -> Iterable[str]:
    scope = scope_of(key)
    return (there + key[len(scope) :] for there in scopes[scope])


def _longest(model: Model) -> int:
    """The most rows that a list may have that some call goes through."""
    found = [0]
    for node in model.for_each:
        assert isinstance(node.node, Call)
        for source in node.node.for_each.values():
            rules = model.plan.fields.get(node.scope + source.partition(".")[0])
            most = rules.at_most if rules is not None else None
            found.append(MAX_ROWS if most is None else int(most))
    return max(found)


def _doubted(model: Model, found: Found) -> bool:
    """Whether a way supposes something of elements that may not be so of any."""
    inside = tuple(f"{call.id}/" for call in model.for_each)
    if not inside:
        return False
    through = [list_ for step in found.steps if step.arrow == "call" for list_ in _lists(model, step.at)]
    layout = found.layout
    return (
        len(set(through)) < len(through)
        or any(name in layout.names for key in through for name in model.words.counts.get(key, ()))
        or any(step.at.startswith(inside) and GO_BACK in (step.arrow, step.how) for step in found.steps)
        or any(key.startswith(inside) and _stays(model, key) for key in (*layout.left, *layout.names))
    )


def _stays(model: Model, key: str) -> bool:
    """Whether something is said of a node that is another one in each element: that it was left, or is open."""
    return key in model.plan.graph.timed or (
        key in model.plan.nodes and bool(model.plan.nodes[key].undone_by)
    )


def _lists(model: Model, at: str) -> Iterator[str]:
    node = model.plan.nodes[at]
    if isinstance(node.node, Call):
        yield from dict.fromkeys(node.scope + one.partition(".")[0] for one in node.node.for_each.values())
