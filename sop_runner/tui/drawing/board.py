"""The board as rows: what can be started, and how every run stands."""

from collections.abc import Sequence
from datetime import datetime

from sop_runner.base.textsafe import fold_input
from sop_runner.desk.port import BoardRow, ProcedureInfo

from ..ui import Ui
from ..widgets.row_list import Row
from .words import result_word, state_word

START, RUN = "start ", "run "
_FEW = 5
_STYLES = {"overdue": "bad", "held": "warn", "waiting": "warn", "ended": "dim"}


def board_rows(
    ui: Ui,
    procedures: Sequence[ProcedureInfo],
    runs: Sequence[BoardRow],
    person: str,
    wanted: str,
    now: datetime,
) -> list[Row]:
    """Everything whose title, number, ticket or people hold `wanted`, in groups, the most pressing first."""
    t = ui.t
    key = fold_input(wanted, casefold=True)
    found = [p for p in procedures if _holds(key, p.title, p.number, p.id)]
    shown = found if key else found[:_FEW]
    rows = [Row("", t._("Start a procedure"))] if shown else []
    rows += [_procedure_row(ui, procedure) for procedure in shown]
    if len(found) > len(shown):
        rows.append(Row("", "  " + t._("{n} more: type part of a title", n=len(found) - len(shown))))
    runs = [
        r for r in runs if _holds(key, r.title, r.ticket, r.run, r.item_title, *r.holders, *r.waiting_for)
    ]
    mine = [r for r in runs if person in r.waiting_for]
    groups = [(t._("Waiting for you"), mine)]
    rest = [r for r in runs if r not in mine]
    for state in ("overdue", "held", "waiting", "open", "ended"):
        groups.append((_heading(ui, state), [r for r in rest if r.state == state]))
    for heading, members in groups:
        if members:
            rows.append(Row("", t.aside(heading, str(len(members)))))
            rows += [_run_row(ui, run, now) for run in members]
    return rows


def _heading(ui: Ui, state: str) -> str:
    t = ui.t
    return {
        "overdue": t._("Overdue"),
        "held": t._("On hold"),
        "waiting": t._("Waiting for somebody"),
        "open": t._("Open"),
        "ended": t._("Ended"),
    }[state]


def _holds(key: str, *texts: str) -> bool:
    return not key or any(key in fold_input(text, casefold=True) for text in texts)


def _procedure_row(ui: Ui, procedure: ProcedureInfo) -> Row:
    t = ui.t
    right = f"{procedure.number or procedure.id} r{procedure.revision}"
    if not procedure.runnable:
        why = t(procedure.why_not) if procedure.why_not is not None else ""
        return Row(
            START + procedure.key,
            t.aside(procedure.title, t.labelled(t._("cannot be started"), why)),
            "",
            right,
            "dim",
        )
    if procedure.review_due:
        right = f"{t._('review due')}  {right}"
    return Row(START + procedure.key, procedure.title, "", right)


def _run_row(ui: Ui, run: BoardRow, now: datetime) -> Row:
    t = ui.t
    if run.state == "ended":
        stands = result_word(ui, run.result)
        if run.left_open:
            stands = t.run_on((stands, t._("left open: {items}", items=t.listed(run.left_open))))
    else:
        stands = run.item_title or run.at
        if run.waiting_for:
            stands = t.run_on((stands, t._("waiting for {people}", people=t.listed(run.waiting_for))))
        if run.gone:
            stands = t.run_on((stands, t._("no longer here: {people}", people=t.listed(run.gone))))
        stands = t.run_on((stands, run.hold_reason))
    if run.review_due:
        stands = t.run_on((stands, t._("review due")))
    age = t.span(now - run.last)
    due = ""
    if run.due is not None and run.state != "ended":
        left = run.due - now
        late = left.total_seconds() < 0
        due = t._("late by {time}", time=t.span(-left)) if late else t._("due in {time}", time=t.span(left))
    right = due or age
    dot = f" {ui.glyphs.dot} "
    text = dot.join([run.ticket, run.title, stands])
    word = state_word(ui, run.state)
    return Row(RUN + run.run, text, t.lead(word).rstrip(), right, _STYLES.get(run.state, ""))
