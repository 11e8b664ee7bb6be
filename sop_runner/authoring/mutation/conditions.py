"""Ways to get a condition slightly wrong: a boundary off by one, a test negated, a part left out."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from sop_runner.procedure.base_types import parse_duration, say
from sop_runner.procedure.shape import Path

from .edits import GONE, Change, without_each

_STRICT = {"at_least": "more_than", "more_than": "at_least", "at_most": "less_than", "less_than": "at_most"}
_SHIFT = {"at_least": -1, "more_than": 1, "at_most": 1, "less_than": -1}
_OPPOSITE = {
    "is": "is_not",
    "is_not": "is",
    "one_of": "none_of",
    "none_of": "one_of",
    "before": "after",
    "after": "before",
}


def condition_changes(path: Path, raw: Any) -> Iterator[Change]:
    """Every change of the condition at `path`, a map as it stands in the file."""
    if not isinstance(raw, Mapping):
        return
    for name, value in raw.items():
        here = (*path, name)
        if len(raw) > 1:
            yield ((here, GONE),), f"no longer asks for '{name}: {say(value)}'"
        yield from _entry(path, raw, name, value)


def _entry(path: Path, raw: Mapping[str, Any], name: str, value: Any) -> Iterator[Change]:
    here = (*path, name)
    if name in ("all", "any") and isinstance(value, list):
        other = "any" if name == "all" else "all"
        if len(value) > 1 and other not in raw:
            renamed = {other if key == name else key: item for key, item in raw.items()}
            yield ((path, renamed),), f"'{name}: {say(value)}' became '{other}'"
        for index, part in enumerate(value):
            if len(value) > 1:
                left = value[:index] + value[index + 1 :]
                yield ((here, left),), f"'{name}' no longer looks at '{say(part)}'"
            yield from condition_changes((*here, index), part)
    elif name == "not":
        if "all" not in raw:
            kept = {
                "all" if key == name else key: [item] if key == name else item for key, item in raw.items()
            }
            yield ((path, kept),), f"'not: {say(value)}' is no longer negated"
        yield from condition_changes(here, value)
    elif name == "held":
        for control, edit in without_each(here, value):
            if edit[1] is not GONE:
                yield (edit,), f"no longer asks whether '{control}' is held"
    elif isinstance(value, Mapping) and list(value) != ["field"]:
        for operator, operand in value.items():
            for other, changed in _alternatives(operator, operand):
                tests = {
                    other if key == operator else key: changed if key == operator else item
                    for key, item in value.items()
                }
                if len(tests) == len(value):
                    words = (
                        f"'{name}: {{ {operator}: {say(operand)} }}' became '{{ {other}: {say(changed)} }}'"
                    )
                    yield ((here, tests),), words
    else:
        yield ((here, {"is_not": value}),), f"'{name}: {say(value)}' became '{{ is_not: {say(value)} }}'"


def _alternatives(operator: str, operand: Any) -> Iterator[tuple[str, Any]]:
    if operator in _STRICT:
        yield _STRICT[operator], operand
        if is_number(operand):
            yield operator, operand + _SHIFT[operator] * step_of(operand)
    elif operator in _OPPOSITE:
        yield _OPPOSITE[operator], operand
        if isinstance(operand, list) and len(operand) > 1:
            for index in range(len(operand)):
                yield operator, operand[:index] + operand[index + 1 :]
    elif operator == "within" and (longer := doubled(operand)):
        yield operator, longer
    elif operator in ("known", "same_day") and isinstance(operand, bool):
        yield operator, not operand


def is_number(value: Any) -> bool:
    """Whether a value of the file is a number, which true and false are not."""
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def step_of(number: int | Decimal) -> int | Decimal:
    """One in the last place that is written: 1 for 500, 0.01 for 500.00."""
    exponent = number.as_tuple().exponent if isinstance(number, Decimal) else 0
    return Decimal(1).scaleb(exponent) if isinstance(exponent, int) and exponent < 0 else 1


def doubled(duration: Any) -> str:
    """Twice a duration of the file; empty where it is none."""
    try:
        parse_duration(str(duration))
    except ValueError:
        return ""
    text = str(duration)
    return f"{2 * int(text[:-1])}{text[-1]}"
