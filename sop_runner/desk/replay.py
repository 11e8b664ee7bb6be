"""Replaying a run: entry by entry as the record has it, each judged under the text that was pinned."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sop_runner.audit.entry import Entry
from sop_runner.audit.findings import Code
from sop_runner.base.clock import parse_utc
from sop_runner.machine.plan import Plan
from sop_runner.procedure.value_types import Sealed
from sop_runner.review.judging import Flaw
from sop_runner.review.replay_run import UNREADABLE, RunReplay
from sop_runner.run.state import Run
from sop_runner.run.view import view
from sop_runner.run.views import RunView

from .context import Context
from .record import opened_of, pinned_plan
from .wire import event_of


@dataclass(frozen=True, slots=True)
class Step:
    """One entry and how the run stood after it; `problem` says what the plan does not allow.

    `number` counts the run's entries from 0, `gap` is the time since the one before. A time that cannot
    be read is that of the one before.
    """

    number: int
    entry: int
    type: str
    at: str
    status: str
    held: tuple[str, ...]
    gap: timedelta
    when: datetime
    who: str
    role: str
    problem: str = ""
    run: Run | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Story:
    """A run from its first entry to its newest."""

    plan: Plan
    entries: Sequence[Entry]
    steps: tuple[Step, ...]


def story_of(context: Context, run_id: str) -> Story:
    """A run replayed. Raises UsageError for an unknown run, NotVerified where its text is another."""
    plan, entries = pinned_plan(context, run_id)
    replay = RunReplay(plan, run_id, context.training, opened_of(context.vault, run_id))
    steps: list[Step] = []
    for entry in entries:
        steps.append(_step(replay, entry, steps[-1] if steps else None, last=entry is entries[-1]))
    return Story(plan, entries, tuple(steps))


def _step(replay: RunReplay, entry: Entry, before: Step | None, *, last: bool) -> Step:
    try:
        flaws = replay.take(event_of(entry))
    except UNREADABLE:
        flaws = [Flaw(Code.ILLEGAL_TRANSITION, "the entry is none that a program wrote")]
    if last:
        flaws += replay.finish()
    run, when = replay.run, _when(entry, before)
    return Step(
        number=before.number + 1 if before else 0,
        entry=entry.seq,
        type=_text(entry.type),
        at=(run.end or run.at) if run else "",
        status=run.status if run else "",
        held=tuple(sorted(run.facts.controls)) if run else (),
        gap=when - before.when if before else timedelta(0),
        when=when,
        who=_text(entry.actor),
        role=_text(entry.role),
        problem="; ".join(f"{flaw.code}: {flaw.message}" for flaw in flaws),
        run=run,
    )


def _text(value: object) -> str:
    """A field as text, whatever a forged entry holds there."""
    return value if isinstance(value, str) else "" if value is None else repr(value)


def _when(entry: Entry, before: Step | None) -> datetime:
    try:
        return parse_utc(entry.wall)
    except (ValueError, TypeError):
        return before.when if before else datetime.fromtimestamp(0, UTC)


def screen_after(story: Story, number: int, language: str = "") -> RunView | None:
    """The screen that came of the run's entry `number`, in the language it was shown in, or in another.

    Entries of one action are on record at once, so nobody saw anything between them: the screen is the one
    after the last. Sealed values are hidden, and with them what was worked out of them. None behind an
    entry that could not be followed.
    """
    step = story.steps[_whole_action(story, number)]
    if step.run is None:
        return None
    try:
        spoken = language or language_at(story, number)
        return view(story.plan, concealed(step.run), step.when, spoken, {}, who_at(story, number))
    except UNREADABLE:
        return None  # what is recorded is of another form than the text asks for


def who_at(story: Story, number: int) -> str:
    """Who was at the terminal after the action of an entry: whoever acted last."""
    steps = story.steps[: _whole_action(story, number) + 1]
    return next((step.who for step in reversed(steps) if step.who), "")


def language_at(story: Story, number: int) -> str:
    """The language of the screen that came of an entry: that of the next answer, else of the last."""
    number = _whole_action(story, number)
    order = (*range(number + 1, len(story.entries)), *range(number, -1, -1))
    for other in order:
        for piece in story.entries[other].evidence:
            if piece.get("kind") == "shown":
                return str(piece["language"])
    return story.plan.procedure.language


def _whole_action(story: Story, number: int) -> int:
    """The number of the last entry of the action that an entry is of."""
    key = story.entries[number].key
    while number + 1 < len(story.entries) and story.entries[number + 1].key == key:
        number += 1
    return number


def concealed(run: Run) -> Run:
    """The run without the clear text of what is sealed."""
    recorded = run.facts.fields
    fields = recorded.changed(
        {name: one._replace(value=_sealed(one.value)) for name, one in recorded.items()}
    )
    partial = {
        key: {**piece, "typed": _sealed(piece["typed"])} if "typed" in piece else piece
        for key, piece in run.partial.items()
    }
    return run._replace(facts=run.facts._replace(fields=fields), partial=partial)


def _sealed(value: object) -> object:
    return Sealed(value.commitment) if isinstance(value, Sealed) else value
