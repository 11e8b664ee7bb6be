"""Stages on which procedures are rehearsed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from .making import create_desk
from .opening import open_desk

if TYPE_CHECKING:
    from sop_runner.desk.stage import LedgerStage


@contextmanager
def rehearsal_stage(folder: Path | None, procedure: Path) -> "Iterator[Callable[[], LedgerStage]]":
    """Stages for rehearsing a procedure file on a desk's training ledger, each with a clock of its own.

    Without a desk on the training ledger of one that is thrown away afterwards.
    """
    from dataclasses import replace
    from tempfile import TemporaryDirectory

    from sop_runner.base.clock import ManualClock
    from sop_runner.desk.stage import LedgerStage

    with TemporaryDirectory(prefix="sop-rehearsal-") as temporary:
        thrown_away = folder is None
        if folder is None:
            folder = Path(temporary) / "desk"
            create_desk(folder)
        desk = open_desk(folder, training=True, reading=thrown_away)  # no head is kept of what will be gone
        try:
            text = desk.registry.text(procedure)
            plan = desk.registry.plan(text)
            desk.registry.keep(text)

            def make() -> LedgerStage:
                clock = ManualClock(desk.context.clock.now().wall)
                return LedgerStage(replace(desk.context, clock=clock), plan, clock)

            yield make
        finally:
            desk.close()
