"""What is kept behind the commitments of a log, opened to be held against them."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

from sop_runner.base.errors import UsageError
from sop_runner.review.payloads import Examine
from sop_runner.run.actions import Opened

from .storing import Store

_MOST = 1_000
"""Runs whose values are kept at hand until they are asked for."""


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
    ahead: dict[str, dict[str, Opened | None]] = {}

    def examine(run: str) -> dict[str, Opened | None]:
        if run not in ahead:
            for old in list(ahead)[:-_MOST]:
                del ahead[old]
            ahead.update(vault.examined_from(run, Opened))
        return ahead.pop(run)

    with closing(vault):
        yield examine
