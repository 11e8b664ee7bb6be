"""Rules of given values that nothing shows: caller and callee hold the same value to the same rule."""

from sop_runner.machine.graph import GraphNode
from sop_runner.machine.plan import Plan
from sop_runner.procedure.base_types import FieldRef
from sop_runner.procedure.fields import FieldRules, FieldSpec
from sop_runner.procedure.nodes import Call

from .edits import Mutant

_RULES = ("matches", "max_length", "at_least", "at_most")
"""Rules that mutants only make weaker."""


def held_before(plan: Plan, of: tuple[str, int], mutant: Mutant) -> bool:
    """Whether a mutant of the callee `of`, which never runs alone, asks less of a value that is checked already.

    That is so where each call gives the field from one whose every value was held to the same rule.
    """
    if len(mutant.path) != 3 or mutant.path[0] != "case" or mutant.path[2] not in _RULES:
        return False
    _, index, rule = mutant.path
    callee = plan.callees[of]
    assert isinstance(index, int)
    spec = callee.case[index]
    inside = [node for node in plan.nodes.values() if node.procedure is callee]
    if any(spec.field in node.records for node in inside):
        return False
    calls = {node.scope.rstrip("/") for node in inside}
    return all(_held(plan, plan.nodes[call], spec, str(rule)) for call in calls)


def held_at_once(plan: Plan, mutant: Mutant) -> bool:
    """Whether a mutant asks less of a case field that a call, the first thing of all, holds to the same rule.

    A run with such a value never begins: the call refuses it in the same words.
    """
    if len(mutant.path) != 3 or mutant.path[0] != "case" or mutant.path[2] not in _RULES:
        return False
    _, index, rule = mutant.path
    assert isinstance(index, int)
    spec = plan.procedure.case[index]
    first = plan.nodes[plan.graph.start]
    if not isinstance(first.node, Call) or first.only_when is not None or first.node.for_each:
        return False
    callee = plan.callees[first.node.procedure, first.node.revision]
    taken = next((one for one in callee.case if one.field == spec.field), None)
    return (
        taken is not None
        and first.node.given.get(spec.field) == FieldRef(spec.field)
        and taken.type == spec.type
        and getattr(taken, str(rule)) == getattr(spec, str(rule))
    )


def _held(plan: Plan, call: GraphNode, spec: FieldSpec, rule: str) -> bool:
    assert isinstance(call.node, Call)
    if spec.field in call.node.for_each:
        name, _, inner = call.node.for_each[spec.field].partition(".")
        rows = _only(plan, call.scope, name)
        fields = {field.field: field for field in rows.of or ()} if rows else {}
        source: FieldRules | None = fields.get(inner) if inner else next(iter(fields.values()), None)
    else:
        given = call.node.given.get(spec.field)
        if given is None:
            return True
        source = _only(plan, call.scope, given.name) if isinstance(given, FieldRef) else None
    return source is not None and source.type == spec.type and getattr(source, rule) == getattr(spec, rule)


def _only(plan: Plan, scope: str, name: str) -> FieldRules | None:
    """The rules of a field that is written in one place; None where there may be other ways to a value."""
    within = [node for node in plan.nodes.values() if node.scope == scope]
    written = sum(name in node.records for node in within)
    written += any(spec.field == name for spec in within[0].procedure.case)
    return plan.fields.get(scope + name) if written == 1 else None
