"""Sample customers and the parts that the factor tests share."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pyotp
from argon2 import PasswordHasher

from sop_runner.base.secretbox import SecretBox
from sop_runner.base.tries import Tries
from sop_runner.factors.courier import SampleInbox
from sop_runner.factors.customers import Contact
from sop_runner.factors.registry import Registry, make_registry
from sop_runner.factors.sample import SampleCustomer, SampleCustomers, write_customers

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
NOW = datetime(2026, 10, 15, 12, 0, tzinfo=UTC)
PHRASE = "Blue Lanterns over Győr"
TOKEN = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
PHONE = "+36 30 555 0142"

CUSTOMERS = (
    SampleCustomer(
        id="C-1001",
        tickets=("CR-000123",),
        contacts=(
            Contact("email", "email", "kata@example.org"),
            Contact("phone", "phone", PHONE),
            Contact("app", "app", "device-77"),
        ),
        passphrase=PHRASE,
        token=TOKEN,
        documents=(("id-card", "identity card", "42KE"), ("passport", "passport", "9917")),
        questions=(
            ("top-up", "What did you top up last week?", date(2026, 10, 8), ("20 euros", "20")),
            ("mother", "What is your mother's name?", None, ("Teréz",)),
        ),
    ),
    SampleCustomer(id="C-2002", contacts=(Contact("email", "email", "old@example.org"),)),
    SampleCustomer(
        id="C-3003",
        contacts=(Contact("mobile", "phone", "+86 138 0000 1234"),),
        questions=(("old", "What did you buy?", date(2025, 1, 1), ("a lamp",)),),
    ),
)


@dataclass(frozen=True)
class Parts:
    """Everything a registry is made of, in one folder."""

    folder: Path
    box: SecretBox
    tries: Tries
    inbox: SampleInbox
    registry: Registry


def make_parts(folder: Path) -> Parts:
    """A new folder of files with the sample customers."""
    box = SecretBox.create(folder / "people.key", CHEAP)
    Tries.create(folder / "factors.db")
    write_customers(folder / "customers.json", CUSTOMERS, box)
    return open_parts(folder)


def open_parts(folder: Path) -> Parts:
    """The same folder again, as another process would open it."""
    box = SecretBox.open(folder / "people.key", CHEAP)
    tries = Tries.open(folder / "factors.db")
    inbox = SampleInbox(folder / "inbox.jsonl")
    registry = make_registry(SampleCustomers(folder / "customers.json"), inbox, tries, box)
    return Parts(folder, box, tries, inbox, registry)


def code_in(parts: Parts) -> str:
    """The digits of the newest message in the inbox."""
    words = parts.inbox.letters()[-1].text.replace(".", " ").split()
    return next(word for word in words if word.isdigit())


def token_code(now: datetime) -> str:
    """What the sample customer's token shows."""
    return pyotp.TOTP(TOKEN).at(now)
