"""Making desks: an empty one, and one to try things on."""

import json
import shutil
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sop_runner.base.clock import Clock, SystemClock
from sop_runner.base.desk_folder import SETTINGS_FILE
from sop_runner.base.errors import UsageError
from sop_runner.base.message import msg
from sop_runner.base.settings import Settings
from sop_runner.desk.layout import Layout, refuse_used

from .opening import open_desk, opened_people

if TYPE_CHECKING:
    from sop_runner.audit.note import VerifierKey
    from sop_runner.desk.desk import Desk


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


def shipped_procedures() -> tuple[Path, ...]:
    """The procedures that come with the product: beside the package in a clone, else where it was installed."""
    from sop_runner.desk.files import procedure_files

    beside = Path(__file__).resolve().parents[2] / "procedures"
    installed = Path(sysconfig.get_path("data")) / "share" / "sop_runner" / "procedures"
    for folder in (beside, installed):
        files = procedure_files(folder)
        if files:
            return tuple(files)
    raise UsageError(
        msg("the sample procedures were not installed"),
        hint=msg("Install the package again, or run it from a clone."),
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
