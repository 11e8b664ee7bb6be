"""Tries and uses, counted across processes: wrong answers slow down and lock, a code counts once.

A small SQLite file; every method is one transaction, and the time is passed in.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from .errors import StoreFailed
from .message import msg
from .secretbox import create_private, require_private

FREE_TRIES = 3
"""Wrong tries without any delay: typing errors are not attacks."""
LOCK_AFTER = 10
"""Wrong tries in a row that lock (NIST SP 800-63B, 3.2.2 allows at most 100)."""
_FIRST_DELAY_S = 5
_BUSY_MS = 5_000

_SCHEMA = """
CREATE TABLE IF NOT EXISTS tries(who TEXT, what TEXT, wrong INTEGER NOT NULL, free_at TEXT NOT NULL,
    PRIMARY KEY(who, what)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS used(name TEXT PRIMARY KEY, upto INTEGER NOT NULL) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Blocked:
    """No try now: `wait_s` seconds to go, or `locked` until somebody clears it."""

    wait_s: int
    locked: bool = False


def delay_after(wrong: int) -> timedelta | None:
    """How long the next try must wait after `wrong` wrong ones in a row; None means locked."""
    if wrong >= LOCK_AFTER:
        return None
    if wrong < FREE_TRIES:
        return timedelta()
    return timedelta(seconds=_FIRST_DELAY_S * 2 ** (wrong - FREE_TRIES))


class Tries:
    """Counts wrong tries and used codes in an SQLite file of its own or a shared one."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @classmethod
    def create(cls, path: Path) -> "Tries":
        """Make the file (0600). Raises UsageError where one exists."""
        create_private(path)
        tries = cls(path)
        tries.prepare()
        return tries

    @classmethod
    def open(cls, path: Path) -> "Tries":
        """Open the file. Raises UsageError where it is missing or readable by others."""
        require_private(path)
        return cls(path)

    def prepare(self) -> None:
        """Add the tables to a file that has none."""
        with connected(self._path) as db:
            db.executescript(_SCHEMA)

    def charge(self, who: str, what: str, now: datetime) -> Blocked | None:
        """Count a try as wrong before it is judged, or say why there is none.

        Counting first means that neither a crash nor many terminals at once give a try away;
        a right answer is cleared afterwards.
        """
        with transaction(self._path) as db:
            row = db.execute(
                "SELECT wrong, free_at FROM tries WHERE who=? AND what=?", (who, what)
            ).fetchone()
            wrong, free_at = row if row else (0, _text(now))
            if wrong >= LOCK_AFTER:
                return Blocked(0, locked=True)
            left = _moment(free_at) - now
            # More left than was ever imposed: the clock was set back, and nobody has to wait for it.
            if timedelta() < left <= (delay_after(wrong) or timedelta()):
                return Blocked(-(-left // timedelta(seconds=1)))
            delay = delay_after(wrong + 1) or timedelta()
            db.execute(
                "INSERT INTO tries VALUES(?,?,?,?) ON CONFLICT(who, what) DO UPDATE"
                " SET wrong=excluded.wrong, free_at=excluded.free_at",
                (who, what, wrong + 1, _text(now + delay)),
            )
        return None

    def wrong(self, who: str, what: str) -> int:
        """How many tries in a row were wrong."""
        with connected(self._path) as db:
            row = db.execute("SELECT wrong FROM tries WHERE who=? AND what=?", (who, what)).fetchone()
        return int(row[0]) if row else 0

    def count(self, name: str, most: int) -> bool:
        """Count one more try at something short-lived; False when `most` were made before."""
        with transaction(self._path) as db:
            changed = db.execute(
                "INSERT INTO used VALUES(?,1) ON CONFLICT(name) DO UPDATE SET upto=used.upto+1 WHERE used.upto<?",
                (f"tries {name}", most),
            ).rowcount
        return changed == 1

    def clear(self, who: str, what: str) -> None:
        """Forget the wrong tries: the answer was right, or the secret is a new one."""
        with transaction(self._path) as db:
            db.execute("DELETE FROM tries WHERE who=? AND what=?", (who, what))

    def use(self, name: str, upto: int = 1) -> bool:
        """Take `name` up to `upto`, once: True only where it stood lower before (RFC 6238, 5.2).

        A compare-and-set in the database, so of any number of processes one gets True.
        """
        with transaction(self._path) as db:
            changed = db.execute(
                "INSERT INTO used VALUES(?,?) ON CONFLICT(name) DO UPDATE SET upto=excluded.upto"
                " WHERE excluded.upto > used.upto",
                (name, upto),
            ).rowcount
        return changed == 1

    def forget(self, name: str) -> None:
        """Let `name` start again: its secret is a new one."""
        with transaction(self._path) as db:
            db.execute("DELETE FROM used WHERE name=?", (name,))


@contextmanager
def connected(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection to an SQLite file that holds secrets: what is deleted is overwritten, writers wait.

    Raises StoreFailed where the file cannot be read or written.
    """
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as db:
            db.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
            db.execute("PRAGMA secure_delete=ON")
            # A code that was used must stay used after a power cut: the folder is synced as well.
            db.execute("PRAGMA synchronous=EXTRA")
            yield db
    except sqlite3.Error as error:
        raise StoreFailed(
            msg("'{path}' does not answer: {reason}", path=str(path), reason=str(error)),
            hint=msg("Nothing was checked. Check the disk, then try again."),
        ) from error


@contextmanager
def transaction(path: Path) -> Iterator[sqlite3.Connection]:
    """One writing transaction on a connection of its own; rolled back on any error."""
    with connected(path) as db:
        db.execute("BEGIN IMMEDIATE")
        with db:
            yield db


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
