"""The walk: what stands on the record is said, what is asked is answered, until the run ends or is left."""

from sop_runner.run.actions import Resume
from sop_runner.run.views import RunView

from . import show
from .commands import Quit, obeyer, supplier
from .items import answer_item
from .talk import Command, Moved, Option
from .walker import Walker


def walk(w: Walker) -> RunView:
    """Walk the run to its end. Raises Quit, EndOfInput and whatever else leaves it before."""
    w.talk.obey, w.talk.supply = obeyer(w), supplier(w)
    w.talk.watch = w
    try:
        show.head(w.talk, w.view(), w.session.person.id)
        w.talk.say(w.talk.t._(":h is help."))
        while (view := w.view()).status == "open":
            try:
                _step(w, view)
            except Moved:
                continue
        show.end(w.talk, view, w.receipt)
        return view
    finally:
        w.talk.obey, w.talk.supply = _nothing_to_obey, _nothing_to_supply
        w.talk.watch = None


def _step(w: Walker, view: RunView) -> None:
    """One question and its answer."""
    if "resume" in view.can:
        _held(w, view)
        return
    item = view.item
    if item is None:
        raise Quit
    show.new_facts(w.talk, w.new_facts(view))
    if w.shown != item.node:
        show.item(w.talk, view, item)
        show.banners(w.talk, view, w.now())
        show.answers(w.talk, item)
        w.shown = item.node
    elif item.attempts_left is not None:
        show.needs(w.talk, item)
    w.clocks(view)
    if w.changed_controls(view) and not any(banner.kind == "abandoning" for banner in view.banners):
        show.still_needed(w.talk, view)
    answer_item(w, item)


def _held(w: Walker, view: RunView) -> None:
    """A run on hold: go on, or leave it there."""
    t = w.talk.t
    show.banners(w.talk, view, w.now())
    options = (Option("resume", t._("go on")), Option("leave", t._("leave it on hold")))
    if w.talk.pick(t._("The run is on hold."), options) == "leave":
        raise Quit
    if w.perform(Resume()):
        w.shown = ""


def _nothing_to_obey(command: Command) -> bool:
    return False


def _nothing_to_supply(command: Command) -> str | None:
    return None
