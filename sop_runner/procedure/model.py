"""The model of a whole procedure file."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from functools import wraps
from typing import Annotated, Any, Literal, TypeVar, cast

from pydantic import AfterValidator, Field, StrictInt, WithJsonSchema

from .base_types import (
    ControlId,
    Date,
    Duration,
    FieldId,
    JumpField,
    Never,
    NodeId,
    Strict,
    Word,
    Words,
    problem,
)
from .derive import Derive
from .fields import FieldSpec
from .nodes import FlowItem, Node, Section
from .texts import LOCALE, TextField, TitledField
from .timing import Controls, Time, WaivableBy

Path = tuple[str | int, ...]
T = TypeVar("T")


class Related(Strict):
    """A document that belongs to this one."""

    title: TextField
    href: str


class HistoryEntry(Strict):
    """What a revision changed."""

    revision: Annotated[StrictInt, Field(ge=1)]
    date: Date
    change: TextField
    author: str


class Records(Strict):
    """How long the records of a run are kept."""

    retain_for: Duration


def _check_code(value: str) -> str:
    if not re.fullmatch(r"SOP[0-9]{3}", value):
        raise problem(f"'{value}' is no code of a check", "write the code that lint prints, such as SOP532")
    return value


def _reason(value: str) -> str:
    if len(value.split()) < 2:
        raise problem("a finding is accepted for a reason", "say in a sentence why it is in order here")
    return value


class Accept(Strict):
    """A finding of lint that the author has looked at and lets stand, and why."""

    check: Annotated[
        str, AfterValidator(_check_code), WithJsonSchema({"type": "string", "pattern": "^SOP[0-9]{3}$"})
    ]
    at: Word | None = None
    because: Annotated[str, AfterValidator(_reason)]


class Defaults(Strict):
    """What steps, checklists and confirmations take where they do not say."""

    otherwise: JumpField | None = None
    waivable: WaivableBy | Never | None = None
    time: Time | Never | None = None


def _language(value: str) -> str:
    if not re.fullmatch(LOCALE, value):
        raise problem(f"'{value}' is no language code", "write one such as en, hu, zh-Hans or zh-Hant")
    return value


class Procedure(Strict):
    """One machine-readable SOP."""

    format: Literal["sop/1"]
    procedure: NodeId
    revision: StrictInt = Field(ge=1)
    title: TextField
    purpose: TextField
    number: Word | None = None
    scope: TextField | None = None
    owner: str | None = None
    author: str | None = None
    training: TextField | None = None
    effective_from: Date
    review_by: Date
    related: tuple[Related, ...] = ()
    history: tuple[HistoryEntry, ...] = ()
    records: Records | None = None
    language: Annotated[str, AfterValidator(_language)] = "en"
    roles: dict[Word, TitledField] = Field(min_length=1)
    by: Words
    case: tuple[FieldSpec, ...] = ()
    derive: dict[FieldId, Derive] = Field(default_factory=dict)
    controls: dict[ControlId, TitledField] = Field(default_factory=dict)
    expects: Controls = ()
    defaults: Defaults = Defaults()
    accept: tuple[Accept, ...] = ()
    flow: tuple[FlowItem, ...] = Field(min_length=1)

    def in_force(self, day: date) -> bool:
        """Whether `day` is on or after `effective_from`."""
        return day >= self.effective_from


def kept(work: Callable[[Procedure], T]) -> Callable[[Procedure], T]:
    """Something about a procedure that is worked out once and stays with it, as a cached property would.

    A procedure never changes, and a file is walked for dozens of checks.
    """
    key = f"{work.__module__}.{work.__qualname__}"

    @wraps(work)
    def once(procedure: Procedure) -> T:
        known: dict[str, Any] = vars(procedure)
        if key not in known:
            known[key] = work(procedure)
        return cast("T", known[key])

    return once


@kept
def every_node(procedure: Procedure) -> tuple[tuple[Path, Node, tuple[Section, ...]], ...]:
    """Every node of a procedure as `walk` gives them."""
    return tuple(walk(procedure.flow))


def walk(
    flow: tuple[FlowItem, ...], path: Path = ("flow",)
) -> Iterator[tuple[Path, Node, tuple[Section, ...]]]:
    """Every node in the order of the file, with its path and the sections it stands in, outermost first."""
    yield from _walk(flow, path, ())


def _walk(
    flow: tuple[FlowItem, ...], path: Path, sections: tuple[Section, ...]
) -> Iterator[tuple[Path, Node, tuple[Section, ...]]]:
    for index, item in enumerate(flow):
        here = (*path, index)
        # Not isinstance: pydantic's models answer it slowly where it does not hold, and this runs often.
        if type(item) is Section:
            yield from _walk(item.flow, (*here, "flow"), (*sections, item))
        else:
            yield here, cast("Node", item), sections
