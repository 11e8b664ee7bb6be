"""Settings become objects: the only place that knows which concrete classes a desk is made of."""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sop_runner.base.clock import Clock, SystemClock
from sop_runner.base.desk_folder import SETTINGS_FILE
from sop_runner.base.errors import UsageError
from sop_runner.base.settings import Settings, parse_settings

if TYPE_CHECKING:
    from sop_runner.audit.findings import Verdict
    from sop_runner.audit.note import VerifierKey
    from sop_runner.desk.desk import Desk
    from sop_runner.desk.enrol import Enrolment
    from sop_runner.desk.people import People
    from sop_runner.desk.stage import LedgerStage
    from sop_runner.factors.customers import Customer
    from sop_runner.people.credentials import CredentialStore
    from sop_runner.stores.sqlite import SqliteLedger

DEMO_FACTS = "demo.json"

_SETTINGS = """\
# The desk. Every key has a default; 'sop --help' names the commands.
name = {name}
language = {language}
timezone = {timezone}

[audit]
# What reviewers pin; hand it to them by another way than this folder.
verifier_key = {key}
"""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a desk keeps what."""

    folder: Path
    training: bool = False

    @property
    def own(self) -> Path:
        """The folder of what live and training never share."""
        return self.folder / "training" if self.training else self.folder

    @property
    def ledger(self) -> Path:
        return self.folder / ("training.db" if self.training else "desk.db")

    @property
    def key(self) -> Path:
        return self.folder / "keys" / ("training.key" if self.training else "desk.key")

    @property
    def vault(self) -> tuple[Path, Path]:
        """The vault and its key."""
        return self.own / "vault.db", self.own / "vault.key"

    @property
    def tries(self) -> Path:
        return self.own / "tries.db"

    @property
    def customers(self) -> Path:
        return self.own / "customers.json"

    @property
    def inbox(self) -> Path:
        return self.own / "inbox.jsonl"

    @property
    def procedures(self) -> Path:
        return self.folder / "procedures"


def read_settings(folder: Path) -> Settings:
    """The settings of a desk. Raises UsageError with the first thing that is wrong in them."""
    path = folder / SETTINGS_FILE
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"'{path}' cannot be read: {error}") from error
    settings, findings = parse_settings(text, str(path))
    for finding in findings:
        place = f"{finding.file}:{finding.at.line}:{finding.at.column}"
        raise UsageError(f"{place}: {finding.message}", hint=finding.fix)
    if settings.store_url:
        kind = settings.store_url.partition(":")[0]
        raise UsageError(
            f"the store '{kind}' in '{path}' is not supported by this version",
            hint="Leave [store] out: the desk then keeps its own file.",
        )
    return settings


def open_desk(folder: Path, training: bool = False, clock: Clock | None = None) -> "Desk":
    """Open a desk's live or training side. Raises SopError where something of it is missing."""
    from sop_runner.desk.context import Context
    from sop_runner.desk.desk import Desk
    from sop_runner.desk.registry import Registry
    from sop_runner.desk.tickets import LocalTickets
    from sop_runner.stores.vault import Vault

    settings = read_settings(folder)
    layout = Layout(folder, training)
    clock = clock or SystemClock()
    ledgers = _ledgers(folder, training)
    people, _ = _people(folder, ledgers, clock)
    ledger = ledgers[-1]
    registry = Registry(layout.procedures, ledger)
    vault = Vault.open(*layout.vault)
    context = Context(
        ledger, vault, clock, registry, LocalTickets(layout.own, training=training), settings, training
    )
    demo = _demo_facts(folder)

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
        inbox=_inbox(layout, demo, clock) if training else tuple,
        close=close,
    )


def create_desk(
    folder: Path,
    name: str = "Desk",
    language: str = "en",
    timezone: str = "",
    clock: Clock | None = None,
    hasher: Any = None,
) -> "VerifierKey":
    """Make a desk in `folder` and return the key that reviewers pin. Never overwrites one.

    `sop.toml` is written last: a folder without it is no desk, whatever a crash left in it.
    """
    from sop_runner.audit.log import LedgerKind, origin
    from sop_runner.base.ids import random_hex
    from sop_runner.base.tries import Tries
    from sop_runner.people.credentials import CredentialStore
    from sop_runner.stores.files import create_private
    from sop_runner.stores.keys import create_key
    from sop_runner.stores.sqlite import SqliteLedger
    from sop_runner.stores.vault import Vault

    clock = clock or SystemClock()
    _refuse_used(folder)
    for inner in (folder, folder / "keys", folder / "training", folder / "procedures"):
        inner.mkdir(mode=0o700, parents=True, exist_ok=True)
    keys = []
    for kind in LedgerKind:
        layout = Layout(folder, kind is LedgerKind.TRAINING)
        log = random_hex()
        signer = create_key(layout.key, origin(kind, log))
        SqliteLedger.create(layout.ledger, log, kind, signer, clock.now()).close()
        Vault.create(*layout.vault).close()
        Tries.create(layout.tries)
        keys.append(signer.verifier)
    CredentialStore.create(folder, hasher)
    settings = _SETTINGS.format(
        name=_toml(name),
        language=_toml(language),
        timezone=_toml(timezone or _zone()),
        key=_toml(keys[0].text),
    )
    create_private(folder / SETTINGS_FILE, settings.encode())
    return keys[0]


def create_demo(folder: Path, language: str = "en", clock: Clock | None = None) -> "Desk":
    """Make a throw-away desk with sample people, customers and tickets, and open its training side."""
    import shutil

    from argon2 import PasswordHasher

    from sop_runner.base.secretbox import SecretBox
    from sop_runner.desk import demo
    from sop_runner.desk.tickets import LocalTickets
    from sop_runner.factors.sample import write_customers
    from sop_runner.people.credentials import KEY_NAME
    from sop_runner.stores.files import create_private

    clock = clock or SystemClock()
    # These passphrases stand on the screen: hashing them slowly would only delay the start.
    hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    create_desk(folder, "Demo desk", language, clock=clock, hasher=hasher)
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

    ledgers = _ledgers(folder, training=False)
    try:
        people, credentials = _people(folder, ledgers, clock or SystemClock(), hasher)
        yield Enrolment(people, credentials, actor), people
    finally:
        for ledger in ledgers:
            ledger.close()


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
        if folder is None:
            folder = Path(temporary) / "desk"
            create_desk(folder)
        desk = open_desk(folder, training=True)
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
    """Verify a ledger of a desk; the live one under the key that its settings pin."""
    from sop_runner.audit.note import VerifierKey
    from sop_runner.stores.reader import verify_file

    settings = read_settings(folder)
    pinned = VerifierKey.parse(settings.verifier_key) if settings.verifier_key and not training else None
    return verify_file(Layout(folder, training).ledger, pinned)


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
        "the sample procedures were not installed", hint="Install the package again, or run it from a clone."
    )


def _ledgers(folder: Path, training: bool) -> "tuple[SqliteLedger, ...]":
    """The live ledger, where people are enrolled, and for training its own behind it."""
    from sop_runner.audit.log import LedgerKind
    from sop_runner.stores.keys import KeyFile
    from sop_runner.stores.sqlite import SqliteLedger

    kinds = (LedgerKind.LIVE, LedgerKind.TRAINING) if training else (LedgerKind.LIVE,)
    found = []
    for kind in kinds:
        layout = Layout(folder, kind is LedgerKind.TRAINING)
        found.append(SqliteLedger.open(layout.ledger, kind, KeyFile(layout.key)))
    return tuple(found)


def _people(
    folder: Path, ledgers: "Iterable[SqliteLedger]", clock: Clock, hasher: Any = None
) -> "tuple[People, CredentialStore]":
    from sop_runner.desk.people import People
    from sop_runner.people.credentials import CredentialStore

    credentials = CredentialStore.open(folder, hasher)
    return People(tuple(ledgers), credentials, clock), credentials


def _factors(layout: Layout, settings: Settings) -> Callable[[], Any]:
    """The factor modules, made when a run first asks for them."""

    def make() -> Any:
        from sop_runner.base.secretbox import SecretBox
        from sop_runner.base.tries import Tries
        from sop_runner.factors.courier import SampleInbox
        from sop_runner.factors.registry import make_registry
        from sop_runner.factors.sample import SampleCustomers
        from sop_runner.people.credentials import KEY_NAME

        customers = SampleCustomers(layout.customers) if layout.customers.exists() else _NoCustomers()
        courier = SampleInbox(layout.inbox) if layout.training else _NoCourier()
        box = SecretBox.open(layout.folder / KEY_NAME)
        return make_registry(customers, courier, Tries.open(layout.tries), box, dict(settings.factors))

    return make


class _NoCustomers:
    """A desk that no customer file was connected to."""

    def find(self, subject: str) -> "Customer | None":
        return None


class _NoCourier:
    """A live desk without a way to send codes."""

    def send(self, contact: Any, text: str, now: Any, *, spoken: bool = False) -> None:
        from sop_runner.factors.courier import NotSent

        raise NotSent("this desk has no way to send codes")


def _inbox(layout: Layout, demo: dict[str, Any], clock: Clock) -> Callable[[], tuple[str, ...]]:
    """What the customers' telephones and the people's tokens show, newest first."""

    def shown() -> tuple[str, ...]:
        from sop_runner.factors.courier import SampleInbox

        letters = SampleInbox(layout.inbox).letters()
        lines = [f"{letter.at[11:19]} UTC, {letter.to}: {letter.text}" for letter in reversed(letters)]
        for person, uri in demo.get("tokens", {}).items():
            import pyotp

            token = pyotp.parse_uri(uri)
            if isinstance(token, pyotp.TOTP):
                lines.append(f"token of {person}: {token.at(clock.now().wall)}")
        return tuple(lines)

    return shown


def _demo_facts(folder: Path) -> dict[str, Any]:
    try:
        facts: dict[str, Any] = json.loads((folder / DEMO_FACTS).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return facts


def _refuse_used(folder: Path) -> None:
    if (folder / SETTINGS_FILE).exists():
        raise UsageError(f"'{folder}' is a desk already", hint="It is not overwritten; name another folder.")
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"'{folder}' is no folder", hint="Name a folder, new or empty.")
    for name in ("desk.db", "training.db", "people.db", "keys"):
        if (folder / name).exists():
            raise UsageError(
                f"'{folder}' holds '{name}' of a desk that was not finished or has lost its '{SETTINGS_FILE}'",
                hint="Look at what it is; move it away, or name another folder.",
            )


def _zone() -> str:
    """The time zone of this machine where it has a name, else UTC."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        name = str(Path("/etc/localtime").resolve()).partition("zoneinfo/")[2] or "UTC"
        ZoneInfo(name)
    except (OSError, ValueError, ZoneInfoNotFoundError):
        return "UTC"
    return name


def _toml(text: str) -> str:
    # A JSON text is a TOML text, once the one character that TOML does not allow is escaped.
    return json.dumps(text).replace("\x7f", "\\u007f")
