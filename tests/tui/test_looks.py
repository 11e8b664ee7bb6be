"""Sizes, themes, terminals without colour or box drawing, long lists, the first frame."""

import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest

from sop_runner.tui.widgets.row_list import Row, RowList

from . import sample
from .driving import Desk, Driver, at_run
from .fake_desk import item


def test_wide_terminals_get_the_facts_and_resizing_keeps_what_was_typed() -> None:
    async def script(d: Driver, desk: Desk) -> None:
        desk.here.facts["account_value"] = "900 EUR"
        d.run.poll()
        await d.settle()
        assert "900 EUR" in d.text
        await d.type("CR-0")
        for size in ((80, 24), (40, 12), (200, 60), (20, 5), (80, 24)):
            await d.pilot.resize_terminal(*size)
            await d.settle()
        assert "900 EUR" not in d.text
        assert "CR-0" in d.text
        await d.press("1")
        assert "CR-01" in d.text

    at_run(script, sample.RECORD, size=(120, 40))


@pytest.mark.parametrize("items", [[i] for i in sample.WALK], ids=lambda items: items[0].node)
def test_the_ascii_look_is_ascii(items: list[Any]) -> None:
    async def script(d: Driver, desk: Desk) -> None:
        await d.press("1", "tab", "f6")
        assert d.text.isascii(), [c for c in d.text if not c.isascii()]
        await d.press("escape", "f1")
        assert d.text.isascii()

    plain = [replace(items[0], prompts=tuple(replace(p, label="Label") for p in items[0].prompts))]
    at_run(script, *plain, desk=AsciiDesk(plain), theme="ascii")


class AsciiDesk(Desk):
    """A desk whose people have plain names, and whose contacts are masked in ASCII."""

    def people(self) -> tuple[Any, ...]:
        return tuple(replace(person, name=person.id) for person in super().people())


def test_without_colour_every_state_is_still_a_word_or_a_sign(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    async def script(d: Driver, desk: Desk) -> None:
        assert d.app.no_color
        assert "two factor identity" in d.text
        assert "(stale)" in d.text
        await d.press("2")
        assert "▶ 2" in d.text

    at_run(script, sample.CONSENT)


def test_the_high_contrast_theme() -> None:
    async def script(d: Driver, desk: Desk) -> None:
        assert d.app.theme == "sop-high-contrast"

    at_run(script, theme="high-contrast")


def test_a_run_of_many_nodes_shows_the_current_one() -> None:
    many = [item(f"node-{n}") for n in range(240)]

    async def script(d: Driver, desk: Desk) -> None:
        desk.here.at = 200
        d.run.poll()
        await d.settle()
        await d.settle()
        assert "▶ node 200" in d.text

    at_run(script, *many)


def test_a_long_list_draws_only_what_is_seen() -> None:
    async def script(d: Driver, desk: Desk) -> None:
        drawn: list[int] = []

        class Counted(RowList):
            def one_line(self, index: int, width: int) -> str:
                drawn.append(index)
                return super().one_line(index, width)

        rows = Counted(d.app.ui, [Row(str(n), f"row {n}") for n in range(100_000)], cursor="0")
        rows.styles.height = 10
        await d.run.mount(rows)
        await d.settle()
        rows.action_edge(-1)
        await d.settle()
        assert "row 99999" in d.text
        assert len(set(drawn)) < 60

    at_run(script, size=(80, 40))


def test_the_interface_loads_no_database() -> None:
    code = "import sys, sop_runner.tui.app; print(sorted({'sqlalchemy', 'sqlmodel'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
