"""What must hold of a run, worked out naively from its events and the text of its procedure alone.

Nothing here calls the run core. Controls are a history of gains and losses that is searched and
cut, jumps are counted by looking at the whole past, roles by a list of who did what. It is slow
and simple on purpose; the page on the format ("Meaning") is its specification.
"""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sop_runner.machine.plan import Plan
from sop_runner.procedure.nodes import Call, Decision, End, Step
from sop_runner.procedure.timing import Age
from sop_runner.run import events as ev
from sop_runner.run.events import Event
from sop_runner.run.state import Run
from tests.oracle_base import Broken, call_of, plain, scope_of
from tests.oracle_bounds import Bounds
from tests.oracle_roles import Roles


@dataclass(frozen=True)
class Gained:
    """One gain (or, with `lost`, one loss) of a control, at the index of its event."""

    control: str
    index: int
    at: datetime
    until: datetime | None = None
    day: Any = None
    lost: bool = False


@dataclass
class Call_:
    """A call under way as its events tell it."""

    given: set[str]
    oldest: dict[str, datetime] = field(default_factory=dict)
    incomplete: bool = False


class Oracle:
    """Takes the events of one run in order and raises Broken where one should not have been."""

    def __init__(self, plan: Plan, people: dict[str, frozenset[str]]) -> None:
        self.plan = plan
        self.roles = Roles(plan, people)
        self.bounds = Bounds(plan)
        self.index = -1
        self.zone = ZoneInfo("UTC")
        self.at = ""
        self.way: list[tuple[str, int]] = []
        self.history: list[Gained] = []
        self.decided: list[tuple[int, str, frozenset[str]]] = []
        self.calls: dict[str, Call_] = {}
        self.calls_at: list[tuple[int, dict[str, Call_]]] = []
        self.before: tuple[list[tuple[str, int]], list[Gained]] = ([], [])
        self.due: str | None = None
        self.open: list[str] = []
        self.left: list[str] = []
        self.done_for_good: list[tuple[int, str]] = []
        self.abandoned = False
        self.ended = ""

    # -- controls ---------------------------------------------------------------------------

    def newest(self, control: str) -> Gained | None:
        """The gain that counts for a control now."""
        for one in reversed(self.history):
            if one.control == control:
                return None if one.lost else one
        return None

    def fresh(self, gain: Gained, now: datetime) -> bool:
        if gain.until is not None and now > gain.until:
            return False
        return gain.day is None or now.astimezone(self.zone).date() == gain.day

    def imposed(self, scope: str) -> set[str]:
        latest = {location: imposes for _, location, imposes in self.decided}
        return {name for location, found in latest.items() if scope_of(location) == scope for name in found}

    def lacking(self, location: str, now: datetime) -> str:
        """What the node at `location` asks for and does not get; empty where it gets all."""
        node = self.plan.node(location)
        needed = set(node.node.requires)
        if isinstance(node.node, Call):
            needed |= set(self.plan.callees[node.node.procedure, node.node.revision].expects)
        end = isinstance(node.node, End)
        if (end and node.node.result == "completed") or self.irreversible(node.id):
            needed |= self.imposed(scope_of(location))
        for name in sorted(needed):
            gain = self.newest(scope_of(location) + name)
            if gain is None:
                return f"{location} needs {name}, which was not gained or is gone"
            if not end and not self.fresh(gain, now):
                return f"{location} needs {name}, which is stale"
        return ""

    def irreversible(self, node_id: str) -> bool:
        inside = [n for n in self.plan.nodes.values() if n.id == node_id or n.id.startswith(f"{node_id}/")]
        return any(getattr(one.node, "irreversible", False) for one in inside)

    def gain(
        self, names: Any, age: Age | None, location: str, now: datetime, run: Run, ages: Any = ()
    ) -> None:
        for name in names:
            at = dict(ages).get(name, now)
            until = day = None
            if age is not None and age.same_day:
                day = at.astimezone(self.zone).date()
            elif age is not None and age.for_ is not None:
                since: Any = at
                if age.from_:
                    recorded = run.facts.fields.get(scope_of(location) + age.from_)
                    value = getattr(recorded.value, "value", recorded.value) if recorded else None
                    since = self.moment(value, run)
                until = at if since is None else since + age.for_
            self.history.append(Gained(scope_of(location) + name, self.index, at, until, day))

    def moment(self, value: Any, run: Run) -> datetime | None:
        """A date counts from its end, a time on the day the run began."""
        if isinstance(value, datetime):
            return value
        if isinstance(value, date):
            return datetime.combine(value, time(), self.zone) + timedelta(days=1)
        if isinstance(value, time):
            return datetime.combine(run.started.astimezone(self.zone).date(), value, self.zone)
        return None

    def lose(self, names: Any, scope: str, now: datetime) -> None:
        self.history += [Gained(scope + name, self.index, now, lost=True) for name in names]

    # -- events -----------------------------------------------------------------------------

    def take(self, event: Event, run: Run) -> None:
        """Judge the next event; `run` is the state the core folded it into (for recorded times only)."""
        self.index += 1
        self.calls_at.append((self.index - 1, deepcopy(self.calls)))
        if self.ended:
            raise Broken(f"{event.type} after the end")
        if self.due is not None and event.type not in (ev.NODE_PASSED_OVER, ev.REFUSED):
            raise Broken(f"entered all the same: {self.due}")
        self.due = None
        self.roles.acted(event)
        handler = _HANDLERS.get(event.type)
        if event.type in ev.MOVES:
            self._move(event, run)
        elif handler is not None:
            handler(self, event, run)
        for name in {name for name, _ in self.way}:
            if [visited for visited, _ in self.way].count(name) > 1:
                raise Broken(f"{name} stands on the way twice")

    def settle(self) -> None:
        """Nothing of the action follows: what was entered last must have been allowed."""
        if self.due is not None:
            raise Broken(f"entered all the same: {self.due}")

    def _start(self, event: Event, run: Run) -> None:
        self.zone = run.zone
        self.before = ([], [])
        self._stand(self.plan.graph.start, event)

    def _stand(self, location: str, event: Event) -> None:
        self.at = location
        node = self.plan.node(location)
        if not (isinstance(node.node, End) and node.scope):
            self.way.append((location, self.index))
        self.due = self.lacking(location, event.when) or None

    def _move(self, event: Event, run: Run) -> None:
        at, to = str(event.at), str(event.to)
        if at != self.at:
            raise Broken(f"left {at} while standing at {self.at}")
        node = self.plan.node(at)
        scope = scope_of(at)
        if event.type in (ev.NODE_DONE, ev.DECISION_TAKEN):
            lacking = self.lacking(at, event.when)
            if lacking:
                raise Broken(f"done all the same: {lacking}")
            if getattr(node.node, "irreversible", False):
                self.done_for_good.append((self.index, at))
        self.bounds.jumped(event, self.index)
        if event.type == ev.NODE_PASSED_OVER:
            self.way, self.history = [*self.before[0]], [*self.before[1]]
        elif event.type == ev.CALL_ENTERED:
            self._enter(at, to, event)
        elif event.type in (ev.CALL_RETURNED, ev.ELEMENT_STARTED):
            self._return(at, to, event, run)
        else:
            self.lose(getattr(node.node, "invalidates", ()), scope, event.when)
            if event.type == ev.NODE_DONE:
                self.gain(
                    getattr(node.node, "satisfies", ()),
                    getattr(node.node, "valid_for", None),
                    at,
                    event.when,
                    run,
                )
                self._opens(node.node, at)
            elif event.type == ev.DECISION_TAKEN:
                assert isinstance(node.node, Decision)
                outcome = next(o for o in node.node.outcomes if o.outcome == event.outcome)
                self.gain(outcome.satisfies, outcome.valid_for, at, event.when, run)
                self.decided.append((self.index, at, frozenset(outcome.imposes)))
                self._opens(node.node, at)
            self._leave_calls(at, to, event)
        self.before = ([*self.way], [*self.history])
        self._cut(to)
        self._stand(to, event)

    def _cut(self, to: str) -> None:
        """The newest visit of `to` on the way, all behind it, and the gains since it was entered."""
        for position, (name, index) in enumerate(self.way):
            if name == to:
                self.way = self.way[:position]
                self.history = [one for one in self.history if one.lost or one.index <= index]
                return

    def _back(self, event: Event, run: Run) -> None:
        to = str(event.to)
        position = max(i for i, (name, _) in enumerate(self.way) if name == to)
        index = self.way[position][1]
        for when, name in self.done_for_good:
            if when > index:
                raise Broken(f"went back over {name}, which is irreversible")
        over = " ".join(plain(name) for name, _ in self.way[position:])
        self.way = self.way[:position]
        self.history = [one for one in self.history if one.index <= index]
        self.decided = [one for one in self.decided if one[0] <= index]
        self.bounds.went_back(to, over, self.index)
        self.calls = deepcopy(next(calls for when, calls in reversed(self.calls_at) if when <= index))
        self.before = ([*self.way], [*self.history])
        self.way.append((to, index))
        self.at = to
        self.due = self.lacking(to, event.when) or None

    # -- calls ------------------------------------------------------------------------------

    def _enter(self, at: str, to: str, event: Event) -> None:
        about = ev.evidence_of(event, "call")[0]
        if about["element"] <= 1:
            inside = (f"{at}/", f"{at}[")
            self.history = [one for one in self.history if not one.control.startswith(inside)]
            self.decided = [one for one in self.decided if not one[1].startswith(inside)]
            self.calls[at] = Call_(set())
        inner, outer = scope_of(to), scope_of(at)
        call = self.calls[at]
        call.given = set()
        for name in self.plan.node(to).procedure.controls:
            held = self.newest(outer + name)
            if held is not None:
                call.given.add(name)
                self.history.append(Gained(inner + name, self.index, held.at, held.until, held.day))

    def _return(self, at: str, to: str, event: Event, run: Run) -> None:
        inner = scope_of(at)
        call_at = call_of(inner)
        call, frame = self.plan.node(call_at).node, self.calls[call_at]
        assert isinstance(call, Call)
        self._give_back(call_at, inner, event)
        completed = getattr(self.plan.node(at).node, "result", "") == "completed"
        frame.incomplete = frame.incomplete or not completed
        for name in call.satisfies:
            gain = self.newest(inner + name)
            if completed and gain is not None:
                frame.oldest[name] = min(frame.oldest.get(name, gain.at), gain.at)
        if event.type == ev.ELEMENT_STARTED:
            self._enter(call_at, to, event)
            return
        self.lose(call.invalidates, scope_of(call_at), event.when)
        total = run.facts.frames[call_at].elements
        last = not call.for_each or inner.endswith(f"[{total}]/")
        if not frame.incomplete and last:
            self.gain(call.satisfies, call.valid_for, call_at, event.when, run, frame.oldest)

    def _give_back(self, call_at: str, inner: str, event: Event) -> None:
        gone = [name for name in self.calls[call_at].given if self.newest(inner + name) is None]
        self.lose(gone, scope_of(call_at), event.when)

    def _leave_calls(self, at: str, to: str, event: Event) -> None:
        scope = scope_of(at)
        while scope and not scope_of(to).startswith(scope):
            call_at = call_of(scope)
            self._give_back(call_at, scope, event)
            call = self.plan.node(call_at).node
            assert isinstance(call, Call)
            self.lose(call.invalidates, scope_of(call_at), event.when)
            scope = scope_of(call_at)

    # -- what is open -----------------------------------------------------------------------

    def _opens(self, node: Any, at: str) -> None:
        scope = scope_of(at)
        for step in [*self.open]:
            other = self.plan.node(step).node
            assert isinstance(other, Step)
            if scope_of(step) == scope and self.plan.node(at).local in other.undone_by:
                self.open.remove(step)
        if isinstance(node, Step) and node.undone_by and at not in self.open:
            self.open.append(at)

    def _abandon(self, event: Event, run: Run) -> None:
        self.abandoned = True

    def _undone(self, event: Event, run: Run) -> None:
        at = str(event.at)
        lacking = self.lacking(at, event.when)
        if lacking:
            raise Broken(f"undone all the same: {lacking}")
        self._opens(self.plan.node(at).node, at)

    def _left(self, event: Event, run: Run) -> None:
        self.open.remove(str(event.at))
        self.left.append(str(event.at))

    def _end(self, event: Event, run: Run) -> None:
        if self.open:
            raise Broken(f"ended with {self.open} open")
        if self.abandoned:
            told = [piece["node"] for piece in event.evidence]
            if event.outcome != "abandoned" or sorted(told) != sorted(self.left):
                raise Broken(f"abandoned as {event.outcome}: left {self.left}, told {told}")
        else:
            lacking = self.lacking(self.at, event.when)
            node = self.plan.node(self.at).node
            if lacking or not isinstance(node, End) or node.result != event.outcome:
                raise Broken(f"ended as {event.outcome} at {self.at}: {lacking}")
        self.ended = str(event.outcome)

    def _taken(self, event: Event, run: Run) -> None:
        if run.hold is None:
            raise Broken(f"{event.actor} takes a role over while the run goes on")
        self.roles.taken(event)

    def _chosen(self, event: Event, run: Run) -> None:
        newest = [*self.open][-1]
        node = self.plan.node(newest)
        if not self.abandoned or plain(str(event.at)) not in node.undone_by:
            raise Broken(f"{event.at} is to undo {newest}, which {node.undone_by} do")

    def agrees(self, run: Run, now: datetime) -> None:
        """The state that the core folded says what the events say."""
        if run.status == "open" and not self.abandoned and run.at != self.at:
            raise Broken(f"the run stands at {run.at}, its events lead to {self.at}")
        if [visit.node for visit in run.way] != [name for name, _ in self.way]:
            raise Broken(f"way {[v.node for v in run.way]}, not {[n for n, _ in self.way]}")
        held = {one.control for one in self.history if self.newest(one.control)}
        if set(run.facts.controls) != held:
            raise Broken(f"controls {sorted(run.facts.controls)}, not {sorted(held)}")
        for name in held:
            gain = self.newest(name)
            if gain is not None and self.fresh(gain, now) != run.is_fresh(name, now):
                raise Broken(f"{name} is fresh: {run.is_fresh(name, now)}")
        if sorted(step.node for step in run.open) != sorted(self.open):
            raise Broken(f"open {run.open}, not {self.open}")


_HANDLERS: Mapping[str, Callable[[Oracle, Event, Run], None]] = {
    ev.RUN_STARTED: Oracle._start,
    ev.WENT_BACK: Oracle._back,
    ev.HAND_OVER_OFFERED: lambda oracle, event, _: oracle.roles.offered(event),
    ev.HAND_OVER_ACCEPTED: lambda oracle, event, _: oracle.roles.accepted(event),
    ev.ROLE_TAKEN: Oracle._taken,
    ev.RUN_ABANDONED: Oracle._abandon,
    ev.UNDO_CHOSEN: Oracle._chosen,
    ev.STEP_UNDONE: Oracle._undone,
    ev.LEFT_OPEN: Oracle._left,
    ev.RUN_ENDED: Oracle._end,
}
