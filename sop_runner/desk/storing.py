"""Which database a desk keeps its logs and personal values in: files of its own, or a server."""

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from sop_runner.audit.log import Ledger, LedgerKind
from sop_runner.audit.note import Signer
from sop_runner.base.clock import Stamp
from sop_runner.base.settings import Settings

from .layout import Layout, read_settings

if TYPE_CHECKING:
    from sop_runner.stores.source import LogSource
    from sop_runner.stores.vault import Vault


class Store(Protocol):
    """Where one ledger of a desk lies, and what stands behind its commitments."""

    @property
    def place(self) -> Path | str:
        """By which a head of the log is kept: a file, or how people call the server."""
        ...

    def begin(self, log: str, signer: Signer, ts: Stamp) -> None:
        """Begin a log and its vault. Raises UsageError where there is one."""
        ...

    def ledger(self, signer: Signer, state: Path | None) -> Ledger:
        """Open the log; see `SqliteLedger.open` for `state`."""
        ...

    def source(self) -> "LogSource":
        """Open the log for a reviewer: read only, as of now."""
        ...

    def vault(self) -> "Vault":
        """Open what is kept. Raises UsageError where its key cannot be read."""
        ...

    @property
    def lost_vault(self) -> bool:
        """Whether everything that is kept is gone; what is merely locked is not."""
        ...


def store_of(layout: Layout, settings: Settings | None = None) -> Store:
    """The store of a ledger by the settings of its desk, which are read where they are not given."""
    url = (settings or read_settings(layout.folder)).store_url
    return ServerStore(layout, url) if url else FileStore(layout)


class FileStore(NamedTuple):
    """SQLite files in the desk's folder."""

    layout: Layout

    @property
    def place(self) -> Path:
        return self.layout.ledger

    def begin(self, log: str, signer: Signer, ts: Stamp) -> None:
        from sop_runner.stores.sqlite import SqliteLedger
        from sop_runner.stores.vault import Vault

        SqliteLedger.create(self.layout.ledger, log, _kind(self.layout), signer, ts).close()
        Vault.create(*self.layout.vault).close()

    def ledger(self, signer: Signer, state: Path | None) -> Ledger:
        from sop_runner.stores.sqlite import SqliteLedger

        return SqliteLedger.open(self.layout.ledger, _kind(self.layout), signer, state)

    def source(self) -> "LogSource":
        from sop_runner.stores.reader import SqliteSource

        return SqliteSource(self.layout.ledger)

    def vault(self) -> "Vault":
        from sop_runner.stores.vault import Vault

        return Vault.open(*self.layout.vault)

    @property
    def lost_vault(self) -> bool:
        return not self.layout.vault[0].is_file()


class ServerStore(NamedTuple):
    """Schemas of a PostgreSQL database; the vault's key stays in the desk's folder."""

    layout: Layout
    url: str

    @property
    def place(self) -> str:
        from sop_runner.stores.postgres_words import place_of

        return place_of(self.url)

    def begin(self, log: str, signer: Signer, ts: Stamp) -> None:
        from sop_runner.stores.postgres import PostgresLedger
        from sop_runner.stores.postgres_vault import PostgresVault

        PostgresLedger.create(self.url, log, _kind(self.layout), signer, ts).close()
        PostgresVault.begin(self.url, _kind(self.layout), self.layout.vault[1]).close()

    def ledger(self, signer: Signer, state: Path | None) -> Ledger:
        from sop_runner.stores.postgres import PostgresLedger

        return PostgresLedger.open(self.url, _kind(self.layout), signer, state)

    def source(self) -> "LogSource":
        from sop_runner.stores.postgres_reader import PostgresSource

        return PostgresSource(self.url, _kind(self.layout))

    def vault(self) -> "Vault":
        from sop_runner.stores.postgres_vault import PostgresVault

        return PostgresVault.join(self.url, _kind(self.layout), self.layout.vault[1])

    @property
    def lost_vault(self) -> bool:
        return False  # it lies in the same database as the log


def _kind(layout: Layout) -> LedgerKind:
    return LedgerKind.TRAINING if layout.training else LedgerKind.LIVE
