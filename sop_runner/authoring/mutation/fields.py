"""Ways to ask for less in a field: a rule of it left out, or a bound off by one."""

from collections.abc import Iterator, Mapping
from typing import Any

from sop_runner.procedure.base_types import say
from sop_runner.procedure.shape import Path

from .conditions import condition_changes, is_number, step_of
from .edits import GONE, Change

_RULES = ("matches", "max_length", "at_least", "at_most", "equals", "differs", "only_when")
_SHIFT = {"at_least": -1, "at_most": 1}


def field_changes(path: Path, raw: Any) -> Iterator[Change]:
    """Every change of the rules of the field at `path`; how it is kept is nothing that a run shows."""
    if not isinstance(raw, Mapping):
        return
    name = raw.get("field")
    of = f"the field '{name}'" if name else "the value"
    for rule in _RULES:
        if rule not in raw:
            continue
        value = raw[rule]
        yield (((*path, rule), GONE),), f"{of} lost its rule '{rule}: {say(value)}'"
        if rule in _SHIFT and is_number(value):
            shifted = value + _SHIFT[rule] * step_of(value)
            yield (((*path, rule), shifted),), f"{of}: '{rule}: {say(value)}' became '{say(shifted)}'"
        if rule == "only_when":
            for edits, words in condition_changes((*path, rule), value):
                yield edits, f"{of}: {words}"
    required = raw.get("required", True)
    yield (((*path, "required"), not required),), f"{of} {'may be left out' if required else 'must be given'}"
    for index, inner in enumerate(raw.get("of") or ()):
        for edits, words in field_changes((*path, "of", index), inner):
            yield edits, f"{words} in a row of '{name}'"
