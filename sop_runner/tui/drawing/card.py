"""The current item as paragraphs: caution first, then what to do, then words to say."""

from collections.abc import Sequence

from sop_runner.run.views import ItemView, RunView, Way

from ..ui import Ui
from ..widgets.paper import Para
from .words import fact_lead, kind_word, result_word

EVIDENCE = ("identity", "record", "statement", "sign_off", "log_review", "read_back")


def head_paras(ui: Ui, item: ItemView) -> list[Para]:
    """What the item is."""
    ref = f"  {item.ref}" if item.ref else ""
    section = f"{item.section} {ui.glyphs.dot} " if item.section else ""
    return [Para(f"{section}{item.title or item.node}{ref}", "title", f"{kind_word(ui, item.kind)}  ")]


def card_paras(ui: Ui, item: ItemView, roles: Sequence[str]) -> list[Para]:
    """Caution, instruction, words to say; whose item it is, where that is nobody with `roles`."""
    t = ui.t
    paras: list[Para] = []
    if item.caution:
        paras += [Para(item.caution, "caution", f"{ui.glyphs.caution} "), Para("")]
    if item.irreversible:
        paras += [Para(t._("This cannot be taken back."), "warn", f"{ui.glyphs.caution} "), Para("")]
    if item.do:
        paras += [Para(item.do, "do"), Para("")]
    if item.say:
        paras += [Para(item.say, "say", t.lead(t._("Say"))), Para("")]
    paras += [Para(t(word), "dim") for word in item.words]
    if item.shows:
        paras.append(Para(t._("What is signed for"), "label"))
        paras += [Para(t(fact.value), "", fact_lead(ui, fact), 1) for fact in item.shows]
    if item.by and not set(item.by) & set(roles):
        paras.append(
            Para(t._("This item is for: {roles}", roles=t.listed(map(item.role_title, item.by))), "warn")
        )
    while paras and not paras[-1].text:
        paras.pop()
    return paras


def ask_paras(ui: Ui, item: ItemView) -> list[Para]:
    """The primary question, which never scrolls away."""
    paras = [Para(item.ask, "ask")] if item.ask else []
    if item.statement:
        paras.append(Para(item.statement, "say", f"{ui.glyphs.dot} "))
    return paras


def end_paras(ui: Ui, view: RunView, receipt: str) -> list[Para]:
    """An ended run: the result, what to say and do, what became of the ticket, the receipt."""
    t = ui.t
    title = view.end_title or result_word(ui, view.result)
    paras = [Para(t.aside(title, result_word(ui, view.result)), "title", f"{ui.glyphs.end} "), Para("")]
    if view.end_say:
        paras += [Para(view.end_say, "say", t.lead(t._("Say"))), Para("")]
    if view.end_do:
        paras += [Para(view.end_do, "do"), Para("")]
    if view.training:
        paras.append(Para(t._("TRAINING: no ticket was touched."), "warn"))
    elif view.closes_ticket:
        paras.append(
            Para(t._("Ticket {ticket} is closed; the receipt is attached.", ticket=view.ticket), "good")
        )
    else:
        paras.append(Para(t._("Ticket {ticket} stays open.", ticket=view.ticket), "warn"))
    if receipt:
        paras += [
            Para(""),
            Para(t._("Receipt, put with ticket {ticket}", ticket=view.ticket), "label"),
            Para(receipt, "dim"),
        ]
    return paras


def main_way(item: ItemView) -> Way | None:
    """The way that Enter takes: the primary one, else the only one of them."""
    marked = next((way for way in item.ways if way.primary), None)
    return marked or (item.ways[0] if len(item.ways) == 1 else None)


def answering_ways(item: ItemView) -> tuple[Way, ...]:
    """The ways that answer the item, without leaving it by `otherwise` or by its limit."""
    return tuple(way for way in item.ways if way.choice not in ("otherwise", "at_limit", "leave"))


def limit_way(item: ItemView) -> Way | None:
    """The jump of a passed limit, where it is the only way left."""
    way = next((way for way in item.ways if way.choice == "at_limit"), None)
    if way is None or way.refused is not None:
        return None
    return way if all(w.refused is not None for w in item.ways if w is not way) else None


def other_way_paras(ui: Ui, item: ItemView) -> list[Para]:
    """The ways that F6 takes, and why the primary one cannot be taken where it cannot."""
    t = ui.t
    paras = []
    for way in item.ways:
        if way.refused is not None and way.choice in ("done", "at_limit"):
            paras.append(Para(t(way.refused), "warn", f"{ui.glyphs.caution} "))
        elif way.choice == "otherwise" and way.refused is None:
            paras.append(Para(way.title or t(way.label), "dim", t.lead(f"F6 {t._('otherwise')}")))
    return paras
