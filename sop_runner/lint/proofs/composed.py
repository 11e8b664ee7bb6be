"""What is computed from other values, in rows: a sum, the largest of several, days between two dates."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from sop_runner.procedure.derive import Derive

from .linear import Row, row

Choice = Sequence[list[Row]]
"""Rows of which some one list holds."""


def composed(name: str, derive: Derive, parts: Mapping[str, str], most: int) -> Choice:
    """How `name` is made of its parts; `parts` gives what each operand is called in rows, `most` is of a count."""
    operands = [
        parts.get(one, one) if isinstance(one, str) else Fraction(Decimal(one)) for one in derive.operands
    ]
    terms = [(one, 1) for one in operands if isinstance(one, str)]
    constants = [one for one in operands if isinstance(one, Fraction)]
    match derive.way:
        case "sum":
            return [[row([*terms, (name, -1)], sum(constants, Fraction(0)), "=")]]
        case "max":
            least = [_difference(one, name, "<=") for one in operands]
            return [[*least, _difference(one, name, "=")] for one in operands]
        case "days_between":
            (start, _), (end, _) = terms
            return [[row([(end, 1), (start, -1), (name, -1)], 0, "=")]]
        case "business_days_between":
            (start, _), (end, _) = terms
            # Which days are free is the desk's to say.
            days, none = [(end, 1), (start, -1)], [(name, 1)]
            fewer = [(end, -1), (start, 1), (name, 1)]
            later = [
                row([(one, -f) for one, f in days], 0, "<="),
                row([(name, -1)], 0, "<="),
                row(fewer, 0, "<="),
            ]
            earlier = [row(days, 1, "<="), row(none, 0, "<="), row([(one, -f) for one, f in fewer], 0, "<=")]
            return [later, earlier]
        case "count":
            return [[row([(name, -1)], 0, "<="), row([(name, 1)], -most, "<=")]]
        case _:
            return [[]]


def _difference(one: str | Fraction, name: str, how: str) -> Row:
    return row([(name, -1)], one, how) if isinstance(one, Fraction) else row([(one, 1), (name, -1)], 0, how)
