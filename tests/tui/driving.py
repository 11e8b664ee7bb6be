"""Drives the terminal interface against a desk in memory, or the real one, without sleeping."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from textual.events import Key, Paste
from textual.keys import _character_to_key
from textual.pilot import Pilot

from sop_runner.base.clock import ManualClock
from sop_runner.run.views import ItemView
from sop_runner.tui.app import SopApp
from sop_runner.tui.screens.run import RunScreen
from sop_runner.tui.terminal import TerminalApp

from .fake_desk import ANA, FakeDesk, FakeSession
from .sample import CONTROLS, T0, WALK


class Driver:
    """A person at the keyboard, who waits until the screen has answered."""

    def __init__(self, pilot: Pilot[str], app: TerminalApp) -> None:
        self.pilot, self.app = pilot, app

    async def settle(self, *, desk: bool = True) -> None:
        """Wait until the desk (or without it the screen alone) has come to rest: every queue empty, twice."""
        quiet = 0
        while quiet < 2:
            await self.pilot.pause(0)
            pumps = [self.app, *(w for s in self.app.screen_stack for w in s.walk_children(with_self=True))]
            busy = any(not pump._message_queue.empty() or pump._next_callbacks for pump in pumps)
            quiet = 0 if busy or (desk and not self.app.clerk.is_idle) else quiet + 1

    def send(self, key: str) -> None:
        """Send a key as the terminal would."""
        name = _character_to_key(key) if len(key) == 1 and not key.isalnum() else key
        driver = self.app._driver
        assert driver is not None
        driver.send_message(Key(name, key if len(key) == 1 else {"space": " "}.get(key)))

    async def press(self, *keys: str) -> None:
        """Press keys one after another."""
        for key in keys:
            self.send(key)
            await self.settle()

    async def type(self, text: str) -> None:
        """Type characters faster than anybody."""
        for character in text:
            self.send(character)
        await self.settle()

    async def paste(self, text: str) -> None:
        """Paste text where the cursor is."""
        self.app.post_message(Paste(text))
        await self.settle()

    async def until(self, shown: str) -> None:
        """Wait until something is on the terminal: a screen that comes back is laid out after the queues are empty."""
        while shown not in self.text:
            await self.pilot.pause(0.01)

    @property
    def run(self) -> RunScreen:
        screen = self.app.screen_stack[-1]
        assert isinstance(screen, RunScreen), screen
        return screen

    @property
    def text(self) -> str:
        """What is on the terminal, line by line."""
        return "\n".join(strip.text for strip in self.app.screen._compositor.render_strips())


@asynccontextmanager
async def driving(app: TerminalApp, size: tuple[int, int] = (80, 24)) -> Any:
    """Run `app` headless and hand out its driver."""
    async with app.run_test(size=size) as pilot:
        driver = Driver(pilot, app)
        await driver.settle()
        yield driver


class Desk(FakeDesk):
    """The desk in memory, at a run that was opened already."""

    def __init__(self, items: Sequence[ItemView] = WALK, **more: Any) -> None:
        super().__init__(ManualClock(T0), items, **more)
        self.controls = CONTROLS

    @property
    def here(self) -> FakeSession:
        """The session."""
        assert self.session is not None
        return self.session


def at_run(
    script: Callable[[Driver, Desk], Awaitable[None]],
    *items: ItemView,
    size: tuple[int, int] = (80, 24),
    desk: Desk | None = None,
    settle_s: float = 0.0,
    **more: Any,
) -> Desk:
    """Walk `items` with `script` at the run screen; returns the desk, to see what it was asked."""
    at = desk or Desk(items or WALK)

    async def go() -> None:
        app = SopApp(at, person=ANA, run="X", clock=at.clock, settle_s=settle_s, **more)
        async with driving(app, size) as driver:
            await script(driver, at)

    asyncio.run(go())
    return at
