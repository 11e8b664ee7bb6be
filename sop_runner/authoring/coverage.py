"""What the scenarios of a procedure went through, held against everything they could go through."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields

from sop_runner.machine.graph import SPENT, GraphNode, limit_arrow, scope_of, template
from sop_runner.machine.plan import Plan
from sop_runner.procedure.nodes import Decision, End
from sop_runner.run import events as ev
from sop_runner.run.actions import Opened
from sop_runner.run.events import Event
from sop_runner.run.evolve import evolve, started
from sop_runner.run.guards import required
from sop_runner.run.state import Run

GAINED, REQUIRED, IMPOSED, TAKEN = "gained", "required", "imposed", "taken away"

Pair = tuple[str, str]
Triple = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was taken, by node ids without element numbers.

    `nodes` were entered (passed over is not entered); `arrows` are (node, arrow), `outcomes` (decision,
    outcome); the outcome of a decision is no arrow besides. `controls` are (node or DECISION: OUTCOME,
    how, control): gained there, required on entering, imposed there and later asked for, or held and
    taken away.
    """

    nodes: frozenset[str] = frozenset()
    arrows: frozenset[Pair] = frozenset()
    outcomes: frozenset[Pair] = frozenset()
    controls: frozenset[Triple] = frozenset()

    def __or__(self, other: "Coverage") -> "Coverage":
        return Coverage(*(getattr(self, kind) | getattr(other, kind) for kind in KINDS))

    def __and__(self, other: "Coverage") -> "Coverage":
        return Coverage(*(getattr(self, kind) & getattr(other, kind) for kind in KINDS))

    def __len__(self) -> int:
        return sum(len(getattr(self, kind)) for kind in KINDS)

    def missing(self, whole: "Coverage") -> "Coverage":
        """What of `whole` is not in this one."""
        return Coverage(*(getattr(whole, kind) - getattr(self, kind) for kind in KINDS))


KINDS: tuple[str, ...] = tuple(part.name for part in fields(Coverage))


def coverable(plan: Plan) -> Coverage:
    """Everything that scenarios could cover, in the procedure and inside its calls."""
    return _gathered(_of_node(node) for node in plan.nodes.values())


def own(plan: Plan, coverage: Coverage) -> Coverage:
    """The part that is the procedure's own: its nodes and what leaves them, each end of its calls, and their limits.

    What happens inside a call belongs to the callee, which has scenarios of its own.
    """
    return coverage & _gathered(
        _of_node(node, returns_only=bool(node.scope))
        for node in plan.nodes.values()
        if node.scope.count("/") == 0 or (node.kind == "end" and node.scope.count("/") == 1)
    ) | _limits(plan, coverage)


def _limits(plan: Plan, coverage: Coverage) -> Coverage:
    """The limits of the procedure's own calls, which are left from inside them."""
    calls = {node.id for node in plan.nodes.values() if node.kind == "call" and not node.scope}
    limits = (arrow for arrow in coverage.arrows if arrow[0] in calls and arrow[1].startswith("at_limit"))
    return Coverage(arrows=frozenset(limits))


def _gathered(parts: Iterable[Coverage]) -> Coverage:
    sets: list[set[object]] = [set() for _ in KINDS]
    for part in parts:
        for found, kind in zip(sets, KINDS, strict=True):
            found |= getattr(part, kind)
    return Coverage(*map(frozenset, sets))  # type: ignore[arg-type]  # one set for each kind, in their order


def _of_node(node: GraphNode, *, returns_only: bool = False) -> Coverage:
    outcomes = {o.outcome for o in node.node.outcomes} if isinstance(node.node, Decision) else set()
    arrows = set()
    for arrow in node.arrows.values():
        if arrow.name not in outcomes:
            arrows.add(_arrow(node, arrow.name))
        if arrow.spent is not None:
            arrows.add(_arrow(node, arrow.name + SPENT))
    if returns_only:
        return Coverage(arrows=frozenset(arrows))
    controls = {
        *((node.id, GAINED, name) for name in node.satisfies),
        *((node.id, REQUIRED, name) for name in node.requires),
        *((node.id, TAKEN, name) for name in node.invalidates),
    }
    if isinstance(node.node, Decision):
        for outcome in node.node.outcomes:
            place = f"{node.id}: {outcome.outcome}"
            controls |= {(place, GAINED, name) for name in outcome.satisfies}
            controls |= {(place, IMPOSED, name) for name in outcome.imposes}
    return Coverage(
        frozenset((node.id,)),
        frozenset(arrows),
        frozenset((node.id, name) for name in outcomes),
        frozenset(controls),
    )


def _arrow(node: GraphNode, name: str) -> Pair:
    """The limit of a call is one arrow, wherever inside it the call is left from."""
    plain = name.removesuffix(SPENT)
    call = plain.removesuffix(limit_arrow(""))
    return (call, name[len(call) + 1 :]) if call != plain else (node.id, name)


class Seen:
    """What the events of one run went through."""

    def __init__(self) -> None:
        self._entered: list[tuple[str, frozenset[Triple]]] = []
        self._arrows: set[Pair] = set()
        self._outcomes: set[Pair] = set()
        self._controls: set[Triple] = set()

    def take(
        self, plan: Plan, run: Run | None, events: Iterable[Event], opened: Mapping[str, Opened]
    ) -> None:
        """Follow some more events from `run`, the state before them; None before it started."""
        for event in events:
            at = event.at or ""
            if event.type == ev.NODE_PASSED_OVER and self._entered and self._entered[-1][0] == at:
                self._entered.pop()
            if event.type == ev.STEP_UNDONE and not self.was_entered(at):
                self._entered.append((at, frozenset()))
            if run is None:
                run = started(plan, "", event, opened)
            else:
                if event.type in ev.MOVES and event.arrow is not None:
                    self._move(plan, run, event)
                run = evolve(plan, run, event, opened)
            if event.to and event.type in (*ev.MOVES, ev.RUN_STARTED, ev.WENT_BACK):
                self._entered.append((event.to, _asked(plan, run, event.to)))

    def _move(self, plan: Plan, run: Run, event: Event) -> None:
        at, arrow = event.at or "", event.arrow or ""
        node = plan.node(at)
        if event.type == ev.DECISION_TAKEN:
            place = f"{node.id}: {event.outcome}"
            self._outcomes.add((node.id, event.outcome or ""))
            assert isinstance(node.node, Decision)
            outcome = next(o for o in node.node.outcomes if o.outcome == event.outcome)
            self._controls |= {(place, GAINED, name) for name in outcome.satisfies}
        if event.type != ev.DECISION_TAKEN or arrow.endswith(SPENT):
            self._arrows.add(_arrow(node, arrow))
        if event.type == ev.NODE_DONE:
            self._controls |= {(node.id, GAINED, name) for name in node.satisfies}
        if event.type == ev.CALL_RETURNED and isinstance(node.node, End) and node.node.result == "completed":
            call = plan.node(node.scope[:-1])
            self._controls |= {(call.id, GAINED, name) for name in call.satisfies}
        if event.type != ev.NODE_PASSED_OVER:
            scope = scope_of(at)
            held = (name for name in node.invalidates if scope + name in run.facts.controls)
            self._controls |= {(node.id, TAKEN, name) for name in held}

    def was_entered(self, node: str) -> bool:
        """Whether `CALL/node` was entered for any element, `CALL[2]/node` for that one."""
        return any(node in (entered, template(entered)) for entered, _ in self._entered)

    @property
    def coverage(self) -> Coverage:
        """Everything so far."""
        nodes = frozenset(template(node) for node, _ in self._entered)
        asked = (asked for _, asked in self._entered)
        return Coverage(
            nodes,
            frozenset(self._arrows),
            frozenset(self._outcomes),
            frozenset(self._controls.union(*asked)),
        )


def _asked(plan: Plan, run: Run, at: str) -> frozenset[Triple]:
    """The requirements that entering `at` meets: its own, and what decisions imposed on it."""
    node = plan.node(at)
    own_ones = {(node.id, REQUIRED, name) for name in node.requires}
    if not required(run, node, at):
        return frozenset(own_ones)
    return frozenset(own_ones.union(_imposed(plan, run, node, scope_of(at))))


def _imposed(plan: Plan, run: Run, node: GraphNode, scope: str) -> Iterator[Triple]:
    completed = isinstance(node.node, End) and node.node.result == "completed"
    if not (node.irreversible or completed):
        return
    for decision, taken in run.facts.decisions.items():
        if scope_of(decision) == scope:
            place = f"{template(decision)}: {taken.outcome}"
            yield from ((place, IMPOSED, name) for name in taken.imposes)
