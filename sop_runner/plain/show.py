"""From views to lines: what is said of a run, an item, an end, a recap. Decides nothing."""

from collections.abc import Sequence
from datetime import datetime

from sop_runner.base.message import Message
from sop_runner.desk.codes import result_word, state_word
from sop_runner.desk.port import BoardRow, Recap
from sop_runner.run.views import ControlRow, Fact, ItemView, RunView, Way

from .talk import Talk
from .words import (
    answer_said,
    control_word,
    factor_word,
    kind_word,
    mark_word,
    prompt_word,
    running_time,
    word_or_code,
)


def head(talk: Talk, view: RunView, person: str) -> None:
    """Which run this is."""
    t = talk.t
    number = f"{view.number} r{view.revision}" if view.number else f"r{view.revision}"
    parts = [view.title or view.procedure, number, view.ticket, person, t._("run {run}", run=view.run)]
    if view.training:
        parts.append(t._("TRAINING"))
    talk.say()
    talk.say(t.run_on(parts))
    banners(talk, view, None)


def banners(talk: Talk, view: RunView, now: datetime | None) -> None:
    """The lines that stay until their cause is gone; with their age where `now` is given."""
    t = talk.t
    for banner in view.banners:
        said = t(banner.text)
        if now is not None and banner.since is not None:
            said = t.aside(said, t._("for {length}", length=t.span(now - banner.since)))
        talk.say(said, "! ")


def place(talk: Talk, view: RunView) -> str:
    """Where in the outline the item stands: `item 3 of 10`."""
    rows = [row for row in view.outline if row.kind not in ("section", "end")]
    at = next((number for number, row in enumerate(rows, 1) if row.mark == "current"), 0)
    return talk.t._("item {at} of {all}", at=at, all=len(rows)) if at else ""


def item(talk: Talk, view: RunView, shown: ItemView) -> None:
    """The item as one block: where, caution, what to do, words to say, the question."""
    t = talk.t
    parts = [place(talk, view)]
    if shown.section:
        parts.append(t._("section {title}", title=shown.section))
    if shown.ref:
        parts.append(shown.ref)
    kind = word_or_code(kind_word(shown.kind), shown.kind)
    talk.say()
    talk.say(f"--- {t.run_on(parts)}")
    talk.say(t.labelled(kind, shown.title or shown.node))
    if shown.caution:
        talk.say(t._("CAUTION: {text}", text=shown.caution))
    if shown.irreversible:
        talk.say(t._("This cannot be taken back."))
    if shown.do:
        talk.say(t._("Do: {text}", text=shown.do))
    if shown.say:
        talk.say(t._("Say: {text}", text=shown.say))
    for word in shown.words:
        talk.say(word)
    if shown.by:
        talk.say(t._("by {roles}", roles=t.listed(map(shown.role_title, shown.by))))
    for fact in shown.shows:
        talk.say(_fact(talk, fact), "  ")
    if shown.ask:
        talk.say(shown.ask, "? ")
    if shown.statement:
        talk.say(shown.statement, "? ")
    needs(talk, shown)


def needs(talk: Talk, shown: ItemView) -> None:
    """How much proof the item takes."""
    t = talk.t
    if shown.evidence == "identity" and shown.factors_needed:
        talk.say(
            t.ngettext(
                "{n} factor is needed", "{n} factors of different kinds are needed", shown.factors_needed
            )
        )
    if shown.attempts_left is not None:
        talk.say(t.ngettext("{n} attempt left", "{n} attempts left", shown.attempts_left))
    if shown.signers_needed:
        talk.say(t.ngettext("{n} person has to sign", "{n} people have to sign", shown.signers_needed))


def way_words(talk: Talk, item: ItemView, way: Way) -> str:
    """A way on, in words."""
    if way.title and item.kind == "decision" and way.choice not in ("otherwise", "at_limit"):
        return way.title
    return talk.t.labelled(way.label, way.title) if way.title else talk.t(way.label)


def answers(talk: Talk, shown: ItemView) -> None:
    """What was answered so far at the item, where it is answered in parts."""
    t = talk.t
    for prompt in shown.prompts:
        if prompt.state in ("open", "not-asked"):
            continue
        word = word_or_code(prompt_word(prompt.state), prompt.state)
        kind = word_or_code(factor_word(prompt.factor_kind), prompt.factor_kind)
        given = t.labelled(word, answer_said(t, prompt)) if prompt.answer else word
        talk.say(t.labelled(t.run_on((prompt.label or prompt.id, kind)), given), "  ")


def still_needed(talk: Talk, view: RunView) -> None:
    """What closing still needs, in one sentence."""
    t = talk.t
    rows = [row for row in view.controls if row.needed and row.state in ("missing", "stale")]
    if not rows:
        talk.say(t._("To close: everything that is needed is there."))
        return
    names = [t.aside(row.title, "" if row.state == "missing" else _control(talk, row)) for row in rows]
    talk.say(t._("To close, still needed: {controls}", controls=t.listed(names)))


def controls(talk: Talk, view: RunView) -> None:
    """Every control with its sentence, how it stands, and which item gains it."""
    t, titles = talk.t, {row.node: row.title for row in view.outline if row.title}
    for row in view.controls:
        said = [t.labelled(row.title, _control(talk, row))]
        if row.state in ("missing", "stale") and row.renewed_by:
            said.append(t._("gained at {items}", items=t.listed(titles.get(n, n) for n in row.renewed_by)))
        if not row.needed:
            said.append(t._("not needed from here on"))
        talk.say(t.apart(said), "  ")
        if row.sentence:
            talk.say(row.sentence, "    ")


def _control(talk: Talk, row: ControlRow) -> str:
    return talk.t(word_or_code(control_word(row.state), row.state))


def outline(talk: Talk, view: RunView) -> None:
    """Every item in order, its mark in words."""
    t = talk.t
    for row in view.outline:
        lead = "  " * (row.depth + 1)
        if row.kind == "section":
            talk.say(f"[{row.title}]", lead)
            continue
        said = t.labelled(word_or_code(mark_word(row.mark), row.mark), row.title or row.node)
        talk.say(t.aside(said, t._("mandatory") if row.mandatory else ""), lead)


def facts(talk: Talk, view: RunView) -> None:
    """What was recorded."""
    if not view.facts:
        talk.say(talk.t._("nothing recorded yet"), "  ")
    for fact in view.facts:
        talk.say(_fact(talk, fact), "  ")


def new_facts(talk: Talk, found: Sequence[Fact]) -> None:
    """What a rule has settled since, which nobody typed and so nobody has seen."""
    for fact in found:
        talk.say(_fact(talk, fact), "= ")


def _fact(talk: Talk, fact: Fact) -> str:
    return talk.t.labelled(fact.label or fact.name, talk.t(fact.value))


def recap(talk: Talk, found: Recap, zone: str) -> None:
    """What a person coming back needs."""
    t = talk.t
    talk.say()
    talk.say(t._("Recap. Away for {length}.", length=t.span(found.gap_s)))
    if found.hold_reason:
        talk.say(t._("It was put on hold: {reason}", reason=found.hold_reason))
    if found.review_due:
        talk.say(t._("The review of this procedure is overdue."))
    for line in found.lines:
        when = t.clock_time(line.when, zone)
        said = t.aside(line.text, line.detail)
        talk.say(t.labelled(f"{when} {line.who}" if line.who else when, said), "  ")
    for fact in found.facts:
        talk.say(_fact(talk, fact), "  ")
    if found.renew:
        talk.say(t._("To be renewed: {controls}", controls=t.apart(found.renew)))


def end(talk: Talk, view: RunView, receipt: str) -> None:
    """An ended run: the result, what to say and do, what became of the ticket, the receipt."""
    t = talk.t
    result = t(result_word(view.result))
    talk.say()
    title = t.aside(view.end_title, result) if view.end_title else result
    talk.say(f"--- {t.labelled(t._('END'), title)}")
    if view.end_do:
        talk.say(t._("Do: {text}", text=view.end_do))
    if view.end_say:
        talk.say(t._("Say: {text}", text=view.end_say))
    if view.training:
        talk.say(t._("TRAINING: no ticket was touched."))
    elif view.closes_ticket:
        talk.say(t._("Ticket {ticket} is closed; the receipt is attached.", ticket=view.ticket))
    else:
        talk.say(t._("Ticket {ticket} stays open.", ticket=view.ticket))
    if receipt:
        talk.say(t._("Receipt"))
        talk.console.say(receipt.rstrip("\n"), fold=False)


def board_row(talk: Talk, row: BoardRow, now: datetime) -> str:
    """One run on the board, as one sentence."""
    t = talk.t
    state: Message | str = state_word(row.state)
    parts = [t.labelled(row.ticket, row.title or row.procedure), t(state), row.item_title or row.at]
    if row.holders:
        parts.append(t.listed(row.holders))
    if row.waiting_for:
        parts.append(t._("waiting for {whom}", whom=t.listed(row.waiting_for)))
    if row.gone:
        parts.append(t._("no longer here: {people}", people=t.listed(row.gone)))
    if row.hold_reason:
        parts.append(row.hold_reason)
    if row.due is not None and row.state == "overdue":
        parts.append(t._("overdue by {time}", time=running_time((now - row.due).total_seconds())))
    if row.left_open:
        parts.append(t._("left open: {items}", items=t.listed(row.left_open)))
    if row.review_due:
        parts.append(t._("review due"))
    parts.append(t._("run {run}", run=row.run))
    return t.apart(parts)
