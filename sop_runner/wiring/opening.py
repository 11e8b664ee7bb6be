"""Opening a desk: for those who work at it, review it, keep its people or publish for it."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sop_runner.base.clock import Clock, SystemClock
from sop_runner.base.message import Message
from sop_runner.base.settings import Settings
from sop_runner.desk.layout import Layout, read_settings, user_state

if TYPE_CHECKING:
    from sop_runner.audit.log import Ledger
    from sop_runner.audit.note import VerifierKey
    from sop_runner.desk.desk import Desk
    from sop_runner.desk.enrol import Enrolment
    from sop_runner.desk.people import People
    from sop_runner.desk.publishing import Publishing
    from sop_runner.desk.reviewing import Reviewing
    from sop_runner.people.credentials import CredentialStore


def open_desk(
    folder: Path, training: bool = False, clock: Clock | None = None, *, reading: bool = False
) -> "Desk":
    """Open a desk's live or training side. Raises SopError where something of it is missing.

    `reading` opens a log that is not the one written here before as well: a reviewer looks at that too.
    """
    from sop_runner.desk.context import Context
    from sop_runner.desk.desk import Desk
    from sop_runner.desk.live import LiveRegistry
    from sop_runner.desk.props import demo_facts, inbox_of, no_inbox
    from sop_runner.desk.published import Published
    from sop_runner.desk.registry import Registry
    from sop_runner.desk.storing import store_of
    from sop_runner.desk.tickets import LocalTickets

    settings = read_settings(folder)
    layout = Layout(folder, training)
    clock = clock or SystemClock()
    ledgers = _ledgers(folder, training, None if reading else user_state(), settings)
    people, _ = _people(folder, ledgers, clock)
    ledger = ledgers[-1]
    published = Published(ledgers[0])
    if training:
        registry = Registry(layout.procedures, ledger, published)
    else:
        zone = ZoneInfo(settings.timezone)
        registry = LiveRegistry(
            layout.procedures, ledger, published, lambda: clock.now().wall.astimezone(zone).date()
        )
    vault = store_of(layout, settings).vault()
    notices, closed = _anchors(folder, settings, training)
    context = Context(
        ledger,
        vault,
        clock,
        registry,
        LocalTickets(layout.own, training=training),
        settings,
        training,
        closed,
    )
    demo = demo_facts(folder)

    def close() -> None:
        vault.close()
        for one in ledgers:
            one.close()

    return Desk(
        context,
        people,
        registry,
        _factors(layout, settings),
        hint=tuple(demo.get("hint", ())),
        inbox=inbox_of(layout.inbox, demo, clock) if training else no_inbox,
        notices=notices,
        close=close,
    )


def open_review(folder: Path, training: bool, keys: "tuple[VerifierKey, ...]" = ()) -> "Reviewing":
    """Open a desk for a reviewer, who verifies it under `keys`, else as `sop audit verify` does."""
    from sop_runner.desk.reviewing import Reviewing
    from sop_runner.desk.searching import Search, index_file
    from sop_runner.desk.verifying_apart import VerifierApart
    from sop_runner.stores.run_index import RunIndex

    desk = open_desk(folder, training, reading=True)
    index = RunIndex.open(index_file(user_state(), desk.context))
    return Reviewing(desk, Search(desk.context, index), VerifierApart(folder, training, keys))


@contextmanager
def opened_people(
    folder: Path, actor: str, *, hasher: Any = None, clock: Clock | None = None
) -> "Iterator[tuple[Enrolment, People]]":
    """Open the people of a desk to enrol or list them, and let go of the log at the end."""
    from sop_runner.desk.enrol import Enrolment

    ledgers = _ledgers(folder, False, user_state())
    try:
        people, credentials = _people(folder, ledgers, clock or SystemClock(), hasher)
        yield Enrolment(people, credentials, actor), people
    finally:
        for ledger in ledgers:
            ledger.close()


@contextmanager
def opened_publishing(folder: Path) -> "Iterator[Publishing]":
    """Open what authors and approvers work on: a desk's live side and its published texts."""
    from sop_runner.desk.live import LiveRegistry
    from sop_runner.desk.publishing import Publishing

    desk = open_desk(folder)
    try:
        assert isinstance(desk.registry, LiveRegistry)  # of a live desk
        yield Publishing(desk.context, desk.folk, desk.registry)
    finally:
        desk.close()


def _ledgers(
    folder: Path, training: bool, state: Path | None, settings: Settings | None = None
) -> "tuple[Ledger, ...]":
    """The live ledger, where people are enrolled, and for training its own behind it."""
    from sop_runner.desk.storing import store_of
    from sop_runner.stores.keys import KeyFile

    settings = settings or read_settings(folder)
    layouts = [Layout(folder, one) for one in ((False, True) if training else (False,))]
    return tuple(store_of(one, settings).ledger(KeyFile(one.key), state) for one in layouts)


def _people(
    folder: Path, ledgers: "Iterable[Ledger]", clock: Clock, hasher: Any = None
) -> "tuple[People, CredentialStore]":
    from sop_runner.desk.people import People
    from sop_runner.people.credentials import CredentialStore

    credentials = CredentialStore.open(folder, hasher)
    return People(tuple(ledgers), credentials, clock), credentials


def _anchors(
    folder: Path, settings: Settings, training: bool
) -> "tuple[Callable[[], tuple[Message, ...]], Callable[[], None]]":
    """What is said of a live desk's anchors, and what is done for them when a ticket has been closed."""
    if training or not settings.anchors:
        return tuple, lambda: None
    from sop_runner.desk.after_closing import notices, start_placing

    return partial(notices, folder), partial(start_placing, folder)


def _factors(layout: Layout, settings: Settings) -> Callable[[], Any]:
    """The factor modules, made when a run first asks for them."""

    def make() -> Any:
        from sop_runner.base.i18n import Translator
        from sop_runner.base.secretbox import SecretBox
        from sop_runner.base.tries import Tries
        from sop_runner.desk.props import NoCourier, NoCustomers
        from sop_runner.factors.courier import SampleInbox
        from sop_runner.factors.registry import make_registry
        from sop_runner.factors.sample import SampleCustomers
        from sop_runner.people.credentials import KEY_NAME

        on_file = layout.customers.exists()
        customers = SampleCustomers(layout.customers) if on_file else NoCustomers()
        courier = SampleInbox(layout.inbox) if layout.training else NoCourier()
        box = SecretBox.open(layout.folder / KEY_NAME)
        say = Translator(settings.language)
        tries, mapping = Tries.open(layout.tries), dict(settings.factors)
        return make_registry(customers, courier, tries, box, mapping, say, customer_file=on_file)

    return make
