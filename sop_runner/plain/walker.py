"""One person walking one run: what every part of the conversation needs at hand."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sop_runner.base.clock import Clock
from sop_runner.base.errors import SopError
from sop_runner.base.message import Message
from sop_runner.desk.port import DeskPort, Performed, Session
from sop_runner.run.actions import Action, NoticeTime
from sop_runner.run.naming import named
from sop_runner.run.views import Fact, RunView
from sop_runner.run.wording import HIDDEN

from .signals import Signals
from .talk import Moved, Talk
from .words import clock_words

_ON_RECORD = ("expect", "limit")


class Walker:
    """The session, the conversation, and what was typed but is not on record yet."""

    def __init__(self, desk: DeskPort, session: Session, talk: Talk, clock: Clock, signals: Signals) -> None:
        self.desk = desk
        self.session = session
        self.talk = talk
        self.signals = signals
        self.drafts: dict[str, dict[str, Any]] = {}
        self.receipt = ""
        self.shown = ""
        self._clock = clock
        self._facts: Mapping[str, Message | str] | None = None
        self._controls: Mapping[str, str] | None = None
        self._clocks: dict[tuple[str, str, datetime], bool] = {}

    def now(self) -> datetime:
        """The time, aware UTC."""
        return self._clock.now().wall

    def view(self) -> RunView:
        """The run as it stands on the record."""
        return self.session.view(self.talk.t.language)

    def perform(self, action: Action) -> bool:
        """Do it or have it refused, and say which. What the world broke is said; nothing typed is lost."""
        return self.performed(action) is not None

    def performed(self, action: Action) -> Performed | None:
        """The same; what became of it where it was accepted."""
        done = self.attempt(action)
        return done if done is not None and done.accepted else None

    def attempt(self, action: Action) -> Performed | None:
        """The same; None only where the desk could not say what became of it."""
        try:
            with self.signals.held_off():
                done = self.session.perform(action)
        except SopError as error:
            self.talk.error(error)
            return None
        self.report(done)
        return done

    def report(self, done: Performed) -> None:
        """Say what became of an action."""
        t = self.talk.t
        self.receipt = done.receipt or self.receipt
        said = t(done.message if done.accepted else named(done.message, self.view()))
        self.talk.say(said if done.accepted else t._("Refused: {why}", why=said))

    def moved(self) -> None:
        """The run stands elsewhere: whatever is being asked is put away. Raises Moved."""
        self.shown = ""
        raise Moved

    def changed_controls(self, view: RunView) -> bool:
        """Whether what closing needs has changed since this was last asked."""
        now = {row.control: row.state for row in view.controls if row.needed}
        changed = now != self._controls
        self._controls = now
        return changed

    def new_facts(self, view: RunView) -> tuple[Fact, ...]:
        """The facts that came about since this was last asked, other than at the item that was answered."""
        before, self._facts = self._facts, {fact.name: fact.value for fact in view.facts}
        if before is None:
            return ()
        return tuple(
            fact
            for fact in view.facts
            if fact.node != self.shown
            and fact.value != HIDDEN
            and before.get(fact.name, "") not in (fact.value, HIDDEN)
        )

    # The clocks: each is said once, and once more when it has passed.

    def clocks(self, view: RunView) -> None:
        """Say the clocks that are new and those that have passed, and put the latter on record."""
        if view.item is None:
            return
        now, notice = self.now(), False
        for clock in view.item.clocks:
            key = (clock.kind, clock.label, clock.since)
            passed = now > clock.due
            if self._clocks.get(key) == passed:
                continue
            self._clocks[key] = passed
            self.talk.say(clock_words(self.talk.t, clock, now), "* ")
            notice = notice or (passed and clock.kind in _ON_RECORD)
        if notice:
            self._notice()

    def seconds(self) -> float | None:
        """How long until a clock of the item passes; None where none will."""
        view = self.view()
        clocks = view.item.clocks if view.item is not None else ()
        now = self.now()
        left = [
            (clock.due - now).total_seconds()
            for clock in clocks
            if not self._clocks.get((clock.kind, clock.label, clock.since), now > clock.due)
        ]
        # A moment later: a clock has passed only after its due time.
        return max(0.0, min(left)) + 0.01 if left else None

    def due(self) -> None:
        """A clock passed while nothing was typed: ring, say it, and ask anew where only its jump is left."""
        self.talk.console.bell()
        self.clocks(self.view())
        if "at_limit" in self.view().can:
            self.moved()

    def _notice(self) -> None:
        """Put passed times on record; where another terminal has done it already there is nothing to say."""
        try:
            with self.signals.held_off():
                done = self.session.perform(NoticeTime())
        except SopError as error:
            self.talk.error(error)
            return
        if done.accepted:
            self.report(done)
