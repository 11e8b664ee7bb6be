"""Ways to make evidence weaker: fewer factors, more attempts, a check or a blind value left out."""

from collections.abc import Iterator, Mapping
from typing import Any

from sop_runner.procedure.shape import Path

from .conditions import condition_changes
from .edits import GONE, Change, without_each
from .fields import field_changes


def evidence_changes(path: Path, raw: Mapping[str, Any]) -> Iterator[Change]:
    """Every change of the evidence of the confirmation at `path`."""
    identity, sign_off = raw.get("identity"), raw.get("sign_off")
    review, read_back, record = raw.get("log_review"), raw.get("read_back"), raw.get("record")
    if isinstance(identity, Mapping):
        yield from _numbered((*path, "identity"), identity, "need", 2, (-1,))
        yield from _numbered((*path, "identity"), identity, "attempts", 3, (-1, 1))
        factors = identity["factors"]
        for index, factor in enumerate(factors if len(factors) > 1 else ()):
            left = factors[:index] + factors[index + 1 :]
            yield (((*path, "identity", "factors"), left),), f"the factor '{factor['factor']}' is not offered"
    if isinstance(sign_off, Mapping):
        yield from _sign_off((*path, "sign_off"), sign_off)
    if isinstance(review, Mapping):
        here = (*path, "log_review")
        if review.get("extract") == "required":
            yield (((*here, "extract"), GONE),), "the extract need not be kept"
        for number, (_, edit) in enumerate(without_each((*here, "checks"), review.get("checks") or []), 1):
            yield (edit,), f"check {number} is not asked"
    if isinstance(read_back, Mapping) and "last" in read_back:
        yield from _numbered((*path, "read_back"), read_back, "last", 1, (-1, 1))
    for index, field in enumerate(record["fields"] if isinstance(record, Mapping) else ()):
        yield from field_changes((*path, "record", "fields", index), field)


def _sign_off(path: Path, raw: Mapping[str, Any]) -> Iterator[Change]:
    yield from _numbered(path, raw, "need", 1, (-1,))
    people = raw.get("people", 1)
    if people == "all":
        yield (((*path, "people"), 1),), "one person signs for all"
    else:
        yield from _numbered(path, raw, "people", 1, (-1, 1))
    for name, edit in without_each((*path, "blind"), raw.get("blind") or []):
        yield (edit,), f"'{name}' need not be typed again"
    for name, edit in without_each((*path, "factors"), raw.get("factors") or []):
        yield (edit,), f"the factor '{name}' is not named" if edit[1] is not GONE else "any factor will do"
    decline = raw.get("decline", "fails")
    other = "recorded" if decline == "fails" else "fails"
    yield (((*path, "decline"), other),), f"declining is '{other}'"


def checklist_changes(path: Path, raw: Mapping[str, Any]) -> Iterator[Change]:
    """Every change of the items of the checklist at `path`, and of how many right ones are enough."""
    items = raw["items"]
    if "need" in raw:
        yield from _numbered(path, raw, "need", 1, (-1, 1))
    for index, item in enumerate(items):
        here, of = (*path, "items", index), f"the item '{item['item']}'"
        if "expect" in item:
            yield (((*here, "expect"), GONE),), f"{of} takes any answer for right"
        reason = item.get("not_applicable", "refused") == "reason"
        words = f"{of} {'always applies' if reason else 'may be not applicable'}"
        yield (((*here, "not_applicable"), "refused" if reason else "reason"),), words
        for key in ("by", "only_when"):
            if key in item:
                yield (((*here, key), GONE),), f"{of} lost its '{key}'"
        changes = [*condition_changes((*here, "only_when"), item.get("only_when"))]
        changes += field_changes((*here, "field"), item.get("field"))
        for edits, words in changes:
            yield edits, f"{of}: {words}"


def _numbered(
    path: Path, raw: Mapping[str, Any], key: str, usual: int, steps: tuple[int, ...]
) -> Iterator[Change]:
    number = raw.get(key, usual)
    for step in steps:
        if isinstance(number, int) and number + step >= 1:
            yield (((*path, key), number + step),), f"'{key}' is {number + step}, not {number}"
