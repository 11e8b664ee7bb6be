"""Personal values beside the audit log: encrypted under a key for each subject, erasable.

The log holds commitments only. A subject's key is wrapped by the vault's master key; erasing
deletes key, salts and ciphertext, after which nobody can open or guess the values.
"""

import json
import sqlite3
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

from sop_runner.audit.commitment import commitment
from sop_runner.base.canonical import canonical_bytes
from sop_runner.base.errors import AppendFailed, NotVerified, UsageError
from sop_runner.base.message import msg
from sop_runner.stores.connection import (
    configure,
    connect,
    patiently,
    readable,
    rollback_settings,
    transaction,
)
from sop_runner.stores.files import create_private, refuse_network
from sop_runner.stores.personal import Opened, Personal, Shelf, committed_in
from sop_runner.stores.sealing import new_key, new_master, opener, place_of, read_master, seal, unseal

_TO_REWRITE = 1
"""Stands in the file (as its user version) from an erasure until the file was rewritten."""
_TABLES = (
    "CREATE TABLE subject (subject TEXT NOT NULL PRIMARY KEY, wrapped BLOB NOT NULL) WITHOUT ROWID",
    "CREATE TABLE value (number INTEGER NOT NULL PRIMARY KEY, run TEXT NOT NULL, name TEXT NOT NULL, "
    "subject TEXT NOT NULL, digest TEXT NOT NULL, sealed BLOB NOT NULL, UNIQUE (run, name, digest))",
    "CREATE INDEX value_subject ON value (subject)",
)
_OF_RUN = (
    "SELECT value.name, value.subject, value.digest, value.sealed, subject.wrapped "
    "FROM value JOIN subject USING (subject) WHERE run = ? ORDER BY number"
)
_AHEAD = 400
"""Values that are read with those of a run, for the runs that come next."""
_BEFORE = 40
"""Values from before it that are read as well: side by side runs are not asked for in the order they began in."""
_OF_RUNS = (
    "SELECT run, value.name, value.subject, value.digest, value.sealed, subject.wrapped "
    "FROM value JOIN subject USING (subject) WHERE run IN (SELECT run FROM value WHERE number >= "
    "(SELECT min(number) FROM value WHERE run = ?) - ? ORDER BY number LIMIT ?) ORDER BY number"
)
_ALL = "SELECT subject, run, name FROM value ORDER BY number"
_OF_SUBJECT = "SELECT subject, run, name FROM value WHERE subject = ? ORDER BY number"
_HOW_MANY = "SELECT count(*) FROM value WHERE run = ? AND name = ? AND subject = ?"
_WRAPPED = "SELECT wrapped FROM subject WHERE subject = ?"
T = TypeVar("T")


Execute = Callable[[str, tuple[Any, ...]], Any]
"""Executes a statement with its values inside a transaction, and gives its cursor."""


class Vault:
    """A vault in one SQLite file (`vault.db`) with its master key beside it (`vault.key`)."""

    failures: tuple[type[Exception], ...] = (sqlite3.Error,)
    """What the database raises where it does not write."""
    before_erasing: tuple[str, ...] = (f"PRAGMA user_version = {_TO_REWRITE}",)
    erase_value = "DELETE FROM value WHERE run = ? AND name = ? AND subject = ?"
    forget_subject = (
        "DELETE FROM subject WHERE subject = ? "
        "AND NOT EXISTS (SELECT 1 FROM value WHERE value.subject = subject.subject)"
    )

    def __init__(self, connection: sqlite3.Connection, master: bytes, path: Path | None = None) -> None:
        """Use `create`, `open` or `in_memory`."""
        self._connection, self._master, self.path = connection, master, path
        self._lock = threading.RLock()

    @classmethod
    def create(cls, path: Path, key_path: Path) -> "Vault":
        """Make a new vault and its key. Raises UsageError where either file exists."""
        refuse_network(path)
        master = new_master(key_path)
        create_private(path)
        return cls._made(connect(path), master, path)

    @classmethod
    def open(cls, path: Path, key_path: Path) -> "Vault":
        """Open a vault. Raises UsageError where a file is missing or the key file is damaged."""
        if not path.is_file():
            raise UsageError(
                msg("there is no vault at '{path}'", path=str(path)), hint=msg("make a desk with 'sop init'")
            )
        refuse_network(path)
        master = read_master(key_path)
        connection = connect(path)
        try:
            with readable(path):
                _settings(connection)
                ((mark,),) = patiently(connection, "PRAGMA user_version")
                if mark == _TO_REWRITE:
                    _rewrite(connection)
        except BaseException:
            connection.close()
            raise
        return cls(connection, master, path)

    @classmethod
    def in_memory(cls) -> "Vault":
        """A vault that is gone when the process ends: for tests and measurements."""
        connection = connect(":memory:")
        return cls._made(connection, new_key(), None)

    @classmethod
    def _made(cls, connection: sqlite3.Connection, master: bytes, path: Path | None) -> "Vault":
        _settings(connection)
        vault = cls(connection, master, path)
        with transaction(connection) as db:
            for statement in _TABLES:
                db.execute(statement)
        return vault

    def put(
        self, run: str, name: str, subject: str, salt: bytes, value: Any, *, keep_value: bool = True
    ) -> str:
        """Keep one value durably, before the entry that commits to it; return the commitment."""
        (digest,) = self.put_all((Personal(run, name, subject, salt, value, keep_value),))
        return digest

    def put_all(self, values: Iterable[Personal]) -> tuple[str, ...]:
        """Keep several values in one commit; the same value again changes nothing.

        A crash leaves all or none. A value whose entry was never written stays unused.
        """
        kept = tuple(values)
        digests = tuple(commitment(personal.salt, personal.value) for personal in kept)
        try:
            self._write(lambda execute: self._put_all(execute, zip(kept, digests, strict=True)))
        except self.failures as error:
            raise AppendFailed(
                msg("personal values were not kept: {reason}", reason=str(error)),
                hint=msg("Nothing of this was done. Check the disk, then try again."),
            ) from error
        return digests

    def open_all(self, run: str) -> dict[str, Opened]:
        """Every kept value of a run by its commitment (hex), which is how the log names it."""
        rows = self._rows(_OF_RUN, (run,))
        found = {}
        for name, subject, digest, sealed, wrapped in rows:
            key = self._unwrap(subject, wrapped)
            inner = json.loads(unseal(key, sealed, place_of(run, name, digest)))
            found[digest] = Opened(name, subject, bytes.fromhex(inner["salt"]), inner.get("value"))
        return found

    def examined_from(self, run: str, made: Callable[[bytes, Any], T]) -> dict[str, dict[str, T | None]]:
        """Every kept value of a run, and of some runs whose values were kept about then or after, by run and the name it is kept under.

        Each is `made` of its salt and the value; None for one that does not open, or is not what it was committed to
        under that name.
        """
        found: dict[str, dict[str, T | None]] = {run: {}}
        unwrap, keys = opener(self._master), dict[tuple[str, bytes], Callable[[bytes, bytes], bytes]]()
        for one, name, subject, digest, sealed, wrapped in self._rows(
            _OF_RUNS, (run, _BEFORE, _BEFORE + _AHEAD)
        ):
            kept = None
            try:
                opened = keys.get((subject, wrapped))
                if opened is None:
                    opened = keys[subject, wrapped] = opener(unwrap(wrapped, subject.encode()))
                inner = opened(sealed, place_of(one, name, digest))
                kept = committed_in(inner, digest if name == digest else "")
            except (NotVerified, ValueError, KeyError, TypeError):
                pass
            found.setdefault(one, {})[name] = None if kept is None else made(*kept)
        return found

    def shelves(self, subject: str | None = None) -> tuple[Shelf, ...]:
        """What is kept, of one subject or of all, run by run."""
        rows = self._rows(_ALL, ()) if subject is None else self._rows(_OF_SUBJECT, (subject,))
        found: dict[tuple[str, str], list[str]] = {}
        for whose, run, name in rows:
            found.setdefault((whose, run), []).append(name)
        return tuple(Shelf(whose, run, tuple(names)) for (whose, run), names in found.items())

    def values(self, run: str) -> dict[str, tuple[bytes, Any]]:
        """The newest kept value of a run under each name: (salt, value or None)."""
        return {opened.name: (opened.salt, opened.value) for opened in self.open_all(run).values()}

    def erase(self, shelves: Iterable[Shelf]) -> int:
        """Delete these values, their salts, and the key of every subject of whom nothing is left.

        Returns how many values went; they are in no page of the file then. A crash leaves all of
        them, or a file that is rewritten when it is next opened.
        """
        chosen = tuple(shelves)

        def work(execute: Execute) -> int:
            gone = 0
            for statement in self.before_erasing:
                execute(statement, ())
            for shelf in chosen:
                for place in [(shelf.run, name, shelf.subject) for name in shelf.names]:
                    gone += execute(_HOW_MANY, place).fetchone()[0]
                    execute(self.erase_value, place)
                execute(self.forget_subject, (shelf.subject,))
            return gone

        with readable(self.path):
            gone = self._write(work)
        self._wipe()
        return gone

    def close(self) -> None:
        """Let go of the database."""
        self._connection.close()

    def _rows(self, sql: str, values: tuple[Any, ...]) -> list[Any]:
        with self._lock, readable(self.path):
            return patiently(self._connection, sql, values).fetchall()

    def _write(self, work: Callable[[Execute], T]) -> T:
        """Do all of some work, or nothing of it; durable when this returns."""
        with self._lock, transaction(self._connection) as db:
            return work(db.execute)

    def _wipe(self) -> None:
        """Leave nothing on the disk of what was deleted."""
        with self._lock, readable(self.path):
            _rewrite(self._connection)

    def _put_all(self, execute: Execute, values: Iterable[tuple[Personal, str]]) -> None:
        for personal, digest in values:
            key = self._key_of(execute, personal.subject)
            inner: dict[str, Any] = {"salt": personal.salt.hex()}
            if personal.keep_value:
                inner["value"] = personal.value
            sealed = seal(key, canonical_bytes(inner), place_of(personal.run, personal.name, digest))
            execute(
                "INSERT INTO value (run, name, subject, digest, sealed) VALUES (?, ?, ?, ?, ?) "
                "ON CONFLICT DO NOTHING",
                (personal.run, personal.name, personal.subject, digest, sealed),
            )

    def _key_of(self, execute: Execute, subject: str) -> bytes:
        """The key of a subject, drawn where there is none; the one of whoever was first counts."""
        if (row := execute(_WRAPPED, (subject,)).fetchone()) is None:
            wrapped = seal(self._master, new_key(), subject.encode())
            execute(
                "INSERT INTO subject (subject, wrapped) VALUES (?, ?) ON CONFLICT DO NOTHING",
                (subject, wrapped),
            )
            row = execute(_WRAPPED, (subject,)).fetchone()
        return self._unwrap(subject, row[0])

    def _unwrap(self, subject: str, wrapped: bytes) -> bytes:
        return unseal(self._master, wrapped, subject.encode())


def _settings(connection: sqlite3.Connection) -> None:
    # No write-ahead log here: it would keep erased pages until its next checkpoint.
    configure(connection, "PRAGMA secure_delete = ON", *rollback_settings())


def _rewrite(connection: sqlite3.Connection) -> None:
    """Leave no page with old bytes: those of values that were moved within the file stay otherwise."""
    patiently(connection, "VACUUM")
    patiently(connection, "PRAGMA user_version = 0")
