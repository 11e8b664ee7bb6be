"""Pydantic's errors in an author's words: what is wrong, what was expected, what to do."""

import re
from collections.abc import Callable
from typing import Any

from pydantic_core import ErrorDetails

from .base_types import shown
from .explain_keys import missing_key, no_kind, unknown_key
from .locate import KEY_MARK, locate
from .place import Problem, existing
from .shape import Path, model_at, thing_at, value_in
from .suggest import as_typed, nearest

Words = tuple[str, str]

# What may stand where the model takes one of several forms.
_FORMS = {
    "time": ("a map or none", "write {expect: 2m, limit: 5m} or none"),
    "waivable": ("a map or none", "write {by: ROLE} or none"),
    "wait": ("a duration or a field", "write 30s or {until: FIELD}"),
    "people": ("a whole number from 1, or all", "write 2 or all"),
}


def explain(data: Any, errors: list[ErrorDetails]) -> list[Problem]:
    """Every error as a problem with its path in `data`; errors that only repeat another are left out."""
    found = [_Located(data, error) for error in errors]
    unknown = {
        (at.path[:-1], problem.about)
        for at in found
        if at.type == "extra_forbidden" and (problem := unknown_key(data, at.path)).about
    }
    problems: dict[tuple[Path, str], Problem] = {}
    for at in found:
        for problem in at.problems():
            repeats = at.type == "missing" and (problem.path, problem.about) in unknown
            if not repeats:
                problems.setdefault((problem.path, problem.message), problem)
    return list(problems.values())


class _Located:
    """One error with its place in the data."""

    def __init__(self, data: Any, error: ErrorDetails) -> None:
        self.data, self.error = data, error
        self.type: str = error["type"]
        self.path, self.on_key = locate(data, error["loc"])
        self.value = value_in(data, self.path)
        names = [step for step in self.path if isinstance(step, str)]
        self.key = names[-1] if names else "procedure"

    def problems(self) -> list[Problem]:
        """What to tell the author; nothing where the error belongs to a form that was not meant."""
        last = self.path[-1] if self.path else None
        if last in _FORMS and self.type in ("model_type", "literal_error", "int_type", "sop"):
            if isinstance(self.value, dict) and self.key != "people":
                return []
            expected, fix = _FORMS[str(last)]
            return [self._problem("SOP133", f"'{last}' is {shown(self.value)}, expected {expected}", fix)]
        match self.type:
            case "sop":
                return self._own()
            case "extra_forbidden":
                return [unknown_key(self.data, self.path)]
            case "missing":
                step = self.error["loc"][-1]
                if isinstance(step, int):
                    return [self._problem("SOP133", *_count(self))]
                return [missing_key(self.data, self.path, step)]
            case "too_short" if self.value:
                return []  # some of its parts are wrong, and are reported themselves
            case _:
                words = _WORDS.get(self.type, _other)
                return [self._problem("SOP133", *words(self))]

    def _problem(self, code: str, message: str, fix: str) -> Problem:
        return Problem(code, message, self.path, fix, on_key=self.on_key)

    def _own(self) -> list[Problem]:
        context = self.error["ctx"]
        if "path" not in context:
            return [no_kind(self.data, self.path, context["fix"])]
        model = model_at(self.data, self.path)
        code = "SOP135" if model else "SOP133"
        if {"when", "only_when"} & set(self.path):
            code = "SOP136"
        problems = []
        for one in (context, *context.get("more", ())):
            path = existing(self.data, (*self.path, *one["path"]))
            text = one["text"]
            if text.startswith(("expected ", "the text is")) and not model:
                text = f"'{self.key}': {text}"
            problems.append(
                Problem(code, text, path, one["fix"], on_key=self.on_key or KEY_MARK in one["path"])
            )
        return problems


def _literal(at: _Located) -> Words:
    expected = at.error["ctx"]["expected"]
    choices = [part.strip("' ") for part in expected.replace(" or ", ", ").split(", ")]
    near = nearest(at.value, choices)
    fix = (
        f"did you mean '{near}'?"
        if near
        else f"write {choices[0]}"
        if len(choices) == 1
        else "use one of these"
    )
    return f"'{at.key}' is {shown(at.value)}, expected {expected}", fix


def _text(at: _Located) -> Words:
    scalar = not isinstance(at.value, dict | list)
    return (
        f"'{at.key}' is {shown(at.value)}, expected text",
        "put it in quotes" if scalar else "write one text here",
    )


def _integer(at: _Located) -> Words:
    text = "the text " if isinstance(at.value, str) else ""
    digits = re.sub(r"[\s_,]", "", as_typed(at.value)) if isinstance(at.value, str) else ""
    number = str(int(digits)) if re.fullmatch("[0-9]{1,15}", digits) else ""
    return (
        f"'{at.key}' is {text}{shown(at.value)}, expected a whole number",
        f"write {number}, without quotes" if number else "write a number such as 2, without quotes",
    )


def _boolean(at: _Located) -> Words:
    truth = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}
    wanted = truth.get(str(at.value).lower())
    fix = f"write {wanted}" if wanted else "write true or false, without quotes"
    return f"'{at.key}' is {shown(at.value)}, expected true or false", fix


def _at_least(at: _Located) -> Words:
    least = at.error["ctx"]["ge"]
    return f"'{at.key}' is {at.value}, expected at least {least}", f"write {least} or more"


def _list(at: _Located) -> Words:
    return f"'{at.key}' is {shown(at.value)}, expected a list", f"write {at.key}: [ … ]"


def _map(at: _Located) -> Words:
    thing = (
        thing_at(at.data, at.path) if at.path and isinstance(at.path[-1], str) else f"an entry of '{at.key}'"
    )
    return f"{thing} is {shown(at.value)}, expected a map", "write `key: value` pairs beneath it"


def _empty(at: _Located) -> Words:
    return f"'{at.key}' is empty", "give it at least one entry or remove it"


def _count(at: _Located) -> Words:
    return f"'{at.key}' takes two values, this has {len(at.value or ())}", "write [FIRST, SECOND]"


def _key(at: _Located) -> Words:
    return (
        f"a key of {thing_at(at.data, at.path[:-1])} is {shown(at.path[-1])}, expected text",
        "put it in quotes",
    )


def _other(at: _Located) -> Words:
    return f"'{at.key}' is {shown(at.value)}, which cannot stand here", "see `sop schema` for what can"


_WORDS: dict[str, Callable[[_Located], Words]] = {
    "literal_error": _literal,
    "string_type": _text,
    "int_type": _integer,
    "int_parsing": _integer,
    "int_from_float": _integer,
    "bool_type": _boolean,
    "bool_parsing": _boolean,
    "greater_than_equal": _at_least,
    "tuple_type": _list,
    "dict_type": _map,
    "model_type": _map,
    "model_attributes_type": _map,
    "too_short": _empty,
    "too_long": _count,
    "invalid_key": _key,
}
