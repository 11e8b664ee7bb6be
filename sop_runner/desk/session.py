"""One person at one run: the desk's side of a terminal."""

import threading
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sop_runner.base.errors import StoreFailed
from sop_runner.base.i18n import Translator
from sop_runner.base.message import Message, listing, msg
from sop_runner.factors.port import Why
from sop_runner.people.person import Person
from sop_runner.run.actions import Action, Actor, Answer, FactorProof, Hold, Resume, TakeRole, Waive
from sop_runner.run.view import questions, view
from sop_runner.run.views import Prompt, RunView

from .challenges import Challenges
from .closing import close_ticket
from .context import Context
from .duty import actor_of, info_of
from .extract import extract_of
from .people import People
from .perform import Done, perform, refuse
from .port import ChallengeView, Performed, PersonInfo, Recap
from .props import Inbox, no_inbox
from .recap import recap
from .record import Record

PROOF_LASTS = timedelta(minutes=5)
"""How long a person's proof at this terminal counts before they have to give it again."""

# Results of a factor that say nothing about the caller: the answer was not looked at.
_NOT_LOOKED_AT = frozenset(
    (Why.EXPIRED, Why.WAIT, Why.LOCKED, Why.UNKNOWN_CUSTOMER, Why.NOT_ON_FILE, Why.CONTACT_CHANGES, Why.NOT_SENT)
)  # fmt: skip


class DeskSession:
    """Implements `port.Session`; calls may come from several threads and are done one after another."""

    def __init__(
        self,
        context: Context,
        people: People,
        challenges: Challenges,
        record: Record,
        person: Person,
        language: str,
        inbox: Inbox = no_inbox,
    ) -> None:
        self._context = context
        self._people = people
        self._challenges = challenges
        self._record = record
        self._language = language
        self._say = Translator(language)
        self._inbox = inbox
        self._proved: dict[FactorProof, datetime] = {}
        self._stack = [person.id]
        self._lock = threading.RLock()
        self._recap: Recap | None = None

    @property
    def run(self) -> str:
        return self._record.run.id

    @property
    def person(self) -> PersonInfo:
        return info_of(self._person(self._acting))

    def view(self, language: str | None = None) -> RunView:
        with self._lock:
            self._record.refresh()
            return self._view(language or self._language)

    def perform(self, action: Action) -> Performed:
        with self._lock:
            proofs = action.factors if isinstance(action, Answer | Waive) else ()
            foreign = self._not_proved(proofs, {proof.note for proof in proofs})
            if foreign is not None:
                return self._performed(
                    refuse(self._context, self._record, self._actor(), type(action).__name__, foreign)
                )
            # Who proved the factors is who signs, whoever else is acting at this terminal.
            who = self._actor(proofs[0].note if proofs else self._acting)
            done = perform(self._context, self._record, who, self._acts(action), self._language)
            if done.accepted:
                for proof in proofs:
                    self._proved.pop(proof, None)
            return self._performed(done)

    def _acts(self, action: Action) -> tuple[Action, ...]:
        """What an action comes to: who came back to a run that nobody else is at takes a role over in one."""
        self._record.refresh()
        alone = self._record.run.hold is None and self._record.actor == self._acting
        if isinstance(action, TakeRole) and alone:
            return Hold(action.reason), action, Resume()
        return (action,)

    def begin_factor(self, factor: str) -> ChallengeView:
        with self._lock:
            self._record.refresh()
            return self._challenges.begin(self._record.plan, self._record.run, factor, self._now())

    def check_factor(self, factor: str, typed: str) -> Performed:
        with self._lock:
            self._record.refresh()
            at = self._record.run.at
            if not typed.strip():
                return Performed(False, msg("nothing was typed"), self._record.newest.seq)
            result, kind = self._challenges.check(
                self._record.plan, self._record.run, factor, typed, self._now()
            )
            if result.why in _NOT_LOOKED_AT:
                return Performed(False, result.note, self._record.newest.seq)
            proof = FactorProof(factor, kind, result.right, result.ref, result.seen)
            answer = Answer(at, "", factors=(proof,))
            done = perform(self._context, self._record, self._actor(), (answer,), self._language)
            return self._performed(done, result.note)

    def prove(self, person: str, factor: str, typed: str) -> FactorProof | Message:
        with self._lock:
            known = self._people.directory().acting(person)
            proof = self._people.check(known.id, factor, typed, self._now())
            if isinstance(proof, FactorProof):
                self._proved[proof] = self._now()
            else:
                refuse(self._context, self._record, actor_of(known), f"Prove {factor}", proof)
            return proof

    def act_as(self, person: str, proofs: Sequence[FactorProof]) -> Message | None:
        with self._lock:
            known = self._people.directory().acting(person)
            if known.id in self._stack:
                # Who let somebody else act takes over again without proving it a second time; the
                # other one has to, to come back.
                del self._stack[self._stack.index(known.id) + 1 :]
            elif not proofs:
                return msg("'{person}' has not proved who they are at this terminal", person=known.id)
            else:
                wrong = self._not_proved(proofs, {known.id})
                if wrong is not None:
                    return wrong
                self._stack.append(known.id)
            return None

    def extract(self, path: Path) -> Mapping[str, Any]:
        return extract_of(path)

    def recap(self) -> Recap:
        with self._lock:
            return self._recap or self._made_recap()

    def inbox(self) -> tuple[str, ...]:
        return self._inbox(self._say)

    def close(self, reason: str = "") -> None:
        with self._lock:
            self._record.refresh()
            run = self._record.run
            if run.status == "open" and run.hold is None and not self._goes_on_elsewhere():
                del self._stack[1:]
                perform(
                    self._context,
                    self._record,
                    self._actor(),
                    (Hold(reason or self._say._("left")),),
                    self._language,
                )

    def _goes_on_elsewhere(self) -> bool:
        """Whether somebody else took it over and works on: who leaves here then holds up nobody."""
        run, here = self._record.run, self._stack[0]
        held = any(here in people for people in run.holders.values())
        done = (entry for entry in reversed(self._record.entries) if entry.type != "ActionRefused")
        return not held and next((entry.actor for entry in done if entry.actor), here) != here

    def come_back(self) -> Performed | None:
        """Go on with a run that was held. One that is neither held nor ended was lost with its
        terminal: the hold that nobody could record is recorded together with the resumption. Who comes for
        what was offered to them finds it as its giver has it, and accepts or declines."""
        with self._lock:
            self._record.refresh()
            self._recap = self._made_recap()
            run = self._record.run
            if run.status != "open":
                close_ticket(self._context, self._record)
                return None
            if run.hold is None and run.offer is not None and run.offer.taker == self._acting:
                return None
            acts: tuple[Action, ...] = (
                (Resume(),)
                if run.hold is not None
                else (Hold(self._say._("the terminal was lost")), Resume())
            )
            return self._performed(perform(self._context, self._record, self._actor(), acts, self._language))

    def _performed(self, done: Done, note: Message | None = None) -> Performed:
        entry = done.entries[-1].seq if done.entries else self._record.newest.seq
        message = done.message
        if note is not None and done.accepted:
            message = msg("{result} ({recorded})", result=note, recorded=done.message)
        receipt = ""
        if done.accepted and self._record.run.status == "ended":
            try:
                receipt = close_ticket(self._context, self._record)
                if receipt:
                    self._context.closed()
            except (OSError, StoreFailed) as error:
                message = msg(
                    "{recorded}; the ticket is not closed yet ({reason}), resuming the run tries again",
                    recorded=message,
                    reason=str(error),
                )
        return Performed(done.accepted, message, entry, receipt)

    def questions(self, values: Mapping[str, Any]) -> tuple[Prompt, ...]:
        with self._lock:
            record = self._record
            return questions(record.plan, record.run, self._now(), self._language, record.opened, values)

    def _view(self, language: str) -> RunView:
        record = self._record
        return view(
            record.plan,
            record.run,
            self._now(),
            language,
            record.opened,
            self._acting,
            self._person(self._acting).roles,
        )

    def _made_recap(self) -> Recap:
        entries = tuple(self._record.entries)
        return recap(self._record, self._view(self._language), entries, self._now(), self._language)

    def _person(self, person: str) -> Person:
        return self._people.directory().acting(person)

    @property
    def _acting(self) -> str:
        return self._stack[-1]

    def _actor(self, person: str = "") -> Actor:
        return actor_of(self._person(person or self._acting))

    def _now(self) -> datetime:
        return self._context.clock.now().wall

    def _not_proved(self, proofs: Sequence[FactorProof], people: set[str]) -> Message | None:
        """Proofs travel as data: only those that this terminal checked just now count, and of one person."""
        if len(people) > 1:
            return msg(
                "the factors were proved by different people: {people}", people=listing(sorted(people))
            )
        for proof in proofs:
            when = self._proved.get(proof)
            if when is None or proof.note not in people:
                person = next(iter(people))
                return msg(
                    "'{factor}' was not proved by '{person}' at this terminal",
                    factor=proof.factor,
                    person=person,
                )
            if self._now() - when > PROOF_LASTS:
                del self._proved[proof]
                return msg("'{factor}' was proved too long ago; prove it again", factor=proof.factor)
        return None
