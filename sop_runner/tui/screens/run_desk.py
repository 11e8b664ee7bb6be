"""What the run screen asks of the desk, and what it does with the answers."""

from abc import abstractmethod
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from sop_runner.base.message import Message
from sop_runner.desk.port import Performed
from sop_runner.run.actions import Answer, NoticeTime
from sop_runner.run.naming import fields_in, named
from sop_runner.run.views import RunView

from ..clerk import Clerk
from ..items.identity import IdentityPane
from ..items.sign_off import WHO, SignOffPane
from ..messages import Act, BeginFactor, CheckFactor, Review, Sign, TakeOver
from ..ui import Ui
from ..widgets.paper import Para
from ..widgets.run_frame import RunFrame
from . import run_work
from .base import SopScreen
from .dialogs import FormDialog
from .run_acts import RunActs, Wanted
from .run_work import Begun, NotProved, Opened, Outcome

RECORDED = "recorded, entry {entry}"  # what the desk says when there is no more to say


class RunDesk(SopScreen):
    """One thing is asked at a time; keys that come meanwhile do nothing."""

    def __init__(self, ui: Ui, clerk: Clerk, opened: Opened) -> None:
        super().__init__(ui, clerk)
        self.session, self.view, self.people = opened.session, opened.view, opened.people
        self.frame = RunFrame(ui)
        self.acts = RunActs(ui, self.session, self.view, self.people, self._push, self.send)
        self.receipt = ""
        self._on_record = ""
        self._noticed: set[tuple[str, str]] = set()

    @abstractmethod
    def show(self, view: RunView, *, anew: bool = False) -> None:
        """Draw the run as it stands, changing what changed. `anew` asks even the same item afresh."""

    @abstractmethod
    def show_keys(self) -> None:
        """Say which keys do something now."""

    def on_act(self, event: Act) -> None:
        event.stop()
        self.send(event.action)

    def on_sign(self, event: Sign) -> None:
        event.stop()
        self.send(event)

    def on_check_factor(self, event: CheckFactor) -> None:
        event.stop()
        self._ask(partial(run_work.check_factor, self.session, event.factor, event.typed))

    def on_review(self, event: Review) -> None:
        event.stop()
        self._ask(partial(run_work.review, self.session, event, self.ui.t._("pasted")))

    def on_begin_factor(self, event: BeginFactor) -> None:
        event.stop()
        if self.work():
            self.clerk.ask(self, partial(run_work.begin_factor, self.session, event.factor), self._begun)

    def send(self, wanted: Wanted) -> None:
        """Have it done by the desk."""
        if isinstance(wanted, TakeOver):
            if self.work():
                self.clerk.ask(self, partial(run_work.act_as, self.session, wanted), self._taken_over)
        elif isinstance(wanted, Sign):
            self._ask(partial(run_work.sign, self.session, wanted))
        else:
            self._ask(partial(run_work.perform, self.session, wanted))

    def standing(self) -> list[Para]:
        t, view = self.ui.t, self.view
        said = self._on_record or t.ngettext(
            "run {run}, {n} entry on record", "run {run}, {n} entries on record", view.entries, run=view.run
        )
        return [Para(said, "good")]

    def _ask(self, work: Callable[[], Outcome | NotProved]) -> None:
        if self.work():
            self.clerk.ask(self, work, self._done)

    def _begun(self, begun: Begun) -> None:
        self.free()
        self.show(begun.view)
        self.notice([])
        if isinstance(self.frame.pane, IdentityPane):
            self.frame.pane.begin(begun.challenge, begun.letter)
            self.show_keys()

    def _done(self, outcome: Outcome | NotProved) -> None:
        self.free()
        if isinstance(outcome, NotProved):
            self._not_proved(outcome)
            return
        performed = outcome.performed
        self.receipt = performed.receipt or self.receipt
        if performed.accepted:
            self.acts.accepted()
            self._acknowledge(performed)
        elif isinstance(self.frame.pane, SignOffPane) and outcome.proofs:
            self.frame.pane.proofs(str(self.frame.pane.form.values.get(WHO, "")), outcome.proofs)
        whole = isinstance(outcome.action, Answer) and bool(outcome.action.choice)
        self.show(outcome.view, anew=performed.accepted and whole)
        if self.frame.pane is not None:
            self.frame.pane.settled(performed.accepted)
            if not performed.accepted:
                self.frame.pane.point_at(fields_in(performed.message))
        self._tell(performed)
        self.show_keys()

    def _tell(self, performed: Performed) -> None:
        t = self.ui.t
        if not performed.accepted:
            self.notice([Para(t(named(performed.message, self.view)), "bad", t.lead(t._("REFUSED")))])
        elif performed.message.text == RECORDED:
            self.notice([])
        else:
            self.notice([Para(t(performed.message), "warn")])

    def _not_proved(self, outcome: NotProved) -> None:
        t, pane = self.ui.t, self.frame.pane
        if isinstance(pane, SignOffPane):
            pane.proofs(outcome.person, outcome.proofs)
            pane.settled(False)
        self.notice([Para(t(outcome.why), "bad", t.lead(t._("NOT PROVED")))])

    def _taken_over(self, answer: RunView | Message) -> None:
        self.free()
        t = self.ui.t
        if isinstance(answer, Message):
            self.notice([Para(t(answer), "bad", t.lead(t._("NOT PROVED")))])
            return
        self.acts.accepted()
        self.show(answer)
        self.say(t._("{name} acts at this terminal now.", name=self.session.person.name))

    def _acknowledge(self, performed: Performed) -> None:
        t = self.ui.t
        when = t.clock_time(self.ui.now(), self.view.zone)
        said = t._("on record: entry {entry}, {time}", entry=performed.entry, time=when)
        self._on_record = f"{said} {self.ui.glyphs.dot} {t._('run {run}', run=self.view.run)}"

    def _push(self, dialog: FormDialog, done: Callable[[dict[str, Any] | None], None]) -> None:
        self.app.push_screen(dialog, done)

    def notice_time(self, now: datetime) -> None:
        """What has passed rings once and is put on record; a wait that is over is only looked at anew."""
        item = self.view.item
        passed = [clock for clock in item.clocks if now >= clock.due and not clock.over] if item else []
        new = {(clock.kind, clock.due.isoformat()) for clock in passed} - self._noticed
        if not new or self.busy or "resume" in self.view.can:
            return
        self._noticed |= new
        if any(kind in ("expect", "limit") for kind, _ in new):
            self.app.bell()
            self.clerk.ask(
                self, partial(run_work.perform, self.session, NoticeTime()), self._time, quiet=True
            )
        else:
            self.poll()

    def _time(self, outcome: Outcome | NotProved) -> None:
        if isinstance(outcome, Outcome) and not self.busy:
            self.show(outcome.view)

    def poll(self) -> None:
        """Another terminal may have moved the run."""
        if not self.busy and self.clerk.is_idle and self.view.item is not None:
            self.clerk.ask(self, self.session.view, self._polled, quiet=True)

    def _polled(self, view: RunView) -> None:
        if not self.busy and view != self.view:
            self.show(view)
