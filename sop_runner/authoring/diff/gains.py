"""Gaining controls compared: which ones, and for how long they stay fresh."""

from sop_runner.procedure.timing import Age

from .change import Kind, Told
from .compare import less_is_stronger, other, present, ranked, said
from .sides import Asked


def gains(told: Told, asked: Asked, old: frozenset[str], new: frozenset[str]) -> None:
    """Gaining a control that is asked for anyhow is one more way to it; else it changes nothing by itself."""
    for name in sorted(old - new):
        kind: Kind = "stronger" if name in asked.in_both else "changed"
        told.add(kind, f"no longer satisfies '{name}'", name)
    for name in sorted(new - old):
        kind = "weaker" if name in asked.in_both else "changed"
        told.add(kind, f"satisfies '{name}' as well", "", name)


def compare_age(told: Told, old: Age | None, new: Age | None) -> None:
    """How long a control stays fresh."""
    if old is not None and new is not None:
        if old.same_day or new.same_day or old.from_ != new.from_:
            other(told, "valid for", _age(old), _age(new), unsettled=True)
        else:
            ranked(told, "valid for", old.for_, new.for_, less_is_stronger)
    elif old != new:
        present(told, "valid for", old and _age(old), new and _age(new))


def _age(age: Age) -> str:
    if age.same_day:
        return "the same day"
    return said(age.for_) + (f" from {age.from_}" if age.from_ else "")
