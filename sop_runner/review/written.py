"""Whether an entry outside runs has the form that a program gives it: whoever holds the key can write anything."""

from collections.abc import Callable, Mapping
from typing import Any

from sop_runner.audit import outside

_TEXTS = ("at", "arrow", "to", "actor", "role", "outcome", "reason")
Form = Callable[[Any], bool]


def misshapen(body: Mapping[str, Any]) -> str:
    """The part of an entry that no program wrote so; empty where there is none."""
    if not _text(body["type"]):
        return "type"
    for name in _TEXTS:
        if body[name] is not None and not _text(body[name]):
            return name
    if not _text(body["key"]):
        return "key"
    if not all(map(_text, body["ts"].values())):
        return "ts"
    if body["procedure"] is not None and not _fits(body["procedure"], _PIN):
        return "procedure"
    evidence = body["evidence"]
    if not all(isinstance(piece, dict) and _text(piece.get("kind", "")) for piece in evidence):
        return "evidence"
    about = _ABOUT.get(body["type"])
    if about is not None and not any(_fits(piece, about) for piece in evidence):
        return "evidence"
    if body["type"] in outside.PEOPLE:
        if body["actor"] is None:
            return "actor"
        form = _FACTOR if body["type"] == outside.FACTOR_ENROLLED else _PERSON
        if len(evidence) != 1 or evidence[0].get("kind") != "person" or not _fits(evidence[0], form):
            return "evidence"
    return ""


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(map(_text, value))


def _number(value: Any) -> bool:
    return type(value) is int


def _fits(value: Any, form: Mapping[str, Form]) -> bool:
    return isinstance(value, dict) and all(fits(value.get(name)) for name, fits in form.items())


def _called(kind: str) -> Form:
    return lambda value: bool(value == kind)


_ABOUT: Mapping[str, Mapping[str, Form]] = {
    outside.HOLD_PLACED: {"kind": _called("hold"), "of": _text},
    outside.HOLD_RELEASED: {"kind": _called("release"), "hold": _number},
    outside.SUBJECT_ERASED: {
        "kind": _called("erased"),
        "run": _text,
        "subject": _text,
        "commitments": _texts,
    },
}
"""What an entry is about."""
_PIN: Mapping[str, Form] = {"id": _text, "revision": _number, "digest": _text}
_PERSON: Mapping[str, Form] = {"id": _text, "name": _text, "roles": _texts}
_FACTOR: Mapping[str, Form] = {"id": _text, "factor": _text, "factor_kind": _text}
