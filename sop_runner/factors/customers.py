"""What the factors may know of a customer: a port, so that a CRM can stand behind it."""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal, Protocol

from sop_runner.base.message import Message, msg
from sop_runner.base.textsafe import fold_digits, fold_input

Channel = Literal["phone", "app", "post", "email"]


@dataclass(frozen=True, slots=True)
class Contact:
    """One way to reach a customer. `id` names it in the file, `channel` says what it is."""

    id: str
    channel: Channel
    address: str = field(repr=False)

    @property
    def masked(self) -> str:
        """The last two characters of the address alone: enough to recognise, too little to learn."""
        name, at, domain = self.address.partition("@")
        shown = name[:1] + "•••" if at else "•••" + self.address[-2:]
        return f"{self.id} {shown}{at}{domain}"

    @property
    def told(self) -> Message:
        """The same for people: a contact that is named by its channel, by the word for that."""
        return told_contact(self.masked)


def told_contact(masked: str) -> Message:
    """What `Contact.masked` says, for people."""
    name, _, shown = masked.partition(" ")
    return msg("{contact} {shown}", contact=contact_word(name), shown=shown)


def contact_word(name: str) -> Message | str:
    """What a contact is called; one that is not named by its channel keeps the desk's name for it."""
    return _CHANNELS.get(name, name)


_CHANNELS = {"phone": msg("phone"), "app": msg("app"), "post": msg("post"), "email": msg("e-mail")}


@dataclass(frozen=True, slots=True)
class Document:
    """An identity document on file; `mark` is a keyed digest of its last four characters."""

    id: str
    label: str
    mark: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Question:
    """Something the customer did on `happened`; `marks` are keyed digests of the right answers.

    Without `happened` it is a security question (a mother's name), which proves nothing.
    """

    id: str
    ask: str
    happened: date | None
    marks: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Customer:
    """One customer as the factors see them; every secret is hashed or sealed under the desk's key."""

    id: str
    contacts: tuple[Contact, ...] = ()
    passphrase: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    documents: tuple[Document, ...] = ()
    questions: tuple[Question, ...] = ()


class CustomerFile(Protocol):
    """Finds customers."""

    def find(self, subject: str) -> Customer | None:
        """The customer of this id or ticket; None where there is none."""


PASSPHRASE, TOKEN, DOCUMENT, QUESTION = "customer-passphrase", "customer-token", "document", "question"
"""Purposes under which `SecretBox` hashes, seals and marks the secrets of customers."""


def fold_last(text: str) -> str:
    """The last characters of a document number as they are compared: no spaces, no case."""
    return fold_digits(fold_input(text, casefold=True))


def fold_answer(text: str) -> str:
    """An answer as it is compared: no case, single spaces, no closing full stop."""
    return " ".join(fold_input(text, casefold=True).split()).rstrip(".。")
