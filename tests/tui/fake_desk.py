"""A desk in memory for screens: it walks a script of items and answers as the real one would."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sop_runner.base.clock import Clock
from sop_runner.base.message import Message, msg
from sop_runner.desk.extract import extract_of
from sop_runner.desk.port import (
    BoardRow,
    ChallengeView,
    Performed,
    PersonInfo,
    ProcedureInfo,
    Recap,
    RecapLine,
)
from sop_runner.run import actions as a
from sop_runner.run.views import Banner, Choice, ControlRow, Fact, ItemView, OutlineRow, Prompt, RunView, Way

ANA = PersonInfo("ana", "Ana Kiss", ("agent",), ("passphrase",))
BELA = PersonInfo("bela", "Béla Nagy", ("supervisor",), ("passphrase", "totp"))
OTHERWISE = Way("otherwise", msg("Not possible: take the other way"), "Refused", needs_reason=True)


def item(node: str, kind: str = "step", **more: Any) -> ItemView:
    """An item with the defaults of its kind."""
    base: dict[str, Any] = {
        "node": node,
        "kind": kind,
        "evidence": "",
        "title": node.replace("-", " "),
        "ref": "",
        "section": "",
        "caution": "",
        "do": "",
        "say": "",
        "ask": "",
        "by": (),
        "prompts": (),
        "ways": (Way("done", msg("Done"), primary=True),),
        "clocks": (),
        "shows": (),
    }
    return ItemView(**{**base, **more})


class FakeSession:
    """Goes from item to item; what it was asked is in `asked`."""

    def __init__(self, desk: "FakeDesk", person: PersonInfo, ticket: str) -> None:
        self.desk, self.person, self.ticket = desk, person, ticket
        self.run = "7F3K-22QM"
        self.at = 0
        self.asked: list[a.Action] = []
        self.acting: list[tuple[str, tuple[str, ...]]] = []
        self.checked: list[tuple[str, str]] = []
        self.held = ""
        self.abandoning = ""
        self.closed: list[str] = []
        self.facts: dict[str, str] = {}
        self.states: dict[tuple[str, str], tuple[str, str]] = {}
        self.refuse_next: Message | None = None
        self.fail_next: Exception | None = None
        self.entry = 200
        self.result = ""
        self.attempts = 3
        self.offered = False

    @property
    def items(self) -> Sequence[ItemView]:
        return self.desk.items

    def questions(self, values: Mapping[str, Any]) -> tuple[Prompt, ...]:
        return self._item().prompts

    def view(self, language: str | None = None) -> RunView:
        ended = bool(self.result)
        current = None if ended else self._item()
        verbs = (
            {"note", "flag", "abandon", "decline_offer", "accept"}
            if self.offered
            else {"note", "flag", "abandon", "offer"}
        )
        verbs |= {"resume"} if self.held else {"hold", "deviation", "go_back", "waive", "otherwise"}
        if self.abandoning:
            verbs = {"note", "leave", "undo_with", "hold"}
        if self.held:
            verbs.add("take_role")
        banners = []
        if self.held:
            banners.append(Banner("hold", msg("Put on hold by {by}: {reason}", by="ana", reason=self.held)))
        if self.abandoning:
            banners.append(
                Banner("abandoning", msg("The run is being abandoned: {reason}", reason=self.abandoning))
            )
        return RunView(
            run=self.run,
            ticket=self.ticket,
            procedure="account-change",
            title=self.desk.title,
            number="CS-017",
            revision=4,
            digest="ab" * 32,
            language="en",
            training=self.desk.training,
            status="ended" if ended else "open",
            result=self.result,
            end_title="Change made and proved" if ended else "",
            end_say="Your change is made." if ended else "",
            end_do="",
            closes_ticket=self.result == "completed",
            item=current,
            outline=self._outline(),
            controls=self.desk.controls,
            facts=tuple(Fact(name, name.replace("_", " "), value) for name, value in self.facts.items()),
            banners=tuple(banners),
            holders=(("agent", ("ana",)),),
            visited=tuple(Choice(i.node, i.title) for i in reversed(self.items[: self.at])),
            can=frozenset() if ended else frozenset(verbs),
            entries=self.entry,
            zone="Europe/Budapest",
            takeable=(Choice("supervisor", "shift lead"),),
            undoing=(Choice("resume-by-hand", "Resume it by hand"),),
        )

    def perform(self, action: a.Action) -> Performed:
        self.asked.append(action)
        if self.fail_next is not None:
            error, self.fail_next = self.fail_next, None
            raise error
        if self.refuse_next is not None:
            why, self.refuse_next = self.refuse_next, None
            return self._refused(why)
        node = getattr(action, "node", None)
        if isinstance(action, a.Answer | a.TakeOtherwise | a.TakeLimit) and node != self.items[self.at].node:
            return self._refused(msg("'{node}' is not the current item", node=str(node)))
        match action:
            case a.Answer():
                return self._answer(action)
            case a.TakeOtherwise() | a.TakeLimit():
                return self._go(len(self.items))
            case a.Hold(reason=reason):
                self.held = reason
            case a.Resume():
                self.held = ""
            case a.GoBack(node=back):
                self.at = next(i for i, one in enumerate(self.items) if one.node == back)
            case a.OfferHandOver():
                self.offered = True
            case a.AcceptHandOver() | a.DeclineHandOver():
                self.offered = False
            case a.Abandon(reason=reason):
                self.abandoning = reason
            case a.LeaveOpen():
                self.result = "abandoned"
        return self._recorded()

    def begin_factor(self, factor: str) -> ChallengeView:
        if factor == "document":
            hint = msg("Look at the document.")
            return ChallengeView(factor, "possession", "", hint, "", False, 0, True)
        say = msg("I have sent a code to the number we have on file. Please read it to me.")
        sent = "+36 •• ••• 42" if factor == "code" else ""
        return ChallengeView(
            factor, "possession", say, "", sent, factor != "code", 6 if sent else 0, False, True
        )

    def check_factor(self, factor: str, typed: str) -> Performed:
        self.checked.append((factor, typed))
        current = self.items[self.at]
        right = typed in ("123456", "right", "right\nseen it")
        if not right:
            self.attempts -= 1
            self._recorded()
            return Performed(True, msg("'{factor}' was not right", factor=factor), self.entry)
        self.states[current.node, factor] = ("right", "")
        proved = sum(
            1 for (node, _), (state, _) in self.states.items() if node == current.node and state == "right"
        )
        return self._go(self.at + 1) if proved >= current.factors_needed else self._recorded()

    def prove(self, person: str, factor: str, typed: str) -> a.FactorProof | Message:
        if typed != "right":
            return msg("'{factor}' of '{person}' was not right", factor=factor, person=person)
        return a.FactorProof(factor, "knowledge", True, f"ref-{factor}")

    def act_as(self, person: str, proofs: Sequence[a.FactorProof]) -> Message | None:
        self.acting.append((person, tuple(proof.factor for proof in proofs)))
        self.person = next(p for p in self.desk.people() if p.id == person)
        return None

    def extract(self, path: Path) -> Mapping[str, Any]:
        return extract_of(path)

    def recap(self) -> Recap:
        when = self.desk.clock.now().wall - timedelta(hours=3)
        line = RecapLine(12, when, "ana", msg("held"), "the caller asked to call back")
        return Recap(
            3 * 3600,
            self.held,
            (line,) if self.held else (),
            (),
            ("two-factor-identity",) if self.held else (),
        )

    def inbox(self) -> tuple[str, ...]:
        return ()

    def close(self, reason: str = "") -> None:
        self.closed.append(reason)

    def _item(self) -> ItemView:
        current = self.items[self.at]
        prompts = tuple(
            replace(p, state=self.states[current.node, p.id][0], answer=self.states[current.node, p.id][1])
            if (current.node, p.id) in self.states
            else p
            for p in current.prompts
        )
        left = self.attempts if current.evidence == "identity" else None
        if self.abandoning:
            return replace(
                current,
                prompts=prompts,
                ways=(*current.ways[:1], Way("leave", msg("Leave it open"), needs_reason=True)),
            )
        return replace(current, prompts=prompts, attempts_left=left)

    def _answer(self, action: a.Answer) -> Performed:
        current = self.items[self.at]
        for name, value in action.values.items():
            shown = str(value)
            self.states[current.node, name] = ("answered", shown)
            if current.evidence == "record":
                self.facts[name] = shown
        if action.choice == "":
            return self._recorded()
        return self._go(self.at + 1)

    def _go(self, to: int) -> Performed:
        if to >= len(self.items):
            self.result = "completed"
            done = self._recorded()
            return replace(done, receipt="RECEIPT run 7F3K-22QM\nentry 201, root 9f2c")
        self.at = to
        return self._recorded()

    def _recorded(self) -> Performed:
        self.entry += 1
        return Performed(True, msg("recorded, entry {entry}", entry=self.entry), self.entry)

    def _refused(self, why: Message) -> Performed:
        self.entry += 1
        return Performed(False, why, self.entry)

    def _outline(self) -> tuple[OutlineRow, ...]:
        rows = []
        for number, one in enumerate(self.items):
            mark = "done" if number < self.at or self.result else "current" if number == self.at else "ahead"
            rows.append(OutlineRow(one.node, one.title, one.kind, mark, one.kind == "confirmation", 0))
        return (*rows, OutlineRow("closed", "closed", "end", "ahead", False, 0))


class FakeDesk:
    """One session at a time, remembered in `session`."""

    def __init__(self, clock: Clock, items: Sequence[ItemView], *, title: str = "Account change") -> None:
        self.clock, self.items, self.title = clock, items, title
        self.name = "Customer desk"
        self.training = True
        self.demo_hint: tuple[str, ...] = ("ana: passphrase 'right'",)
        self.controls: tuple[ControlRow, ...] = ()
        self.rows: tuple[BoardRow, ...] = ()
        self.told: tuple[Message, ...] = ()
        self.case: tuple[Prompt, ...] = ()
        self.known: dict[str, dict[str, Any]] = {}
        self.session: FakeSession | None = None
        self.started: list[tuple[str, str, str, Mapping[str, Any]]] = []
        self.resumed: list[str] = []
        self.refuse_start: Message | None = None
        self.folk: tuple[PersonInfo, ...] = (ANA, BELA)

    def people(self) -> tuple[PersonInfo, ...]:
        return self.folk

    def sign_in(self, person: str, passphrase: str) -> PersonInfo | Message:
        known = {p.id: p for p in self.people()}
        return (
            known[person]
            if passphrase == "right"
            else msg("That is not the passphrase of '{who}'.", who=person)
        )

    def procedures(self, language: str) -> tuple[ProcedureInfo, ...]:
        one = ProcedureInfo(
            "account-change", 4, self.title, "CS-017", "Change details.", "ab", True, None, self.case, False
        )
        other = ProcedureInfo(
            "old-one", 1, "Old procedure", "CS-001", "", "cd", False, msg("it is not approved"), (), False
        )
        return one, other

    def board(self) -> tuple[BoardRow, ...]:
        return self.rows

    def notices(self) -> tuple[Message, ...]:
        return self.told

    def ticket_facts(self, procedure: str, ticket: str) -> Mapping[str, Any]:
        return self.known.get(ticket, {})

    def start(
        self, person: str, procedure: str, ticket: str, case: Mapping[str, Any], language: str
    ) -> FakeSession | Performed:
        self.started.append((person, procedure, ticket, case))
        if self.refuse_start is not None:
            return Performed(False, self.refuse_start, 1)
        self.session = FakeSession(self, ANA, ticket)
        return self.session

    def resume(self, person: str, run: str, language: str) -> FakeSession:
        self.resumed.append(run)
        if self.session is None:
            self.session = FakeSession(self, ANA, "CR-000123")
        return self.session
