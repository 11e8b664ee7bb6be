"""Entering a callee and coming back: values in and out, one element of a list after another."""

from typing import Any

from sop_runner.base.message import listing, msg
from sop_runner.machine.graph import scope_of
from sop_runner.procedure.base_types import FieldRef
from sop_runner.procedure.evaluate import holds
from sop_runner.procedure.fields import FieldSpec
from sop_runner.procedure.nodes import Call, End
from sop_runner.procedure.value_types import UNKNOWN, Sealed, is_known, opened

from . import events as ev
from .environment import RunEnv
from .frames import call_of, frame_scope
from .going import Going, No
from .guards import controls_problem
from .setting import field_piece, is_personal, literal


def enter_call(going: Going) -> None:
    """Start the callee of the call at hand with the values it is given, at its first element."""
    at = going.run.at
    call = going.node.node
    assert isinstance(call, Call)
    elements = _elements(going, call)
    _start(going, at, call, 1 if call.for_each else 0, elements, ev.CALL_ENTERED, "call")


def _start(going: Going, at: str, call: Call, element: int, elements: int, kind: str, arrow: str) -> None:
    graph = going.plan.graph
    first = going.plan.engine.follow(going.node.id, arrow)
    callee = graph.nodes[first].procedure
    inner = frame_scope(at, element)
    env = going.env(scope=scope_of(at))
    about = {
        "kind": "call",
        "procedure": callee.procedure,
        "revision": callee.revision,
        "element": element,
        "elements": elements,
    }
    pieces: list[ev.Evidence] = [about]
    known: dict[str, Any] = {spec.field: UNKNOWN for spec in callee.case}
    for spec in callee.case:
        value, personal = _given(going, at, call, spec, element, env)
        asked = spec.only_when is None or holds(spec.only_when, going.env(known, inner))
        if not asked or not is_known(value):
            if asked and spec.required:
                raise No(
                    msg(
                        "'{call}' cannot start: '{field}', which it needs, is not known yet",
                        call=at,
                        field=spec.field,
                    )
                )
            value = UNKNOWN
        elif not isinstance(value, Sealed):
            value = going.typed(spec, spec.field, value, env)
        known[spec.field] = value
        pieces.append(field_piece(going, spec, spec.field, value, inner, personal=personal))
    going.emit(kind, arrow=arrow, to=inner + graph.nodes[first].local, evidence=pieces, by_rule=True)


def _given(going: Going, at: str, call: Call, spec: FieldSpec, element: int, env: RunEnv) -> tuple[Any, bool]:
    """The value that a callee's case field is given, and whether it came from a personal one."""
    name = spec.field
    personal = False
    if name in call.for_each:
        value = list_values(env, call.for_each[name])[element - 1]
        personal = is_personal(going, scope_of(at) + call.for_each[name])
    elif name in call.given:
        source = call.given[name]
        if isinstance(source, FieldRef):
            value = env.value(source.name)
            personal = is_personal(going, scope_of(at) + source.name)
        else:
            value = literal(going, spec, name, source)
    else:
        value = UNKNOWN
    return value, personal


def list_values(env: RunEnv, source: str) -> tuple[Any, ...]:
    """The values of `LIST` (of one field) or `LIST.FIELD`, element by element; empty where it is not known."""
    name, _, column = source.partition(".")
    rows = env.value(name)
    if isinstance(rows, Sealed):
        rows = rows.value
    if not isinstance(rows, tuple):
        return ()
    return tuple(row.get(column) if column else next(iter(row.values())) for row in rows)


def _elements(going: Going, call: Call) -> int:
    """How many elements the callee is run for; 0 where it is run once. Raises No for lists that do not match."""
    if not call.for_each:
        return 0
    env = going.env()
    lengths = {source: len(list_values(env, source)) for source in call.for_each.values()}
    listed = listing(msg("'{field}': {count}", field=name, count=count) for name, count in lengths.items())
    if 0 in lengths.values():
        raise No(
            msg("'{call}' has nothing to run for, a list is empty ({lists})", call=going.run.at, lists=listed)
        )
    if len(set(lengths.values())) > 1:
        raise No(msg("the lists of '{call}' differ in length ({lists})", call=going.run.at, lists=listed))
    return next(iter(lengths.values()))


def return_from_call(going: Going) -> None:
    """A callee's end was reached: on to the next element, or back to the caller with what it returns."""
    end = going.node.node
    assert isinstance(end, End)
    end_scope = going.run.scope
    call_at, element = call_of(end_scope)
    call_node = going.plan.node(call_at)
    call = call_node.node
    assert isinstance(call, Call)
    frame = going.run.facts.frames[call_at]
    if "next" in going.node.arrows and element < frame.elements:
        _start(going, call_at, call, element + 1, frame.elements, ev.ELEMENT_STARTED, "next")
        return
    completed = end.result == "completed" and not frame.incomplete
    if completed:
        barred = controls_problem(going.plan, going.run, call_at, going.given.now)
        if barred is not None:
            raise No(barred)
    from .advance import target_of

    name, to = target_of(going.plan, going.run, "return")
    pieces = []
    if end.result == "completed" and element == frame.elements:
        pieces = [_returned(going, call_at, call, name, source) for name, source in call.returns.items()]
    going.emit(ev.CALL_RETURNED, arrow=name, to=to, outcome=end.result, evidence=pieces, by_rule=True)


def _returned(going: Going, call_at: str, call: Call, name: str, source: str) -> ev.Evidence:
    rules = going.plan.fields.get(going.plan.node(call_at).scope + name)
    frame = going.run.facts.frames[call_at]
    numbers = range(1, frame.elements + 1) if call.for_each else (0,)
    scopes = [frame_scope(call_at, number) for number in numbers]
    if not call.for_each:
        value = going.env(scope=scopes[0]).value(source)
    else:
        assert rules is not None
        assert rules.of is not None
        cells = []
        for element, scope in zip(numbers, scopes, strict=True):
            cell = opened(going.env(scope=scope).value(source))
            cells.append(cell if is_known(cell) and element not in frame.incomplete else None)
        value = tuple({rules.of[0].field: cell} for cell in cells)
    personal = any(is_personal(going, scope + source) for scope in scopes)
    return field_piece(going, rules, name, value, scope_of(call_at), personal=personal)
