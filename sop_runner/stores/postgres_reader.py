"""Reading an audit log in PostgreSQL for verification, without trusting or changing it."""

from collections.abc import Iterator
from typing import Any

import psycopg

from sop_runner.audit.log import LedgerKind
from sop_runner.audit.verify import Row
from sop_runner.base.errors import SopError, Unverifiable
from sop_runner.stores.postgres_pool import Database, said
from sop_runner.stores.postgres_schema import SEARCHED, expression, schema_of
from sop_runner.stores.postgres_weak import weaknesses
from sop_runner.stores.postgres_words import words
from sop_runner.stores.source import LOWEST, LogSource

_BODY = "convert_to(body, 'UTF8')"
_PART = "FROM entry WHERE seq >= ? AND seq < ? ORDER BY seq LIMIT ?"
# What is stored beside the body could be another thing than the body says.
_FITS = " AND ".join(f'"{name}" IS NOT DISTINCT FROM {expression(name)}' for name in SEARCHED)


class PostgresSource(LogSource):
    """The rows of a ledger in a database on a server."""

    def __init__(self, url: str, kind: LedgerKind) -> None:
        """Raises StoreFailed where the server does not answer, Unverifiable where there is no readable log."""
        self._database = Database(url, schema_of(kind))
        try:
            with self._database.first() as connection:
                self._weak = tuple(weaknesses(connection, kind))
            super().__init__(self._database.place)
        except psycopg.Error as error:
            self.close()
            raise Unverifiable(
                f"'{self._database.place}' cannot be read as an audit log: {said(error)}"
            ) from error
        except BaseException:
            self.close()
            raise

    def rows(self, start: int = 0, stop: int | None = None) -> Iterator[Row]:
        first, end = start or LOWEST, self._stop if stop is None else stop
        if not self._weak:
            sql = f"SELECT seq, {_BODY}, leaf, nullif({_FITS}, true) {_PART}"
            try:
                for chunk in self._chunks(sql, end, first):
                    if any(fits is not None for *_, fits in chunk):
                        break
                    yield from chunk
                    first = chunk[-1][0] + 1
                else:
                    return
            except Unverifiable:
                pass  # one of the bodies is no JSON: each is shown as it lies there
        yield from self._as_stored(first, end)

    def _as_stored(self, start: int, stop: int) -> Iterator[Row]:
        """The rows with their searched columns, as far as there still are such."""
        with_names = (
            "SELECT attname FROM pg_attribute WHERE attrelid = 'entry'::regclass AND NOT attisdropped"
        )
        present = {name for (name,) in self._all(with_names)}
        paths = {name: path for name, path in SEARCHED.items() if name in present}
        yield from self._compared(paths, start, stop)

    def weaknesses(self) -> tuple[str, ...]:
        return self._weak

    def close(self) -> None:
        self._database.close()

    def _all(self, sql: str, *values: Any) -> list[Any]:
        try:
            return self._database.rows(words(sql), values)
        except SopError as error:
            raise Unverifiable(str(error), hint=error.hint) from error
