"""What is invented for the demo: people, customers, tickets. Nothing of it is real."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sop_runner.base.i18n import Translator
from sop_runner.factors.customers import Contact
from sop_runner.factors.sample import SampleCustomer

from .demo_tickets import ACCOUNT_TICKETS as ACCOUNT_TICKETS
from .tickets import Ticket


@dataclass(frozen=True, slots=True)
class SamplePerson:
    """A person of the demo, with the passphrase that the screen shows."""

    id: str
    name: str
    roles: tuple[str, ...]
    passphrase: str


PEOPLE = (
    SamplePerson("ana", "Ana Kovács", ("agent",), "seven quiet boats"),
    SamplePerson("bela", "Béla Szabó", ("supervisor",), "amber field north"),
    SamplePerson("chen", "陈伟 Chen Wei", ("agent", "supervisor"), "paper crane river"),
    SamplePerson("dora", "Dóra Nagy", ("manager", "supervisor", "reviewer"), "winter clock tower"),
)

DISPUTE_TICKET = "RD-000201"
CUSTOMER_PHRASE = "blue garden gate"
DOCUMENT_LAST = "47KA"
_PHONE = "+36 30 555 0142"


def sample_customers(today: date) -> tuple[SampleCustomer, ...]:
    """The customers: each answers with the same passphrase and shows the same document."""
    lately = today - timedelta(days=12)
    return tuple(
        SampleCustomer(
            id=customer,
            tickets=tickets,
            contacts=(Contact("phone", "phone", phone), Contact("app", "app", f"app of {customer}")),
            passphrase=CUSTOMER_PHRASE,
            documents=(("id-card", "identity card", DOCUMENT_LAST),),
            questions=(("top-up", "Which amount did you top up last?", lately, ("20", "20 euros")),),
        )
        for customer, tickets, phone in (
            ("C-00000041", ACCOUNT_TICKETS, _PHONE),
            ("C-00000042", (DISPUTE_TICKET,), "+36 30 555 0199"),
        )
    )


def sample_tickets(now: datetime) -> tuple[Ticket, ...]:
    """The tickets that wait at the demo desk."""
    today = now.date()
    dispute = {
        "channel": "phone",
        "priority": "normal",
        "customer_id": "C-00000042",
        "phone_since": "2019-04-01",
        "bill_number": "B-202611042",
        "bill_date": (today - timedelta(days=11)).isoformat(),
        "received_on": (today - timedelta(days=1)).isoformat(),
        "credits_last_year": "0",
    }
    opened = now - timedelta(minutes=10)
    return (
        Ticket(ACCOUNT_TICKETS[0], opened, "urgent", "New telephone number"),
        Ticket(ACCOUNT_TICKETS[1], opened, "normal", "New payout account"),
        Ticket(ACCOUNT_TICKETS[2], opened, "normal", "New postal address"),
        Ticket(DISPUTE_TICKET, opened, "normal", "Roaming charges disputed", dispute),
    )


def hint_lines(language: str) -> tuple[str, ...]:
    """What the demo shows its user: who there is, what they type, what the customers say."""
    t = Translator(language)
    return (
        t._("This is a demo: people, customers and tickets are invented, nothing leaves this machine."),
        *(
            t._(
                "{person} ({roles}): passphrase '{passphrase}'",
                person=person.id,
                roles=t.listed(person.roles),
                passphrase=person.passphrase,
            )
            for person in PEOPLE
        ),
        t._("Tickets: {tickets}", tickets=t.listed((*ACCOUNT_TICKETS, DISPUTE_TICKET))),
        t._(
            "Every sample customer says '{passphrase}' and shows a document that ends in {last}.",
            passphrase=CUSTOMER_PHRASE,
            last=DOCUMENT_LAST,
        ),
        t._("One-time codes and the codes of the sample tokens are in the sample inbox."),
    )
