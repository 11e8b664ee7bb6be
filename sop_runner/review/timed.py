"""The times in a run that acts are judged by, in one order for all runs that stand alike."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sop_runner.run.facts import Frame
from sop_runner.run.packed import Packed
from sop_runner.run.state import Run

from .moment import told_apart


def times_in(run: Run) -> list[datetime]:
    """The times, as they stand in the run."""
    facts = run.facts
    times = [run.started, run.entered, *run.done_at.values()]
    assert isinstance(facts.controls, Packed)
    times += [one for one in facts.controls.own if one is not None]  # when gained, and until when they hold
    for frame in facts.frames.values():
        times += frame.ages.values()
        if frame.since is not None:
            times.append(frame.since)
    return times


def with_times(run: Run, recorded: Iterable[datetime]) -> Run:
    """A run that stands as `run` does at other times, given as those are that its own were counted from."""
    count = iter(recorded)

    def now(old: datetime) -> datetime:
        return next(count) + told_apart(old)[1]

    def framed(frame: Frame) -> Frame:
        ages = {name: now(old) for name, old in frame.ages.items()}
        return frame._replace(ages=ages, since=frame.since and now(frame.since))

    facts = run.facts
    assert isinstance(facts.controls, Packed)
    started, entered = now(run.started), now(run.entered)
    done_at: Mapping[str, datetime] = {name: now(old) for name, old in run.done_at.items()}
    controls = facts.controls.holding(tuple([one and now(one) for one in facts.controls.own]))
    frames = {name: framed(frame) for name, frame in facts.frames.items()}
    facts = facts._replace(controls=controls, frames=frames)
    return run._replace(started=started, entered=entered, done_at=done_at, facts=facts)
