"""The author's preview: the outline, and for the node under the cursor what an agent would see of it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widget import Widget

from sop_runner.authoring.preview import screen_at
from sop_runner.base.i18n import LANGUAGES, Translator
from sop_runner.desk.linted import Linted
from sop_runner.desk.preview import PreviewSession
from sop_runner.machine.plan import Plan

from ..clerk import Clerk
from ..drawing.preview import counted, finding_paras, graph_paras, node_rows
from ..items.make import make_pane
from ..ui import Ui
from ..widgets.paper import Paper, Para
from ..widgets.row_list import RowList
from ..widgets.run_frame import RunFrame
from .base import SopScreen, screen_key
from .dialogs import TextDialog
from .preview_run import PreviewRunScreen

POLL_S = 0.5
PANELS = ("screen", "graph", "findings")


@dataclass(frozen=True, slots=True)
class Source:
    """The file under preview: how it is read, and what changes when it is saved."""

    name: str
    look: Callable[[], Linted]
    mark: Callable[[], object]


class _Revealing(VerticalScroll):
    """Scrolls to what counts whenever it comes into sight: before that it has no width to count lines by."""

    def __init__(self, reveal: Callable[[], None], *children: Widget, **kwargs: Any) -> None:
        super().__init__(*children, **kwargs)
        self._reveal = reveal

    def on_show(self) -> None:
        self.call_after_refresh(self._reveal)


class PreviewScreen(SopScreen):
    """Reads the file again at each save; while it has errors the last good text stays in sight."""

    BINDINGS: ClassVar[list[BindingType]] = [
        screen_key("f1", "help"),
        screen_key("f8", "language"),
        screen_key("pageup", "page(-1)"),
        screen_key("pagedown", "page(1)"),
    ]

    def __init__(self, ui: Ui, clerk: Clerk, source: Source, language: str) -> None:
        super().__init__(ui, clerk)
        self.source, self.language = source, language
        self.plan: Plan | None = None
        self.found: Linted | None = None
        self.panel = "screen"
        self.nodes = RowList(ui, id="nodes")
        self.unseen = Paper(id="unseen")
        self.frame = RunFrame(replace(ui, t=Translator(language)))
        self.agent = Vertical(self.unseen, self.frame, id="agent")
        self.graph = Paper(id="graph-text")
        self.graph_scroll = _Revealing(self._reveal_in_graph, self.graph, id="graph", can_focus=False)
        self.findings = Paper(id="findings-text")
        self.findings_scroll = VerticalScroll(self.findings, id="findings", can_focus=False)
        self._mark: object = None

    def compose(self) -> ComposeResult:
        yield self.head
        with Horizontal(id="preview"):
            yield self.nodes
            yield self.agent
            yield self.graph_scroll
            yield self.findings_scroll
        yield self.status
        yield self.keys

    def on_mount(self) -> None:
        self.head.show(self.source.name, [("PREVIEW", "mark")])
        self.show_panel("screen")
        self.nodes.focus()
        self.notice([])  # a long file takes seconds: until then the screen says that it is read
        self.poll()
        self.set_interval(POLL_S, self.poll)

    # Reading ----------------------------------------------------------------------------------

    def poll(self) -> None:
        """Read the file again where it was saved since."""
        mark = self.source.mark()
        if mark != self._mark and self.clerk.is_idle:
            self._mark = mark
            self.clerk.ask(self, self.source.look, self._looked, quiet=True)

    def _looked(self, found: Linted) -> None:
        first = self.found is None
        self.found = found
        self.findings.show(finding_paras(found.findings))
        if found.plan is not None:
            self.plan = found.plan
            self._show_outline()
        if found.plan is None:
            self.show_panel("findings")
        elif self.panel == "findings" and not first and not found.findings:
            self.show_panel("screen")
        self.notice([])  # what was said of an earlier state of the file

    def standing(self) -> list[Para]:
        if self.found is None:
            return [Para("Reading the file…", "dim")]
        said = f"{self.source.name}: {counted(self.found.findings)}"
        if self.found.plan is None:
            stays = "; what is shown is the last text without errors" if self.plan is not None else ""
            return [Para(f"{said}, and it cannot be used{stays}", "bad")]
        return [Para(said, "good" if not self.found.findings else "warn")]

    # Drawing ----------------------------------------------------------------------------------

    def _show_outline(self) -> None:
        assert self.plan is not None
        plan = self.plan
        rows = node_rows(self.ui, plan, self.language)
        at = self.nodes.chosen if self.nodes.chosen in plan.nodes else plan.graph.start
        self.nodes.show(rows, cursor=at)
        procedure = plan.procedure
        title = procedure.title.unfilled(self.language, procedure.language)
        name = f"{procedure.procedure} r{procedure.revision}"
        self.head.show(title, [(name, "dim"), (self.language, ""), ("PREVIEW", "mark")])
        self.show_node(at)

    def on_row_list_highlighted(self, event: RowList.Highlighted) -> None:
        event.stop()
        self.show_node(event.row)

    def show_node(self, node: str) -> None:
        """Show what an agent would see at `node`, and where it stands in the graph."""
        if self.plan is None or node not in self.plan.nodes:
            return
        self._show_agent(self.plan, node, self.ui.now())
        self.set_focus(self.nodes)  # a frame takes the focus from whatever has it when its item changes
        self.graph.show(graph_paras(self.plan, self.language, node))
        self.call_after_refresh(self._reveal_in_graph)

    def _show_agent(self, plan: Plan, node: str, now: datetime) -> None:
        frame = self.frame
        shown = screen_at(plan, node, self.language, now)
        self.unseen.show(self._unseen(plan, node) if shown is None else [])
        frame.display = shown is not None
        if shown is None:
            return
        frame.show_run(shown, now)
        item = shown.item
        if item is None:
            frame.put_pane(None)
            frame.show_end(shown, "")
            return
        frame.show_item(item, item.by, from_the_top=True)
        pane = make_pane(frame.ui, shown, item, (), lambda _: item.prompts)
        pane.disabled = True  # it is looked at
        frame.put_pane(pane)

    async def _speak(self, language: str) -> None:
        """Show the agent's screen in a language: its frame is made anew, as its headings are in one."""
        self.language = language
        await self.frame.remove()
        self.frame = RunFrame(replace(self.ui, t=Translator(language)))
        await self.agent.mount(self.frame)

    def _unseen(self, plan: Plan, node: str) -> list[Para]:
        kind = plan.nodes[node].kind
        why = {"decision": "A rule decides here.", "call": "A call begins here.", "end": "A call ends here."}
        return [Para(f"{why.get(kind, '')} Nobody is asked, so there is no screen; see the graph.", "dim")]

    def _reveal_in_graph(self) -> None:
        if not self.graph.size.width:
            return
        lines = self.graph.lines(self.graph.size.width)
        at = next((i for i, (_, style) in enumerate(lines) if style == "title"), 0)
        self.graph_scroll.scroll_to(y=max(at - 2, 0), animate=False)

    def show_panel(self, panel: str) -> None:
        """Bring one of PANELS to the front; a wide terminal has the agent's screen beside it anyhow."""
        self.panel = panel
        beside = "findings" if panel == "screen" else panel
        for name, widget in (
            ("screen", self.agent),
            ("graph", self.graph_scroll),
            ("findings", self.findings_scroll),
        ):
            widget.set_class(name == panel, "-front")
            widget.set_class(name == beside, "-beside")
        keys = [
            ("Enter", "walk it"),
            ("1-3", "screen, graph, findings"),
            ("F8", "language"),
            ("PgDn", "read on"),
        ]
        self.keys.show([*keys, ("F1", "help"), ("Ctrl+Q", "quit")])

    # Keys --------------------------------------------------------------------------------------

    def on_key(self, event: events.Key) -> None:
        if event.key == "enter":
            event.stop()
            self._walk()
            self.ui.turn.end()
        elif event.key in ("1", "2", "3"):
            event.stop()
            self.show_panel(PANELS[int(event.key) - 1])

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        event.stop()

    async def action_language(self) -> None:
        """Go on to the next language."""
        await self._speak(LANGUAGES[(LANGUAGES.index(self.language) + 1) % len(LANGUAGES)])
        if self.plan is not None:
            self._show_outline()

    def action_page(self, by: int) -> None:
        """Scroll what is in front."""
        scrolls = {"graph": self.graph_scroll, "findings": self.findings_scroll}
        if self.panel in scrolls:
            scroll = scrolls[self.panel]
            scroll.scroll_relative(y=by * max(1, scroll.size.height - 1), animate=False)
        else:
            self.frame.scroll_card(by)

    def action_help(self) -> None:
        """Say what the keys do."""
        self.app.push_screen(
            TextDialog(self.ui, "Help", [Para(text, "", f"{key:<10}", 1) for key, text in _HELP])
        )

    def _walk(self) -> None:
        if self.plan is None:
            self.say("There is nothing to walk before the file has no errors.", "bad")
        elif self.work():
            self.clerk.ask(self, partial(PreviewSession, self.plan, self.language), self._walking)

    def _walking(self, session: PreviewSession) -> None:
        self.free()
        self.notice([])
        ui = replace(self.ui, t=Translator(self.language), clock=session.clock)
        self.app.push_screen(PreviewRunScreen(ui, self.clerk, session))


_HELP = (
    ("up down", "moves in the outline; the panels follow"),
    ("Enter", "walks the procedure from its start, in memory: nothing is recorded"),
    ("1 2 3", "the agent's screen, the graph, the findings"),
    ("F8", "the next language; in a walk: a sample answer for the item at hand"),
    ("PgUp PgDn", "scrolls the panel"),
    ("Esc", "leaves a walk"),
    ("Ctrl+Q", "ends the preview"),
    ("", "The file is read again at each save. While it has errors the last good text stays."),
)
