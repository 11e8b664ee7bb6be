"""What the author's preview shows beside the agent's screen: the outline, the graph and the findings."""

from collections.abc import Iterable

from sop_runner.authoring.graph.as_text import blocks
from sop_runner.authoring.graph.picture import picture_of
from sop_runner.base.finding import Finding, Severity
from sop_runner.machine.graph import GraphNode
from sop_runner.machine.plan import Plan

from ..ui import Ui
from ..widgets.paper import Para
from ..widgets.row_list import Row

_STYLES = {Severity.ERROR: "bad", Severity.WARNING: "warn", Severity.NOTE: "dim"}


def node_rows(ui: Ui, plan: Plan, language: str) -> list[Row]:
    """Every node in the order of the file, what is called under its call; sections as headings."""
    rows: list[Row] = []
    headings: set[str] = set()
    for node in plan.nodes.values():
        depth = sum(1 + len(call.sections) for call in plan.graph.callers(node.id))
        for level, section in enumerate(node.sections):
            if node.scope + section.id not in headings:
                headings.add(node.scope + section.id)
                title = (
                    section.title.unfilled(language, node.procedure.language) if section.title else section.id
                )
                rows.append(Row("", "  " * (depth + level) + title))
        rows.append(_row(ui, node, language, depth + len(node.sections)))
    return rows


def _row(ui: Ui, node: GraphNode, language: str, depth: int) -> Row:
    title = node.node.title.unfilled(language, node.procedure.language) if node.node.title else node.local
    mandatory = node.kind in ("confirmation", "checklist") and bool(node.satisfies)
    lead = ui.glyphs.end if node.kind == "end" else ui.glyphs.caution if node.irreversible else ui.glyphs.dot
    return Row(node.id, "  " * depth + title, lead, ui.glyphs.mandatory if mandatory else "")


def graph_paras(plan: Plan, language: str, at: str) -> list[Para]:
    """The outline with its arrows; the node `at` (or the call it is in) stands out."""
    outer = at.partition("/")[0]
    return [
        Para(line.lstrip(), "title" if node and node == outer else "", indent=len(line) - len(line.lstrip()))
        for node, lines in blocks(picture_of(plan, language))
        for line in lines
    ]


def finding_paras(findings: Iterable[Finding]) -> list[Para]:
    """Each finding at its line, with its fix."""
    paras: list[Para] = []
    for one in findings:
        place = f"{one.at.line}:{one.at.column} "
        paras.append(Para(f"{one.code} {one.message}", _STYLES[one.severity], place))
        if one.fix:
            paras.append(Para(one.fix, "dim", "fix: ", 2))
    return paras or [Para("Nothing to report: it lints clean and every path is proved.", "good")]


def counted(findings: Iterable[Finding]) -> str:
    """How many findings there are."""
    number = len(tuple(findings))
    return "no findings" if not number else f"{number} finding{'s' if number > 1 else ''}"
