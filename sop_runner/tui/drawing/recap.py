"""What a person coming back needs to know, as paragraphs."""

from sop_runner.desk.port import Recap
from sop_runner.run.views import RunView

from ..ui import Ui
from ..widgets.paper import Para
from .words import fact_lead


def recap_paras(ui: Ui, view: RunView, recap: Recap) -> list[Para]:
    """How long it was, why, what happened, what is recorded, what has to be earned again."""
    t = ui.t
    paras = [Para(t._("Last touched {length} ago.", length=t.span(recap.gap_s)), "title")]
    if recap.hold_reason:
        paras.append(Para(t._("Held: {reason}", reason=recap.hold_reason), "warn"))
    if view.item is not None:
        paras.append(Para(t._("It stands at: {item}", item=view.item.title or view.item.node), "ask"))
    if recap.renew:
        paras.append(Para(t._("To be earned again: {controls}", controls=t.apart(recap.renew)), "warn"))
    if recap.review_due:
        paras.append(Para(t._("The review of this procedure is overdue."), "warn"))
    if recap.lines:
        paras += [Para(""), Para(t._("What happened"), "label")]
    for line in recap.lines:
        when = t.moment(line.when, view.zone)
        detail = f" {ui.glyphs.dot} {t(line.detail)}" if line.detail else ""
        paras.append(
            Para(f"{t(line.text)}{detail}", "", t.lead(f"{line.entry:>4} {when} {line.who}".rstrip()))
        )
    if recap.facts:
        paras += [Para(""), Para(t._("Recorded"), "label")]
    paras += [Para(t(fact.value), "", fact_lead(ui, fact)) for fact in recap.facts]
    return paras
