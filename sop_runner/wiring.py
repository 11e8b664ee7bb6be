"""Settings become objects: the only place that knows which concrete classes a desk is made of."""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sop_runner.base.clock import Clock, SystemClock
from sop_runner.base.desk_folder import SETTINGS_FILE
from sop_runner.base.errors import UsageError
from sop_runner.base.message import Message, msg
from sop_runner.base.settings import Settings
from sop_runner.desk.layout import Layout, read_settings, refuse_used, user_state

if TYPE_CHECKING:
    from sop_runner.audit.findings import Verdict
    from sop_runner.audit.log import Ledger
    from sop_runner.audit.note import VerifierKey
    from sop_runner.desk.desk import Desk
    from sop_runner.desk.enrol import Enrolment
    from sop_runner.desk.people import People
    from sop_runner.desk.publishing import Publishing
    from sop_runner.desk.reviewing import Reviewing
    from sop_runner.desk.stage import LedgerStage
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


def create_desk(
    folder: Path,
    name: str = "Desk",
    language: str = "en",
    timezone: str = "",
    clock: Clock | None = None,
    hasher: Any = None,
    store: str = "",
) -> "VerifierKey":
    """Make a desk in `folder` and return the key that reviewers pin. Never overwrites one.

    `store` is the address of a database that `sop store setup` prepared; without it the desk has files.

    `sop.toml` is written last: a folder without it is no desk, whatever a crash left in it.
    """
    from sop_runner.audit.log import LedgerKind, origin
    from sop_runner.base.ids import random_hex
    from sop_runner.base.starter import starter_settings
    from sop_runner.base.tries import Tries
    from sop_runner.desk.storing import store_of
    from sop_runner.people.credentials import CredentialStore
    from sop_runner.stores.files import create_private
    from sop_runner.stores.keys import create_key

    clock = clock or SystemClock()
    zone = timezone or _zone()
    starter_settings(name, language, zone, "name+hash+key", store)  # before anything is made
    refuse_used(folder)
    if store:
        from sop_runner.stores.postgres import refuse_used_database

        refuse_used_database(store)
    for inner in (folder, folder / "keys", folder / "training", folder / "procedures"):
        inner.mkdir(mode=0o700, parents=True, exist_ok=True)
    keys = []
    for kind in LedgerKind:
        layout = Layout(folder, kind is LedgerKind.TRAINING)
        log = random_hex()
        signer = create_key(layout.key, origin(kind, log))
        store_of(layout, Settings(store_url=store)).begin(log, signer, clock.now())
        Tries.create(layout.tries)
        keys.append(signer.verifier)
    CredentialStore.create(folder, hasher)
    settings = starter_settings(name, language, zone, keys[0].text, store)
    create_private(folder / SETTINGS_FILE, settings.encode())
    return keys[0]


def create_demo(folder: Path, language: str = "en", clock: Clock | None = None) -> "Desk":
    """Make a throw-away desk with sample people, customers and tickets, and open its training side."""
    import shutil

    from argon2 import PasswordHasher

    from sop_runner.base.i18n import Translator
    from sop_runner.base.secretbox import SecretBox
    from sop_runner.desk import demo
    from sop_runner.desk.props import DEMO_FACTS
    from sop_runner.desk.tickets import LocalTickets
    from sop_runner.factors.sample import write_customers
    from sop_runner.people.credentials import KEY_NAME
    from sop_runner.stores.files import create_private

    clock = clock or SystemClock()
    # These passphrases stand on the screen: hashing them slowly would only delay the start.
    hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    create_desk(folder, Translator(language)._("Demo desk"), language, clock=clock, hasher=hasher)
    for path in shipped_procedures():
        shutil.copy(path, folder / "procedures" / path.name)
    layout = Layout(folder, training=True)
    now = clock.now().wall
    write_customers(
        layout.customers, demo.sample_customers(now.date()), SecretBox.open(folder / KEY_NAME, hasher)
    )
    tickets = LocalTickets(layout.own, training=True)
    for ticket in demo.sample_tickets(now):
        tickets.open(ticket)
    tokens = {}
    with opened_people(folder, "demo", hasher=hasher, clock=clock) as (enrolment, _):
        for person in demo.PEOPLE:
            enrolment.add(person.id, person.name, person.roles, language)
            enrolment.passphrase(person.id, person.passphrase)
            uri, _ = enrolment.token(person.id, "sop demo")
            tokens[person.id] = uri
    facts = {"hint": demo.hint_lines(language), "tokens": tokens}
    create_private(folder / DEMO_FACTS, json.dumps(facts, ensure_ascii=False).encode())
    return open_desk(folder, training=True, clock=clock)


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


@contextmanager
def rehearsal_stage(folder: Path | None, procedure: Path) -> "Iterator[Callable[[], LedgerStage]]":
    """Stages for rehearsing a procedure file on a desk's training ledger, each with a clock of its own.

    Without a desk on the training ledger of one that is thrown away afterwards.
    """
    from dataclasses import replace
    from tempfile import TemporaryDirectory

    from sop_runner.base.clock import ManualClock
    from sop_runner.desk.stage import LedgerStage

    with TemporaryDirectory(prefix="sop-rehearsal-") as temporary:
        thrown_away = folder is None
        if folder is None:
            folder = Path(temporary) / "desk"
            create_desk(folder)
        desk = open_desk(folder, training=True, reading=thrown_away)  # no head is kept of what will be gone
        try:
            text = desk.registry.text(procedure)
            plan = desk.registry.plan(text)
            desk.registry.keep(text)

            def make() -> LedgerStage:
                clock = ManualClock(desk.context.clock.now().wall)
                return LedgerStage(replace(desk.context, clock=clock), plan, clock)

            yield make
        finally:
            desk.close()


def verify_desk(folder: Path, training: bool = False) -> "Verdict":
    """Verify a ledger of a desk under the key that its settings pin; `desk.verified` takes more."""
    from sop_runner.desk.verified import verify_desk as verified

    return verified(folder, training)


def shipped_procedures() -> tuple[Path, ...]:
    """The procedures that come with the product: beside the package in a clone, else where it was installed."""
    import sysconfig

    from sop_runner.desk.files import procedure_files

    beside = Path(__file__).resolve().parent.parent / "procedures"
    installed = Path(sysconfig.get_path("data")) / "share" / "sop_runner" / "procedures"
    for folder in (beside, installed):
        files = procedure_files(folder)
        if files:
            return tuple(files)
    raise UsageError(
        msg("the sample procedures were not installed"),
        hint=msg("Install the package again, or run it from a clone."),
    )


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


def _zone() -> str:
    """The time zone of this machine where it has a name, else UTC."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        name = str(Path("/etc/localtime").resolve()).partition("zoneinfo/")[2] or "UTC"
        ZoneInfo(name)
    except (OSError, ValueError, ZoneInfoNotFoundError):
        return "UTC"
    return name
