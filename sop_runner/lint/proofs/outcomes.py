"""Every node and outcome can happen, some outcome always holds, and ends leave nothing open."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from sop_runner.lint.fault import Fault
from sop_runner.machine.graph import GraphNode, scope_of, template
from sop_runner.procedure.nodes import Decision
from sop_runner.procedure.place import Problem
from sop_runner.procedure.when import Condition, Held, tests

from .apart import search_apart
from .conditions import conditions_at
from .entering import changing
from .following import Found, Unwalked
from .ground import ENTER, State, Step
from .layout import Values
from .model import Item, Model
from .moves import Moves
from .result import told
from .search import Question, search
from .standing import steps_asked
from .staying_open import may_stay_open
from .taking import Goal
from .telling import not_walked, stops
from .walks import Walks, happening


def happens(model: Model) -> Iterator[Fault]:
    """Nodes and outcomes that no values lead to."""
    goals: set[Goal] = set()
    for node in model.plan.graph.nodes.values():
        if node.id in model.flow.reached:
            goals.add(node.id)
            if isinstance(node.node, Decision):
                goals |= {(node.id, outcome.outcome) for outcome in node.node.outcomes}
    walks = Walks(model, goals)
    back = any(_outlasts(model, one) for one in model.plan.graph.nodes.values()) if walks.left else False
    for node in model.plan.graph.nodes.values():
        never = [*_never(model, node, "", walks, back)] if node.id in walks.left else []
        yield from never
        if never:
            continue  # what cannot be reached has no outcomes either
        for index, outcome in enumerate(node.node.outcomes if isinstance(node.node, Decision) else ()):
            if (node.id, outcome.outcome) in walks.left:
                yield from _never(model, node, outcome.outcome, walks, back, index)


def _never(
    model: Model, node: GraphNode, outcome: str, walks: Walks, back: bool, index: int = 0
) -> Iterator[Fault]:
    goal: Goal = (node.id, outcome) if outcome else node.id
    items = model.reads(node.scope, node.only_when) if node.only_when is not None else frozenset[Item]()
    result = search(model, [goal], happening, items, [node.id], guarded=False, going_back=back)
    if goal in result.found:
        walks.go_on(result.found[goal].steps, goal)
        return
    path = (*node.path, "outcomes", index) if outcome else node.path
    what = f"the outcome '{outcome}' of '{node.id}'" if outcome else f"'{node.id}'"
    if goal in result.unsettled:
        yield Fault(
            node.id,
            Problem(
                "SOP303",
                f"whether {what} can happen could not be settled",
                path,
                "make its condition simpler",
            ),
        )
        return
    condition = (
        node.node.outcomes[index].when if outcome and isinstance(node.node, Decision) else node.only_when
    )
    if outcome:
        message, fix = f"{what} never happens", "change its condition, or that of an earlier outcome which leaves it no case"  # fmt: skip
    else:
        message, fix = f"{what} cannot be reached with any values", "change the conditions that lead past it, or remove it"  # fmt: skip
    if condition is not None and (control := _never_gained(model, node, condition)):
        message, fix = (
            f"{message}: nothing ever satisfies '{control}'",
            f"let a confirmation satisfy '{control}'",
        )
    yield Fault(node.id, Problem("SOP307" if outcome else "SOP305", message, path, fix))


def _outlasts(model: Model, node: GraphNode) -> bool:
    """Whether something of a node outlasts going back, so that more happens then than does forward.

    That is what time has changed since, jumps that are used up, when an item was done that a limit counts from, and
    steps that are open where a condition asks for that.
    """
    return (
        changing(node)
        or (node.time is not None and node.time.from_ is not None)
        or any(arrow.spent is not None for arrow in node.arrows.values())
        or any(any(steps_asked(model, node.scope, one)) for one in conditions_at(node))
    )


def _never_gained(model: Model, node: GraphNode, condition: Condition) -> str:
    """A control that a condition asks for and that nothing gains or hands in; empty for none."""
    for test in tests(condition):
        for control in test.controls if isinstance(test, Held) and not node.scope else ():
            if control not in node.procedure.expects and (node.scope, control) not in model.plan.gainers:
                return control
    return ""


def covered(model: Model) -> Iterator[Fault]:
    """Decisions by a person or an answer that may offer nothing."""
    for node in model.plan.graph.nodes.values():
        decision = node.node
        if not isinstance(decision, Decision) or node.id not in model.flow.reached:
            continue
        if any(outcome.when is None for outcome in decision.outcomes):
            continue
        goal: Goal = ("nothing", node.id)
        items = frozenset().union(
            *(model.reads(node.scope, one.when) for one in decision.outcomes if one.when is not None)
        )
        question = Question((goal,), items, frozenset({node.id}))
        result = search_apart([question], model, offers_nothing, lead=partial(_led_to_nothing, model))
        if goal in result.found:
            message = f"no outcome of '{node.id}' may hold: {told(stops(result.found[goal]))}"
            yield Fault(node.id, Problem("SOP308", message, node.path, "add an outcome without `when`"))
        elif goal in result.unwalked:
            whether = f"whether some outcome of '{node.id}' always holds"
            fix = "add an outcome without `when`"
            yield Fault(node.id, not_walked(whether, result.unwalked[goal], node.path, fix))
        elif goal in result.unsettled:
            message = f"whether some outcome of '{node.id}' always holds could not be settled"
            yield Fault(node.id, Problem("SOP303", message, node.path, "add an outcome without `when`"))


def offers_nothing(moves: Moves, state: State) -> Iterator[Goal]:
    """The decision at hand when the conditions of all its outcomes fail."""
    if state.entered and _left_over(moves, state):
        yield "nothing", state.at


def _left_over(moves: Moves, state: State) -> list[Values]:
    """The values with which every outcome of the decision at hand fails."""
    node = moves.nodes[state.at]
    rest: list[Values] = [state.values]
    for outcome in node.node.outcomes if isinstance(node.node, Decision) else ():
        if outcome.when is None:
            return []
        rest = [
            left
            for one in rest
            for left, truth in moves.reader.split(outcome.when, node.scope, one)
            if not truth
        ]
    return rest if isinstance(node.node, Decision) else []


def _led_to_nothing(model: Model, found: Found, goal: Goal) -> Found | Unwalked:
    """The way as the core was led along it, to a decision that offers nothing."""
    from sop_runner.lint.leading.arrivals import offers_nothing as nothing
    from sop_runner.lint.leading.leader import leader

    end = found.states[-1]
    values = _left_over(Moves(found.layout), end)[0]
    stands = Step(end.at, ENTER, end.at)
    ends = replace(found, steps=(*found.steps, stands), states=(*found.states, end._replace(values=values)))
    return leader(model).lead(ends, nothing(template(end.at)))


def left_open(model: Model) -> Iterator[Fault]:
    """Ends that can be reached while a step is open; going back to before it leaves it open to be undone, and is not counted."""
    reached = [node for node in model.plan.graph.nodes.values() if node.id in model.flow.reached]
    every = [node for node in reached if node.kind == "end"]
    for step in reached:
        ends = [node.id for node in every if step.scope.startswith(node.scope)] if step.undone_by else []
        if not may_stay_open(model, step, {*ends}):
            continue
        goals: dict[Goal, str] = {("open", end, step.id): end for end in ends}
        question = Question((*goals,), frozenset({("name", step.id)}), frozenset(ends))
        lead = partial(_led_with_open, model)
        result = search_apart([question], model, open_here, going_back=False, lead=lead)
        for goal, at in goals.items():
            end = model.plan.nodes[at]
            if goal in result.found:
                message = (
                    f"'{end.id}' can be reached with '{step.id}' open: {told(stops(result.found[goal]))}"
                )
                yield Fault(end.id, Problem("SOP312", message, end.path, _undone(step, end.id)))
            elif goal in result.unwalked:
                whether = f"whether '{end.id}' can be reached with '{step.id}' open"
                fix = _undone(step, end.id)
                yield Fault(end.id, not_walked(whether, result.unwalked[goal], end.path, fix))
            elif goal in result.unsettled:
                message = f"whether '{end.id}' can be reached with '{step.id}' open could not be settled"
                yield Fault(end.id, Problem("SOP303", message, end.path, "undo it before"))


def _led_with_open(model: Model, found: Found, goal: Goal) -> Found | Unwalked:
    """The way as the core was led along it, to the end that it refuses."""
    from sop_runner.lint.leading.arrivals import still_open
    from sop_runner.lint.leading.leader import leader

    assert isinstance(goal, tuple)
    return leader(model).lead(found, still_open(*goal[1:]))


def _undone(step: GraphNode, end: str) -> str:
    """What to do where an end can be reached with a step open, also one of what is called on the way."""
    undo = " or ".join(f"'{one}'" for one in step.undone_by)
    inner = step.scope.removeprefix(scope_of(end))
    if not inner:
        return f"lead there by {undo}"
    call = f"{scope_of(end)}{inner.partition('/')[0]}"
    return (
        f"lead every way out of '{call}' by {undo}; a limit that jumps away from '{call}' leaves it at once"
    )


def open_here(moves: Moves, state: State) -> Iterator[Goal]:
    """The steps that are open at an end."""
    node = moves.nodes[state.at]
    if not state.entered or node.kind != "end":
        return
    for key, place in moves.layout.names.items():
        step = moves.nodes.get(key)
        if step is not None and step.undone_by and step.scope.startswith(node.scope):
            still = moves.model.words.known[key].regions.of_literal("open")
            if state.values[place] & still:
                yield "open", node.id, key
