"""What the keys of one node say together: times, ages, waivers, identity, patterns, dates."""

from collections.abc import Iterator
from typing import Any

from ...base.finding import Severity
from ..evidence import Factor
from ..model import Path
from ..nodes import Call, Checklist, Confirmation, Decision, End
from ..pattern import pattern_problem
from ..place import Problem
from ..shape import keys_of
from ..suggest import listed, nearest
from ..timing import Time, WaivableBy
from ..walks import fields
from .context import Context


def times(context: Context) -> Iterator[Problem]:
    """A time expects something or limits it, the limit not before what is expected."""
    default = context.procedure.defaults.time
    if isinstance(default, Time):
        yield from _time(default, ("defaults", "time"))
    for path, node, _ in context.flow:
        if not isinstance(node, End) and isinstance(node.time, Time):
            yield from _time(node.time, (*path, "time"))


def _time(time: Time, path: Path) -> Iterator[Problem]:
    bounded = time.limit is not None or time.until is not None
    if time.at_limit is not None and not bounded:
        yield Problem("SOP219", "'at_limit' without a limit never happens", (*path, "at_limit"), "add limit: 5m or until: FIELD", on_key=True, absence=True)  # fmt: skip
    elif time.expect is None and not bounded:
        yield Problem("SOP219", "'time' says neither what is expected nor a limit", path, "add expect: 2m, limit: 5m or until: FIELD", absence=True,)  # fmt: skip
    if time.expect is not None and time.limit is not None and time.expect > time.limit:
        yield Problem("SOP219", "more time is expected than the limit allows", (*path, "expect"), "expect less, or raise the limit")  # fmt: skip


def ages(context: Context) -> Iterator[Problem]:
    """`valid_for` says how long what is satisfied stays fresh; without `satisfies` it says nothing."""
    for path, node, _ in context.flow:
        holders: list[tuple[Path, Any]] = []
        if isinstance(node, Checklist | Confirmation | Call):
            holders.append((path, node))
        if isinstance(node, Decision):
            holders += [((*path, "outcomes", i), outcome) for i, outcome in enumerate(node.outcomes)]
        for here, holder in holders:
            if holder.valid_for is not None and not holder.satisfies:
                yield Problem("SOP220", "'valid_for' without 'satisfies' has nothing to keep fresh", (*here, "valid_for"), "add `satisfies`, or remove it", on_key=True, absence=True)  # fmt: skip


def waivers(context: Context) -> Iterator[Problem]:
    """Decisions and calls cannot be waived: nothing says which way would count."""
    for path, node, _ in context.flow:
        if isinstance(node, Decision | Call) and isinstance(node.waivable, WaivableBy):
            yield Problem(
                "SOP222", f"a {node.kind} cannot be waived", (*path, "waivable"), "remove it", on_key=True
            )


def identity(context: Context) -> Iterator[Problem]:
    """`need` factors are always of different kinds, so there must be that many kinds."""
    for path, node, _ in context.flow:
        if not isinstance(node, Confirmation) or node.identity is None:
            continue
        kinds = sorted({factor.kind for factor in node.identity.factors})
        if len(kinds) < node.identity.need:
            yield Problem(
                "SOP221",
                f"'{node.id}' needs {node.identity.need} factors of different kinds, "
                f"its factors are only of {listed(kinds)}",
                (*path, "identity", "need" if "need" in node.identity.model_fields_set else "factors"),
                "add a factor of another kind, or need fewer",
                absence=True,
            )


def options(context: Context) -> Iterator[Problem]:
    """A factor takes any option, so one that almost has the name of a known key is a slip."""
    known = list(keys_of(Factor))
    for path, node, _ in context.flow:
        if not isinstance(node, Confirmation) or node.identity is None:
            continue
        for index, factor in enumerate(node.identity.factors):
            for option in factor.model_extra or {}:
                if near := nearest(option, known, cutoff=0.8):
                    here = (*path, "identity", "factors", index, option)
                    message = f"'{option}' is no key of the factor '{factor.factor}'"
                    yield Problem("SOP132", message, here, f"did you mean '{near}'?", on_key=True)


def checklists(context: Context) -> Iterator[Problem]:
    """No more right answers are needed than there are items."""
    for path, node, _ in context.flow:
        if isinstance(node, Checklist) and node.need is not None and node.need > len(node.items):
            yield Problem("SOP221", f"'{node.id}' needs {node.need} right answers and has {len(node.items)} items", (*path, "need"), "need fewer, or add items", absence=True)  # fmt: skip


def rules_of_fields(context: Context) -> Iterator[Problem]:
    """Patterns can be matched, and bounds leave something between them."""
    for place in fields(context.procedure):
        rules = place.rules
        if rules.matches is not None and (why := pattern_problem(rules.matches)):
            what, _, fix = why.partition("; ")
            message = f"this pattern cannot be used: {what}"
            yield Problem("SOP223", message, (*place.path, "matches"), fix or "write a simpler one")
        if rules.at_least is not None and rules.at_most is not None and rules.at_least > rules.at_most:
            yield Problem("SOP223", "'at_least' is more than 'at_most': no value fits", (*place.path, "at_least"), "exchange them")  # fmt: skip


def dates(context: Context) -> Iterator[Problem]:
    """The review is due after the procedure came into effect."""
    if context.procedure.review_by < context.procedure.effective_from:
        yield Problem(
            "SOP224",
            "'review_by' is before 'effective_from'",
            ("review_by",),
            "write a later date",
            related=("effective_from",),
            severity=Severity.WARNING,
        )


CHECKS = (times, ages, waivers, identity, options, checklists, rules_of_fields, dates)
