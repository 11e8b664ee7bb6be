"""The contract on the log in memory, and its faults."""

from collections.abc import Callable

import pytest

from sop_runner.audit.findings import Verdict
from sop_runner.audit.log import Ledger, LedgerKind
from sop_runner.audit.verify import verify
from sop_runner.base.errors import AppendFailed
from sop_runner.base.ids import random_hex
from sop_runner.stores.memory import MemoryLedger

from .ledger_contract import CLOCK, LOG, SIGNER, LedgerContract, draft


def memory() -> MemoryLedger:
    return MemoryLedger(LOG, LedgerKind.LIVE, SIGNER, CLOCK.now())


def verdict_of(ledger: Ledger) -> Verdict:
    assert isinstance(ledger, MemoryLedger)
    return verify(ledger)


class TestMemory(LedgerContract):
    make: Callable[[], Ledger] = staticmethod(memory)
    verdict: Callable[[Ledger], Verdict] = staticmethod(verdict_of)

    @pytest.mark.parametrize(("fault", "kept"), [("lost", 1), ("late", 2)])
    def test_a_fault_strikes_once_and_a_retry_writes_once(self, fault: str, kept: int) -> None:
        ledger = memory()
        drafts = [draft("RunOpened", key=random_hex())]
        ledger.fail = fault  # type: ignore[assignment]
        with pytest.raises(AppendFailed):
            ledger.append("A", 0, drafts)
        assert ledger.size() == kept
        (entry,) = ledger.append("A", 0, drafts)
        assert ledger.entries("A") == (entry,)
        assert not verify(ledger).findings
