"""The type of every named value of a plan, by scope and name."""

from collections.abc import Collection, Mapping
from decimal import Decimal

from ..procedure.base_types import FieldRef
from ..procedure.fields import FieldRules, FieldSpec
from ..procedure.model import Procedure
from ..procedure.name_types import NUMERIC
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
    written = frozenset(types)
    given = _given(graph)
    calls = [(node, node.node) for node in graph.nodes.values() if isinstance(node.node, Call)]
    for _ in range(len(given) + len(calls) + 1):
        before = len(types)
        for node, call in calls:
            _returned(node.scope, call, scopes, types, written)
        for (scope, name), values in given.items():
            if scope + name not in types:
                rules = _of_values(values, scope, types, scopes[scope])
                if rules is not None:
                    types[scope + name] = rules
        if len(types) == before:
            break
    return types


def _given(graph: Graph) -> dict[tuple[str, str], list[object]]:
    """What outcomes set, by scope and name: all values that a name is given anywhere."""
    given: dict[tuple[str, str], list[object]] = {}
    for node in graph.nodes.values():
        if isinstance(node.node, Decision):
            for outcome in node.node.outcomes:
                for name, value in outcome.sets.items():
                    given.setdefault((node.scope, name), []).append(value)
    return given


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


def _returned(
    scope: str,
    call: Call,
    scopes: Mapping[str, Procedure],
    types: dict[str, FieldRules],
    written: Collection[str],
) -> None:
    inner = f"{scope}{call.id}/"
    for name, source in call.returns.items():
        rules = types.get(inner + source) or _of_name(scopes[inner], source)
        if rules is None or scope + name in written:
            continue
        known = types.get(scope + name)
        if known is None:
            types[scope + name] = _listed(source, rules) if call.for_each else rules
        elif known.type != rules.type and {known.type, rules.type} <= NUMERIC:
            types[scope + name] = FieldRules(type="number")  # one call returns whole numbers, another any


def _of_values(
    values: list[object], scope: str, types: Mapping[str, FieldRules], procedure: Procedure
) -> FieldRules | None:
    """The type of what is copied, else of the literals; a choice has the choices of all that it is given."""
    literals = [value for value in values if not isinstance(value, FieldRef)]
    copied = [
        types.get(scope + value.name) or _of_name(procedure, value.name)
        for value in values
        if isinstance(value, FieldRef)
    ]
    known = [rules for rules in copied if rules is not None]
    if len(known) < len(copied):
        return None  # what it copies is not worked out yet
    if all(rules.type == "choice" for rules in known):
        if all(isinstance(value, bool) for value in values):
            return FieldRules(type="yes-no")
        if all(isinstance(value, int | Decimal) and not isinstance(value, bool) for value in values):
            return FieldRules(type="number")
        choices: dict[str, object] = {str(value): None for value in literals}
        choices |= {choice: label for rules in known for choice, label in rules.choices or ()}
        return FieldRules(type="choice", choices=choices)
    kinds = {rules.type for rules in known}
    if kinds <= NUMERIC and (len(kinds) > 1 or any(isinstance(value, Decimal) for value in literals)):
        return FieldRules(type="number")
    return known[0]


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
