"""The run screen: draws the run as it stands, and lets one item at a time be answered."""

from functools import partial

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message as Event

from sop_runner.desk.port import ChallengeView
from sop_runner.run.actions import Action, Answer, NoticeTime
from sop_runner.run.views import ItemView, RunView

from ..clerk import Clerk
from ..drawing.card import ask_paras, card_paras, end_paras, head_paras
from ..drawing.help import help_paras
from ..drawing.run_panes import banner_paras, clock_paras, control_paras, fact_paras, outline_rows
from ..items.identity import IdentityPane
from ..items.make import make_pane, pane_kind
from ..items.pane import ItemPane
from ..items.sign_off import SignOffPane
from ..messages import Act, BeginFactor, CheckFactor, Review, Sign
from ..reflex import Reflex
from ..ui import Ui
from ..widgets.paper import Paper, Para
from ..widgets.row_list import RowList
from . import run_work
from .base import SopScreen
from .dialogs import PickDialog, TextDialog
from .run_acts import RunActs
from .run_work import NotProved, Opened, Outcome

POLL_S = 5.0


class RunScreen(SopScreen):
    """One run. It decides and stores nothing: every key becomes an action for the desk or nothing at all."""

    BINDINGS = [  # noqa: RUF012 - Textual declares it so
        Binding("f1", "help", show=False),
        Binding("f2", "act('hold')", show=False),
        Binding("f3", "act('note')", show=False),
        Binding("f4", "act('go_back')", show=False),
        Binding("f5", "copy_words", show=False),
        Binding("f6,ctrl+p", "more", show=False),
        Binding("escape", "back", show=False),
        Binding("pageup", "scroll_card(-1)", show=False),
        Binding("pagedown", "scroll_card(1)", show=False),
    ]

    class Left(Event):
        """The person leaves the run for the board."""

    def __init__(self, ui: Ui, clerk: Clerk, opened: Opened) -> None:
        super().__init__(ui, clerk)
        self.session, self.view, self.people = opened.session, opened.view, opened.people
        self.reflex = Reflex(ui.settle_s)
        self.acts = RunActs(ui, self.view, self.people, self._push_form, self.send)
        self.pane: ItemPane | None = None
        self.receipt = ""
        self._on_record = ""
        self._noticed: set[tuple[str, str]] = set()
        self.banners = Paper(id="banners")
        self.outline = RowList(ui, id="outline", can_focus=False)
        self.controls = Paper(id="controls")
        self.item_head = Paper(id="item-head")
        self.clocks = Paper(id="clocks")
        self.card = Paper(id="card-text")
        self.card_scroll = VerticalScroll(self.card, id="card", can_focus=False)
        self.ask_line = Paper(id="ask")
        self.facts = Paper(id="facts-text")
        self.column = Vertical(
            self.item_head, self.clocks, self.card_scroll, self.ask_line, id="item"
        )

    def compose(self) -> ComposeResult:
        t = self.ui.t
        yield self.head
        yield self.banners
        with Horizontal(id="body"):
            with Vertical(id="left"):
                yield self.outline
                yield Paper(Para(t._("To close"), "label"), id="controls-title")
                yield VerticalScroll(self.controls, id="controls-scroll", can_focus=False)
            yield self.column
            with Vertical(id="facts"):
                yield Paper(Para(t._("Recorded"), "label"))
                yield VerticalScroll(self.facts, can_focus=False)
        yield self.status
        yield self.keys

    def on_mount(self) -> None:
        self.show(self.view)
        self.set_interval(1.0, self.tick)
        self.set_interval(POLL_S, self._poll)

    # Keys ------------------------------------------------------------------------------------

    def on_key(self, event: events.Key) -> None:
        digit = event.character is not None and event.character.isdecimal()
        if event.key == "enter":
            event.stop()
            if self._takes(event):
                self._enter()
        elif digit and self.pane is not None and event.character is not None:
            number = int(event.character)
            if self._takes(event) and (self.pane.digit(number) or self._types(event.character)):
                event.stop()
                self.show_keys()
        elif event.is_printable and event.character and self._takes(event) and self._types(event.character):
            event.stop()

    def _takes(self, event: events.Key) -> bool:
        """Whether the key was meant for what is on the screen now."""
        if self.busy:
            return False
        if self.reflex.is_early(event):
            self.say(self.ui.t._("That key came before this item could be read, so it did nothing."))
            return False
        return True

    def _types(self, character: str) -> bool:
        return self.focused is None and self.pane is not None and self.pane.type(character)

    def _enter(self) -> None:
        if self.pane is None:
            self.post_message(self.Left())
        else:
            self.pane.enter()
            self.show_keys()

    def action_back(self) -> None:
        """Let go of the field; from a run that is held or ended, go to the board."""
        if self.focused is not None:
            self.set_focus(None)
        elif self.view.item is None or "resume" in self.view.can:
            self.post_message(self.Left())

    def action_act(self, act: str) -> None:
        """Open the dialog of an act that is always there."""
        if self.busy:
            return
        if self.acts.can(act):
            self.acts.open(act)
        else:
            self.say(self.ui.t._("That cannot be done now."))

    def action_more(self) -> None:
        """Pick one of all acts that can be done now."""
        menu = self.acts.menu()
        if not self.busy and menu:
            dialog = PickDialog(self.ui, self.ui.t._("What else"), menu)
            self.app.push_screen(dialog, lambda act: self.acts.open(act) if act else None)

    def action_copy_words(self) -> None:
        """Copy the words to say."""
        words = self.view.item.say if self.view.item is not None else self.view.end_say
        if words:
            self.app.copy_to_clipboard(words)
            self.say(self.ui.t._("The words to say were copied."))
        else:
            self.say(self.ui.t._("This item has no words to say."))

    def action_help(self) -> None:
        """Say what the keys, the marks and this item mean."""
        self.app.push_screen(TextDialog(self.ui, self.ui.t._("Help"), help_paras(self.ui, self.view)))

    def action_scroll_card(self, by: int) -> None:
        """Scroll the text of the item."""
        step = max(1, self.card_scroll.size.height - 1) * by
        self.card_scroll.scroll_relative(y=step, animate=False)

    # What the panes ask for --------------------------------------------------------------------

    def on_act(self, event: Act) -> None:
        event.stop()
        self.send(event.action)

    def send(self, wanted: Action | Sign) -> None:
        """Have it done by the desk."""
        if isinstance(wanted, Sign):
            self._ask(partial(run_work.sign, self.session, wanted))
        else:
            self._ask(partial(run_work.perform, self.session, wanted))

    def on_sign(self, event: Sign) -> None:
        event.stop()
        self.send(event)

    def on_check_factor(self, event: CheckFactor) -> None:
        event.stop()
        self._ask(partial(run_work.check_factor, self.session, event.factor, event.typed))

    def on_review(self, event: Review) -> None:
        event.stop()
        self._ask(partial(run_work.review, self.session, event))

    def on_begin_factor(self, event: BeginFactor) -> None:
        event.stop()
        if self.work():
            self.clerk.ask(self, partial(run_work.begin_factor, self.session, event.factor), self._begun)

    def _ask(self, work: run_work.Work) -> None:
        if self.work():
            self.clerk.ask(self, work, self._done)

    def _begun(self, answer: tuple[ChallengeView, RunView]) -> None:
        self.free()
        challenge, view = answer
        self.show(view)
        self.notice([])
        if isinstance(self.pane, IdentityPane):
            self.pane.begin(challenge)
            self.show_keys()

    def _done(self, outcome: Outcome | NotProved) -> None:
        self.free()
        t = self.ui.t
        if isinstance(outcome, NotProved):
            if isinstance(self.pane, SignOffPane):
                self.pane.proofs(outcome.person, outcome.proofs)
                self.pane.settled(False)
            self.notice([Para(t(outcome.why), "bad", f"{t._('NOT PROVED')}: ")])
            return
        performed = outcome.performed
        self.receipt = performed.receipt or self.receipt
        if performed.accepted:
            self.acts.accepted()
            self._acknowledge(performed.entry, t(performed.message))
        elif isinstance(self.pane, SignOffPane) and outcome.proofs:
            self.pane.proofs(str(self.pane.form.values.get("who", "")), outcome.proofs)
        whole = isinstance(outcome.action, Answer) and bool(outcome.action.choice)
        self.show(outcome.view, anew=performed.accepted and whole)
        if self.pane is not None:
            self.pane.settled(performed.accepted)
        self.notice([] if performed.accepted else [Para(t(performed.message), "bad", f"{t._('REFUSED')}: ")])
        self.show_keys()

    def _acknowledge(self, entry: int, message: str) -> None:
        t = self.ui.t
        when = t.clock_time(self.ui.now(), self.view.zone)
        said = t._("on record: entry {entry}, {time}", entry=entry, time=when)
        dot = f" {self.ui.glyphs.dot} "
        self._on_record = dot.join([said, t._("run {run}", run=self.view.run), message])

    # Drawing -----------------------------------------------------------------------------------

    def show(self, view: RunView, *, anew: bool = False) -> None:
        """Draw the run as it stands, changing what changed. `anew` asks even the same item afresh."""
        before, self.view = self.view, view
        self.acts.view = view
        now = self.ui.now()
        self._show_head()
        self.banners.show(banner_paras(self.ui, view, now))
        rows = outline_rows(self.ui, view)
        self.outline.show(rows)
        at = next((i for i, row in enumerate(view.outline) if row.mark == "current"), len(rows) - 1)
        self.call_after_refresh(self.outline.reveal, at)
        self.controls.show(control_paras(self.ui, view))
        self.facts.show(fact_paras(self.ui, view))
        self.clocks.show(clock_paras(self.ui, view, now))
        if view.item is None:
            self._show_end()
        else:
            moved = before.item is None or before.item.node != view.item.node
            self._show_item(view.item, anew=anew or moved)
        self.show_status()
        self.show_keys()

    def _show_item(self, item: ItemView, *, anew: bool) -> None:
        ui = self.ui
        self.item_head.show(head_paras(ui, item))
        self.card.show(card_paras(ui, item))
        self.ask_line.show([] if item.evidence == "sign_off" else ask_paras(ui, item))
        kind = pane_kind(self.view, item)
        if self.pane is not None and type(self.pane) is kind and (not anew or kind.still):
            self.pane.show(item)
        else:
            self._put_pane(make_pane(ui, self.view, item, self.people))
        if anew:
            self.set_focus(None)
            self.card_scroll.scroll_home(animate=False)
            self.call_after_refresh(self.reflex.shown)

    def _show_end(self) -> None:
        if self.pane is not None:
            self._put_pane(None)
            self.call_after_refresh(self.reflex.shown)
        self.item_head.show([])
        self.card.show(end_paras(self.ui, self.view, self.receipt))
        self.ask_line.show([])

    def _put_pane(self, pane: ItemPane | None) -> None:
        if self.pane is not None:
            self.pane.remove()
        self.pane = pane
        self.column.set_class(pane is None or pane.still, "-still")
        if pane is not None:
            self.column.mount(pane)

    def _show_head(self) -> None:
        view, t = self.view, self.ui.t
        name = f"{view.number or view.procedure} r{view.revision}"
        training = t._("TRAINING") if view.training else ""
        marks = [(name, "dim"), (view.ticket, ""), (self.session.person.id, ""), (training, "mark")]
        self.head.show(view.title, marks)

    def standing(self) -> list[Para]:
        said = self._on_record or self.ui.t._(
            "run {run}, {n} entries on record", run=self.view.run, n=self.view.entries
        )
        return [Para(said, "good")]

    def show_keys(self) -> None:
        """Say which keys do something now."""
        t, pane = self.ui.t, self.pane
        keys: list[tuple[str, str]] = []
        if pane is None:
            keys.append(("Enter", t._("to the board")))
        else:
            keys.append(("Enter", pane.enter_word))
            if pane.digits:
                keys.append((f"1-{min(pane.digits, 9)}", t._("choose")))
        keys.append(("F1", t._("help")))
        for key, act, word in (
            ("F2", "hold", t._("hold")),
            ("F6", "", t._("more")),
            ("F4", "go_back", t._("go back")),
            ("F3", "note", t._("note")),
        ):
            if self.acts.can(act) if act else self.acts.menu():
                keys.append((key, word))
        if self.view.item is not None and self.view.item.say:
            keys.append(("F5", t._("copy words")))
        self.keys.show(keys)

    # Time --------------------------------------------------------------------------------------

    def tick(self) -> None:
        """Let the clocks run on; what has passed rings once and is put on record."""
        now = self.ui.now()
        self.clocks.show(clock_paras(self.ui, self.view, now))
        self.banners.show(banner_paras(self.ui, self.view, now))
        if self.pane is not None:
            self.pane.tick(now)
        item = self.view.item
        passed = [clock for clock in item.clocks if now >= clock.due and not clock.over] if item else []
        new = {(clock.kind, clock.due.isoformat()) for clock in passed} - self._noticed
        if not new or self.busy or "resume" in self.view.can:
            return
        self._noticed |= new
        if any(kind in ("expect", "limit") for kind, _ in new):
            self.app.bell()
            self.clerk.ask(self, partial(run_work.perform, self.session, NoticeTime()), self._time, quiet=True)
        else:
            self._poll()

    def _time(self, outcome: Outcome | NotProved) -> None:
        if isinstance(outcome, Outcome) and not self.busy:
            self.show(outcome.view)

    def _poll(self) -> None:
        """Another terminal may have moved the run."""
        if not self.busy and self.clerk.is_idle and self.view.item is not None:
            self.clerk.ask(self, self.session.view, self._polled, quiet=True)

    def _polled(self, view: RunView) -> None:
        if not self.busy and view != self.view:
            self.show(view)

    def _push_form(self, dialog, done) -> None:  # type: ignore[no-untyped-def]
        self.app.push_screen(dialog, done)
