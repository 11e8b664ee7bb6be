"""The contract on PostgreSQL, and what only a server can suffer: restarts, other machines, its administrator."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from sop_runner.audit.findings import Outcome, Verdict
from sop_runner.audit.log import Ledger, LedgerKind
from sop_runner.audit.note import Ed25519Signer
from sop_runner.audit.verify import verify
from sop_runner.base.errors import AppendFailed, Conflict, NotVerified, SopError, UsageError
from sop_runner.base.ids import random_hex
from sop_runner.stores.postgres import PostgresLedger
from sop_runner.stores.postgres_reader import PostgresSource
from sop_runner.stores.postgres_schema import ROLE
from sop_runner.stores.postgres_setup import set_up
from tests.postgres import Base, Cluster

from .ledger_contract import CLOCK, LOG, SIGNER, LedgerContract, draft

OPEN: list[PostgresLedger] = []


@pytest.fixture(autouse=True)
def _close() -> Iterator[None]:
    yield
    while OPEN:
        OPEN.pop().close()


@pytest.fixture
def base(postgres: Cluster) -> Base:
    return postgres.database()


def create(base: Base) -> PostgresLedger:
    OPEN.append(PostgresLedger.create(base.url, LOG, LedgerKind.LIVE, SIGNER, CLOCK.now()))
    return OPEN[-1]


def reopen(base: Base) -> PostgresLedger:
    OPEN.append(PostgresLedger.open(base.url, LedgerKind.LIVE, SIGNER))
    return OPEN[-1]


def verified(base: Base) -> Verdict:
    with closing(PostgresSource(base.url, LedgerKind.LIVE)) as source:
        return verify(source, (SIGNER.verifier,))


class TestPostgres(LedgerContract):
    @pytest.fixture(autouse=True)
    def _database(self, base: Base) -> None:
        self.make = lambda: PostgresLedger.create(base.url, LOG, LedgerKind.LIVE, SIGNER, CLOCK.now())
        self.verdict = lambda ledger: verified(base)
