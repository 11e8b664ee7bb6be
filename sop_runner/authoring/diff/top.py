"""The top of the file compared: document data, roles, controls, derived values, the case."""

from sop_runner.procedure.derive import Derive
from sop_runner.procedure.model import Accept, Procedure

from .change import Told
from .compare import members, more_is_stronger, other, ranked, said
from .fields import compare_fields
from .sides import Sides

_DATA = ("procedure", "revision", "language", "number", "owner", "author", "effective_from", "review_by")


def compare_top(told: Told, sides: Sides, old: Procedure, new: Procedure) -> None:
    """What stands above the flow; texts are compared with all others."""
    for key in _DATA:
        other(told, key.replace("_", " "), getattr(old, key), getattr(new, key))
    was, is_ = (one.records.retain_for if one.records else None for one in (old, new))
    ranked(told, "records kept for", was, is_, more_is_stronger)
    for what, gone, come in (
        ("related document", {r.href for r in old.related}, {r.href for r in new.related}),
        ("entry of the history", {_entry(h) for h in old.history}, {_entry(h) for h in new.history}),
        ("accepted finding", {_accepted(a) for a in old.accept}, {_accepted(a) for a in new.accept}),
    ):
        for name in sorted(gone - come):
            told.add("changed", f"the {what} '{name}' dropped", name)
        for name in sorted(come - gone):
            told.add("changed", f"the {what} '{name}' added", "", name)
    members(told, old.roles, new.roles, "the role {} dropped", "the role {} added", gone_is="changed")
    members(
        told,
        old.controls,
        new.controls,
        "the control {} is no longer declared",
        "the control {} is declared",
        gone_is="changed",
    )
    members(told, old.expects, new.expects, "no longer expects {} of its caller", "expects {} of its caller")
    for key in dict.fromkeys((*old.derive, *new.derive)):
        _derived(told, key, old.derive.get(key), new.derive.get(key))
    compare_fields(told, sides, old.case, new.case, "case field")


def _accepted(entry: Accept) -> str:
    return f"{entry.check} at {entry.at or 'any place'}: {entry.because}"


def _entry(entry: object) -> str:
    return f"{getattr(entry, 'revision', '')} of {said(getattr(entry, 'date', None))} by {getattr(entry, 'author', '')}"


def _derived(told: Told, name: str, old: Derive | None, new: Derive | None) -> None:
    if old is None or new is None:
        told.add(
            "changed",
            f"the derived value '{name}' {'added' if old is None else 'dropped'}",
            formula(old),
            formula(new),
        )
    else:
        other(told, f"the derived value '{name}':", formula(old), formula(new), unsettled=True)


def formula(derive: Derive | None) -> str:
    """How a value is computed, on one line."""
    if derive is None:
        return ""
    way = getattr(derive, derive.way)
    name = derive.way.replace("_", " ")
    if derive.table is not None:
        rows = ", ".join(f"{key} gives {said(value)}" for key, value in sorted(derive.table.values.items()))
        return f"by {derive.table.of}: {rows}, anything else {said(derive.table.else_)}"
    if derive.bands is not None:
        rows = ", ".join(f"up to {said(bound)} {said(value)}" for bound, value in derive.bands.up_to)
        return f"by {derive.bands.of}: {rows}, above {said(derive.bands.above)}"
    return f"{name} of {said(way)}"
