"""A sample customer file: what the demo and the training ledger use in place of a CRM."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from sop_runner.base.errors import UsageError
from sop_runner.base.message import msg
from sop_runner.base.secretbox import SecretBox, create_private, require_private
from sop_runner.base.textsafe import fold_input

from .customers import (
    DOCUMENT,
    QUESTION,
    TOKEN,
    Contact,
    Customer,
    Document,
    Question,
    fold_answer,
    fold_last,
)
from .passphrase import phrase_owner, spoken


@dataclass(frozen=True, slots=True)
class SampleCustomer:
    """A customer in clear, as the demo invents one; only its hashes are written.

    `documents` are (id, label, last four); `questions` (id, ask, day it happened or None, answers);
    `tickets` other names under which this customer is found.
    """

    id: str
    tickets: tuple[str, ...] = ()
    contacts: tuple[Contact, ...] = ()
    passphrase: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    documents: tuple[tuple[str, str, str], ...] = field(default=(), repr=False)
    questions: tuple[tuple[str, str, date | None, tuple[str, ...]], ...] = field(default=(), repr=False)


def write_customers(path: Path, customers: Iterable[SampleCustomer], box: SecretBox) -> None:
    """Write a sample file (0600) with every secret hashed or sealed. Raises UsageError where one exists."""
    content = json.dumps({"customers": [_stored(c, box) for c in customers]}, ensure_ascii=False, indent=1)
    create_private(path, content.encode())


class SampleCustomers:
    """Finds customers in a sample file, by id or ticket, in any case and width."""

    def __init__(self, path: Path) -> None:
        require_private(path)
        try:
            stored = json.loads(path.read_text(encoding="utf-8"))["customers"]
            self._by_key = {
                _key(key): _read(item) for item in stored for key in (item["id"], *item["tickets"])
            }
        except (ValueError, KeyError, TypeError) as error:
            raise UsageError(
                msg("'{path}' is no sample customer file ({reason})", path=str(path), reason=str(error)),
                hint=msg("Make a new one with 'sop demo'."),
            ) from None

    def find(self, subject: str) -> Customer | None:
        """The customer of this id or ticket; None where there is none."""
        return self._by_key.get(_key(subject))


def _key(text: str) -> str:
    return fold_input(text, casefold=True)


def _stored(customer: SampleCustomer, box: SecretBox) -> dict[str, Any]:
    owner = customer.id
    return {
        "id": owner,
        "tickets": list(customer.tickets),
        "contacts": [{"id": c.id, "channel": c.channel, "address": c.address} for c in customer.contacts],
        "passphrase": customer.passphrase
        and box.hash_phrase(phrase_owner(owner), spoken(customer.passphrase)),
        "token": customer.token and box.seal(TOKEN, owner, customer.token),
        "documents": [
            {"id": key, "label": label, "mark": box.mark(DOCUMENT, owner, key, fold_last(last))}
            for key, label, last in customer.documents
        ],
        "questions": [
            {
                "id": key,
                "ask": ask,
                "happened": happened and happened.isoformat(),
                "marks": [box.mark(QUESTION, owner, key, fold_answer(answer)) for answer in answers],
            }
            for key, ask, happened, answers in customer.questions
        ],
    }


def _read(item: dict[str, Any]) -> Customer:
    return Customer(
        id=item["id"],
        contacts=tuple(Contact(c["id"], c["channel"], c["address"]) for c in item["contacts"]),
        passphrase=item["passphrase"],
        token=item["token"],
        documents=tuple(Document(d["id"], d["label"], d["mark"]) for d in item["documents"]),
        questions=tuple(
            Question(
                q["id"], q["ask"], q["happened"] and date.fromisoformat(q["happened"]), tuple(q["marks"])
            )
            for q in item["questions"]
        ),
    )
