"""The nodes of a flow: one model for each kind, the first key being the kind."""

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    BeforeValidator,
    Discriminator,
    Field,
    StrictBool,
    StrictInt,
    Tag,
    model_validator,
)

from .base_types import (
    Duration,
    FieldId,
    JumpField,
    Never,
    NodeId,
    Strict,
    ValueField,
    Word,
    Words,
    problem,
)
from .evidence import EVIDENCE, Identity, LogReview, ReadBack, Record, SignOff, Statement
from .fields import Choices, ItemField
from .texts import TextField
from .timing import Controls, Time, Until, ValidFor, WaivableBy, until
from .when import ConditionField


class Common(Strict):
    """What every node but an end may say."""

    kind: ClassVar[str]

    title: TextField | None = None
    ref: Word | None = None
    caution: TextField | None = None
    do: TextField | None = None
    say: TextField | None = None
    ask: TextField | None = None
    by: Words | None = None
    not_by: Words = ()
    only_when: ConditionField | None = None
    requires: Controls = ()
    then: JumpField | None = None
    otherwise: JumpField | None = None
    invalidates: Controls = ()
    waivable: WaivableBy | Never | None = None
    irreversible: StrictBool = False
    time: Time | Never | None = None


class Step(Common):
    """Work that a person does and reports as done."""

    kind: ClassVar[str] = "step"
    id: NodeId = Field(alias="step")
    wait: Annotated[Until | Duration, BeforeValidator(until)] | None = None
    undone_by: Words = ()

    @model_validator(mode="after")
    def _says_what_to_do(self) -> Self:
        if self.do is None and self.say is None:
            raise problem(f"the step '{self.id}' does not say what to do", "add `do` or `say`")
        return self


class Item(Strict):
    """One line of a checklist."""

    item: NodeId
    ask: TextField | None = None
    do: TextField | None = None
    title: TextField | None = None
    answers: Choices = (("done", None),)
    expect: Words = ()
    field: ItemField | None = None
    by: Words | None = None
    said_by: Word | None = None
    only_when: ConditionField | None = None
    not_applicable: Literal["refused", "reason"] = "refused"

    @model_validator(mode="after")
    def _has_a_question(self) -> Self:
        if self.ask is None and self.do is None:
            raise problem(f"the item '{self.item}' does not say what is asked", "add `ask` or `do`")
        if self.field is not None and ("answers" in self.model_fields_set or self.expect):
            raise problem(f"the item '{self.item}' has both `field` and answers", "keep one of them")
        if stray := [e for e in self.expect if e not in self.answer_ids]:
            raise problem(
                f"the item '{self.item}' expects '{stray[0]}', which is not among its answers",
                f"use one of {', '.join(self.answer_ids)}",
            )
        return self

    @property
    def answer_ids(self) -> tuple[str, ...]:
        """The answers without their texts."""
        return tuple(answer for answer, _ in self.answers)


class Checklist(Common):
    """Items answered one by one, completed as a whole."""

    kind: ClassVar[str] = "checklist"
    id: NodeId = Field(alias="checklist")
    items: tuple[Item, ...] = Field(min_length=1)
    need: StrictInt | None = Field(default=None, ge=1)
    satisfies: Controls = ()
    valid_for: ValidFor | None = None


class Confirmation(Common):
    """A mandatory node, passed only with evidence: exactly one of the evidence keys."""

    kind: ClassVar[str] = "confirmation"
    id: NodeId = Field(alias="confirmation")
    identity: Identity | None = None
    record: Record | None = None
    statement: Statement | None = None
    sign_off: SignOff | None = None
    log_review: LogReview | None = None
    read_back: ReadBack | None = None
    satisfies: Controls = ()
    valid_for: ValidFor | None = None

    @model_validator(mode="after")
    def _one_evidence(self) -> Self:
        given = [key for key in EVIDENCE if getattr(self, key) is not None]
        if len(given) != 1:
            has = f"has {' and '.join(given)}" if given else "has no evidence"
            raise problem(
                f"the confirmation '{self.id}' {has}", f"give it exactly one of {', '.join(EVIDENCE)}"
            )
        return self

    @property
    def evidence(self) -> str:
        """The evidence key this confirmation has."""
        return next(key for key in EVIDENCE if getattr(self, key) is not None)


class Outcome(Strict):
    """A named way out of a decision."""

    outcome: NodeId
    title: TextField | None = None
    when: ConditionField | None = None
    satisfies: Controls = ()
    valid_for: ValidFor | None = None
    imposes: Controls = ()
    sets: dict[FieldId, ValueField] = Field(default_factory=dict)
    then: JumpField | None = None


class Decision(Common):
    """A node that chooses exactly one way: by rule, by a person's judgement, or by an answer."""

    kind: ClassVar[str] = "decision"
    id: NodeId = Field(alias="decision")
    decided_by: Literal["rule", "person", "answer"]
    outcomes: tuple[Outcome, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _rule_ends_with_a_default(self) -> Self:
        if self.decided_by == "rule":
            if self.outcomes[-1].when is not None:
                raise problem(
                    f"the last outcome of the rule '{self.id}' has a `when`",
                    "remove it, or add an outcome without `when` as the last one",
                )
            for outcome in self.outcomes[:-1]:
                if outcome.when is None:
                    raise problem(
                        f"the outcome '{outcome.outcome}' of the rule '{self.id}' has no `when` and hides those after it",
                        "give it a `when` or move it to the end",
                    )
        return self


class Call(Common):
    """Runs another procedure, pinned by revision, under this node's name."""

    kind: ClassVar[str] = "call"
    id: NodeId = Field(alias="call")
    procedure: NodeId
    revision: StrictInt = Field(ge=1)
    given: dict[FieldId, ValueField] = Field(default_factory=dict)
    returns: dict[FieldId, Word] = Field(default_factory=dict)
    roles: dict[Word, Word] = Field(default_factory=dict)
    ends: dict[NodeId, JumpField] = Field(default_factory=dict)
    for_each: dict[FieldId, Word] = Field(default_factory=dict)
    satisfies: Controls = ()
    valid_for: ValidFor | None = None


Result = Literal["completed", "failed", "refused", "withdrawn", "transferred"]


class End(Strict):
    """A node where a run stops."""

    kind: ClassVar[str] = "end"
    id: NodeId = Field(alias="end")
    result: Result
    requires: Controls = ()
    closes_ticket: StrictBool | None = None
    title: TextField | None = None
    say: TextField | None = None
    do: TextField | None = None

    @property
    def closes(self) -> bool:
        """Whether reaching this end closes the ticket: by default only a completed one does."""
        return self.result == "completed" if self.closes_ticket is None else self.closes_ticket


class Section(Strict):
    """Groups nodes for the outline; it is no state."""

    kind: ClassVar[str] = "section"
    id: NodeId = Field(alias="section")
    title: TextField | None = None
    only_when: ConditionField | None = None
    flow: "tuple[FlowItem, ...]" = Field(min_length=1)


Node = Step | Checklist | Confirmation | Decision | Call | End
KINDS: dict[str, type[Strict]] = {
    "step": Step, "checklist": Checklist, "confirmation": Confirmation, "decision": Decision, "call": Call,
    "end": End, "section": Section,
}  # fmt: skip


def kind_of(raw: Any) -> str | None:
    """The kind of a raw item: its first key. None where that is no kind."""
    if isinstance(raw, Strict):
        return getattr(type(raw), "kind", None)
    if isinstance(raw, dict) and raw:
        first = next(iter(raw))
        if first in KINDS:
            return str(first)
    return None


FlowItem = Annotated[
    Annotated[Step, Tag("step")]
    | Annotated[Checklist, Tag("checklist")]
    | Annotated[Confirmation, Tag("confirmation")]
    | Annotated[Decision, Tag("decision")]
    | Annotated[Call, Tag("call")]
    | Annotated[End, Tag("end")]
    | Annotated[Section, Tag("section")],
    Discriminator(
        kind_of,
        custom_error_type="sop",
        custom_error_message="the first key of an item says what it is",
        custom_error_context={
            "text": "the first key of an item says what it is",
            "fix": f"begin it with one of {', '.join(KINDS)}, such as `- step: open-ticket`",
        },
    ),
]
Section.model_rebuild()
