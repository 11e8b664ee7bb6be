"""What the desk works with: the ports that perform() and its sessions share."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from sop_runner.audit.log import Ledger, LedgerKind
from sop_runner.base.clock import Clock
from sop_runner.base.errors import UsageError
from sop_runner.base.settings import Settings
from sop_runner.machine.plan import Plan
from sop_runner.stores.personal import Opened as Kept
from sop_runner.stores.personal import Personal, Shelf

from .tickets import Tickets


class Vault(Protocol):
    """Keeps what stands behind the log's commitments."""

    def put_all(self, values: Iterable[Personal]) -> Any:
        """Keep several values durably, all or none."""
        ...

    def open_all(self, run: str) -> Mapping[str, Kept]:
        """Every kept value of a run."""
        ...

    def shelves(self, subject: str | None = None) -> tuple[Shelf, ...]:
        """What is kept, of one subject or of all, run by run."""
        ...

    def erase(self, shelves: Iterable[Shelf]) -> int:
        """Delete these values, and the keys of subjects of whom nothing is left; how many values went."""
        ...


class Plans(Protocol):
    """Finds the plan that a run pinned."""

    def pinned(self, digest: str, callees: Sequence[Mapping[str, Any]]) -> Plan:
        """The plan of a digest and of its callees (`id`, `revision`, `digest` of each).

        Raises SopError where a text is gone or no longer what it was.
        """
        ...


def _nobody() -> None:
    """Nobody waits for a ticket to close."""


@dataclass(frozen=True, slots=True)
class Context:
    """One ledger with everything that an action on it needs.

    `closed` is called when a ticket has been closed; it returns at once and never fails.
    """

    ledger: Ledger
    vault: Vault
    clock: Clock
    plans: Plans
    tickets: Tickets
    settings: Settings = field(default_factory=Settings)
    training: bool = False
    closed: Callable[[], None] = _nobody

    def __post_init__(self) -> None:
        if not self.training == (self.ledger.opening.kind is LedgerKind.TRAINING) == self.tickets.training:
            raise UsageError("a training ledger and real tickets, or the other way round, cannot be joined")
