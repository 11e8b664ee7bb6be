"""Walks over a whole procedure: every section, field, condition, text and jump with its path."""

from collections.abc import Iterator
from dataclasses import dataclass

from .base_types import Jump
from .evidence import SignOff
from .fields import FieldRules, FieldSpec, ItemField
from .model import Path, Procedure, every_node, kept
from .nodes import Call, Checklist, Common, Confirmation, Decision, End, FlowItem, Node, Section
from .texts import Text
from .timing import Time
from .when import Condition


def sections(flow: tuple[FlowItem, ...], path: Path = ("flow",)) -> Iterator[tuple[Path, Section]]:
    """Every section in the order of the file, outer ones first."""
    for index, item in enumerate(flow):
        if type(item) is Section:
            yield (*path, index), item
            yield from sections(item.flow, (*path, index, "flow"))


@dataclass(frozen=True, slots=True)
class FieldPlace:
    """A field where it is filled in: in the case (`node` is None), a record, an item or a list.

    `name` is what it is called there, None for an item's field without a name of its own.
    """

    path: Path
    rules: FieldRules
    name: str | None
    node: Node | None = None
    item: str | None = None
    within: FieldSpec | None = None


@kept
def fields(procedure: Procedure) -> tuple[FieldPlace, ...]:
    """Every field of the case, of records, of items and of lists."""
    return tuple(_fields(procedure))


def _fields(procedure: Procedure) -> Iterator[FieldPlace]:
    yield from _specs(procedure.case, ("case",), None)
    for path, node, _ in every_node(procedure):
        if type(node) is Confirmation and node.record is not None:
            yield from _specs(node.record.fields, (*path, "record", "fields"), node)
        if type(node) is Checklist:
            for index, item in enumerate(node.items):
                if item.field is not None:
                    here = (*path, "items", index, "field")
                    yield FieldPlace(here, item.field, item.field.field, node, item.item)
                    yield from _inner(item.field, here, node)


def _specs(specs: tuple[FieldSpec, ...], path: Path, node: Node | None) -> Iterator[FieldPlace]:
    for index, spec in enumerate(specs):
        yield FieldPlace((*path, index), spec, spec.field, node)
        yield from _inner(spec, (*path, index), node)


def _inner(rules: FieldRules, path: Path, node: Node | None) -> Iterator[FieldPlace]:
    named = rules if isinstance(rules, FieldSpec) else None
    for index, spec in enumerate(rules.of or ()):
        yield FieldPlace((*path, "of", index), spec, spec.field, node, within=named or _unnamed(rules))
        yield from _inner(spec, (*path, "of", index), node)


def _unnamed(rules: FieldRules) -> FieldSpec:
    assert isinstance(rules, ItemField)
    return FieldSpec.model_construct(field=rules.field or "", type=rules.type, of=rules.of)


@dataclass(frozen=True, slots=True)
class ConditionPlace:
    """A condition and where it stands; `within` is the list whose other fields it may read as well."""

    path: Path
    condition: Condition
    node: Node | None = None
    within: FieldSpec | None = None


@kept
def conditions(procedure: Procedure) -> tuple[ConditionPlace, ...]:
    """Every `when` and `only_when`."""
    return tuple(_conditions(procedure))


def _conditions(procedure: Procedure) -> Iterator[ConditionPlace]:
    for place in fields(procedure):
        if place.rules.only_when is not None:
            yield ConditionPlace((*place.path, "only_when"), place.rules.only_when, place.node, place.within)
    for path, section in sections(procedure.flow):
        if section.only_when is not None:
            yield ConditionPlace((*path, "only_when"), section.only_when)
    for path, node, _ in every_node(procedure):
        if isinstance(node, Common) and node.only_when is not None:
            yield ConditionPlace((*path, "only_when"), node.only_when, node)
        if type(node) is Decision:
            for index, outcome in enumerate(node.outcomes):
                if outcome.when is not None:
                    yield ConditionPlace((*path, "outcomes", index, "when"), outcome.when, node)
        if type(node) is Checklist:
            for index, item in enumerate(node.items):
                if item.only_when is not None:
                    yield ConditionPlace((*path, "items", index, "only_when"), item.only_when, node)


@dataclass(frozen=True, slots=True)
class TextPlace:
    """One text; `spoken` ones are said to somebody who is not an actor."""

    path: Path
    text: Text
    node: Node | None = None
    spoken: bool = False


@kept
def texts(procedure: Procedure) -> tuple[TextPlace, ...]:
    """Every text of the file, the top of it first."""
    return tuple(_texts(procedure))


def _texts(procedure: Procedure) -> Iterator[TextPlace]:
    for key in ("title", "purpose", "scope", "training"):
        if (text := getattr(procedure, key)) is not None:
            yield TextPlace((key,), text)
    for group in ("roles", "controls"):
        for name, text in getattr(procedure, group).items():
            if text.title is None:
                yield TextPlace((group, name), text)
            else:
                yield TextPlace((group, name, "title"), text.title)
                yield TextPlace((group, name, "sentence"), text)
    for place in fields(procedure):
        if place.rules.label is not None:
            yield TextPlace((*place.path, "label"), place.rules.label, place.node)
    for path, section in sections(procedure.flow):
        if section.title is not None:
            yield TextPlace((*path, "title"), section.title)
    for path, node, _ in every_node(procedure):
        for key in ("title", "caution", "do", "say", "ask"):
            if (text := getattr(node, key, None)) is not None:
                yield TextPlace((*path, key), text, node, spoken=key == "say")
        yield from _parts(path, node)


def _parts(path: Path, node: Node) -> Iterator[TextPlace]:
    if isinstance(node, Decision):
        for index, outcome in enumerate(node.outcomes):
            if outcome.title is not None:
                yield TextPlace((*path, "outcomes", index, "title"), outcome.title, node)
    elif isinstance(node, Checklist):
        for index, item in enumerate(node.items):
            for key in ("title", "do", "ask"):
                if (text := getattr(item, key)) is not None:
                    spoken = key == "ask" and item.said_by is not None
                    yield TextPlace((*path, "items", index, key), text, node, spoken)
    elif isinstance(node, Confirmation):
        if node.statement is not None:
            yield TextPlace((*path, "statement", "text"), node.statement.text, node, spoken=True)
        if node.log_review is not None:
            for index, check in enumerate(node.log_review.checks):
                yield TextPlace((*path, "log_review", "checks", index), check, node)
        if node.identity is not None:
            for index, factor in enumerate(node.identity.factors):
                if factor.title is not None:
                    yield TextPlace((*path, "identity", "factors", index, "title"), factor.title, node)


@dataclass(frozen=True, slots=True)
class JumpPlace:
    """A jump and where it stands; `key` says what it is, `node` is None for a default."""

    path: Path
    jump: Jump
    key: str
    node: Node | None = None


def jumps(procedure: Procedure) -> Iterator[JumpPlace]:
    """Every jump: defaults, `then`, `otherwise`, outcomes, `ends` and `at_limit`."""
    if procedure.defaults.otherwise is not None:
        yield JumpPlace(("defaults", "otherwise"), procedure.defaults.otherwise, "otherwise")
    if isinstance(time := procedure.defaults.time, Time) and time.at_limit is not None:
        yield JumpPlace(("defaults", "time", "at_limit"), time.at_limit, "at_limit")
    for path, node, _ in every_node(procedure):
        if isinstance(node, End):
            continue
        for key in ("then", "otherwise"):
            if (jump := getattr(node, key)) is not None:
                yield JumpPlace((*path, key), jump, key, node)
        if isinstance(node.time, Time) and node.time.at_limit is not None:
            yield JumpPlace((*path, "time", "at_limit"), node.time.at_limit, "at_limit", node)
        if isinstance(node, Decision):
            for index, outcome in enumerate(node.outcomes):
                if outcome.then is not None:
                    yield JumpPlace((*path, "outcomes", index, "then"), outcome.then, "then", node)
        if isinstance(node, Call):
            for end, jump in node.ends.items():
                yield JumpPlace((*path, "ends", end), jump, "ends", node)


def is_sign_off(node: Node) -> bool:
    """Whether the node is a confirmation by sign-off, whose answer a condition can read."""
    return isinstance(node, Confirmation) and isinstance(node.sign_off, SignOff)
