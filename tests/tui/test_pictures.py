"""Two pictures of the run screen with a still clock, to notice what nobody meant to change."""

from typing import Any

import pytest
from textual.pilot import Pilot

from sop_runner.tui.app import SopApp

from .driving import Desk, Driver
from .fake_desk import ANA
from .sample import IDENTITY, RECORD, STEP


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
def test_a_confirmation(snap_compare: Any, size: tuple[int, int]) -> None:
    desk = Desk([STEP, RECORD, IDENTITY])
    desk.session = desk.resume("ana", "X", "en")
    desk.session.at = 2
    desk.session.facts["change"] = "email address"
    app = SopApp(desk, person=ANA, run="X", clock=desk.clock, settle_s=0.0)

    async def before(pilot: Pilot[str]) -> None:
        driver = Driver(pilot, app)
        await driver.settle()
        await driver.press("2")

    assert snap_compare(app, terminal_size=size, run_before=before)
