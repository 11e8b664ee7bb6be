"""A demo desk to work at: made once, copied for each test; and one whose log is in memory, with faults."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sop_runner.audit.log import LedgerKind, origin
from sop_runner.audit.note import Ed25519Signer
from sop_runner.base.clock import SystemClock
from sop_runner.desk.context import Context
from sop_runner.desk.desk import Desk
from sop_runner.desk.registry import Registry
from sop_runner.desk.session import DeskSession
from sop_runner.desk.tickets import LocalTickets
from sop_runner.stores.memory import MemoryLedger
from sop_runner.stores.vault import Vault
from sop_runner.wiring import open_desk

PASSPHRASES = {
    "ana": "seven quiet boats",
    "bela": "amber field north",
    "chen": "paper crane river",
    "dora": "winter clock tower",
}
Open = Callable[[], Desk]


@pytest.fixture
def folder(demo_template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(demo_template, tmp_path / "desk"))


@pytest.fixture
def opens(folder: Path) -> Iterator[Open]:
    """Opens the desk's training side, as often as asked: each is a terminal of its own."""
    opened: list[Desk] = []

    def one() -> Desk:
        desk = open_desk(folder, training=True)
        opened.append(desk)
        for person, passphrase in PASSPHRASES.items():
            desk.sign_in(person, passphrase)
        return desk

    yield one
    for desk in opened:
        desk.close()


@pytest.fixture
def desk(opens: Open) -> Desk:
    return opens()


@pytest.fixture
def session(desk: Desk) -> DeskSession:
    found = desk.start("ana", "account-change", "CR-000123", {}, "en")
    assert isinstance(found, DeskSession)
    return found


@pytest.fixture
def memory(folder: Path) -> Context:
    """The context of a training ledger in memory, which can be told to fail."""
    kind = LedgerKind.TRAINING
    signer = Ed25519Signer(origin(kind, "ab" * 16), b"\7" * 32)
    ledger = MemoryLedger("ab" * 16, kind, signer, SystemClock().now())
    registry = Registry(folder / "procedures", ledger)
    tickets = LocalTickets(folder / "training", training=True)
    return Context(ledger, Vault.in_memory(), SystemClock(), registry, tickets, training=True)
