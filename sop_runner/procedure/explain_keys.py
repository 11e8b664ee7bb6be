"""What to say about keys: one that is missing, one that is unknown, an item without a kind."""

from typing import Any

from .base_types import shown
from .nodes import KINDS
from .place import Problem
from .shape import Path, homes, keys_of, model_at, thing_at, value_in
from .suggest import listed, nearest

# What to write for a key that must be there; any other key's fix only names it.
_EXAMPLES = {
    "format": "sop/1",
    "procedure": "account-change",
    "revision": "1",
    "purpose": "Why it exists",
    "effective_from": "2026-10-15",
    "review_by": "2027-10-15",
    "roles": "{agent: Handles the request.}",
    "by": "agent",
    "type": "text",
    "kind": "possession",
    "of": "customer",
    "decided_by": "person",
    "result": "completed",
    "text": "What is affirmed.",
    "source": "account-system",
    "retain_for": "3y",
    "to": "NODE",
    "factor": "one-time-code",
    "field": "new_value",
    "item": "check-line",
    "outcome": "agreed",
    "need": "2",
    "title": "What it is called",
    "href": "KYC-4",
    "outcomes": "[{outcome: yes-it-is}, {outcome: no-it-is-not}]",
}


def missing_key(data: Any, path: Path, key: str) -> Problem:
    """A key that must be there is not."""
    example = _EXAMPLES.get(key)
    fix = f"add `{key}: {example}`" if example else f"add `{key}`"
    return Problem("SOP131", f"{thing_at(data, path)} has no '{key}'", path, fix, about=key)


def unknown_key(data: Any, path: Path) -> Problem:
    """A key that means nothing here; `about` of the result is the key that was probably meant."""
    key, parent = path[-1], path[:-1]
    model = model_at(data, parent)
    known = list(keys_of(model)) if model else []
    kind = getattr(model, "kind", None)
    thing = f"a {kind}" if kind else thing_at(data, parent)
    if kind == "end":
        thing = "an end"
    message = f"{shown(key)} is no key of {thing}"
    present = value_in(data, parent)
    near = nearest(key, known)
    if key in ("satisfies", "valid_for") and kind == "step":
        message = f"a step cannot have '{key}': it has no evidence"
        fix = "make it a confirmation or a checklist, or let another node satisfy the control"
        near = None
    elif isinstance(key, str) and len(key) <= 40 and (places := homes(key)) and not _almost(key, near):
        message = f"{message}; it belongs to {_either(places)}"
        fix = "move it there" if len(places) == 1 else "move it, or change the kind of this item"
        fix = "remove it" if kind == "end" else fix
        near = None
    elif near in present:
        fix, near = f"remove it; '{near}' is there already", None
    elif near:
        fix = f"did you mean '{near}'?"
    else:
        fix = f"remove it, or use one of {listed(known, 40)}"
    return Problem("SOP132", message, path, fix, on_key=True, about=near or "")


def _almost(key: str, near: str | None) -> bool:
    return near is not None and nearest(key, [near], cutoff=0.85) is not None


def _either(places: tuple[str, ...]) -> str:
    return places[0] if len(places) == 1 else f"{', '.join(places[:-1])} or {places[-1]}"


def no_kind(data: Any, path: Path, fix: str) -> Problem:
    """An item of a flow that does not begin with its kind."""
    item = value_in(data, path)
    if not isinstance(item, dict) or not item:
        message = f"an item of 'flow' is a map that begins with its kind, this is {shown(item)}"
        return Problem("SOP137", message, path, fix)
    first = next(iter(item))
    if kind := next((key for key in item if key in KINDS), None):
        message = f"the first key of an item says what it is, this one begins with {shown(first)}"
        return Problem(
            "SOP137", message, (*path, first), f"move `{kind}: {item[kind]}` to its top", on_key=True
        )
    near = nearest(first, KINDS)
    return Problem(
        "SOP137",
        f"{shown(first)} is no kind of node",
        (*path, first),
        f"did you mean '{near}'?" if near else fix,
        on_key=True,
    )
