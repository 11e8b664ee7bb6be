"""A plan and its nodes as the run core reads them: what is left when texts and places are taken away."""

from dataclasses import fields
from typing import Any

from sop_runner.machine.graph import GraphNode
from sop_runner.machine.plan import Plan


def around(plan: Plan) -> object:
    """What the run core reads of a plan besides its nodes."""
    graph, procedure = plan.graph, plan.procedure
    return (
        graph.start,
        graph.timed,
        graph.recurring,
        _fields(plan),
        plan.derived,
        procedure.case,
        procedure.by,
        {key: (callee.case, callee.by, callee.expects) for key, callee in plan.callees.items()},
    )


def _fields(plan: Plan) -> object:
    """The rules of every named value; the order of its choices is only that of the screen."""
    return {
        name: (
            rules.model_copy(update={"choices": None}),
            sorted(choice for choice, _ in rules.choices or ()),
        )
        for name, rules in plan.fields.items()
    }


def bare(of: GraphNode, **changes: Any) -> tuple[object, ...]:
    """A node as the run core reads it, without where it stands in the file."""
    left_out = ("path", "procedure", "sections")
    whole = {part.name: getattr(of, part.name) for part in fields(of) if part.name not in left_out}
    return tuple({**whole, **changes}.values())
