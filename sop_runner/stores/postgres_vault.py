"""Personal values in a schema of their own on PostgreSQL; their master key stays in the desk's folder."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import psycopg

from sop_runner.audit.log import LedgerKind
from sop_runner.stores.personal import Shelf
from sop_runner.stores.postgres_pool import Database
from sop_runner.stores.postgres_schema import vault_of
from sop_runner.stores.postgres_words import words
from sop_runner.stores.sealing import new_master, read_master
from sop_runner.stores.vault import Execute, T, Vault


class PostgresVault(Vault):
    """A `Vault` on a server: whoever has the server but not the key opens nothing."""

    failures = (psycopg.Error,)
    before_erasing = ()
    erase_value = "SELECT erase_value(?, ?, ?)"
    forget_subject = "SELECT forget_subject(?)"

    def __init__(self, url: str, kind: LedgerKind, master: bytes) -> None:
        """Use `begin` or `join`."""
        self._database, self._master, self.path = Database(url, vault_of(kind)), master, None

    @classmethod
    def begin(cls, url: str, kind: LedgerKind, key_path: Path) -> "PostgresVault":
        """A vault with a new master key. Raises UsageError where the key's file exists."""
        return cls(url, kind, new_master(key_path))

    @classmethod
    def join(cls, url: str, kind: LedgerKind, key_path: Path) -> "PostgresVault":
        """The vault that this key opens. Raises UsageError where its file is missing or damaged."""
        return cls(url, kind, read_master(key_path))

    def erase(self, shelves: Iterable[Shelf]) -> int:
        try:
            return super().erase(shelves)
        except psycopg.Error as error:
            raise self._database.failed(error) from error

    def close(self) -> None:
        self._database.close()

    def _rows(self, sql: str, values: tuple[Any, ...]) -> list[Any]:
        return self._database.rows(words(sql), values)

    def _write(self, work: Callable[[Execute], T]) -> T:
        def together(connection: psycopg.Connection) -> T:
            with connection.transaction():
                return work(lambda sql, values: connection.execute(words(sql), values))

        return self._database.run(together)

    def _wipe(self) -> None:
        """Nothing: what is left of deleted rows goes when the server vacuums, see docs/postgresql.md."""
