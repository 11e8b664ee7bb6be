"""Derived values: a closed set of ways to compute a name from others."""

from typing import Any, Self

from pydantic import Field, model_validator

from .base_types import Scalar, Strict, Word, problem, shown
from .fields import Bound

Operand = Any


class Table(Strict):
    """A value looked up by another."""

    of: Word
    values: dict[str, Any] = Field(min_length=1)
    else_: Any = Field(default=None, alias="else")


class Bands(Strict):
    """A value by where a number falls; every bound belongs to the band it closes."""

    of: Word
    up_to: tuple[tuple[Bound, Any], ...] = Field(min_length=1)
    above: Any

    @model_validator(mode="after")
    def _rises(self) -> Self:
        bounds = [bound for bound, _ in self.up_to]
        if bounds != sorted(set(bounds)):
            raise problem("the bounds of `up_to` do not rise", "order them from the lowest to the highest")
        return self


LISTS = ("sum", "count_true", "max", "product")


class Derive(Strict):
    """Exactly one way to compute a value; operands are names, `LIST.FIELD` or numbers."""

    sum: tuple[Operand, ...] | None = None
    count: Word | None = None
    count_true: tuple[Operand, ...] | None = None
    max: tuple[Operand, ...] | None = None
    product: tuple[Operand, ...] | None = None
    days_between: tuple[Operand, Operand] | None = None
    business_days_between: tuple[Operand, Operand] | None = None
    table: Table | None = None
    bands: Bands | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise problem(
                "a derived value is computed in exactly one way",
                f"keep one of {', '.join(type(self).model_fields)}",
            )
        for operand in self.operands:
            if isinstance(operand, bool) or not isinstance(operand, Scalar):
                raise problem(
                    f"expected a name or a number, this is {shown(operand)}",
                    "write a field's name or a number",
                )
        return self

    @property
    def way(self) -> str:
        """The key that says how it is computed."""
        return next(iter(self.model_fields_set))

    @property
    def operands(self) -> tuple[Any, ...]:
        """What it is computed from: names (text) and numbers."""
        match getattr(self, self.way):
            case tuple() as operands:
                return operands
            case Table(of=of) | Bands(of=of):
                return (of,)
            case name:
                return (name,)
