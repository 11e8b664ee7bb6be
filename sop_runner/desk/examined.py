"""What is kept behind the commitments of a log, opened to be held against them."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

from sop_runner.base.errors import UsageError
from sop_runner.review.payloads import Examine
from sop_runner.run.actions import Opened

from .storing import Store


@contextmanager
def examined(store: Store) -> Iterator[Examine | None]:
    """Opens what is kept behind commitments; None where the vault's key is gone or another's."""
    if store.lost_vault:
        yield lambda run: {}  # every value that the log commits to is missing
        return
    try:
        vault = store.vault()
    except UsageError:
        yield None
        return
    with closing(vault):
        yield lambda run: {
            name: None if kept is None else Opened(kept.salt, kept.value)
            for name, kept in vault.examine(run).items()
        }
