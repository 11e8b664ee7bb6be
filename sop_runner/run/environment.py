"""What conditions, derived values and texts read: the names of one scope of a run."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sop_runner.machine.graph import template
from sop_runner.machine.plan import Plan
from sop_runner.procedure.compute import compute
from sop_runner.procedure.value_types import UNKNOWN

from .state import Run


class RunEnv:
    """The names of `scope` in `run` at `now`; `extra` are answers of the current node not yet recorded."""

    __slots__ = ("_derived", "_extra", "_plan", "_run", "_scope", "_template", "now")

    def __init__(
        self, plan: Plan, run: Run, scope: str, now: datetime, extra: Mapping[str, Any] | None = None
    ) -> None:
        self._plan = plan
        self._run = run
        self._scope = scope
        self._template = template(scope)
        self._extra = extra
        self._derived: dict[str, Any] = {}
        self.now = now

    @property
    def today(self) -> date:
        """The run's date in the desk's zone."""
        return self._run.today

    @property
    def zone(self) -> ZoneInfo:
        """The desk's zone."""
        return self._run.zone

    def held(self, control: str) -> bool:
        """Whether a control is gained and fresh."""
        return self._run.is_fresh(self._scope + control, self.now)

    def value(self, name: str) -> Any:
        """The typed value of a name, or UNKNOWN."""
        if self._extra is not None and name in self._extra:
            return self._extra[name]
        recorded = self._run.facts.fields.get(self._scope + name)
        if recorded is not None:
            return recorded.value
        if name == "today":
            return self._run.today
        way = self._plan.derived.get(self._template + name)
        if way is not None:
            if name not in self._derived:
                self._derived[name] = UNKNOWN
                self._derived[name] = compute(way, self, self._run.calendar)
            return self._derived[name]
        node = self._plan.graph.nodes.get(self._template + name)
        if node is not None and node.undone_by:
            return "open" if any(step.node == self._scope + name for step in self._run.open) else "closed"
        return UNKNOWN
