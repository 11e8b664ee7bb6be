"""Everything a person can always do, each asked for in a small dialog."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from sop_runner.desk.duty import takers
from sop_runner.desk.port import PersonInfo, Session
from sop_runner.run.actions import (
    Abandon,
    AcceptHandOver,
    Action,
    AddNote,
    DeclineHandOver,
    FactorProof,
    Flag,
    GoBack,
    Hold,
    LeaveOpen,
    OfferHandOver,
    RecordDeviation,
    TakeOtherwise,
    TakeRole,
    UndoWith,
    Waive,
)
from sop_runner.run.views import Choice, Prompt, RunView

from ..drawing.words import person_said
from ..items.sign_off import WHO, signer_questions, typed_factors
from ..messages import Sign, TakeOver
from ..ui import Ui
from ..widgets.form import Questions
from ..widgets.paper import Para
from ..widgets.row_list import Row
from .dialogs import FormDialog

Make = Callable[[dict[str, Any]], Action]
Wanted = Action | Sign | TakeOver
Send = Callable[[Wanted], None]


@dataclass
class RunActs:
    """Opens the dialog of an act for the run as it stands, and sends the action it asks for.

    What was typed is kept in `drafts` until the act was accepted, so a refusal or Esc costs nothing.
    """

    ui: Ui
    session: Session
    view: RunView
    people: Sequence[PersonInfo]
    push: Callable[[FormDialog, Callable[[dict[str, Any] | None], None]], None]
    send: Send
    drafts: dict[str, dict[str, Any]] = field(default_factory=dict)
    opened: str = ""

    def menu(self) -> list[Row]:
        """The acts that can be done now, for F6 and the palette."""
        t = self.ui.t
        known = {
            "hold": (t._("Hold: stop for now"), "F2"),
            "note": (t._("Note: write into the record"), "F3"),
            "go_back": (t._("Go back to an item, to correct it"), "F4"),
            "otherwise": (t._("Otherwise: leave the item another way"), ""),
            "deviation": (t._("Deviation: what was expected, what happened"), ""),
            "waive": (t._("Rule on the item with a deviation"), ""),
            "offer": (t._("Hand over to another person"), ""),
            "accept": (t._("Accept the hand-over"), ""),
            "decline_offer": (t._("Decline or take back the hand-over"), ""),
            "take_role": (t._("Take over a role whose holder is not there"), ""),
            "act_as": (t._("Another person acts at this terminal"), ""),
            "flag": (t._("Flag: tell the author about the item"), ""),
            "undo_with": (t._("Undo it by another item"), ""),
            "leave": (t._("Leave the open step as it is"), ""),
            "abandon": (t._("Abandon the run; the ticket stays open"), ""),
        }
        return [Row(act, text, right=key) for act, (text, key) in known.items() if self.can(act)]

    def can(self, act: str) -> bool:
        """Whether the act can be asked for now."""
        view = self.view
        if act == "otherwise":
            return view.item is not None and any(
                way.choice == "otherwise" and way.refused is None for way in view.item.ways
            )
        if act == "act_as":
            return view.item is not None
        if act == "waive" and (view.item is None or not view.item.waivable_by):
            return False
        return act in view.can

    def open(self, act: str) -> None:
        """Ask what the act needs."""
        self.opened = act
        {
            "hold": self.hold,
            "note": self.note,
            "go_back": self.go_back,
            "otherwise": self.otherwise,
            "deviation": self.deviation,
            "waive": self.waive,
            "offer": self.offer,
            "accept": self.accept,
            "decline_offer": self.decline,
            "take_role": self.take_role,
            "flag": self.flag,
            "act_as": self.act_as,
            "undo_with": self.undo_with,
            "leave": self.leave_open,
            "abandon": self.abandon,
        }[act]()

    def hold(self) -> None:
        """Stop for now, with a reason."""
        t = self.ui.t
        self._ask(
            t._("Hold"), [self._line("reason", t._("Why, and until when"))], lambda v: Hold(v["reason"])
        )

    def note(self) -> None:
        """Write a note."""
        t = self.ui.t
        asked = [self._line("text", t._("The note goes into the record of this run; no codes, no passwords"))]
        self._ask(t._("Note"), asked, lambda v: AddNote(v["text"]))

    def go_back(self) -> None:
        """Return to an item that was visited."""
        t = self.ui.t
        to = Prompt("node", "choice", t._("Back to"), choices=self.view.visited)
        intro = [Para(t._("Controls gained since then are lost and must be earned again."), "warn")]
        asked = [to, self._line("reason", t._("What has to be corrected"))]
        self._ask(t._("Go back"), asked, lambda v: GoBack(v["node"], v["reason"]), intro=intro)

    def otherwise(self) -> None:
        """Leave the item by its `otherwise`."""
        item = self.view.item
        if item is None:
            return
        way = next((way for way in item.ways if way.choice == "otherwise"), None)
        intro = [Para(way.title, "do")] if way is not None and way.title else []
        asked, node = [self._line("reason", self.ui.t._("Reason"))], item.node
        self._ask(self.ui.t._("Otherwise"), asked, lambda v: TakeOtherwise(node, v["reason"]), intro=intro)

    def deviation(self) -> None:
        """Record a departure from the text."""
        self._ask(self.ui.t._("Deviation"), self._deviation(), lambda answers: RecordDeviation(**answers))

    def waive(self) -> None:
        """Let the role that may do so rule on the item."""
        item, t = self.view.item, self.ui.t
        if item is None:
            return
        rulings = (
            Choice("waived", t._("waived: it counts as done, marked so everywhere")),
            Choice("again", t._("again: it is answered anew")),
            Choice("stop", t._("stop: the run takes its other way")),
        )
        node, prompts = item.node, item.prompts

        def questions(values: Mapping[str, Any]) -> Sequence[Prompt]:
            asked = signer_questions(
                self.ui, self.people, (item.waivable_by,), max(item.factors_needed, 1), values
            )
            asked += [Prompt("ruling", "choice", t._("Ruling"), choices=rulings), *self._deviation()]
            if values.get("ruling") == "waived" and item.evidence == "record":
                asked += prompts
            return asked

        def done(values: dict[str, Any]) -> None:
            person, typed = str(values.pop(WHO)), typed_factors(values)
            self.send(Sign(person, typed, (), partial(_waive, node, values)))

        self._dialog(t._("Rule on this item"), questions, done)

    def offer(self) -> None:
        """Offer what one holds to another person."""
        t = self.ui.t
        me = self.session.person.id
        held = [role for role, holders in self.view.holders if me in holders]
        fitting = takers(self.people, me, held)
        who = tuple(Choice(person.id, person_said(self.ui, person)) for person in fitting)
        asked = [
            Prompt("to", "choice", t._("To whom"), choices=who),
            self._line("summary", t._("What they must know: where it stands, what is promised")),
        ]
        self._ask(t._("Hand over"), asked, lambda v: OfferHandOver(v["to"], v["summary"]))

    def accept(self) -> None:
        """Take what was offered: there is nothing to type."""
        self.send(AcceptHandOver())

    def decline(self) -> None:
        """Refuse or take back what was offered."""
        t = self.ui.t
        self._ask(
            t._("Decline"), [self._line("reason", t._("Reason"))], lambda v: DeclineHandOver(v["reason"])
        )

    def take_role(self) -> None:
        """Take a role over from a holder who is not there; the desk says who may."""
        t = self.ui.t
        intro = [Para(t._("It is on record who had it, who takes it over and why."), "dim")]
        asked = [
            Prompt("role", "choice", t._("Which role"), choices=self.view.takeable),
            self._line("reason", t._("Why its holder cannot hand it over")),
        ]
        self._ask(t._("Take over a role"), asked, lambda v: TakeRole(v["role"], v["reason"]), intro=intro)

    def act_as(self) -> None:
        """Another verified person acts here; one who proved it at this terminal before just comes back."""
        t = self.ui.t
        intro = [Para(t._("Who has proved it here before need not do it again: leave it empty."), "dim")]

        def questions(values: Mapping[str, Any]) -> Sequence[Prompt]:
            asked = signer_questions(self.ui, self.people, (), 0, values)
            return [replace(asked[0], label=t._("Who acts here now?")), *asked[1:]]

        def done(values: dict[str, Any]) -> None:
            self.send(TakeOver(str(values.pop(WHO)), typed_factors(values)))

        self._dialog(t._("Another person"), questions, done, intro)

    def flag(self) -> None:
        """Tell the author something about the item."""
        item, t = self.view.item, self.ui.t
        if item is not None:
            node, asked = item.node, [self._line("text", t._("What the author should know about this item"))]
            self._ask(t._("Flag"), asked, lambda v: Flag(node, v["text"]))

    def undo_with(self) -> None:
        """While abandoning: go to another item that undoes the newest open step."""
        t = self.ui.t
        asked = [Prompt("node", "choice", t._("Undo it by"), choices=self.view.undoing)]
        self._ask(t._("Undo it by another item"), asked, lambda v: UndoWith(v["node"]))

    def leave_open(self) -> None:
        """While abandoning: leave the newest open step."""
        t = self.ui.t
        asked = [self._line("reason", t._("Why it is left as it is, and who looks after it"))]
        self._ask(t._("Leave it open"), asked, lambda v: LeaveOpen(v["reason"]))

    def abandon(self) -> None:
        """End the run without closing its ticket."""
        t = self.ui.t
        intro = [
            Para(t._("The run ends and its ticket stays open. What was left open is walked first."), "warn")
        ]
        asked = [self._line("reason", t._("Why (for instance: the customer hung up)"))]
        self._ask(t._("Abandon the run"), asked, lambda v: Abandon(v["reason"]), intro=intro)

    def accepted(self) -> None:
        """The act that was opened last is on record: its draft has served."""
        self.drafts.pop(self.opened, None)
        self.opened = ""

    def _deviation(self) -> list[Prompt]:
        t = self.ui.t
        return [
            self._line("expected", t._("What was expected")),
            self._line("happened", t._("What happened")),
            self._line("decided", t._("What was decided")),
        ]

    def _line(self, name: str, label: str) -> Prompt:
        return Prompt(name, "text", label)

    def _ask(self, title: str, questions: Questions, make: Make, *, intro: Sequence[Para] = ()) -> None:
        self._dialog(title, questions, lambda values: self.send(make(values)), intro)

    def _dialog(
        self,
        title: str,
        questions: Questions,
        done: Callable[[dict[str, Any]], None],
        intro: Sequence[Para] = (),
    ) -> None:
        drafts = self.drafts.setdefault(self.opened, {})
        dialog = FormDialog(self.ui, title, questions, intro=intro, drafts=drafts)
        self.push(dialog, lambda values: done(values) if values is not None else None)


def _waive(node: str, values: Mapping[str, Any], proofs: tuple[FactorProof, ...]) -> Action:
    rest = dict(values)
    said = [str(rest.pop(name)) for name in ("ruling", "expected", "happened", "decided")]
    return Waive(node, said[0], said[1], said[2], said[3], proofs, rest)
