"""Obligations: what each requirement of a control comes to, as findings."""

from collections.abc import Iterator

from sop_runner.lint.fault import Fault
from sop_runner.lint.proofs.result import Obligation, told
from sop_runner.lint.subject import Subject
from sop_runner.machine.graph import GraphNode
from sop_runner.procedure.model import Path
from sop_runner.procedure.place import Problem


def obligations(subject: Subject) -> Iterator[Fault]:
    """Each obligation that does not hold, at the place that asks for the control."""
    for one in subject.obligations:
        if one.verdict != "holds":
            node = subject.plan.nodes[one.node]
            yield Fault(one.node, _problem(subject, node, one))


def _problem(subject: Subject, node: GraphNode, one: Obligation) -> Problem:
    path = _place(node, one.control)
    gained = sorted(subject.model.gainers.get((node.scope, one.control), ()))
    by = " or ".join(f"'{name}'" for name in gained)
    if one.verdict == "unsettled":
        message = f"whether every path to '{one.node}' holds '{one.control}' could not be settled"
        return Problem("SOP303", message, path, "make the conditions before it simpler", about=one.control)
    way = told(one.path)
    if one.kind == "closure":
        message = f"'{one.node}' requires '{one.control}', and this path never gains it: {way}"
        fix = f"lead every path through {by}" if gained else f"let a confirmation satisfy '{one.control}'"
        return Problem("SOP301", message, path, fix, about=one.control)
    message = f"'{one.node}' requires '{one.control}', and on this path it is lost again: {way}"
    fix = f"lead the path through {by} again, or keep '{one.control}' from being lost"
    return Problem("SOP302", message, path, fix, about=one.control)


def _place(node: GraphNode, control: str) -> Path:
    """The entry under `requires`; what is imposed stands at the node itself."""
    asked = list(getattr(node.node, "requires", ()))
    return (*node.path, "requires", asked.index(control)) if control in asked else node.path
