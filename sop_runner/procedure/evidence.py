"""What proves a confirmation: one model for each evidence key."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StrictInt

from .base_types import FieldId, NodeId, Strict, Word, Words
from .fields import FieldSpec
from .texts import TextField

Kind = Literal["knowledge", "possession", "inherence"]


class Factor(Strict):
    """One way to prove identity; keys beyond these are options of the factor's module."""

    model_config = ConfigDict(extra="allow")

    factor: NodeId
    kind: Kind
    title: TextField | None = None
    send_to: Word | None = None
    not_to: Word | None = None

    @property
    def options(self) -> dict[str, Any]:
        """Every option, for the module that checks this factor."""
        known = {"send_to": self.send_to, "not_to": self.not_to}
        return {**(self.model_extra or {}), **{k: v for k, v in known.items() if v is not None}}


class Identity(Strict):
    """Prove who the subject is: `need` factors, always of different kinds."""

    of: Word
    factors: tuple[Factor, ...] = Field(min_length=1)
    need: StrictInt = Field(default=2, ge=1)
    attempts: StrictInt = Field(default=3, ge=1)


class Record(Strict):
    """Write fields down."""

    fields: tuple[FieldSpec, ...] = Field(min_length=1)


class Statement(Strict):
    """A sentence that the subject affirms or declines; with `field` the answer is kept."""

    of: Word
    text: TextField
    field: FieldId | None = None


class SignOff(Strict):
    """An actor's approval: `need` factors proved at this terminal, blind fields typed again."""

    need: StrictInt = Field(default=1, ge=1)
    shows: Words = ()
    blind: Words = ()
    reason: Literal["required", "optional"] = "optional"
    factors: Words = ()
    people: Annotated[StrictInt, Field(ge=1)] | Literal["all"] = 1
    decline: Literal["fails", "recorded"] = "fails"


class LogReview(Strict):
    """Another system's operation log compared with the record, statement by statement."""

    source: Word
    since: Word | None = None
    checks: tuple[TextField, ...] = ()
    extract: Literal["required", "optional"] = "optional"


class ReadBack(Strict):
    """A field typed again, or the last characters of it."""

    of: Word
    last: StrictInt | None = Field(default=None, ge=1)


EVIDENCE = ("identity", "record", "statement", "sign_off", "log_review", "read_back")
