"""The run screen: draws the run as it stands, and lets one item at a time be answered."""

from typing import Any

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.message import Message as Event

from sop_runner.run.views import ItemView, RunView

from ..clerk import Clerk
from ..drawing.help import help_paras
from ..drawing.run_panes import banner_paras
from ..items.make import make_pane, pane_kind
from ..items.pane import ItemPane
from ..items.record import RecordPane
from ..messages import Taken
from ..reflex import Reflex
from ..ui import Ui
from ..widgets.paper import Paper, Para
from ..widgets.row_list import RowList
from ..widgets.yes_no import YesNo
from .base import screen_key
from .dialogs import PickDialog, TextDialog
from .run_desk import RunDesk
from .run_work import Opened

POLL_S = 5.0


class RunScreen(RunDesk):
    """One run. It decides and stores nothing: every key becomes an action for the desk or nothing at all."""

    BINDINGS = [  # noqa: RUF012 - Textual declares it so
        screen_key("f1", "help"),
        screen_key("f2", "act('hold')"),
        screen_key("f3", "act('note')"),
        screen_key("f4", "act('go_back')"),
        screen_key("f5", "copy_words"),
        screen_key("f6,ctrl+p", "more"),
        screen_key("f7", "inbox"),
        screen_key("escape", "back"),
        Binding("pageup", "scroll_card(-1)", show=False),
        Binding("pagedown", "scroll_card(1)", show=False),
    ]

    class Left(Event):
        """The person leaves the run for the board."""

    def __init__(self, ui: Ui, clerk: Clerk, opened: Opened) -> None:
        super().__init__(ui, clerk, opened)
        self.reflex = Reflex(ui.settle_s)
        self.banners = Paper(id="banners")
        self._early = False
        self._drafts: dict[str, dict[str, Any]] = {}

    @property
    def pane(self) -> ItemPane | None:
        """Where the item is answered; None at an end."""
        return self.frame.pane

    def compose(self) -> ComposeResult:
        yield self.head
        yield self.banners
        yield self.frame
        yield self.status
        yield self.keys

    def on_mount(self) -> None:
        self.show(self.view)
        self.set_interval(1.0, self.tick)
        self.set_interval(POLL_S, self.poll)

    # Keys ------------------------------------------------------------------------------------

    def on_key(self, event: events.Key) -> None:
        if event.key == "enter":
            event.stop()
            if self._takes(event):
                self._enter()
            self._took()
        elif event.character and event.character.isdecimal() and self.pane is not None:
            event.stop()
            if self._takes(event) and self.pane.digit(int(event.character)):
                self.show_keys()
            self._took()

    def _took(self) -> None:
        """By the way that what the pane asked for goes, so that it arrives behind it."""
        (self.pane or self).post_message(Taken())

    def on_descendant_focus(self) -> None:
        self.show_keys()

    def on_taken(self, event: Taken) -> None:
        event.stop()
        self.ui.turn.end()

    def type_ahead(self, event: events.Key) -> bool:
        """Take a character while nothing that is typed into has the cursor: it goes where text is asked for next.

        From a choice it does once that is answered, unless it is a digit, which chooses. Called before the key is
        queued for a widget, so that what is typed fast keeps its order.
        """
        if self.pane is None or not event.is_printable or not event.character:
            return False
        if self.focused is not None:
            chooses = event.character.isdecimal() or event.character == " "
            text = isinstance(self.focused, YesNo | RowList) and not chooses
            return text and not (self.busy or self.reflex.is_stale(event)) and self.pane.type(event.character)
        if self.busy or self.reflex.is_stale(event):
            return True
        # What is typed into a field can be read and changed there; a choice is not made before it was read.
        digit = event.character.isdecimal() and not self.reflex.is_early(event)
        taken = (digit and self.pane.digit(int(event.character))) or self.pane.type(event.character)
        if taken:
            self.show_keys()
        elif event.character.isdecimal():
            self._takes(event)
        return True

    def _takes(self, event: events.Key) -> bool:
        """Whether the key was meant for what is on the screen now."""
        if self.busy:
            return False
        if self.reflex.is_early(event):
            self._early = True
            self.say(self.ui.t._("That key came before this item could be read, so it did nothing."))
            return False
        return True

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

    def action_inbox(self) -> None:
        """Show the sample inbox of a demo: what customers were sent, and the codes of sample tokens."""
        if self.view.training:
            self.clerk.ask(self, self.session.inbox, self._show_inbox, quiet=True)

    def _show_inbox(self, lines: tuple[str, ...]) -> None:
        t = self.ui.t
        paras = [Para(line) for line in lines] or [Para(t._("Nothing was sent."), "dim")]
        self.app.push_screen(TextDialog(self.ui, t._("Sample inbox"), paras))

    def action_scroll_card(self, by: int) -> None:
        """Scroll the text of the item."""
        self.frame.scroll_card(by)

    # Drawing -----------------------------------------------------------------------------------

    def show(self, view: RunView, *, anew: bool = False) -> None:
        before, self.view = self.view, view
        self.acts.view = view
        now = self.ui.now()
        self._show_head()
        self.banners.show(banner_paras(self.ui, view, now))
        if view.item is None:
            self._show_end()
        else:
            moved = before.item is None or before.item.node != view.item.node
            self._show_item(view.item, anew=anew or moved)
        self.frame.show_run(view, now)
        self.show_status()
        self.show_keys()

    def _show_item(self, item: ItemView, *, anew: bool) -> None:
        self.frame.show_item(item, self.session.person.roles, from_the_top=anew)
        kind = pane_kind(self.view, item)
        if self.pane is not None and type(self.pane) is kind and (not anew or kind.still):
            self.pane.show(item)
        else:
            self._keep_drafts(item)
            asked, drafts = self.session.questions, self._drafts.get(item.node)
            self.frame.put_pane(make_pane(self.ui, self.view, item, self.people, asked, drafts))
            anew = True
        if anew:
            self.set_focus(None)
            self._freshly_shown()

    def _keep_drafts(self, next_item: ItemView) -> None:
        if isinstance(self.pane, RecordPane):
            node = self.pane.item.node
            self._drafts[node] = self.pane.drafts(recorded=node != next_item.node)

    def _show_end(self) -> None:
        if self.pane is not None:
            self.frame.put_pane(None)
            self._freshly_shown()
        self.frame.show_end(self.view, self.receipt)

    def _freshly_shown(self) -> None:
        self.reflex.changed()
        self.call_after_refresh(self._painted)

    def _painted(self) -> None:
        self.reflex.shown()
        if self.ui.settle_s:
            self.set_timer(self.ui.settle_s + 0.01, self._readable)
        else:
            self._readable()

    def _readable(self) -> None:
        if self.reflex.is_settled:
            if self._early:
                self._early = False
                self.notice([])
            self.show_keys()

    @property
    def mark(self) -> str:
        """What marks a run that is not a real one."""
        return self.ui.t._("TRAINING") if self.view.training else ""

    @property
    def leave_word(self) -> str:
        """Where one goes from an ended run."""
        return self.ui.t._("to the board")

    @property
    def own_keys(self) -> list[tuple[str, str]]:
        """Keys beyond those of every run, while an item is at hand."""
        return []

    def _show_head(self) -> None:
        view = self.view
        name = f"{view.number or view.procedure} r{view.revision}"
        marks = [(name, "dim"), (view.ticket, ""), (self.session.person.id, ""), (self.mark, "mark")]
        self.head.show(view.title, marks)

    def show_keys(self) -> None:
        self._draw_keys()
        self.call_after_refresh(self._draw_keys)  # whether there is more text is known once it is laid out

    def _draw_keys(self) -> None:
        t, pane = self.ui.t, self.pane
        keys: list[tuple[str, str]] = []
        if not self.reflex.is_settled:
            pass  # what cannot be read yet cannot be answered yet
        elif pane is None:
            keys = [("Enter", self.leave_word)]
        else:
            keys = [("Enter", pane.enter_word)]
            if pane.at_rows:
                keys.append(("Tab", t._("next")))
            if pane.digits:
                keys.append((f"1-{min(pane.digits, 9)}", t._("choose")))
            keys += self.own_keys
        if self.frame.has_more_text:
            keys.append(("PgDn", t._("read on")))
        keys.append(("F1", t._("help")))
        if self.view.training:
            keys.append(("F7", t._("inbox")))
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
        self.frame.show_clocks(self.view, now)
        self.banners.show(banner_paras(self.ui, self.view, now))
        self.notice_time(now)
