"""What is read of a run's entries so that it can be found: a fold, entry by entry, that can stop and go on."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sop_runner.audit.entry import Entry
from sop_runner.machine.graph import template
from sop_runner.machine.plan import Plan
from sop_runner.review.marking import COMMENTED, FOUND
from sop_runner.review.period import gained
from sop_runner.review.replay_run import UNREADABLE
from sop_runner.run import events as ev
from sop_runner.stores.run_index import Indexed

from .query import folded

PlanOf = Callable[[Mapping[str, Any], Sequence[Mapping[str, Any]]], Plan | None]
"""The plan of a pinned text (`id`, `revision`, `digest`) and its callees; None where it cannot be had."""

_COUNTED = {
    ev.REFUSED: "refusal",
    ev.DEVIATION_RECORDED: "deviation",
    ev.OVERRUN_NOTED: "overrun",
    ev.WAIVER_RULED: "waiver",
    ev.WENT_BACK: "correction",
    FOUND: "finding",
    COMMENTED: "comment",
}
_ABANDONED = "abandoned"


class RunFold:
    """One run as far as its entries were read; `facts` is all of it, and goes on where it was left."""

    def __init__(self, run: str, facts: Mapping[str, Any] | None = None) -> None:
        self.run = run
        self.facts: dict[str, Any] = dict(facts or {"run": run, "counts": {}, "people": [], "controls": []})

    def take(self, entry: Entry, plan_of: PlanOf) -> None:
        """Read the next entry of the run. What no program wrote is left out: verifying names it."""
        facts = self.facts
        facts["newest"], facts["last"] = entry.seq, _text(entry.wall)
        facts.setdefault("began", facts["last"])
        facts["entries"] = facts.get("entries", 0) + 1
        try:
            self._read(entry, plan_of)
        except UNREADABLE:
            return

    def mark(self, entry: Entry) -> None:
        """Count a finding or a comment about the run."""
        self._count(entry)

    def indexed(self) -> Indexed:
        """The run as it is found."""
        facts = self.facts
        tags = {("run", self.run), ("has", "ended" if "end" in facts else "open")}
        tags |= {("has", name) for name in facts["counts"]}
        tags |= {("person", name) for name in facts["people"]}
        for control in facts["controls"]:
            tags |= {("control", control), ("control", control.rpartition("/")[2])}
        procedure = facts.get("procedure", "")
        tags |= {("procedure", procedure), ("procedure", f"{procedure}@{facts.get('revision', '')}")}
        tags |= {(kind, facts.get(name, "")) for kind, name in _NAMED}
        return Indexed(
            run=self.run,
            newest=facts.get("newest", 0),
            began=facts.get("began", ""),
            last=facts.get("last", ""),
            tags=frozenset((kind, folded(value)) for kind, value in tags if value),
            facts=facts,
        )

    def _read(self, entry: Entry, plan_of: PlanOf) -> None:
        facts = self.facts
        if entry.actor and (actor := _text(entry.actor)) not in facts["people"]:
            facts["people"].append(actor)
        if entry.type == ev.RUN_STARTED:
            self._start(entry, plan_of)
        elif entry.type == ev.RUN_ENDED:
            facts["end"] = _text(template(entry.at or "")) if entry.outcome != _ABANDONED else _ABANDONED
            facts["result"] = _text(entry.outcome or "")
        elif entry.type in _COUNTED:
            self._count(entry)
        elif entry.type in ev.MOVES:
            self._gain(entry, plan_of)
        if entry.to:
            facts["at"] = _text(template(entry.to))

    def _start(self, entry: Entry, plan_of: PlanOf) -> None:
        about = next(piece for piece in entry.evidence if piece.get("kind") == "start")
        pin = entry.procedure
        assert pin is not None
        self.facts |= {
            "ticket": _text(about["ticket"]),
            "procedure": _text(pin.id),
            "revision": int(pin.revision),
            "digest": _text(pin.digest),
            "pinned": [
                {name: about[name] for name in ("id", "revision", "digest")} for about in about["pinned"]
            ],
        }
        plan = self._plan(plan_of)
        if plan is not None:
            self.facts["number"] = plan.procedure.number or ""

    def _gain(self, entry: Entry, plan_of: PlanOf) -> None:
        plan = self._plan(plan_of)
        if plan is None:
            return
        body = {"type": entry.type, "at": entry.at, "outcome": entry.outcome, "evidence": entry.evidence}
        for control, _ in gained(plan, body):
            if control not in self.facts["controls"]:
                self.facts["controls"].append(control)

    def _plan(self, plan_of: PlanOf) -> Plan | None:
        facts = self.facts
        pin = {"id": facts["procedure"], "revision": facts["revision"], "digest": facts["digest"]}
        return plan_of(pin, facts["pinned"])

    def _count(self, entry: Entry) -> None:
        name = _COUNTED[entry.type]
        self.facts["counts"][name] = self.facts["counts"].get(name, 0) + 1


_NAMED = (("ticket", "ticket"), ("procedure", "number"), ("end", "end"), ("result", "result"))


def _text(value: object) -> str:
    """Text that can be kept and looked for, whatever a changed log holds."""
    return str(value).encode("utf-8", "backslashreplace").decode()
