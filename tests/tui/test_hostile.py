"""Text from files and people is data: shown harmlessly, sent exactly."""

from dataclasses import fields, replace
from typing import Any

import pytest

from sop_runner.base.message import Message, msg
from sop_runner.run.actions import Answer
from sop_runner.run.views import Banner, Choice, Clock, ControlRow, Fact, ItemView, Prompt, RunView, Way

from . import sample
from .driving import Desk, Driver, at_run
from .sample import T0

HOSTILE = {
    "markup": "[/] [b]x[@click=app.quit]quit[/] [red]",
    "escapes": "\x1b[31mred\x1b]0;title\x07 \x9b2J\x00\r\b\ttab",
    "bidi": "abc\u202edcba\u2066 \u200b\ufeff \u00ad",
    "long": "x" * 2000,
    "wide": "帐户资料变更" * 60 + "👩‍👩‍👧 é" + "e\u0301",
    "lines": "a\nb\u2028c\u0085d\n\n",
    "surrogate": "lone \ud800 surrogate",
}
FORBIDDEN = [chr(c) for c in [*range(32), 0x7F, 0x9B, 0x202E, 0x2066, 0x200B, 0xFEFF] if c != 10]
KEPT = {"node", "kind", "evidence", "id", "choice", "state", "mark", "run", "status", "zone", "language"}


def poisoned(value: Any, text: str, name: str = "") -> Any:
    """`value` with every string for people replaced by `text`."""
    if isinstance(value, Message):
        return msg("{it}", it=text)
    if isinstance(value, str):
        return value if name in KEPT or (not value and name != "help") else text
    if isinstance(value, tuple) and not hasattr(value, "_fields"):
        return tuple(poisoned(one, text, name) for one in value)
    if isinstance(value, (ItemView, Prompt, Choice, Way, Clock, Fact, ControlRow, Banner, RunView)):
        changed = {f.name: poisoned(getattr(value, f.name), text, f.name) for f in fields(value)}
        return replace(value, **changed)
    return value


class HostileDesk(Desk):
    """Every text of it is `text`."""

    def __init__(self, text: str) -> None:
        def sign_off_free(item: ItemView) -> ItemView:
            return replace(poisoned(item, text), by=item.by)

        super().__init__([sign_off_free(item) for item in sample.WALK], title=text)
        self.text = text
        self.name = text
        self.controls = tuple(poisoned(row, text) for row in sample.CONTROLS)


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("size", [(80, 24)])
def test_hostile_text_in_every_string_of_every_item(name: str, size: tuple[int, int]) -> None:
    text = HOSTILE[name]

    async def script(d: Driver, desk: Desk) -> None:
        session = desk.here
        session.ticket = text
        session.facts["f"] = text
        for at in range(len(desk.items)):
            session.at = at
            d.run.poll()
            await d.settle()
            shown = d.text
            assert not [repr(c) for c in FORBIDDEN if c in shown]
            assert all(line.cell_length == 80 for line in d.app.screen._compositor.render_strips())
            await d.press("1")
        session.refuse_next = msg("{it}", it=text)
        await d.press("f3", "a", "enter")
        session.held = text
        d.run.poll()
        await d.settle()
        await d.press("f1", "escape", "f6", "escape")
        assert not [repr(c) for c in FORBIDDEN if c in d.text]
        assert d.app.is_running

    at_run(script, desk=HostileDesk(text), size=size)


def test_markup_in_data_is_shown_as_it_is_and_does_nothing() -> None:
    text = HOSTILE["markup"]

    async def script(d: Driver, desk: Desk) -> None:
        assert text in d.run.frame.card.text
        at = next(y for y, line in enumerate(d.text.splitlines()) if "@click" in line)
        await d.pilot.click(offset=(40, at))
        await d.settle()
        assert d.app.is_running

    at_run(script, replace(sample.STEP, do=text))


@pytest.mark.parametrize("name", ["markup", "bidi", "wide", "long"])
def test_what_is_typed_or_pasted_is_sent_exactly_and_drawn_harmless(name: str) -> None:
    text = HOSTILE[name]

    async def script(d: Driver, desk: Desk) -> None:
        await d.press("enter")
        await d.paste(text)
        assert not [repr(c) for c in FORBIDDEN if c in d.text]
        await d.press("enter")

    desk = at_run(script, sample.READ_BACK, sample.APPLY)
    assert desk.here.asked == [Answer("read-back", "done", {"account": text})]


def test_escapes_pasted_into_several_lines_are_drawn_harmless_and_kept() -> None:
    record = replace(sample.READ_BACK, evidence="record", prompts=(Prompt("why", "lines", "Why"),))
    text = "one\x1b[31m\ntwo\u202e"

    async def script(d: Driver, desk: Desk) -> None:
        await d.press("enter")
        await d.paste(text)
        assert "one␛[31m" in d.text
        assert not [repr(c) for c in FORBIDDEN if c in d.text]
        await d.press("shift+tab", "escape", "enter")

    assert at_run(script, record, sample.APPLY).here.asked == [Answer("read-back", "done", {"why": text})]


def test_wide_characters_keep_the_panes_in_line() -> None:
    async def script(d: Driver, desk: Desk) -> None:
        session = desk.here
        assert session is not None
        from rich.cells import cell_len

        bars = {cell_len(line.partition("│")[0]) for line in d.text.splitlines() if "│" in line}
        assert bars == {27}

    wide = replace(sample.STEP, title="开立工单" * 9, do="先开工单，再问客户：要改什么？" * 20)
    at_run(script, wide, sample.APPLY)


def test_times_are_of_the_desk() -> None:
    assert T0.hour == 9

    async def script(d: Driver, desk: Desk) -> None:
        await d.press("enter")
        assert "10:00:00" in d.text  # Budapest in winter

    at_run(script)
