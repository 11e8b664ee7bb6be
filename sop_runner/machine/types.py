"""The type of every named value of a plan, by scope and name."""

from collections.abc import Mapping
from decimal import Decimal

from ..procedure.base_types import FieldRef
from ..procedure.fields import FieldRules, FieldSpec
from ..procedure.model import Procedure
from ..procedure.names import NameTable
from ..procedure.nodes import Call, Checklist, Confirmation, Decision
from .graph import Graph, GraphNode


def field_types(graph: Graph, scopes: Mapping[str, Procedure]) -> dict[str, FieldRules]:
    """The rules of each field: as written where it is recorded, worked out where it is only set or returned."""
    types: dict[str, FieldRules] = {}
    for scope, procedure in scopes.items():
        for spec in procedure.case:
            types[scope + spec.field] = spec
    for node in graph.nodes.values():
        _recorded(node, types)
    pending = [node for node in graph.nodes.values() if isinstance(node.node, Decision | Call)]
    for _ in range(len(pending) + 1):
        before = len(types)
        for node in pending:
            _worked_out(node, scopes, types)
        if len(types) == before:
            break
    return types


def _recorded(node: GraphNode, types: dict[str, FieldRules]) -> None:
    match node.node:
        case Confirmation(record=record, statement=statement):
            for spec in record.fields if record else ():
                types.setdefault(node.scope + spec.field, spec)
            if statement and statement.field:
                types.setdefault(node.scope + statement.field, FieldRules(type="yes-no"))
        case Checklist(id=node_id, items=items):
            for item in items:
                if item.field:
                    types[f"{node.scope}{node_id}.{item.item}"] = item.field
                    if item.field.field:
                        types.setdefault(node.scope + item.field.field, item.field)
        case _:
            pass


def _worked_out(node: GraphNode, scopes: Mapping[str, Procedure], types: dict[str, FieldRules]) -> None:
    match node.node:
        case Decision(outcomes=outcomes):
            values: dict[str, list[object]] = {}
            for outcome in outcomes:
                for name, value in outcome.sets.items():
                    values.setdefault(name, []).append(value)
            for name, given in values.items():
                if node.scope + name in types:
                    continue
                rules = _of_values(given, node.scope, types, scopes[node.scope])
                if rules is not None:
                    types[node.scope + name] = rules
        case Call(id=call_id, returns=returns, for_each=for_each):
            inner = f"{node.scope}{call_id}/"
            for name, source in returns.items():
                rules = types.get(inner + source) or _of_name(scopes[inner], source)
                if rules is not None and node.scope + name not in types:
                    types[node.scope + name] = _listed(source, rules) if for_each else rules
        case _:
            pass


def _of_values(
    values: list[object], scope: str, types: Mapping[str, FieldRules], procedure: Procedure
) -> FieldRules | None:
    for value in values:
        if isinstance(value, FieldRef):
            return types.get(scope + value.name) or _of_name(procedure, value.name)
    if all(isinstance(value, bool) for value in values):
        return FieldRules(type="yes-no")
    if all(isinstance(value, int | Decimal) and not isinstance(value, bool) for value in values):
        return FieldRules(type="number")
    return FieldRules(type="choice", choices=list(dict.fromkeys(str(value) for value in values)))


def _of_name(procedure: Procedure, name: str) -> FieldRules | None:
    """The type of a callee's derived name, decision, answer or sign-off; None while a field is not worked out."""
    found = NameTable.of(procedure).get(name)
    if found is None or found.type is None:
        return FieldRules(type="text")
    if found.origin in ("case", "recorded", "set", "returned"):
        return None
    if found.type == "choice":
        return FieldRules(type="choice", choices=list(found.choices))
    return FieldRules.model_validate({"type": found.type})


def _listed(source: str, rules: FieldRules) -> FieldRules:
    kept = {key: getattr(rules, key) for key in rules.model_fields_set if key != "field"}
    name = source.rpartition(".")[2].replace("-", "_")
    # Read and checked where it was written; reading it anew would take its choices for a list.
    return FieldRules(type="list", of=(FieldSpec.model_construct(field=name, **kept),))
