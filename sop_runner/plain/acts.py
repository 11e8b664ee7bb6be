"""What a person can always do besides answering; each asks, and hands one action to the desk."""

from sop_runner.desk.duty import takers
from sop_runner.run.actions import (
    Abandon,
    AcceptHandOver,
    AddNote,
    DeclineHandOver,
    Flag,
    GoBack,
    Hold,
    LeaveOpen,
    OfferHandOver,
    RecordDeviation,
    TakeLimit,
    TakeOtherwise,
    TakeRole,
    UndoWith,
)

from .factors import pick_person, prove
from .signing import deviation, rule
from .talk import Option
from .walker import Walker
from .words import choice_said


def _then_move(w: Walker, done: bool) -> None:
    """Where the run stands elsewhere now, the question that this interrupted is put away."""
    if done:
        w.moved()


def hold(w: Walker) -> None:
    """Stop for now."""
    _then_move(w, w.perform(Hold(w.talk.text(w.talk.t._("Why is it put on hold?")))))


def note(w: Walker) -> None:
    """Write a note."""
    text = w.talk.lines(lambda: w.talk.say(w.talk.t._("The note:")))
    w.perform(AddNote(text or ""))


def go_back(w: Walker) -> None:
    """Return to a visited item."""
    t, visited = w.talk.t, w.view().visited
    if not visited:
        w.talk.say(t._("There is no item to go back to."))
        return
    node = w.talk.pick(
        t._("Back to which item?"), [Option(choice.id, choice_said(t, choice)) for choice in visited]
    )
    reason = w.talk.text(t._("Why? The controls gained since have to be earned again."))
    _then_move(w, w.perform(GoBack(node, reason)))


def otherwise(w: Walker) -> None:
    """Leave the item by its other way."""
    item = w.view().item
    if item is not None:
        reason = w.talk.text(w.talk.t._("Why is it left by its other way?"))
        _then_move(w, w.perform(TakeOtherwise(item.node, reason)))


def at_limit(w: Walker) -> None:
    """Take the jump that a passed limit leaves."""
    item = w.view().item
    if item is not None:
        _then_move(w, w.perform(TakeLimit(item.node)))


def deviate(w: Walker) -> None:
    """Record a departure from the text."""
    expected, happened, decided = deviation(w)
    w.perform(RecordDeviation(expected, happened, decided))


def waive(w: Walker) -> None:
    """Have somebody of the named role rule on the item."""
    item = w.view().item
    if item is not None:
        rule(w, item)
        w.moved()


def hand_over(w: Walker) -> None:
    """Offer what one holds to another person; or accept or decline what was offered."""
    t, view = w.talk.t, w.view()
    if "offer" in view.can:
        _offer(w)
        return
    options = [
        Option("accept", t._("accept it, at this terminal")),
        Option("decline", t._("decline it or take it back")),
    ]
    for banner in view.banners:
        if banner.kind == "offer":
            w.talk.say(banner.text)
    if w.talk.pick(t._("What becomes of the offer?"), options) == "accept":
        _accept(w)
    else:
        if "decline_offer" not in view.can:
            change_person(w)
        w.perform(DeclineHandOver(w.talk.text(t._("The reason:"))))


def _offer(w: Walker) -> None:
    t, me, view = w.talk.t, w.session.person.id, w.view()
    held = [role for role, people in view.holders if me in people]
    role = ""
    if len(held) > 1:
        options = [Option("", t._("all of them")), *(Option(name, view.role_title(name)) for name in held)]
        role = w.talk.pick(t._("Which role?"), options)
    to = pick_person(w, t._("To whom?"), takers(w.desk.people(), me, [role] if role else held))
    w.perform(OfferHandOver(to.id, w.talk.text(t._("Sum up where things stand:")), role))


def _accept(w: Walker) -> None:
    if "accept" not in w.view().can:
        change_person(w)
    _then_move(w, w.perform(AcceptHandOver()))


def take_role(w: Walker) -> None:
    """Take a role over from a holder who is not there."""
    t = w.talk.t
    held = [Option(choice.id, choice_said(t, choice)) for choice in w.view().takeable]
    role = w.talk.pick(t._("Which role is taken over?"), held)
    _then_move(w, w.perform(TakeRole(role, w.talk.text(t._("Why can its holder not hand it over?")))))


def flag(w: Walker) -> None:
    """Tell the author of the procedure something about an item."""
    t, view = w.talk.t, w.view()
    rows = [row for row in view.outline if row.kind != "section"]
    here = next((row for row in rows if row.mark == "current"), None)
    first = [here] if here is not None else []
    options = [
        Option(row.node, row.title or row.node) for row in (*first, *(row for row in rows if row != here))
    ]
    node = w.talk.pick(t._("About which item?"), options)
    w.perform(Flag(node, w.talk.text(t._("What should the author know?"))))


def abandon(w: Walker) -> None:
    """End without closing the ticket."""
    t = w.talk.t
    w.talk.say(t._("The ticket stays open. What was left open is walked first."))
    _then_move(w, w.perform(Abandon(w.talk.text(t._("Why is the run abandoned?")))))


def undo_with(w: Walker) -> None:
    """While abandoning: go to another item that undoes the newest open step."""
    t, undoing = w.talk.t, w.view().undoing
    node = w.talk.pick(t._("By which item is it undone?"), [Option(one.id, one.label) for one in undoing])
    _then_move(w, w.perform(UndoWith(node)))


def leave_open(w: Walker) -> None:
    """While abandoning: leave the newest open step as it is."""
    _then_move(w, w.perform(LeaveOpen(w.talk.text(w.talk.t._("Why is it left open?")))))


def change_person(w: Walker) -> None:
    """Let another verified person act at this terminal from now on."""
    t, me = w.talk.t, w.session.person.id
    others = [person for person in w.desk.people() if person.id != me]
    person = pick_person(w, t._("Who acts now?"), others)
    barred = w.session.act_as(person.id, ())
    while barred is not None:
        barred = w.session.act_as(person.id, prove(w, person, 1))
        if barred is not None:
            w.talk.say(barred)
    w.talk.say(t._("{person} acts at this terminal now.", person=person.id))
