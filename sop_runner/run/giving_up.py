"""Abandoning: an end that never closes the ticket, and the walk along what was left open."""

from sop_runner.base.message import msg

from . import events as ev
from .actions import Abandon, LeaveOpen, UndoWith
from .answers.common import end_if_nothing_open
from .going import Going, No
from .lifecycle import belongs, text_of


def abandon(going: Going, action: Abandon) -> None:
    """End without closing the ticket; what is open is walked first."""
    belongs(going)
    if going.run.abandoning:
        raise No(msg("the run is being abandoned already"))
    going.emit(ev.RUN_ABANDONED, reason=text_of(action.reason, msg("say why the run is abandoned")))
    end_if_nothing_open(going)


def leave_open(going: Going, action: LeaveOpen) -> None:
    """While abandoning: leave the newest open step as it is."""
    belongs(going)
    if not going.run.abandoning or not going.run.open:
        raise No(msg("only an abandoned run leaves something open"))
    step = going.run.open[-1].node
    reason = text_of(action.reason, msg("say why '{node}' is left open", node=step))
    going.emit(ev.LEFT_OPEN, at=step, reason=reason)
    end_if_nothing_open(going)


def undo_with(going: Going, action: UndoWith) -> None:
    """While abandoning: go to another one of the items that undo the newest open step."""
    belongs(going)
    if not going.run.abandoning or not going.run.open:
        raise No(msg("only an abandoned run chooses what undoes a step"))
    if action.node == going.run.at:
        raise No(msg("'{node}' is the current item", node=action.node))
    going.emit(ev.UNDO_CHOSEN, at=action.node)
