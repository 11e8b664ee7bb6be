"""Clocks tick, ring once, are put on record, and never answer for anybody."""

from dataclasses import replace
from datetime import timedelta

from sop_runner.base.message import msg
from sop_runner.run.actions import NoticeTime
from sop_runner.run.views import Clock

from . import sample
from .driving import Desk, Driver, at_run
from .fake_desk import item
from .sample import T0


def test_a_passed_time_rings_and_is_recorded_once_and_keeps_what_was_typed() -> None:
    async def script(d: Driver, desk: Desk) -> None:
        rung: list[int] = []
        d.app.bell = lambda: rung.append(1)  # type: ignore[method-assign]
        assert "0:00 of 2:00 expected" in d.text
        await d.press("1")
        await d.type("half")
        desk.clock.advance(timedelta(minutes=2, seconds=5))  # type: ignore[attr-defined]
        for _ in range(3):
            d.run.tick()
            await d.settle()
        assert d.run.frame.clocks.text == "◷ longer than expected by 0:05 · 2:05 of the limit 6:00"
        assert rung == [1]
        assert next(iter(d.run.query("LineInput"))).value == "half"  # type: ignore[attr-defined]

    assert at_run(script, sample.IDENTITY).here.asked == [NoticeTime()]


def test_a_wait_counts_down() -> None:
    waiting = item("wait", clocks=(Clock("wait", "", T0, T0 + timedelta(seconds=30), False),))

    async def script(d: Driver, desk: Desk) -> None:
        assert "wait 0:30" in d.text
        desk.clock.advance(timedelta(seconds=31))  # type: ignore[attr-defined]
        d.run.tick()
        await d.settle()
        assert "the wait is over" in d.text

    assert at_run(script, waiting).here.asked == []


def test_the_wait_that_refuses_says_so() -> None:
    way = replace(sample.STEP.ways[0], refused=msg("the wait is not over yet"))

    async def script(d: Driver, desk: Desk) -> None:
        assert "the wait is not over yet" in d.text

    at_run(script, replace(sample.STEP, ways=(way,)))


def test_another_terminal_that_moved_the_run_is_seen() -> None:
    async def script(d: Driver, desk: Desk) -> None:
        desk.here.at = 1
        d.run.poll()
        await d.settle()
        assert "Written change request" in d.run.frame.item_head.text

    at_run(script)
