"""The audit log in one SQLite file, written through the driver.

What costs is the sync at commit, so everything of an action rides in one transaction: entries,
tree nodes, signed checkpoint and the run's summary. Actions that arrive together share one, those
of threads here, those of processes in `sqlite_commits`.
"""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from sop_runner.audit.log import LedgerKind, Opening, Summary
from sop_runner.audit.note import Signer
from sop_runner.base.clock import Stamp
from sop_runner.base.errors import AppendFailed, UsageError
from sop_runner.base.message import msg
from sop_runner.stores.group import Answer, Request
from sop_runner.stores.heads import HeadFile, refuse_other
from sop_runner.stores.sqlite_commits import SqliteCommits
from sop_runner.stores.sqlite_files import create_log, open_log
from sop_runner.stores.sqlite_reading import SqliteReading
from sop_runner.stores.together import Together


class SqliteLedger(SqliteReading, Together):
    """A `Ledger` in a SQLite file; see the port for what each method promises."""

    failures = (sqlite3.Error, OSError)

    def __init__(self, path: Path, connection: sqlite3.Connection, opening: Opening, signer: Signer) -> None:
        """Use `create` or `open`."""
        SqliteReading.__init__(self, path, connection, opening)
        Together.__init__(self)
        self._turn = self._lock  # readers use the same connection
        self._commits = SqliteCommits(path, connection, opening, signer)

    @classmethod
    def create(cls, path: Path, log: str, kind: LedgerKind, signer: Signer, ts: Stamp) -> "SqliteLedger":
        """Make a new log at `path` that begins with `LogOpened`; `log` is its id (hex).

        Raises UsageError where a file exists or the place is a network file system. A crash
        leaves the whole log or an empty file, which `open` names as such.
        """
        return cls(path, *create_log(path, log, kind, signer, ts), signer)

    @classmethod
    def open(cls, path: Path, kind: LedgerKind, signer: Signer, state: Path | None = None) -> "SqliteLedger":
        """Open an existing log. Raises UsageError for a missing file or a log of another kind,
        NotVerified where the file is no audit log, or not the one that `state`, the user's state
        folder, has kept the head of."""
        opened = cls(path, *open_log(path, kind), signer)
        try:
            opened._keep_heads(state)
        except BaseException:
            opened.close()
            raise
        return opened

    def put_procedure(self, digest: str, text: bytes) -> None:
        with self._lock:
            try:
                with self._commits.alone() as db:
                    kept = db.execute("SELECT yaml FROM procedure WHERE digest = ?", (digest,)).fetchone()
                    if kept is None:
                        db.execute("INSERT INTO procedure (digest, yaml) VALUES (?, ?)", (digest, text))
                        return
            except (sqlite3.Error, OSError) as error:
                raise AppendFailed(
                    msg("the procedure '{digest}' was not kept: {reason}", digest=digest, reason=str(error))
                ) from error
        if kept[0] != text:
            raise UsageError(msg("another text is kept under the digest '{digest}' already", digest=digest))

    def rebuild(self, summaries: Sequence[Summary]) -> None:
        try:
            with self._lock, self._commits.alone() as db:
                db.execute("DELETE FROM run_summary")
                for summary in summaries:
                    self._tables.put_summary(summary)
        except (sqlite3.Error, OSError) as error:
            raise AppendFailed(msg("the summaries were not rebuilt: {reason}", reason=str(error))) from error

    def close(self) -> None:
        with self._lock:
            self._connection.close()
            self._commits.close()

    def _keep_heads(self, state: Path | None) -> None:
        """Hold the log against the head that was kept, and keep its heads from now on."""
        if state is not None:
            self._commits.head = head = HeadFile.of(state, self._opening.log, self.path)
            refuse_other(head, self)

    def _write(self, requests: Sequence[Request]) -> Sequence[Answer]:
        return self._commits.write(requests)
