"""Evidence compared: what proves a confirmation, and the items of a checklist."""

from collections.abc import Callable
from typing import Any

from sop_runner.procedure.evidence import Factor, Identity, LogReview, ReadBack, Record, SignOff, Statement
from sop_runner.procedure.nodes import Checklist, Confirmation, Item

from .change import Told
from .compare import (
    allowed,
    less_is_stronger,
    members,
    more_is_stronger,
    one_of,
    other,
    present,
    ranked,
)
from .conditions import narrowed
from .fields import compare_fields, compare_rules
from .sides import Sides


def compare_evidence(told: Told, sides: Sides, old: Confirmation, new: Confirmation) -> None:
    """The evidence of a confirmation."""
    if old.evidence != new.evidence:
        other(told, "evidence", _called(old.evidence), _called(new.evidence), unsettled=True)
        return
    _BY_KEY[old.evidence](told, sides, getattr(old, old.evidence), getattr(new, new.evidence))


def _called(key: str) -> str:
    return key.replace("_", " ")


def _identity(told: Told, _: Sides, old: Identity, new: Identity) -> None:
    other(told, "proved of", old.of, new.of, unsettled=True)
    ranked(told, "factors needed", old.need, new.need, more_is_stronger)
    ranked(told, "attempts", old.attempts, new.attempts, less_is_stronger)
    before = {factor.factor: factor for factor in old.factors}
    after = {factor.factor: factor for factor in new.factors}
    members(
        told,
        before,
        after,
        "the factor {} is no longer accepted",
        "the factor {} is accepted as well",
        gone_is="stronger",
    )
    for name, factor in after.items():
        if name in before:
            _factor(told.inside(f"factor '{name}'"), before[name], factor)
    other(told, "order of the factors", [n for n in before if n in after], [n for n in after if n in before])


def _factor(told: Told, old: Factor, new: Factor) -> None:
    other(told, "kind", old.kind, new.kind, unsettled=True)
    present(told, "never sent to", old.not_to, new.not_to)
    before, after = ({k: v for k, v in one.options.items() if k != "not_to"} for one in (old, new))
    for key in dict.fromkeys((*before, *after)):
        other(told, _called(key), before.get(key), after.get(key), unsettled=True)


def _record(told: Told, sides: Sides, old: Record, new: Record) -> None:
    compare_fields(told, sides, old.fields, new.fields)


def _statement(told: Told, _: Sides, old: Statement, new: Statement) -> None:
    other(told, "stated by", old.of, new.of, unsettled=True)
    if old.field is None and new.field is not None:
        told.add("weaker", "declining goes on as well: the answer is only kept", "", new.field)
    elif old.field is not None and new.field is None:
        told.add("stronger", "declining no longer goes on", old.field)
    else:
        other(told, "answer kept as", old.field, new.field)


def _sign_off(told: Told, _: Sides, old: SignOff, new: SignOff) -> None:
    ranked(told, "factors the signer proves", old.need, new.need, more_is_stronger)
    members(told, old.shows, new.shows, "the signer is no longer shown {}", "the signer is shown {} as well")
    members(told, old.blind, new.blind, "{} is no longer typed blind", "{} is typed blind")
    ranked(told, "reason", old.reason, new.reason, one_of("optional", "required"))
    allowed(told, "factors accepted", old.factors, new.factors)
    if "all" in (old.people, new.people) and 1 not in (old.people, new.people):
        other(told, "people who sign", old.people, new.people, unsettled=True)
    else:
        ranked(told, "people who sign", old.people, new.people, lambda n: float("inf") if n == "all" else n)
    ranked(told, "declining", old.decline, new.decline, one_of("recorded", "fails"))


def _log_review(told: Told, _: Sides, old: LogReview, new: LogReview) -> None:
    other(told, "log of", old.source, new.source, unsettled=True)
    if old.since and new.since:
        other(told, "log read since", old.since, new.since, unsettled=True)
    else:
        present(told, "start of the window", old.since, new.since)
    ranked(told, "extract", old.extract, new.extract, one_of("optional", "required"))
    gone, come = len(old.checks) - len(new.checks), len(new.checks) - len(old.checks)
    if gone > 0:
        told.add("weaker", f"{gone} checks of the log dropped", str(len(old.checks)), str(len(new.checks)))
    elif come > 0:
        told.add("stronger", f"{come} checks of the log added", str(len(old.checks)), str(len(new.checks)))


def _read_back(told: Told, _: Sides, old: ReadBack, new: ReadBack) -> None:
    other(told, "read back", old.of, new.of, unsettled=True)
    ranked(
        told, "last characters typed", old.last or "all", new.last or "all", lambda n: float("inf") if n == "all" else n
    )  # fmt: skip


_BY_KEY: dict[str, Callable[[Told, Sides, Any, Any], None]] = {
    "identity": _identity, "record": _record, "statement": _statement, "sign_off": _sign_off,
    "log_review": _log_review, "read_back": _read_back,
}  # fmt: skip


def compare_items(told: Told, sides: Sides, old: Checklist, new: Checklist) -> None:
    """The items of a checklist and how many of them have to be right."""
    before, after = {item.item: item for item in old.items}, {item.item: item for item in new.items}
    ranked(
        told,
        "right answers needed",
        _needed(old),
        _needed(new),
        lambda n: float("inf") if n == "all" else n,
    )
    members(told, before, after, "the item {} dropped", "the item {} added")
    for name, item in after.items():
        if name in before:
            _item(told.inside(f"item '{name}'"), sides, before[name], item)
    other(told, "order of the items", [n for n in before if n in after], [n for n in after if n in before])


def _needed(checklist: Checklist) -> int | str:
    """How many items have to be right; so many as there are is all of them, unless some may be passed over."""
    every = checklist.need == len(checklist.items) and all(item.only_when is None for item in checklist.items)
    return "all" if checklist.need is None or every else checklist.need


def _item(told: Told, sides: Sides, old: Item, new: Item) -> None:
    expected = [frozenset(one.expect) or frozenset(one.answer_ids) for one in (old, new)]
    right = [
        () if free else one.expect for one, free in zip((old, new), map(_anything, (old, new)), strict=True)
    ]
    if expected[0] != expected[1] or bool(right[0]) != bool(right[1]):
        allowed(told, "right answers", *right)
    other(told, "answers", frozenset(old.answer_ids), frozenset(new.answer_ids))
    ranked(told, "not applicable", old.not_applicable, new.not_applicable, one_of("reason", "refused"))
    if (old.by is None) != (new.by is None):
        present(told, "verified role", old.by, new.by)
    else:
        allowed(told, "answered by", old.by or (), new.by or ())
    other(told, "said by", old.said_by, new.said_by, unsettled=True)
    narrowed(told, "asked", sides, old.only_when, new.only_when)
    if old.field is not None and new.field is not None:
        other(told, "recorded as", old.field.field, new.field.field)
        compare_rules(told, sides, old.field, new.field)
    else:
        present(told, "value to write down", old.field and old.field.type, new.field and new.field.type)


def _anything(item: Item) -> bool:
    """Whether every answer of the item is a right one."""
    return not item.expect or set(item.expect) >= set(item.answer_ids)
