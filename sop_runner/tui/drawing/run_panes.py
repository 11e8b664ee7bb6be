"""The panes around the item: outline, what closing needs, recorded facts, banners, clocks."""

from datetime import datetime

from sop_runner.run.views import Clock, OutlineRow, RunView

from ..ui import Ui, duration
from ..widgets.paper import Para
from ..widgets.row_list import Row
from .words import control_word

_ROW_STYLES = {"current": "current", "done": "good", "open": "warn", "ahead": "", "heading": "heading"}


def outline_rows(ui: Ui, view: RunView) -> list[Row]:
    """The outline: one row an item, its mark before, what is mandatory marked after."""
    return [_outline_row(ui, row) for row in view.outline]


def _outline_row(ui: Ui, row: OutlineRow) -> Row:
    glyphs = ui.glyphs
    mark = glyphs.outline.get(row.mark, " ")
    if row.kind == "end" and row.mark in ("ahead", "maybe"):
        mark = glyphs.end
    right = glyphs.mandatory if row.mandatory else ""
    if row.mandatory and row.mark == "maybe":
        right += "?"
    title = "  " * row.depth + (row.title or row.node)
    return Row(row.node or "", title, mark, right, _ROW_STYLES.get(row.mark, "dim"))


def control_paras(ui: Ui, view: RunView) -> list[Para]:
    """What closing still needs, each control by its mark and, where it is not simply held, a word."""
    paras = []
    for row in view.controls:
        if not row.needed and row.state == "missing":
            continue
        word = "" if row.state in ("held", "missing") else control_word(ui, row.state)
        style = {"held": "good", "stale": "warn", "waived": "warn"}.get(row.state, "")
        paras.append(Para(ui.t.aside(row.title, word), style, f"{ui.glyphs.control.get(row.state, ' ')} "))
    return paras


def fact_paras(ui: Ui, view: RunView) -> list[Para]:
    """What was recorded."""
    paras: list[Para] = []
    for fact in view.facts:
        paras.append(Para(fact.label or fact.name, "dim"))
        paras.append(Para(ui.t(fact.value), "", indent=1))
    return paras or [Para(ui.t._("nothing recorded yet"), "dim")]


def banner_paras(ui: Ui, view: RunView, now: datetime) -> list[Para]:
    """The lines that stay until their cause is gone, with their age."""
    t = ui.t
    paras = []
    for banner in view.banners:
        text = t(banner.text)
        if banner.since is not None and (now - banner.since).total_seconds() >= 60:
            text = t.aside(text, t._("for {length}", length=t.span(now - banner.since)))
        paras.append(Para(text, "warn", f"{ui.glyphs.banner} "))
    return paras


def clock_paras(ui: Ui, view: RunView, now: datetime) -> list[Para]:
    """The times that run, in one line; what has passed is said in a word, not only in a colour."""
    if view.item is None:
        return []
    title = view.item.title
    said = [
        clock_text(ui, clock, now, "" if clock.label == title else clock.label) for clock in view.item.clocks
    ]
    late = any(now >= clock.due and clock.kind != "wait" for clock in view.item.clocks)
    line = f" {ui.glyphs.dot} ".join(said)
    return [Para(line, "warn" if late else "dim", f"{ui.glyphs.clock} ")] if said else []


def clock_text(ui: Ui, clock: Clock, now: datetime, name: str) -> str:
    """One time that runs; `name` says whose, where it is not the item's own."""
    t = ui.t
    gone, whole = (now - clock.since).total_seconds(), (clock.due - clock.since).total_seconds()
    left = (clock.due - now).total_seconds()
    label = f" {name}" if name else ""
    if clock.kind == "wait":
        if left > 0:
            return t._("wait {time}", time=duration(left + 0.999)) + label
        return t._("the wait is over") + label
    if clock.kind == "fresh":
        if left > 0:
            return t._("fresh for {time}", time=duration(left)) + label
        return t._("no longer fresh") + label
    if clock.kind == "service":
        if left > 0:
            return t._("promised in {time}", time=duration(left)) + label
        return t._("promise missed by {time}", time=duration(-left)) + label
    if clock.kind == "limit":
        if left > 0:
            return t._("{time} of the limit {whole}", time=duration(gone), whole=duration(whole)) + label
        return t._("LIMIT PASSED by {time}", time=duration(-left)) + label
    if left > 0:
        return t._("{time} of {whole} expected", time=duration(gone), whole=duration(whole)) + label
    return t._("longer than expected by {time}", time=duration(-left)) + label
