"""A short random code brought to a contact on file: what `one_time_code` and `call_back` share."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sop_runner.base.i18n import Translator
from sop_runner.base.ids import random_hex
from sop_runner.base.message import Message, msg
from sop_runner.base.secretbox import SecretBox
from sop_runner.base.textsafe import fold_digits, fold_input
from sop_runner.base.tries import Tries

from .courier import Courier, NotSent
from .customers import Channel, Contact, Customer, CustomerFile, contact_word
from .port import (
    CHANGES,
    Challenge,
    FactorResult,
    Kind,
    Options,
    Unavailable,
    Why,
    held_up,
    not_on_file,
    right,
    unknown_customer,
    wrong,
)

ON_FILE = "contact-on-file"


@dataclass(frozen=True, slots=True)
class Manner:
    """How the code travels and how long it lives."""

    name: str
    channels: tuple[Channel, ...]
    digits: int
    lives: timedelta
    spoken: bool
    text: Message
    say: Message
    hint: Message


class DeliveredCode:
    """Possession of a telephone or app, proved by a code that was sent there and nowhere else.

    The letter to the customer is written in the language of `say`, the desk's. A code is kept as a keyed digest in the challenge alone, lives a few minutes, and is accepted
    once and after at most `MOST_TRIES` tries, over any number of processes.
    """

    kind: Kind = "possession"
    MOST_TRIES = 3

    def __init__(
        self,
        manner: Manner,
        customers: CustomerFile,
        courier: Courier,
        tries: Tries,
        box: SecretBox,
        say: Translator | None = None,
    ) -> None:
        self._say = say or Translator()
        self._manner = manner
        self._customers = customers
        self._courier = courier
        self._tries = tries
        self._box = box

    @property
    def name(self) -> str:
        return self._manner.name

    def begin(self, subject: str, options: Options, now: datetime) -> Challenge | Unavailable:
        """Choose a contact that this run does not change, and send a new code there."""
        customer = self._customers.find(subject)
        if customer is None:
            return unknown_customer(subject)
        contact = self._choose(customer, options)
        if isinstance(contact, Unavailable):
            return contact
        manner = self._manner
        code = "".join(secrets.choice("0123456789") for _ in range(manner.digits))
        challenge_id = random_hex()
        try:
            self._courier.send(contact, self._say(_with(manner.text, code)), now, spoken=manner.spoken)
        except NotSent as error:
            note = msg("No code was sent: {reason}. Try again, or use another factor.", reason=error.message)
            return Unavailable(Why.NOT_SENT, note)
        return Challenge(
            self.name,
            self.kind,
            subject,
            say=manner.say,
            hint=manner.hint,
            answer="digits",
            digits=manner.digits,
            sent_to=contact.told,
            expires_at=now + manner.lives,
            id=challenge_id,
            expected=self._box.mark(self.name, customer.id, challenge_id, code),
        )

    def check(self, subject: str, challenge: Challenge, typed: str, now: datetime) -> FactorResult:
        """Compare the digits read out by the customer with those sent."""
        customer = self._customers.find(subject)
        if customer is None:
            return wrong(unknown_customer(subject).note, Why.UNKNOWN_CUSTOMER)
        if challenge.expires_at is None or now > challenge.expires_at:
            return wrong(msg("This code is too old; send a new one."), Why.EXPIRED)
        if blocked := self._tries.charge(customer.id, self.name, now):
            return held_up(blocked)
        if not self._tries.count(f"{self.name}:{challenge.id}", self.MOST_TRIES):
            return wrong(msg("This code was tried too often; send a new one."), Why.EXPIRED)
        if not self._box.same_mark(
            challenge.expected, self.name, customer.id, challenge.id, fold_digits(typed)
        ):
            return wrong(msg("This is not the code that was sent."))
        ref = f"{self.name}:{self._box.mark(self.name, customer.id, challenge.id)}"
        if not self._tries.use(ref):
            return FactorResult(False, ref, msg("This code was used already; send a new one."), Why.USED)
        self._tries.clear(customer.id, self.name)
        return right(msg("The code is right."), ref)

    def _choose(self, customer: Customer, options: Options) -> Contact | Unavailable:
        wanted = options.get("send_to", ON_FILE)
        named = [c for c in customer.contacts if wanted in (ON_FILE, c.id, c.channel)]
        fitting = [c for c in named if c.channel in self._manner.channels]
        if not fitting and any(c.channel == "email" for c in named):
            return Unavailable(
                Why.NO_FACTOR,
                msg("A code sent by e-mail does not prove possession (NIST SP 800-63B); use another factor."),
            )
        if not fitting:
            return not_on_file(self.name)
        if "not_to" in options and CHANGES not in options:
            note = msg(
                "What this request changes is not written down yet; do that first, then send the code."
            )
            return Unavailable(Why.CONTACT_CHANGES, note)
        for contact in fitting:
            if not _changes(contact, options.get(CHANGES, ())):
                return contact
        return Unavailable(
            Why.CONTACT_CHANGES,
            msg(
                "The only contact for this code, '{contact}', is what this request changes; use another factor.",
                contact=contact_word(fitting[0].id),
            ),
        )


def _with(text: Message, code: str) -> Message:
    return Message(text.text, (("code", code),))


def _changes(contact: Contact, values: object) -> bool:
    """Whether this run changes `contact`: a value is its id, its channel or its address."""
    named = values if isinstance(values, list | tuple | set | frozenset) else (values,)
    shapes = {_shape(str(name)) for name in named}
    return bool(shapes & {_shape(contact.id), _shape(contact.channel), _shape(contact.address)})


def _shape(text: str) -> str:
    return fold_digits(fold_input(text, casefold=True)).replace("_", "").replace("+", "00")
