"""What lasts: how long a control is fresh, how long a node may take, what it waits for; and who may waive it."""

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, StrictBool, model_validator

from .base_types import (
    DURATION,
    Also,
    ControlId,
    Duration,
    JumpField,
    Strict,
    Word,
    one_or_many,
    problem,
)

Controls = Annotated[tuple[ControlId, ...], BeforeValidator(one_or_many), Also(type="string")]


class Age(Strict):
    """How long a control stays fresh: for a time since it was gained or since a field, or the same day."""

    for_: Duration | None = Field(default=None, alias="for")
    from_: Word | None = Field(default=None, alias="from")
    same_day: StrictBool = False

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if self.same_day == (self.for_ is not None):
            raise problem(
                "'valid_for' takes a duration or same_day",
                "write 15m, {for: 60m, from: FIELD} or {same_day: true}",
            )
        return self


def _age(value: Any) -> Any:
    return {"for": value} if isinstance(value, str) else value


ValidFor = Annotated[Age, BeforeValidator(_age), Also(type="string", pattern=DURATION)]


class Time(Strict):
    """What is expected and what is the limit, judged at the recorded time of an action."""

    expect: Duration | None = None
    limit: Duration | None = None
    from_: Word | None = Field(default=None, alias="from")
    until: Word | None = None
    at_limit: JumpField | None = None


class Until(Strict):
    """A step cannot be reported done before this field's time."""

    until: Word


class WaivableBy(Strict):
    """Who may rule that a node counts as done all the same."""

    by: Word


def until(value: Any) -> Any:
    """A `wait` as the model takes it: a time, or a map that names a field."""
    return Until.model_validate(value) if isinstance(value, dict) else value
