"""A replayed run in plain text and as data: each entry, and the screen at one of them."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sop_runner.base.clock import utc_text
from sop_runner.base.message import Message
from sop_runner.desk.replay import Step, Story, language_at, screen_after
from sop_runner.desk.story_words import span, told
from sop_runner.run.views import ItemView, RunView

if TYPE_CHECKING:
    from sop_runner.desk.against import Divergence


def step_lines(story: Story, step: Step) -> Iterator[str]:
    """One entry: number, time, who in which role, what, where the run stood then, what is held."""
    said = told(story, step)
    who = f"{step.who or 'rule'}{f' ({step.role})' if step.role else ''}"
    yield f"{step.number:>4}  entry {step.entry:<6} {utc_text(step.when)[:19]}Z  {span(step.gap):>8}  {who:<22} {said.what}"
    for recorded in said.recorded:
        yield f"{'':>12}{recorded}"
    held = ", ".join(step.held) or "nothing"
    yield f"{'':>12}then at '{step.at}', {step.status}, holding {held}"
    if step.problem:
        yield f"{'':>12}WRONG: {step.problem}"


def step_object(story: Story, step: Step) -> dict[str, Any]:
    """The same as data."""
    entry = story.entries[step.number]
    return {
        "n": step.number,
        "entry": step.entry,
        "type": step.type,
        "when": utc_text(step.when),
        "gap_s": round(step.gap / timedelta(seconds=1), 6),
        "who": entry.actor,
        "role": entry.role,
        "outcome": entry.outcome,
        "reason": entry.reason,
        "recorded": list(entry.evidence),
        "at": step.at,
        "status": step.status,
        "held": list(step.held),
        "problem": step.problem,
    }


def against_lines(story: Story, name: str, found: "Divergence | None") -> Iterator[str]:
    """Where a run and another text first part, in words."""
    if found is None:
        yield f"Under '{name}' all {len(story.steps)} entries could have come as they did, and held the same controls."
        return
    step = found.step
    stood = f"Under '{name}' the run stands at '{found.at}' then" if found.at else f"Under '{name}'"
    yield f"They part at {step.number} (of 0 to {len(story.steps) - 1}), entry {step.entry}, {utc_text(step.when)[:19]}Z, {step.who or 'rule'}: {told(story, step).what}"
    yield f"{stood}: {found.message}."


def against_object(story: Story, name: str, found: "Divergence | None") -> dict[str, Any]:
    """The same as data; `parts` is null where they do not."""
    parts = (
        None
        if found is None
        else {**step_object(story, found.step), "stands": found.at, "why": found.message}
    )
    return {"run": story.entries[0].run, "against": name, "parts": parts}


def screen_object(story: Story, number: int) -> Any:
    """The screen after an entry as data; None where the run cannot be followed so far."""
    shown = screen_after(story, number)
    return None if shown is None else _data(shown)


def screen_lines(story: Story, number: int) -> Iterator[str]:
    """The screen after an entry, in plain text."""
    shown = screen_after(story, number)
    yield ""
    if shown is None:
        yield "The run cannot be followed so far; what was on the screen is not known."
        return
    mark = "  TRAINING" if shown.training else ""
    yield f"=== {shown.title}  {shown.number} r{shown.revision}  {shown.ticket}{mark}  (language {language_at(story, number)})"
    yield from (f"! {banner.text}" for banner in shown.banners)
    if shown.item is not None:
        yield from item_lines(shown.item)
    else:
        yield f"ended: {shown.end_title or shown.result} ({shown.result})"
    yield from _around_lines(shown)


def item_lines(item: ItemView) -> Iterator[str]:
    """The current item of a screen, in plain text."""
    yield f"--- {item.kind}: {item.title or item.node}"
    for label, text in (
        ("CAUTION", item.caution),
        ("Do", item.do),
        ("Say", item.say),
        ("Ask", item.ask),
        ("Statement", item.statement),
    ):
        if text:
            yield f"{label}: {text.rstrip()}"
    yield from (str(word) for word in item.words)
    for fact in item.shows:
        yield f"  shown {fact.label or fact.name}: {fact.value}"
    for prompt in item.prompts:
        answer = f": {prompt.answer}" if prompt.answer and not prompt.secret else ""
        yield f"  [{prompt.state}] {prompt.label or prompt.id} ({prompt.kind}){answer}"
    for way in item.ways:
        barred = f"  refused: {way.refused}" if way.refused is not None else ""
        yield f"  > {way.label}{f': {way.title}' if way.title else ''}{barred}"


def _around_lines(shown: RunView) -> Iterator[str]:
    yield "Outline:"
    for row in shown.outline:
        yield f"  {'  ' * row.depth}{row.mark:<8} {row.title or row.node}{' (mandatory)' if row.mandatory else ''}"
    yield "Controls:"
    yield from (f"  {row.state:<8} {row.control}" for row in shown.controls)
    yield "Recorded:"
    yield from (f"  {fact.label or fact.name}: {fact.value}" for fact in shown.facts)


def _data(value: Any) -> Any:
    if isinstance(value, Message):
        return str(value)
    if is_dataclass(value):
        return {part.name: _data(getattr(value, part.name)) for part in fields(value)}
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [_data(inner) for inner in value]
    return utc_text(value) if isinstance(value, datetime) else value
