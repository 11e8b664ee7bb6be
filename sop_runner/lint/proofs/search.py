"""Search with as few names as the answer needs: shortest way first, and none that no values can take.

A search starts with no names at all, so that every arrow can be taken. A way it finds is followed
again with every name that is read on it. Where no values can take it, the names that stop it are
remembered from then on, and the search starts again (Clarke et al. 2000). So what is said to hold
holds for more ways than there are, and what is said to fail was followed to its end.
"""

from collections import deque
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field

from sop_runner.machine.graph import GraphNode
from sop_runner.procedure.base_types import FieldRef
from sop_runner.procedure.nodes import Call, Confirmation, Decision, End

from .layout import Item, Layout, Model, counted
from .moves import Moves, State, Step
from .reading import TooMany

MOST_STATES = 40_000
MOST_TRIES = 6_000
MOST_ROUNDS = 40
MOST_TRIED = 16

Goal = Hashable
Judge = Callable[[Moves, State], Iterable[Goal]]
"""Which goals a state fulfils."""


@dataclass(frozen=True, slots=True)
class Found:
    """A way to a goal: its steps, and the states with every name that is read on it."""

    steps: tuple[Step, ...]
    states: tuple[State, ...]
    layout: Layout


@dataclass
class Result:
    """What a search came to: ways to goals, goals that nothing leads to, and what it could not settle."""

    found: dict[Goal, Found] = field(default_factory=dict)
    settled: bool = True
    unsettled: set[Goal] = field(default_factory=set)
    states: int = 0


def search(
    model: Model, goals: Iterable[Goal], judge: Judge, items: Iterable[Item], within: frozenset[str] | None = None,
    *, going_back: bool = True,
    guarded: bool = True,
) -> Result:  # fmt: skip
    """Look for the shortest way to each goal; `within` are the nodes worth looking at."""
    result = Result()
    pending = set(goals)
    remembered = frozenset(items)
    for _ in range(MOST_ROUNDS):
        layout = Layout(model, remembered)
        more = _round(Moves(layout, going_back=going_back, guarded=guarded), pending, judge, within, result)
        if more is None:
            return result
        remembered = layout.items | more
    result.settled = False
    result.unsettled |= pending
    return result


def _round(
    moves: Moves, pending: set[Goal], judge: Judge, within: frozenset[str] | None, result: Result
) -> frozenset[Item] | None:
    """One search; the items that have to be remembered as well, None where it is done."""
    came: dict[State, tuple[State, Step] | None] = {}
    waiting: deque[State] = deque()
    try:
        for start in moves.starts():
            came[start] = None
            waiting.append(start)
        while waiting and pending:
            state = waiting.popleft()
            for goal in judge(moves, state):
                if goal not in pending:
                    continue
                steps = _steps(came, state)
                way, more = follow(moves, steps, goal, judge)
                if way is not None:
                    result.found[goal] = way
                    pending.discard(goal)
                elif more:
                    return more
                else:
                    result.unsettled.add(goal)
                    pending.discard(goal)
            if barred(moves, state):
                continue
            for step, after in moves.onward(state):
                if after not in came and (within is None or after.at in within):
                    came[after] = (state, step)
                    waiting.append(after)
            if len(came) > MOST_STATES:
                raise TooMany(state.at)
    except TooMany:
        result.settled = False
        result.unsettled |= pending
    result.states += len(came)
    return None


def _steps(came: dict[State, tuple[State, Step] | None], state: State) -> tuple[Step, ...]:
    found = []
    before = came[state]
    while before is not None:
        found.append(before[1])
        before = came[before[0]]
    return tuple(reversed(found))


def barred(moves: Moves, state: State) -> bool:
    """Whether the run refuses to be here for want of a remembered control."""
    if not (state.entered and moves.guarded):
        return False
    return any(
        state.values[place] < 2 for _, place in moves.layout.requires(moves.nodes[state.at], state.values)
    )


def follow(
    coarse: Moves, steps: tuple[Step, ...], goal: Goal, judge: Judge
) -> tuple[Found | None, frozenset[Item]]:
    """Take the same steps with every name read on them; what stops them that is not remembered yet."""
    layout, model = coarse.layout, coarse.model
    nodes = coarse.nodes
    on_way = {step.at for step in steps} | {step.to for step in steps} | {model.plan.graph.start}
    wanted = {name: reads_at(model, nodes[name]) for name in on_way}
    fine = Moves(
        Layout(model, layout.items.union(*wanted.values())),
        going_back=coarse.going_back,
        guarded=coarse.guarded,
    )
    came, deepest = _follow(fine, steps, goal, judge)
    if came:
        taken = tuple(step for step, _ in came[1:])
        return Found(taken, tuple(state for _, state in came), fine.layout), frozenset()
    if deepest < 0:
        return None, frozenset()
    order = [step.to for step in reversed(steps)] + [steps[0].at if steps else model.plan.graph.start]
    stopped = steps[min(deepest, len(steps) - 1)] if steps else None
    places = {stopped.at, stopped.to} if stopped else on_way
    nearest = [item for name in dict.fromkeys(order) for item in sorted(wanted[name])]
    near = frozenset().union(*(wanted[name] for name in places))
    return None, _least(coarse, fine.layout, [*dict.fromkeys(nearest)], near, steps, goal, judge)


def _least(
    coarse: Moves, fine: Layout, nearest: list[Item], near: frozenset[Item], steps: tuple[Step, ...], goal: Goal,
    judge: Judge,
) -> frozenset[Item]:  # fmt: skip
    """One thing that stops the way, read as near its end as can be; else all that is read where it stopped."""
    layout, model = coarse.layout, coarse.model
    tried = 0
    for item in nearest:
        more = model.closed({item}) - layout.items
        if not more or tried == MOST_TRIED:
            continue
        tried += 1
        came, deepest = _follow(
            Moves(Layout(model, layout.items | more), going_back=coarse.going_back, guarded=coarse.guarded),
            steps,
            goal,
            judge,
        )
        if not came and deepest >= 0:
            return more
    return (model.closed(near) - layout.items) or (fine.items - layout.items)


def _follow(
    moves: Moves, steps: tuple[Step, ...], goal: Goal, judge: Judge
) -> tuple[tuple[tuple[Step, State], ...], int]:
    """The states along the steps, or how far they can be taken (-1: that could not be settled)."""
    deepest, tried = 0, 0
    begin = Step("", "", moves.model.plan.graph.start)
    waiting: list[tuple[tuple[Step, State], ...]] = [((begin, start),) for start in reversed(moves.starts())]
    while waiting:
        came = waiting.pop()
        here, state = len(came) - 1, came[-1][1]
        deepest = max(deepest, here)
        if here == len(steps):
            if goal in set(judge(moves, state)):
                return came, here
            continue
        tried += 1
        if tried > MOST_TRIES:
            return (), -1
        if barred(moves, state):
            continue
        ways = [one for one in moves.onward(state) if one[0][:3] == steps[here][:3]]
        waiting += [(*came, one) for one in reversed(dict.fromkeys(ways))]
    return (), deepest


def reads_at(model: Model, node: GraphNode) -> frozenset[Item]:
    """Everything that decides how a node is entered and left."""
    scope, found = node.scope, set[Item]()
    if node.only_when is not None:
        found |= model.reads(scope, node.only_when)
    for control in model.asks(node):
        found |= model.shared(scope, control)
    for arrow in node.arrows.values():
        key = counted(node, arrow, model.plan.graph.nodes)
        if key is not None:
            found.add(("count", *key))
    if node.time is not None:
        for name in (node.time.from_, node.time.until):
            if name and scope + name not in model.plan.graph.nodes:
                found |= model.item(scope, name)
    match node.node:
        case Decision(outcomes=outcomes):
            for one in outcomes:
                if one.when is not None:
                    found |= model.reads(scope, one.when)
        case Confirmation(read_back=read_back, sign_off=sign_off):
            for name in (*((read_back.of,) if read_back else ()), *(sign_off.blind if sign_off else ())):
                found |= model.item(scope, name)
        case Call(given=given, for_each=for_each):
            for value in given.values():
                if isinstance(value, FieldRef):
                    found |= model.item(scope, value.name)
            for name in for_each.values():
                found |= model.item(scope, name)
        case End() if scope:
            call = model.plan.graph.nodes[scope[:-1]]
            for control in model.asks(call):
                found |= model.shared(call.scope, control)
        case _:
            pass
    return frozenset(found)
