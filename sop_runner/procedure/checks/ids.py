"""Ids: unique within their kind, not reserved, and one space for fields, derived names and decisions."""

from collections.abc import Iterable, Iterator

from ..base_types import RESERVED_ARROWS, RESERVED_IDS, RESERVED_NAMES, RESERVED_TARGETS
from ..definitions import Definition, shared
from ..fields import FieldRules
from ..model import Path
from ..nodes import Checklist, Confirmation, Decision, End
from ..place import Problem
from ..walks import fields, sections
from .context import Context

Named = tuple[str, Path]


def repeated(what: str, named: Iterable[Named], of: str = "") -> Iterator[Problem]:
    """Every id that stood before, with the first place as `related`."""
    first: dict[str, Path] = {}
    for name, path in named:
        if name in first:
            yield Problem(
                "SOP201",
                f"the {what} '{name}'{of} is defined twice",
                path,
                "give one of them another name",
                related=first[name],
            )
        else:
            first[name] = path


def unique_ids(context: Context) -> Iterator[Problem]:
    """Nodes, sections, the items of a node, the outcomes of a decision, factors, choices."""
    procedure = context.procedure
    yield from repeated("node", ((node.id, (*path, node.kind)) for path, node, _ in context.flow))
    yield from repeated("section", ((one.id, (*path, "section")) for path, one in sections(procedure.flow)))
    for path, node, _ in context.flow:
        if isinstance(node, Checklist):
            items = ((item.item, (*path, "items", i, "item")) for i, item in enumerate(node.items))
            yield from repeated("item", items, f" of '{node.id}'")
        if isinstance(node, Decision):
            outcomes = (
                (one.outcome, (*path, "outcomes", i, "outcome")) for i, one in enumerate(node.outcomes)
            )
            yield from repeated("outcome", outcomes, f" of '{node.id}'")
        if isinstance(node, Confirmation) and node.identity is not None:
            here = (*path, "identity", "factors")
            factors = ((one.factor, (*here, i, "factor")) for i, one in enumerate(node.identity.factors))
            yield from repeated("factor", factors, f" of '{node.id}'")
    for place in fields(procedure):
        choices = (
            (name, (*place.path, "choices", i)) for i, (name, _) in enumerate(place.rules.choices or ())
        )
        yield from repeated("choice", choices)
        inner = ((one.field, (*place.path, "of", i, "field")) for i, one in enumerate(place.rules.of or ()))
        yield from repeated("field of the list", inner)


def reserved(context: Context) -> Iterator[Problem]:
    """Names that mean something else in scenarios, jumps, arrows or conditions."""
    for path, node, _ in context.flow:
        taken = RESERVED_TARGETS if isinstance(node, End) else RESERVED_IDS
        if node.id in taken:
            yield _reserved("node", node.id, (*path, node.kind), "a scenario or a jump uses that word")
        if isinstance(node, Decision):
            for index, outcome in enumerate(node.outcomes):
                if outcome.outcome in RESERVED_ARROWS:
                    here = (*path, "outcomes", index, "outcome")
                    yield _reserved(
                        "outcome", outcome.outcome, here, "every node may have an arrow of that name"
                    )
    for definition in shared(context.procedure):
        if definition.name in RESERVED_NAMES:
            what = {"derived": "derived name", "decision": "decision"}.get(definition.origin, "field")
            yield _reserved(what, definition.name, definition.path, "a condition uses that word")


def _reserved(what: str, name: str, path: Path, why: str) -> Problem:
    return Problem("SOP203", f"the {what} cannot be called '{name}': {why}", path, "give it another name")


def one_space(context: Context) -> Iterator[Problem]:
    """Fields, derived names and decisions share one space; a field may be filled in several nodes."""
    first: dict[str, Definition] = {}
    for definition in shared(context.procedure):
        earlier = first.setdefault(definition.name, definition)
        if earlier is not definition and (clash := _clash(earlier, definition)):
            code, message, fix = clash
            yield Problem(
                code, message, definition.path, fix, on_key=_is_key(definition), related=earlier.path
            )


_FILLED = ("case", "recorded", "set", "returned")
_CALLED = {"derived": "derived name", "decision": "decision"}


def _is_key(definition: Definition) -> bool:
    return definition.origin in ("derived", "set", "returned")


def _clash(earlier: Definition, later: Definition) -> tuple[str, str, str] | None:
    name = later.name
    if earlier.origin not in _FILLED or later.origin not in _FILLED:
        first, second = (_CALLED.get(one.origin, "field") for one in (earlier, later))
        return (
            "SOP202",
            f"the {second} '{name}' has the name of a {first}"
            if first != second
            else f"the {second} '{name}' is defined twice",
            "rename one: fields, derived names and decisions share one space",
        )
    one, other = earlier.what, later.what
    if not isinstance(one, FieldRules) or not isinstance(other, FieldRules):
        return None
    if earlier.node == later.node:
        where = f"in '{later.node}'" if later.node else "in the case"
        return "SOP201", f"the field '{name}' stands twice {where}", "give one of them another name"
    for key in ("type", "currency"):
        if getattr(one, key) != getattr(other, key):
            return (
                "SOP204",
                f"the field '{name}' is {_what(other, key)} here and {_what(one, key)} before",
                f"give both the same {key}, or rename one",
            )
    return None


def _what(rules: FieldRules, key: str) -> str:
    value = getattr(rules, key)
    return f"'{value}'" if value is not None else f"without a {key}"


CHECKS = (unique_ids, reserved, one_space)
