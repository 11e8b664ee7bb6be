"""What a screen shows, as data: every front end draws these and decides nothing.

Texts of the procedure are strings in the reader's language, placeholders filled in; sentences of
the product are Messages, translated by the front end. All text is data: nothing here is markup.
"""

from dataclasses import dataclass
from datetime import datetime

from sop_runner.base.message import Message

from .wording import words as in_words


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that can be chosen; `say` is what the front end says instead of the label, translated."""

    id: str
    label: str
    say: Message | None = None


@dataclass(frozen=True, slots=True)
class Prompt:
    """One thing the current item asks for.

    `kind` says how it is answered: `text`, `lines`, `integer`, `number`, `money`, `choice`, `yes-no`,
    `date`, `time`, `datetime`, `duration`, `email`, `phone`, `link`, `list` (rows of `columns`),
    `factor`, `item` (one of `choices`), `check` (yes or no), `typed` (typed again, never shown),
    `extract` (a file or pasted text whose digest and line count are kept).
    `by` and `said_by` are short names of roles.
    `state` is `open`, `answered`, `right`, `wrong`, `not-applicable` or `not-asked`; `conditional` says
    that a condition over other answers decides whether it is asked.
    """

    id: str
    kind: str
    label: str
    help: str = ""
    choices: tuple[Choice, ...] = ()
    columns: tuple["Prompt", ...] = ()
    required: bool = True
    keep: str = "plain"
    secret: bool = False
    state: str = "open"
    answer: str = ""
    may_not_apply: bool = False
    said_by: str = ""
    by: tuple[str, ...] = ()
    factor_kind: str = ""
    currency: str = ""
    conditional: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """A way on from the current item.

    `choice` goes into Answer.choice, except for `otherwise` (TakeOtherwise) and `at_limit`
    (TakeLimit). `refused` says why it cannot be taken now; None where it can.
    """

    choice: str
    label: Message
    title: str = ""
    needs_reason: bool = False
    primary: bool = False
    refused: Message | None = None


@dataclass(frozen=True, slots=True)
class Clock:
    """A time that runs: `kind` is `expect`, `limit`, `wait`, `fresh` or `service`."""

    kind: str
    label: str
    since: datetime
    due: datetime
    over: bool


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that was recorded; `value` is masked where it is sealed, a message where it is no text of the file."""

    name: str
    label: str
    value: Message | str
    node: str = ""


@dataclass(frozen=True, slots=True)
class ItemView:
    """The one current item. `evidence` is the evidence key of a confirmation, else empty."""

    node: str
    kind: str
    evidence: str
    title: str
    ref: str
    section: str
    caution: str
    do: str
    say: str
    ask: str
    by: tuple[str, ...]
    prompts: tuple[Prompt, ...]
    ways: tuple[Way, ...]
    clocks: tuple[Clock, ...]
    shows: tuple[Fact, ...]
    attempts_left: int | None = None
    factors_needed: int = 0
    signers_needed: int = 0
    reason_required: bool = False
    waivable_by: str = ""
    irreversible: bool = False
    statement: str = ""
    words: tuple[Message, ...] = ()
    role_titles: tuple[tuple[str, str], ...] = ()

    def role_title(self, role: str) -> str:
        """The short name of a role; its id in words where the procedure does not know it."""
        return dict(self.role_titles).get(role) or in_words(role)


@dataclass(frozen=True, slots=True)
class OutlineRow:
    """One line of the outline.

    `mark` is `done`, `current`, `ahead`, `maybe` (a condition decides), `passed`, `waived`, `open`
    (a step still to be undone) or `heading`; `kind` is the node's kind or `section`.
    """

    node: str
    title: str
    kind: str
    mark: str
    mandatory: bool
    depth: int


@dataclass(frozen=True, slots=True)
class ControlRow:
    """A control of the procedure, by its short `title` and its sentence: `state` is `held`, `stale`, `missing` or `waived`.

    `needed` is whether a reachable end or act still asks for it; `renewed_by` are the items that gain it.
    """

    control: str
    title: str
    sentence: str
    state: str
    needed: bool
    imposed: bool
    until: datetime | None
    renewed_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RoleRow:
    """A role of the procedure, by its short `title` and the sentence that says what it does."""

    role: str
    title: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Banner:
    """A line that stays: `kind` is `hold`, `open`, `offer`, `abandoning`, `review`, `waived`."""

    kind: str
    text: Message
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class RunView:
    """The whole screen of a run.

    `roles` are those of the procedure, each with its short name and its sentence; `takeable`
    are roles of the reader that others hold; `undoing` are, while abandoning, the other items by any one of which the newest open step can be undone.
    """

    run: str
    ticket: str
    procedure: str
    title: str
    number: str
    revision: int
    digest: str
    language: str
    training: bool
    status: str
    result: str
    end_title: str
    end_say: str
    end_do: str
    closes_ticket: bool
    item: ItemView | None
    outline: tuple[OutlineRow, ...]
    controls: tuple[ControlRow, ...]
    facts: tuple[Fact, ...]
    banners: tuple[Banner, ...]
    holders: tuple[tuple[str, tuple[str, ...]], ...]
    visited: tuple[Choice, ...]
    can: frozenset[str]
    entries: int
    zone: str
    roles: tuple[RoleRow, ...] = ()
    takeable: tuple[Choice, ...] = ()
    undoing: tuple[Choice, ...] = ()

    def role_title(self, role: str) -> str:
        """The short name of a role; its id in words where the procedure does not know it."""
        return next((row.title for row in self.roles if row.role == role), in_words(role))
