"""Plain mode over a piped script, against the desk in memory."""

from collections.abc import Sequence
from datetime import UTC, datetime
from io import StringIO
from typing import Any

from sop_runner.base.clock import Clock, ManualClock
from sop_runner.base.errors import ExitCode
from sop_runner.plain.app import run_plain
from sop_runner.run.views import ItemView
from tests.tui.fake_desk import FakeDesk, FakeSession

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def make_desk(*items: ItemView, clock: Clock | None = None) -> FakeDesk:
    """A desk whose one run has these items."""
    return FakeDesk(clock or ManualClock(T0), items)


def walk(desk: FakeDesk, *lines: str, **more: Any) -> tuple[ExitCode, str]:
    """Sign in, start, then answer with `lines`; the exit code and everything that was said."""
    return piped(
        desk, ("right", *lines), person="ana", procedure="account-change", ticket="CR-000123", **more
    )


def piped(desk: FakeDesk, lines: Sequence[str], **more: Any) -> tuple[ExitCode, str]:
    """Run with `lines` as the whole input."""
    out = StringIO()
    code = run_plain(
        desk, stdin=StringIO("".join(line + "\n" for line in lines)), stdout=out, clock=desk.clock, **more
    )
    return code, out.getvalue()


def session_of(desk: FakeDesk) -> FakeSession:
    """The run that was walked."""
    assert desk.session is not None
    return desk.session
