"""One call against what it calls: values in and out, roles, ends, and what the callee expects."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC

from ..base.finding import Severity
from ..base.message import Message
from .base_types import FieldRef, shown
from .fields import FieldSpec
from .fits import can_hold, expected, literal_fits
from .model import Path, Procedure, walk
from .names import Name, NameTable, of_spec
from .nodes import Call, End
from .place import Problem
from .suggest import did_you_mean, listed
from .value_types import UNKNOWN
from .values import check as check_value
from .values import parse

_LEAVES = frozenset({"recorded", "case", "set", "returned", "derived"})


@dataclass(frozen=True, slots=True)
class CallPlace:
    """A call, where it stands, and whether it is the last item of its procedure."""

    call: Call
    path: Path
    last: bool


def check_call(
    procedure: Procedure, place: CallPlace, callee: Procedure, ours: NameTable, theirs: NameTable
) -> list[Problem]:
    """Everything about a call of `procedure` that its callee decides, with the names of both."""
    call, path = place.call, place.path
    return [
        *_given(call, path, callee, ours),
        *_elements(call, path, callee, ours),
        *_returns(call, path, ours, theirs),
        *_roles(procedure, call, path, callee),
        *_ends(call, path, callee, last=place.last),
        *_expects(procedure, call, path, callee),
    ]


def _unknown(what: str, call: Call, name: str, known: list[str], path: Path, none: str) -> Problem:
    fix = did_you_mean(name, known, f"use one of {listed(known)}" if known else none)
    return Problem("SOP234", f"'{call.procedure}' has no {what} '{name}'", path, fix, on_key=True, about=name)


def _given(call: Call, path: Path, callee: Procedure, ours: NameTable) -> Iterator[Problem]:
    case = {spec.field: spec for spec in callee.case}
    for name, value in call.given.items():
        here = (*path, "given", name)
        spec = case.get(name)
        if spec is None:
            yield _unknown("case field", call, name, list(case), here, "remove it: the callee takes nothing")
        elif isinstance(value, FieldRef):
            yield from _copied(name, spec, ours.get(value.name), here)
        else:
            yield from _literal(name, spec, value, here)
    for name, spec in case.items():
        if spec.required and spec.only_when is None and name not in call.given and name not in call.for_each:
            yield Problem(
                "SOP235",
                f"'{call.id}' does not give '{name}', which '{call.procedure}' requires",
                (*path, "given") if call.given else path,
                f"add `{name}: VALUE` under `given`",
                on_key=True,
                about=name,
                absence=True,
            )


def _copied(name: str, spec: FieldSpec, ours: Name | None, path: Path) -> Iterator[Problem]:
    their = of_spec(name, "case", spec, path)
    if ours is None or ours.type is None:
        return
    if ours.type == "list" and their.type == "list":
        return
    if not can_hold(their, ours) or ours.type == "list":
        yield Problem(
            "SOP236",
            f"'{name}' takes a value of the type '{spec.type}', '{ours.name}' is of the type '{ours.type}'",
            path,
            "give another field",
            about=ours.name,
        )
    elif their.choices and (strange := [choice for choice in ours.choices if choice not in their.choices]):
        yield Problem(
            "SOP236",
            f"'{ours.name}' can be {listed(strange)}, which '{name}' does not know",
            path,
            f"see that it is {expected(their)} whenever this is called",
            about=ours.name,
            severity=Severity.WARNING,
        )


def _literal(name: str, spec: FieldSpec, value: object, path: Path) -> Iterator[Problem]:
    their = of_spec(name, "case", spec, path)
    message = f"{shown(value)} is no value of '{name}', expected {expected(their)}"
    if not literal_fits(value, their):
        yield Problem("SOP236", message, path, did_you_mean(value, their.choices, f"write {expected(their)}"))
        return
    typed = parse(spec, value, zone=UTC)
    wrong = typed if isinstance(typed, Message) else check_value(spec, typed, lambda _: UNKNOWN)
    if wrong is not None and spec.equals is None:
        why = str(wrong).partition(";")[0].rstrip(".")
        message = f"{shown(value)} is no value of '{name}': {why}"
        yield Problem("SOP236", message, path, "write another value")


def _elements(call: Call, path: Path, callee: Procedure, ours: NameTable) -> Iterator[Problem]:
    case = {spec.field: spec for spec in callee.case}
    for name, listed_ in call.for_each.items():
        here = (*path, "for_each", name)
        spec = case.get(name)
        if spec is None:
            yield _unknown("case field", call, name, list(case), here, "remove it: the callee takes nothing")
        elif name in call.given:
            yield Problem("SOP235", f"'{name}' stands under both 'given' and 'for_each'", here, "keep one of them", on_key=True)  # fmt: skip
        elif column := ours.column(listed_):
            yield from _copied(name, spec, column, here)
            yield from _left_out(call, name, spec, column, here)


def _left_out(call: Call, name: str, spec: FieldSpec, column: Name, path: Path) -> Iterator[Problem]:
    """A cell that may be empty, given to what the callee cannot do without: the desk refuses to write such a row down."""
    cell = column.spec
    always = not isinstance(cell, FieldSpec) or (cell.required and cell.only_when is None)
    if not always and spec.required and spec.only_when is None:
        yield Problem(
            "SOP235",
            f"a row may leave out '{column.name}', and '{call.procedure}' requires '{name}'",
            path,
            f"let every row have it, or write `required: false` at '{name}' in '{call.procedure}'",
            about=name,
            severity=Severity.WARNING,
        )


def _returns(call: Call, path: Path, ours: NameTable, theirs: NameTable) -> Iterator[Problem]:
    known = [name for name, found in theirs.items() if found.origin in _LEAVES]
    for name, their in call.returns.items():
        here = (*path, "returns", name)
        found = theirs.get(their)
        if found is None or found.origin not in _LEAVES:
            fix = did_you_mean(their, known, f"use one of {listed(known)}" if known else "remove it")
            yield Problem("SOP237", f"'{call.procedure}' has no field or derived name '{their}'", here, fix)
        elif found.forgotten:
            yield Problem(
                "SOP237", f"'{their}' is kept 'never' and cannot be returned", here, "return another value"
            )
        elif (our := ours.get(name)) is not None:
            given = replace(found, type="list") if call.for_each else found
            unlike = our.type is None and given.type is not None
            if unlike or not (can_hold(our, given) or our.type == given.type == "list"):
                other = f"of the type '{our.type}'" if our.type else "of other types elsewhere"
                said = f"'{their}' is of the type '{given.type}', '{name}' is {other}"
                yield Problem("SOP237", said, here, "return it under another name")


def _roles(procedure: Procedure, call: Call, path: Path, callee: Procedure) -> Iterator[Problem]:
    for theirs in call.roles:
        if theirs not in callee.roles:
            yield _unknown("role", call, theirs, list(callee.roles), (*path, "roles", theirs), "remove it")
    for theirs in callee.roles:
        if theirs not in call.roles and theirs not in procedure.roles:
            yield Problem(
                "SOP238",
                f"nobody here is the '{theirs}' of '{call.procedure}'",
                (*path, "roles") if call.roles else path,
                f"add `roles: {{{theirs}: ROLE}}` to the call",
                on_key=True,
                about=theirs,
                absence=True,
            )


def _ends(call: Call, path: Path, callee: Procedure, *, last: bool) -> Iterator[Problem]:
    ends = {node.id: node for _, node, _ in walk(callee.flow) if isinstance(node, End)}
    for name in call.ends:
        if name not in ends:
            yield _unknown("end", call, name, list(ends), (*path, "ends", name), "remove it")
    open_ends = [name for name, end in ends.items() if name not in call.ends]
    stray = [name for name in open_ends if ends[name].result != "completed"]
    place = (*path, "ends") if call.ends else path
    if stray:
        yield Problem(
            "SOP239",
            f"'{call.id}' does not say where to go from {listed(stray)} of '{call.procedure}'",
            place,
            f"add `{stray[0]}: NODE` under `ends`",
            on_key=True,
            absence=True,
        )
    done = [name for name in open_ends if ends[name].result == "completed"]
    if done and last and call.then is None:
        yield Problem(
            "SOP208",
            f"'{call.id}' goes nowhere from {listed(done)} of '{call.procedure}': it is the last of the file",
            place,
            "add `then: NODE`, or an end after it",
            on_key=True,
            absence=True,
        )


def _expects(procedure: Procedure, call: Call, path: Path, callee: Procedure) -> Iterator[Problem]:
    for control in callee.expects:
        if control not in procedure.controls:
            yield Problem(
                "SOP240",
                f"'{call.procedure}' expects '{control}' of its caller, which is no control here",
                (*path, "procedure"),
                did_you_mean(
                    control, procedure.controls, "declare it under `controls` and satisfy it before"
                ),
                about=control,
            )
