"""A desk's anchors: placing the newest head of its live log, and asking which heads they keep."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from sop_runner.anchors.placing import Outcome, Result, keep_outcomes, place_all, read_outcomes
from sop_runner.anchors.port import Head
from sop_runner.anchors.recalling import Asked, recall_all
from sop_runner.anchors.targets import targets_of
from sop_runner.anchors.turn import turn
from sop_runner.base.clock import Clock, utc_text
from sop_runner.base.errors import SopError, UsageError
from sop_runner.base.settings import Settings

from .layout import Layout, read_settings
from .storing import store_of

if TYPE_CHECKING:
    from sop_runner.stores.source import LogSource


def place_heads(folder: Path, clock: Clock, *, patient: bool = True) -> tuple[Outcome, ...]:
    """Place the newest head of a desk's live log at every anchor; what each answered is kept as well.

    Without `patient` nothing is done where another process is about to. Raises UsageError where
    the settings name no anchor, or one that cannot be.
    """
    settings = read_settings(folder)
    if not settings.anchors:
        raise UsageError(
            f"the settings of '{folder}' name no anchor",
            hint="Add one below [anchors] in 'sop.toml'; docs/audit.md shows each kind.",
        )
    layout = Layout(folder)
    try:
        with turn(layout.anchors, patient=patient) as ours:
            return _placed(layout, settings, utc_text(clock.now().wall)) if ours else ()
    except OSError as error:
        raise UsageError(f"'{layout.anchors}' cannot be written: {error.strerror}") from error


def log_of(layout: Layout, settings: Settings) -> "Callable[[], closing[LogSource]]":
    """Opens the log for its heads alone, as of now."""
    store = store_of(layout, settings)
    return lambda: closing(store.source())


def ask_anchors(layout: Layout, settings: Settings, origin: str, *, network: bool) -> Asked:
    """What every anchor keeps of the log named `origin`, and what failed when a head was last placed."""
    targets = targets_of(settings.anchors, layout.folder, layout.anchors, origin)
    asked = recall_all(targets, origin, log_of(layout, settings), network=network)
    failed = tuple(
        f"LAST PLACING FAILED {one.anchor}, {one.at}: {one.said}"
        for one in read_outcomes(layout.anchors)
        if not one.good
    )
    return Asked(asked.heads, (*asked.lines, *failed))


def _placed(layout: Layout, settings: Settings, at: str) -> tuple[Outcome, ...]:
    try:
        with log_of(layout, settings)() as log:
            origin = Head.of(log).checkpoint.origin
        targets = targets_of(settings.anchors, layout.folder, layout.anchors, origin)
    except SopError as error:
        keep_outcomes(layout.anchors, [Outcome("[anchors]", "[anchors]", Result.FAILED, 0, at, str(error))])
        raise
    outcomes = place_all(targets, log_of(layout, settings), at)
    keep_outcomes(layout.anchors, outcomes)
    return outcomes
