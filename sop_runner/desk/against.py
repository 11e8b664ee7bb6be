"""A run replayed under another text than the one it pinned: where the two first part."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sop_runner.base.errors import UsageError
from sop_runner.machine.graph import template
from sop_runner.machine.plan import Plan, compile_plan
from sop_runner.review.replay_run import RunReplay

from .context import Context
from .desk import Desk
from .record import opened_of
from .replay import Step, Story
from .revisions import Found, find_text
from .wire import event_of


@dataclass(frozen=True, slots=True)
class Divergence:
    """The first entry of a run that another text would not have had, and why, in a sentence.

    `at` is where the run stands under the other text before that entry.
    """

    step: Step
    at: str
    message: str


def other_plan(story: Story, wanted: str, desk: Callable[[], Desk], folder: Path) -> tuple[str, Plan]:
    """The name and plan of the text to hold a run against: a revision's number, or any name `find_text` knows.

    Raises UsageError where there is none, or one of its callees is missing.
    """
    digits = wanted.removeprefix("r")
    of_run = digits.isascii() and digits.isdigit()
    found = find_text(f"{story.plan.procedure.procedure}@{digits}" if of_run else wanted, desk, folder)
    return found.name, _plan(found)


def divergence(context: Context, story: Story, plan: Plan) -> Divergence | None:
    """Do every act of a run again under `plan`; the first that does not fit, None where all do.

    A difference in the controls that are held counts too, for the ends ask for them.
    """
    run = str(story.entries[0].run)
    replay = RunReplay(plan, run, context.training, opened_of(context.vault, run))
    for step in story.steps:
        before = replay.run
        stood = before.at if before is not None else ""
        event = event_of(story.entries[step.number])
        for place in (event.at, event.to):
            if place and template(place) not in plan.nodes:
                return Divergence(step, stood, f"there is no item '{template(place)}' in it")
        flaws = replay.take(event)
        if step.number == len(story.steps) - 1:
            flaws += replay.finish()
        if flaws:
            return Divergence(step, stood, "; ".join(flaw.message for flaw in flaws))
        held = set(replay.run.facts.controls) if replay.run is not None else set()
        if (more := held - set(step.held)) or (less := set(step.held) - held):
            said = f"it gains '{min(more)}' here as well" if more else f"it does not gain '{min(less)}' here"
            return Divergence(step, stood, said)
    return None


def _plan(found: Found) -> Plan:
    procedure, resolved = found.loaded.procedure, found.resolved
    if procedure is None or resolved.findings:
        said = str(resolved.findings[0].message) if resolved.findings else "it has errors"
        raise UsageError(f"'{found.name}' cannot be followed: {said}", hint="'sop lint' shows what is wrong.")
    pins = tuple(sorted((*key, callee.digest or "") for key, callee in resolved.callees.items()))
    return compile_plan(procedure, found.loaded.digest or "", resolved.procedures, pins)
