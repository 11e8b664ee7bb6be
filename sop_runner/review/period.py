"""What happened at a desk in a period: runs, ends, controls, refusals and all that a reviewer asks about.

A fold over the whole log in order: entries before the period say under which text a run goes, who
acted in it and since when it stands where it stands; only those in the period are counted.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sop_runner.base.clock import parse_utc, utc_text
from sop_runner.machine.graph import GraphNode, template
from sop_runner.machine.plan import Plan
from sop_runner.procedure.nodes import Confirmation, Decision
from sop_runner.run import events as ev

from .judging import Flaw
from .marking import WORDS
from .plans import PinnedPlans

SECTIONS: Mapping[str, tuple[str, ...]] = {
    "runs started": ("procedure",),
    "runs ended": ("procedure", "end", "result"),
    "controls": ("procedure", "control", "evidence"),
    "expired controls": ("procedure", "node"),
    "refusals": ("procedure", "node", "asked"),
    "deviations": ("procedure", "node"),
    "waivers": ("procedure", "node", "ruling"),
    "corrections": ("procedure", "from", "to"),
    "overruns": ("procedure", "node"),
    "hand-overs": ("procedure", "from", "to"),
    "four-eyes pairs": ("signed", "acted before"),
    "findings, comments": ("mark", "who"),
    "keys, people, texts, erasures": ("type", "who"),
}
"""The parts of a report, and what the columns of each say."""

_MARKS, _OTHER = "findings, comments", "keys, people, texts, erasures"
Labels = tuple[str, ...]


@dataclass(slots=True)
class Row:
    """One line of a section: how often, in which runs (or entries), and how long it took each time."""

    times: int = 0
    where: dict[str, None] = field(default_factory=dict)
    took: list[timedelta] = field(default_factory=list)

    @property
    def middle(self) -> timedelta | None:
        """The median (the upper one of two) of how long it took; None where nothing was measured."""
        return sorted(self.took)[len(self.took) // 2] if self.took else None


@dataclass(slots=True)
class _Run:
    procedure: str
    plan: Plan | None
    started: str
    arrived: str
    giver: str = ""
    acted: dict[str, None] = field(default_factory=dict)


class Period:
    """The report of the time from `start` up to before `end`, both aware."""

    def __init__(self, start: datetime, end: datetime, plans: PinnedPlans) -> None:
        self.start, self.end = start, end
        self.sections: dict[str, dict[Labels, Row]] = {name: defaultdict(Row) for name in SECTIONS}
        self.entries = 0
        self._plans = plans
        # Times of entries have one form, so that their order is that of their text.
        self._from, self._to = utc_text(start), utc_text(end)
        self._runs: dict[str, _Run] = {}

    def take(self, body: Mapping[str, Any]) -> None:
        """Take the next entry of the log. Raises KeyError, TypeError or ValueError for what is none."""
        when = body["ts"]["wall"]
        inside = self._from <= when < self._to
        self.entries += inside
        if body["run"] is None:
            if inside:
                self._count_beside(body)
            return
        run = self._runs.get(body["run"]) or self._begun(body, when)
        if inside:
            self._count(run, body, when)
        if body["actor"] is not None and body["type"] != ev.REFUSED:
            run.acted[body["actor"]] = None
        if body["to"] is not None:
            run.arrived = when
        if body["type"] == ev.HAND_OVER_OFFERED:
            run.giver = body["actor"]
        if body["type"] == ev.RUN_ENDED:
            del self._runs[body["run"]]

    def open_runs(self) -> Mapping[str, str]:
        """Runs that have not ended, with their procedure."""
        return {name: run.procedure for name, run in self._runs.items()}

    def _begun(self, body: Mapping[str, Any], when: str) -> _Run:
        pin = body["procedure"]
        start = next((piece for piece in body["evidence"] if piece.get("kind") == "start"), None)
        plan = None if start is None or pin is None else self._plans.plan(pin, start["pinned"])
        name = "?" if pin is None else f"{pin['id']} r{pin['revision']}"
        self._runs[body["run"]] = _Run(name, None if isinstance(plan, Flaw) else plan, when, when)
        return self._runs[body["run"]]

    def _count_beside(self, body: Mapping[str, Any]) -> None:
        kind, who = body["type"], body["actor"] or ""
        word = WORDS.get(kind)
        row = self.sections[_OTHER][kind, who] if word is None else self.sections[_MARKS][word, who]
        row.times += 1
        row.where[f"entry {body['seq']}" if word is None else body["evidence"][0]["run"]] = None

    def _count(self, run: _Run, body: Mapping[str, Any], when: str) -> None:
        kind, at, name = body["type"], template(body["at"] or ""), body["run"]

        def add(section: str, *labels: str, took: timedelta | None = None) -> None:
            row = self.sections[section][labels]
            row.times += 1
            row.where[name] = None
            if took is not None:
                row.took.append(took)

        match kind:
            case ev.RUN_STARTED:
                add("runs started", run.procedure)
            case ev.RUN_ENDED:
                add("runs ended", run.procedure, at, body["outcome"] or "", took=_between(run.started, when))
            case ev.REFUSED:
                add("refusals", run.procedure, at, body["outcome"] or "")
                if any("stale" in piece.get("params", ()) for piece in body["evidence"]):
                    add("expired controls", run.procedure, at)
            case ev.DEVIATION_RECORDED:
                add("deviations", run.procedure, at)
            case ev.WAIVER_RULED:
                add("waivers", run.procedure, at, body["outcome"] or "")
            case ev.WENT_BACK:
                add("corrections", run.procedure, at, template(body["to"] or ""))
            case ev.OVERRUN_NOTED:
                add("overruns", run.procedure, at)
            case ev.HAND_OVER_ACCEPTED:
                add("hand-overs", run.procedure, run.giver, body["actor"])
            case ev.SIGNATURE_GIVEN:
                for other in run.acted:
                    if other != body["actor"]:
                        add("four-eyes pairs", body["actor"], other, took=_between(run.arrived, when))
            case _:
                pass
        if run.plan is not None:
            for control, evidence in gained(run.plan, body):
                add("controls", run.procedure, control, evidence)


def _between(start: str, end: str) -> timedelta:
    return parse_utc(end) - parse_utc(start)


def gained(plan: Plan, body: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The controls that an entry gained, each with the kind of evidence that it was gained by."""
    node = plan.nodes.get(template(body["at"] or ""))
    if node is None:
        return []
    if body["type"] == ev.NODE_DONE:
        waived = any(piece.get("kind") == "waiver" for piece in body["evidence"])
        kind = "waiver" if waived else _evidence(node)
        return [(node.scope + control, kind) for control in sorted(node.satisfies)]
    if body["type"] == ev.DECISION_TAKEN and isinstance(node.node, Decision):
        outcome = next((one for one in node.node.outcomes if one.outcome == body["outcome"]), None)
        return [] if outcome is None else [(node.scope + name, "outcome") for name in outcome.satisfies]
    if body["type"] == ev.CALL_RETURNED and body["outcome"] == "completed" and node.scope:
        call = plan.nodes[node.scope[:-1]]
        return [(call.scope + control, "call") for control in sorted(call.satisfies)]
    return []


def _evidence(node: GraphNode) -> str:
    return node.node.evidence if isinstance(node.node, Confirmation) else node.kind
