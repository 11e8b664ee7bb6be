"""One run, entry by entry: what happened, and the screen as it stood then, which takes nothing."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.message import Message as Event

from sop_runner.audit.entry import Entry
from sop_runner.base.i18n import Translator
from sop_runner.desk.marks import REVIEWER
from sop_runner.desk.replay import language_at, screen_after, who_at
from sop_runner.desk.reviewing import Dossier, Reviewing
from sop_runner.review.marking import COMMENTED, FOUND
from sop_runner.run.views import RunView

from ..clerk import Clerk
from ..drawing.review_entry import entry_paras
from ..drawing.reviewing import NOTABLE, entry_rows, mark_paras, step_help, step_paras
from ..drawing.run_panes import banner_paras
from ..items.make import make_pane
from ..ui import Ui
from ..verifying import Verifying
from ..widgets.paper import Paper, Para
from ..widgets.run_frame import RunFrame
from .base import screen_key
from .dialogs import FormDialog, PickDialog, TextDialog
from .review_asking import TEXT, WHERE, WHO, mark_questions, page_questions
from .review_base import ReviewScreen


class ReviewRunScreen(ReviewScreen):
    """Moves in time and never in the run."""

    BINDINGS = [  # noqa: RUF012 - Textual declares it so
        Binding("left", "step(-1)", show=False),
        Binding("right", "step(1)", show=False),
        Binding("home", "edge(0)", show=False),
        Binding("end", "edge(-1)", show=False),
        screen_key("f1", "help"),
        screen_key("f2", "mark('finding')"),
        screen_key("f3", "mark('comment')"),
        screen_key("f4", "entry"),
        screen_key("f5", "page"),
        screen_key("f6,ctrl+p", "entries"),
        screen_key("f7", "notable(-1)"),
        screen_key("f8", "notable(1)"),
        screen_key("f9", "verdict"),
        Binding("pageup", "scroll_card(-1)", show=False),
        Binding("pagedown", "scroll_card(1)", show=False),
        screen_key("escape", "back"),
    ]

    class Left(Event):
        """The reviewer goes back to the runs."""

    def __init__(
        self, ui: Ui, clerk: Clerk, verifying: Verifying, reviewing: Reviewing, dossier: Dossier
    ) -> None:
        super().__init__(ui, clerk, verifying)
        self.reviewing, self.dossier = reviewing, dossier
        self.at = len(dossier.story.steps) - 1
        self.step = Paper(id="step")
        self.banners = Paper(id="banners")
        self.lost = Paper(id="lost")
        self.frame = RunFrame(ui)
        self._drafts: dict[str, Any] = {}

    def compose(self) -> ComposeResult:
        yield self.head
        yield self.step
        yield self.banners
        yield self.lost
        yield self.frame
        yield self.status
        yield self.verdict
        yield self.keys

    async def on_mount(self) -> None:
        self.keys.show(
            [("Arrows", "entry"), ("F8", "notable"), ("F6", "all"), ("F2", "finding"), ("F3", "comment"),
             ("F1", "help"), ("Esc", "runs"), ("F4", "whole"), ("F5", "page")]
        )  # fmt: skip
        await self.show()

    def on_key(self, event: events.Key) -> None:
        if event.key == "enter":
            event.stop()
            self.ui.turn.end()

    # Moving ----------------------------------------------------------------------------------

    async def action_step(self, by: int) -> None:
        """Go to an entry before or after."""
        await self._go(self.at + by)

    async def action_edge(self, end: int) -> None:
        """Go to the first or the last entry."""
        await self._go(end % len(self.dossier.story.steps))

    async def action_notable(self, by: int) -> None:
        """Go to the next entry that a reviewer looks for."""
        marked = {mark.about for mark in self.dossier.marks}
        at = self.at + by
        steps = self.dossier.story.steps
        while 0 <= at < len(steps):
            if steps[at].type in NOTABLE or steps[at].problem or steps[at].entry in marked:
                await self._go(at)
                return
            at += by
        self.say("There is nothing of the kind " + ("behind this entry." if by > 0 else "before this entry."))

    def action_entries(self) -> None:
        """Pick an entry to go to."""
        rows = entry_rows(self.dossier, self.reviewing.zone)
        dialog = PickDialog(self.ui, "Entries", rows, at=str(self.at))
        self.app.push_screen(dialog, self._picked)

    async def _picked(self, row: str | None) -> None:
        if row is not None:
            await self._go(int(row))

    async def _go(self, at: int) -> None:
        if 0 <= at < len(self.dossier.story.steps) and at != self.at:
            self.at = at
            self.notice([])
            await self.show()

    # Drawing ---------------------------------------------------------------------------------

    async def show(self) -> None:
        """Draw the entry, and the screen as it stood after it."""
        story = self.dossier.story
        step = story.steps[self.at]
        said = step_paras(self.ui, story, step, self.reviewing.zone)
        self.step.show([*said, *mark_paras(self.dossier.marks, step.entry)])
        view = screen_after(story, self.at)
        self.frame.display = view is not None
        if view is None:
            self.banners.show([])
            self.lost.show(
                [Para("The run cannot be followed so far; what was on the screen is not known.", "bad")]
            )
            self.head.show(self.dossier.run, [("REVIEW", "mark")])
        else:
            self.lost.show([])
            await self._show_view(view)
        self.show_verdict()

    async def _show_view(self, view: RunView) -> None:
        language = language_at(self.dossier.story, self.at)
        if self.frame.ui.t.language != language:
            await self.frame.remove()
            self.frame = RunFrame(replace(self.ui, t=Translator(language)))
            await self.mount(self.frame, after=self.lost)
        ui = self.frame.ui
        now = self.dossier.story.steps[self.at].when
        marks = [(f"{view.number or view.procedure} r{view.revision}", "dim"), (view.ticket, ""), (view.run, ""),
                 ("REVIEW", "mark"), ("TRAINING" if view.training else "", "mark")]  # fmt: skip
        self.head.show(view.title, marks)
        self.banners.show(banner_paras(ui, view, now))
        if view.item is None:
            self.frame.put_pane(None)
            self.frame.show_end(view, "")
        else:
            self.frame.show_item(view.item, self._roles(), from_the_top=True)
            prompts = view.item.prompts
            pane = make_pane(ui, view, view.item, self.dossier.people, lambda values: prompts)
            pane.disabled = True
            self.frame.put_pane(pane)
        self.frame.show_run(view, now)

    def _roles(self) -> list[str]:
        """In which roles whoever was at the terminal had acted by then."""
        steps = self.dossier.story.steps[: self.at + 1]
        who = who_at(self.dossier.story, self.at)
        return [step.role for step in steps if step.who == who]

    # Acts ------------------------------------------------------------------------------------

    def action_help(self) -> None:
        """Say what the keys do."""
        self.app.push_screen(TextDialog(self.ui, "Help", step_help()))

    def action_scroll_card(self, by: int) -> None:
        """Scroll the text of the item."""
        self.frame.scroll_card(by)

    def action_back(self) -> None:
        """Go back to the runs."""
        self.post_message(self.Left())

    def action_entry(self) -> None:
        """Show the entry as it is on record."""
        entry = self.dossier.story.entries[self.at]
        self.app.push_screen(TextDialog(self.ui, f"Entry {entry.seq}", entry_paras(entry)))

    def action_page(self) -> None:
        """Write the page of the run to a file."""
        questions = page_questions(self.dossier.run)
        dialog = FormDialog(self.ui, "Write the page of this run", questions, submit="write",
                            drafts={WHERE: f"{self.dossier.run}.html"})  # fmt: skip
        self.app.push_screen(dialog, self._write)

    def _write(self, answers: dict[str, Any] | None) -> None:
        if answers is not None and self.work():
            path = Path(answers[WHERE]).expanduser()
            work = partial(self.reviewing.write_page, self.dossier.run, path)
            self.clerk.ask(self, work, lambda _: self._done(f"The page is written to '{path}'."))

    def action_mark(self, kind: str) -> None:
        """Write a finding or a comment about this entry, signed by a reviewer."""
        reviewers = [person for person in self.dossier.people if REVIEWER in person.roles]
        if not reviewers:
            self.notice(
                [
                    Para("Nobody at this desk is a reviewer.", "bad"),
                    Para("'sop people add NAME --role reviewer' enrols one.", "dim"),
                ]
            )
            return
        if len(reviewers) == 1:
            self._drafts.setdefault(WHO, reviewers[0].id)  # nobody else to choose
        entry = self.dossier.story.entries[self.at]
        title = f"{kind.capitalize()} about entry {entry.seq}"
        dialog = FormDialog(
            self.ui, title, mark_questions(self.ui, kind, reviewers), submit="sign", drafts=self._drafts
        )
        self.app.push_screen(dialog, partial(self._sign, entry, FOUND if kind == "finding" else COMMENTED))

    def _sign(self, entry: Entry, type_: str, answers: dict[str, Any] | None) -> None:
        if answers is None or not self.work():
            return
        typed = {name: value for name, value in answers.items() if name not in (WHO, TEXT)}
        work = partial(self._marked, entry, type_, answers[TEXT], answers[WHO], typed)
        self.clerk.ask(self, work, self._show_marked)

    def _marked(
        self, entry: Entry, type_: str, text: str, who: str, typed: dict[str, str]
    ) -> tuple[int, Dossier]:
        marked = self.reviewing.mark(entry, type_, text, who, typed)
        return marked.seq, self.reviewing.open(self.dossier.run)

    def _show_marked(self, answer: tuple[int, Dossier]) -> None:
        number, self.dossier = answer
        self._drafts.clear()
        self._done(f"on record: entry {number}")
        self.call_later(self.show)

    def _done(self, said: str) -> None:
        self.free()
        self.say(said, "good")
