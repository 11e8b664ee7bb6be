"""Which part of the model a place in a file belongs to, and which keys may stand there."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, get_args, get_origin

from pydantic.fields import FieldInfo

from .base_types import Strict
from .evidence import EVIDENCE
from .model import Procedure
from .nodes import KINDS, kind_of

Path = tuple[str | int, ...]


def keys_of(model: type[Strict]) -> Mapping[str, FieldInfo]:
    """The keys a part of a file may have, as an author writes them, in the order of the model."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


@dataclass(frozen=True, slots=True)
class _Shape:
    """What stands at a place: one part or a list of them, with `named` a map from names to parts."""

    model: type[Strict] | None
    named: bool = False
    flow: bool = False


@cache
def _under(model: type[Strict], key: str | int) -> _Shape:
    field = keys_of(model).get(str(key))
    if field is None:
        return _Shape(None)
    if key == "flow":
        return _Shape(None, flow=True)
    found = _models(field.annotation)
    return _Shape(found[0] if found else None, named=get_origin(field.annotation) is dict)


def _models(annotation: Any) -> list[type[Strict]]:
    if isinstance(annotation, type) and issubclass(annotation, Strict):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models(part)]


def model_at(data: Any, path: Path) -> type[Strict] | None:
    """The part of the model that the map at `path` is; None where its keys are free or it is no map."""
    shape = _Shape(Procedure)
    for step in path:
        data = step_into(data, step)
        if isinstance(step, int) and shape.flow:
            kind = kind_of(data)
            shape = _Shape(KINDS[kind] if kind else None)
        elif shape.named:
            shape = _Shape(shape.model)
        elif not isinstance(step, int):
            shape = _under(shape.model, step) if shape.model else _Shape(None)
    return shape.model if isinstance(data, dict) and not shape.named else None


def parts() -> tuple[type[Strict], ...]:
    """Every part of the model that a file can hold, the procedure first."""
    found: list[type[Strict]] = [Procedure]
    for model in found:
        inner = [*KINDS.values()] if "flow" in keys_of(model) else []
        for field in keys_of(model).values():
            inner += _models(field.annotation)
        found += [one for one in dict.fromkeys(inner) if one not in found]
    return tuple(found)


def step_into(data: Any, step: str | int) -> Any:
    """The value under a key or index; None where there is none."""
    if isinstance(data, dict):
        return data.get(step)
    if isinstance(data, list) and isinstance(step, int) and 0 <= step < len(data):
        return data[step]
    return None


def value_in(data: Any, path: Path) -> Any:
    """The value at `path`; None where there is none."""
    for step in path:
        data = step_into(data, step)
    return data


_PARTS = ("item", "field", "outcome", "factor")


def thing_at(data: Any, path: Path) -> str:
    """What the map at `path` is, in an author's words: "the step 'open-ticket'", "this field"."""
    value = value_in(data, path)
    if isinstance(value, dict) and path and isinstance(path[-1], int):
        kind = kind_of(value) or next((part for part in _PARTS if part in value), "item")
        name = value.get(kind)
        return f"the {kind} '{name}'" if isinstance(name, str) and len(name) <= 80 else f"this {kind}"
    names = [step for step in path if isinstance(step, str)]
    return f"'{names[-1]}'" if names else "the procedure"


@cache
def homes(key: str) -> tuple[str, ...]:
    """Where `key` may stand, in an author's words: the kinds of node, the top of the file, their parts."""
    kinds = [kind for kind, model in KINDS.items() if key in keys_of(model)]
    found = ["a node that is no end"] if len(kinds) >= len(KINDS) - 2 else [_a(kind) for kind in kinds]
    if key in keys_of(Procedure):
        found.append("the top of the file")
    parts = [("confirmation", evidence) for evidence in EVIDENCE]
    for owner, part in [*parts, ("decision", "outcomes"), ("checklist", "items")]:
        model = _under(KINDS[owner], part).model
        if not found and model is not None and key in keys_of(model):
            found.append(f"'{part}' of {_a(owner)}")
    return tuple(found)


def _a(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"
