"""A desk: who signs in, what can be started, what is open; runs are opened and come back to here."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sop_runner.base.errors import NotApproved, UsageError
from sop_runner.base.ids import readable_id
from sop_runner.base.message import Message, msg
from sop_runner.factors.registry import Registry as Factors
from sop_runner.people.credentials import PASSPHRASE
from sop_runner.people.person import Person
from sop_runner.run.actions import Start

from .board import board_rows
from .case import case_of, case_prompts
from .challenges import Challenges
from .context import Context
from .duty import actor_of, info_of, named_for
from .files import Text, errors
from .people import People
from .perform import Done, begin, open_run, refuse_start
from .port import BoardRow, Performed, PersonInfo, ProcedureInfo
from .props import Inbox, no_inbox
from .record import Record, read_record
from .registry import Registry, review_due
from .session import DeskSession
from .tickets import CLOSED, Ticket, fitting_id


class Desk:
    """Implements `port.DeskPort`."""

    def __init__(
        self,
        context: Context,
        people: People,
        registry: Registry,
        factors: Callable[[], Factors],
        *,
        hint: tuple[str, ...] = (),
        inbox: Inbox = no_inbox,
        notices: Callable[[], tuple[Message, ...]] = tuple,
        close: Callable[[], None] = lambda: None,
    ) -> None:
        self.context = context
        self.registry = registry
        self.folk = people
        self._factors = factors
        self._hint = hint
        self._inbox = inbox
        self._notices = notices
        self._close = close
        self._signed_in: set[str] = set()

    @property
    def name(self) -> str:
        return self.context.settings.name

    @property
    def training(self) -> bool:
        return self.context.training

    @property
    def demo_hint(self) -> tuple[str, ...]:
        return self._hint

    def people(self) -> tuple[PersonInfo, ...]:
        return tuple(info_of(person) for person in self.folk.directory() if person.active)

    def sign_in(self, person: str, passphrase: str) -> PersonInfo | Message:
        known = self.folk.directory().find(person)
        wrong = msg("This name and passphrase do not belong together.")
        if known is None or not known.active:
            return wrong
        checked = self.folk.check(known.id, PASSPHRASE, passphrase, self.context.clock.now().wall)
        if isinstance(checked, Message):
            return checked
        self._signed_in.add(known.id)
        return info_of(known)

    def procedures(self, language: str) -> tuple[ProcedureInfo, ...]:
        return tuple(self._info(text, language) for text in self.registry.texts())

    def board(self) -> tuple[BoardRow, ...]:
        here = {person.id for person in self.folk.directory() if person.active}
        rows = board_rows(self.context)
        return tuple(replace(row, gone=tuple(p for p in row.holders if p not in here)) for row in rows)

    def notices(self) -> tuple[Message, ...]:
        return self._notices()

    def ticket_facts(self, procedure: str, ticket: str) -> Mapping[str, Any]:
        plan = self.registry.plan(self.registry.find(procedure))
        return case_of(plan, self.context.tickets.find(fitting_id(ticket)), {})

    def start(
        self, person: str, procedure: str, ticket: str, case: Mapping[str, Any], language: str
    ) -> DeskSession | Performed:
        who = self._verified(person)
        text = self.registry.find(procedure)
        plan = self.registry.plan(text)
        ticket = fitting_id(ticket)
        known = self.context.tickets.find(ticket)
        start = Start(
            run=readable_id(),
            ticket=ticket,
            zone=self.context.settings.timezone,
            case=case_of(plan, known, case),
            named=named_for(self.folk.directory(), plan),
            calendar=self.context.settings.calendar,
            training=self.training,
            register=self.registry.register,
        )
        why = self.registry.unapproved(plan)
        if why is not None:
            refuse_start(self.context, plan, start, actor_of(who), why)
            raise NotApproved(
                why,
                hint=msg(
                    "'sop procedures list' says which texts are approved, and what the others wait for."
                ),
            )
        why = self._barred(known, ticket)
        if why is not None:
            return _refused(refuse_start(self.context, plan, start, actor_of(who), why))
        # What the run pins is durable before the run is.
        self.registry.keep(text)
        begun = begin(self.context, plan, start, actor_of(who), language)
        if isinstance(begun, Done):
            return _refused(begun)
        if known is None:
            now = self.context.clock.now().wall
            self.context.tickets.open(Ticket(ticket, now, priority=str(case.get("priority", ""))))
        return self._session(begun, who, language)

    def resume(self, person: str, run: str, language: str) -> DeskSession:
        who = self._verified(person)
        session = self._session(read_record(self.context, run), who, language)
        session.come_back()
        return session

    def close(self) -> None:
        """Let go of files; safe to call twice."""
        self._close()

    def _session(self, record: Record, who: Person, language: str) -> DeskSession:
        challenges = Challenges(self._factors())
        return DeskSession(self.context, self.folk, challenges, record, who, language, self._inbox)

    def _verified(self, person: str) -> Person:
        known = self.folk.directory().acting(person)
        if known.id not in self._signed_in:
            raise UsageError(
                msg("'{person}' has not signed in here", person=known.id),
                hint=msg("Sign in with the passphrase first."),
            )
        return known

    def today(self) -> date:
        """The day it is at this desk."""
        zone = ZoneInfo(self.context.settings.timezone)
        return self.context.clock.now().wall.astimezone(zone).date()

    def _barred(self, ticket: Ticket | None, ticket_id: str) -> Message | None:
        if ticket is not None and ticket.status == CLOSED:
            return msg("the ticket '{ticket}' is closed already", ticket=ticket_id)
        return open_run(self.context, ticket_id)

    def _info(self, text: Text, language: str) -> ProcedureInfo:
        procedure = text.loaded.procedure
        today = self.today()
        wrong = errors(text.loaded, self.registry.resolved(text))
        if procedure is None or wrong:
            why = msg(
                "'{file}' has {count} errors; 'sop lint' shows them", file=text.path.name, count=len(wrong)
            )
            return ProcedureInfo(
                text.path.stem, 0, text.path.stem, "", "", text.loaded.digest or "", False, why, (), False
            )
        plan = self.registry.plan(text)
        barred = self.registry.unapproved(plan)
        if procedure.expects:
            barred = msg(
                "'{procedure}' is made to be called by others and cannot run alone",
                procedure=procedure.procedure,
            )
        return ProcedureInfo(
            id=procedure.procedure,
            revision=procedure.revision,
            title=procedure.title.unfilled(language, procedure.language),
            number=procedure.number or "",
            purpose=procedure.purpose.unfilled(language, procedure.language),
            digest=text.loaded.digest or "",
            runnable=barred is None,
            why_not=barred,
            case=case_prompts(plan, language),
            review_due=review_due(procedure, today),
        )


def _refused(done: Done) -> Performed:
    return Performed(False, done.message, done.entries[-1].seq if done.entries else -1)
