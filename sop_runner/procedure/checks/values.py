"""Values that are copied or compared: `sets`, `equals`, `differs`, `given`, and fields that are named."""

from collections.abc import Iterator

from ..base_types import FieldRef
from ..definitions import shared
from ..fits import MOMENTS, TIMES, family
from ..name_types import NUMERIC
from ..names import of_spec
from ..nodes import Call, Checklist, Confirmation, Decision, End, Step
from ..place import Problem
from ..timing import Time, Until
from ..walks import fields
from .conditions import value_fits
from .context import Context, unknown
from .reading import of_type, read_name

_TYPED_AGAIN = NUMERIC | {"text", "email", "phone", "link", "date", "time", "datetime", "duration", "choice"}


def sets_fit(context: Context) -> Iterator[Problem]:
    """What an outcome sets is of the field's type; a field that is only set has one type everywhere."""
    told: set[str] = set()
    for path, node, _ in context.flow:
        if not isinstance(node, Decision):
            continue
        for index, outcome in enumerate(node.outcomes):
            for name, value in outcome.sets.items():
                here = (*path, "outcomes", index, "sets", name)
                found = context.names.get(name)
                if found is None:
                    continue
                if found.spec is not None:
                    yield from value_fits(context, context.names, found, value, here, node, held=True)
                elif isinstance(value, FieldRef):
                    _, problems = read_name(context, context.names, value.name, (*here, "field"), node)
                    yield from problems
                if found.type is None and name not in told and _mixed(context, name):
                    told.add(name)
                    yield Problem(
                        "SOP204",
                        f"'{name}' is set to values of different types",
                        here,
                        "set it everywhere to texts, to numbers, to true and false, or to fields of one type",
                        on_key=True,
                        about=name,
                    )


def _mixed(context: Context, name: str) -> bool:
    """Whether all that sets the name is known here, and no one type can hold it."""
    given = [one for one in shared(context.procedure) if one.name == name]
    if any(one.origin != "set" for one in given):
        return False
    copied = [one.what.name for one in given if isinstance(one.what, FieldRef)]
    if not copied:
        return True
    types = [context.names[source].type if source in context.names else None for source in copied]
    # A text may stand for a value of any type, as it does wherever a value is written.
    types += [
        "yes-no" if one.what is True or one.what is False else "number"
        for one in given
        if not isinstance(one.what, FieldRef | str)
    ]
    kinds = {kind and (kind if kind in MOMENTS else family(kind)) for kind in types}
    return None not in kinds and len(kinds) > 1


def equals_fit(context: Context) -> Iterator[Problem]:
    """What a field must equal or differ from is of its type and can be read there."""
    for place in fields(context.procedure):
        names = context.names
        if place.within is not None:
            names = names.with_fields(place.within.of or ())
        for key in ("equals", "differs"):
            value = getattr(place.rules, key)
            if value is None:
                continue
            called = place.name or place.item or ""
            one = of_spec(called, "recorded", place.rules, place.path)
            yield from value_fits(context, names, one, value, (*place.path, key), place.node)


def given_names(context: Context) -> Iterator[Problem]:
    """Names passed to a callee can be read; lists that a call goes through are lists."""
    for path, node, _ in context.flow:
        if not isinstance(node, Call):
            continue
        for theirs, value in node.given.items():
            if isinstance(value, FieldRef):
                here = (*path, "given", theirs, "field")
                yield from read_name(context, context.names, value.name, here, node)[1]
        for theirs, name in node.for_each.items():
            yield from _list(context, name, (*path, "for_each", theirs))


def _list(context: Context, name: str, path: tuple[str | int, ...]) -> Iterator[Problem]:
    whole, _, inner = name.partition(".")
    found = context.names.get(whole)
    lists = [one for one, known in context.names.items() if known.type in ("list", None)]
    if found is None:
        yield unknown("SOP211", "list", whole, lists, path, "record a field of the type 'list' before")
    elif found.type is None:
        return
    elif found.type != "list":
        yield Problem("SOP212", f"'for_each' goes through lists, '{whole}' is no list", path, "name a field of the type 'list'", about=whole)  # fmt: skip
    elif context.names.column(name) is None:
        columns = [spec.field for spec in found.fields]
        if inner:
            yield unknown("SOP211", f"field in the list '{whole}' called", inner, columns, path, "")
        elif columns:
            yield Problem(
                "SOP212",
                f"the elements of '{whole}' have several fields, a case field takes one value",
                path,
                f"name one of them, such as '{whole}.{columns[0]}'",
                about=whole,
            )


def named_fields(context: Context) -> Iterator[Problem]:
    """Fields named by evidence and times exist and have a type that fits."""
    for path, node, _ in context.flow:
        if isinstance(node, Step) and isinstance(node.wait, Until):
            yield from of_type(
                context, node.wait.until, TIMES, "'wait' takes", (*path, "wait", "until"), node
            )
        if not isinstance(node, End) and isinstance(node.time, Time):
            yield from _time(context, node.time, (*path, "time"), node)
        if isinstance(node, Confirmation):
            yield from _evidence(context, node, path)
        if isinstance(node, Checklist | Confirmation | Call):
            yield from _age(context, node, path)
        if isinstance(node, Decision):
            for index, outcome in enumerate(node.outcomes):
                if outcome.valid_for is not None and outcome.valid_for.from_ is not None:
                    here = (*path, "outcomes", index, "valid_for", "from")
                    yield from of_type(context, outcome.valid_for.from_, TIMES, "'from' takes", here, node)
    default = context.procedure.defaults.time
    if isinstance(default, Time):
        yield from _time(context, default, ("defaults", "time"), None)


def _age(
    context: Context, node: Checklist | Confirmation | Call, path: tuple[str | int, ...]
) -> Iterator[Problem]:
    if node.valid_for is not None and node.valid_for.from_ is not None:
        here = (*path, "valid_for", "from")
        yield from of_type(context, node.valid_for.from_, TIMES, "'from' takes", here, node)


def _time(
    context: Context, time: Time, path: tuple[str | int, ...], node: Step | Checklist | Confirmation | Decision | Call | None
) -> Iterator[Problem]:  # fmt: skip
    if time.until is not None:
        yield from of_type(context, time.until, TIMES, "'until' takes", (*path, "until"), node)
    if time.from_ is not None and time.from_ not in context.nodes and time.from_ in context.names:
        yield from of_type(context, time.from_, TIMES, "'from' takes a node or", (*path, "from"), node)


def _evidence(context: Context, node: Confirmation, path: tuple[str | int, ...]) -> Iterator[Problem]:
    if node.read_back is not None:
        here = (*path, "read_back", "of")
        yield from of_type(context, node.read_back.of, _TYPED_AGAIN, "'read_back' takes", here, node)
    if node.sign_off is not None:
        for index, name in enumerate(node.sign_off.blind):
            here = (*path, "sign_off", "blind", index)
            yield from of_type(context, name, _TYPED_AGAIN | {"yes-no"}, "'blind' takes", here, node)
    if node.identity is not None:
        for index, factor in enumerate(node.identity.factors):
            if factor.not_to is not None:
                here = (*path, "identity", "factors", index, "not_to")
                yield from read_name(context, context.names, factor.not_to, here, node)[1]


CHECKS = (sets_fit, equals_fit, given_names, named_fields)
