"""The page of a run: who, what, evidence, controls, times and proof, from its entries alone."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sop_runner.audit.checkpoint import Checkpoint
from sop_runner.audit.note import Note
from sop_runner.base.i18n import Translator
from sop_runner.machine.graph import template
from sop_runner.review.pages.page import RunPage, Table
from sop_runner.review.period import gained
from sop_runner.run import events as ev
from sop_runner.run.events import evidence_of

from .context import Context
from .marks import marks_of
from .receipt import receipt_text
from .replay import Step, Story, screen_after, story_of
from .wire import event_of
from .words import line_of

# What a page tells of a run besides its moves; the rest is told by `sop audit replay`.
_TOLD = (ev.MOVES - {ev.NODE_PASSED_OVER}) | {
    ev.RUN_STARTED, ev.RUN_ENDED, ev.REFUSED, ev.RUN_HELD, ev.RUN_RESUMED, ev.WENT_BACK, ev.HAND_OVER_OFFERED,
    ev.HAND_OVER_ACCEPTED, ev.HAND_OVER_DECLINED, ev.ROLE_TAKEN, ev.DEVIATION_RECORDED, ev.WAIVER_RULED,
    ev.OVERRUN_NOTED, ev.RUN_ABANDONED, ev.STEP_UNDONE, ev.LEFT_OPEN,
    ev.SIGNATURE_GIVEN, ev.FACTOR_CHECKED, ev.NODE_FAILED, ev.ITEM_FLAGGED, ev.NOTE_ADDED,
}  # fmt: skip
_MOMENT = "%Y-%m-%d %H:%M:%S"


def run_page(context: Context, run: str, language: str) -> RunPage:
    """The page of a run, its texts in `language`. Raises UsageError for an unknown run."""
    story = story_of(context, run)
    zone = ZoneInfo(context.settings.timezone)
    t = Translator(language)
    shown = screen_after(story, len(story.steps) - 1, language)
    procedure = story.plan.procedure
    facts = () if shown is None else tuple((fact.label or fact.name, t(fact.value)) for fact in shown.facts)
    return RunPage(
        title=procedure.title.unfilled(language, procedure.language),
        subtitle=f"{procedure.number or procedure.procedure} r{procedure.revision}, digest {story.plan.digest}",
        training=context.training,
        facts=tuple(_facts(context, story, zone)),
        doubts=tuple(f"entry {step.entry}: {step.problem}" for step in story.steps if step.problem),
        tables=(
            Table("People", ("who", "role", "entries"), tuple(_people(story))),
            Table("Controls", ("control", "by", "item", "when", "entry"), tuple(_controls(story, zone))),
            Table("Recorded", ("what", "value"), facts),
            Table(
                "What happened",
                ("entry", "when", "after", "who", "what"),
                tuple(_timeline(story, zone, language, t)),
            ),
            *_review(context, run, zone),
        ),
        proof=receipt_text(context.ledger, story.entries[-1]),
    )


def _review(context: Context, run: str, zone: ZoneInfo) -> Iterator[Table]:
    """What reviewers marked, where any did."""
    marks = marks_of(context, run)
    if marks:
        rows = tuple(
            (str(one.entry), _moment(one.when, zone), str(one.about), one.who, f"{one.word}: {one.text}")
            for one in marks
        )
        yield Table("Review", ("entry", "when", "about", "who", "what"), rows)


def _facts(context: Context, story: Story, zone: ZoneInfo) -> Iterator[tuple[str, str]]:
    first, last = event_of(story.entries[0]), event_of(story.entries[-1])
    start = evidence_of(first, "start")[0]
    step, opening = story.steps[-1], context.ledger.opening
    head = Checkpoint.parse(Note.parse(context.ledger.checkpoint()))
    yield "Run", str(story.entries[0].run)
    yield "Ticket", str(start["ticket"])
    yield "Began", _moment(first.when, zone)
    if step.status == "ended":
        yield "Ended", f"{_moment(last.when, zone)} after {_span(last.when - first.when)}"
        closing = evidence_of(last, "end")
        closes = bool(closing) and closing[0].get("closes_ticket") is True
        ticket = ", a training run: no ticket is closed" if context.training else ", ticket closed"
        yield "End", f"{step.at or 'abandoned'}, {last.outcome}{ticket if closes else ''}"
    else:
        yield "Stands", f"at '{step.at}', not ended; newest entry {_moment(last.when, zone)}"
    yield "Entries", f"{len(story.entries)}, from {story.entries[0].seq} to {story.entries[-1].seq}"
    yield "Log", f"{opening.origin}, {head.size} entries, root {head.root.hex()}"
    yield "Signed by", opening.key.text
    yield "Replayed", "every entry is one that the procedure allows" if not _wrong(story) else "see below"


def _wrong(story: Story) -> bool:
    return any(step.problem for step in story.steps)


def _people(story: Story) -> Iterator[tuple[str, str, str]]:
    acts: dict[tuple[str, str], int] = {}
    for step in story.steps:
        if step.who:
            acts[step.who, step.role] = acts.get((step.who, step.role), 0) + 1
    for (who, role), count in acts.items():
        yield who, role or "-", str(count)


def _controls(story: Story, zone: ZoneInfo) -> Iterator[tuple[str, str, str, str, str]]:
    for step in story.steps:
        entry = story.entries[step.number]
        body: Mapping[str, Any] = {
            "type": entry.type, "at": entry.at, "outcome": entry.outcome, "evidence": entry.evidence
        }  # fmt: skip
        for control, evidence in gained(story.plan, body):
            when = _moment(event_of(entry).when, zone)
            yield control, evidence, template(entry.at or ""), when, str(entry.seq)


def _timeline(
    story: Story, zone: ZoneInfo, language: str, t: Translator
) -> Iterator[tuple[str, str, str, str, str]]:
    for step in story.steps:
        if step.type not in _TOLD:
            continue
        said = line_of(story.plan, story.entries[step.number], language)
        what = t(said.text) + (f" - {t(said.detail)}" if said.detail else "")
        who = f"{step.who} ({step.role})" if step.role else step.who or "rule"
        yield str(step.entry), _moment(said.when, zone), _gap(step), who, what


def _gap(step: Step) -> str:
    return _span(step.gap) if step.number else ""


def _moment(when: datetime, zone: ZoneInfo) -> str:
    return f"{when.astimezone(zone):{_MOMENT}} {when.astimezone(zone):%Z}"


def _span(gap: timedelta) -> str:
    hours, seconds = divmod(int(gap.total_seconds()), 3600)
    return f"{hours}:{seconds // 60:02d}:{seconds % 60:02d}"
