"""What is signed outside of runs when the log loses answers: done once, or said not to be done."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from sop_runner.audit.entry import Draft, Entry
from sop_runner.audit.verify import verify
from sop_runner.base.errors import AppendFailed
from sop_runner.desk.context import Context
from sop_runner.desk.erasing import erase
from sop_runner.desk.holding import place
from sop_runner.people.person import Person
from sop_runner.run.actions import FactorProof
from sop_runner.stores.memory import Fault, MemoryLedger

ANA = Person("ana", "Ana", frozenset({"agent"}))
PROOFS = (FactorProof("passphrase", "knowledge", True),)
ACTS: dict[str, Callable[[Context], object]] = {
    "SubjectErased": lambda context: erase(context, context.vault.shelves("C-1"), ANA, PROOFS, "asked for"),
    "LegalHoldPlaced": lambda context: place(context, "C-1", ANA, PROOFS, "a matter"),
}


@pytest.fixture
def ledger(memory: Context, monkeypatch: pytest.MonkeyPatch) -> MemoryLedger:
    memory.vault.put("R", "phone", "C-1", bytes(16), "+36 1 555 0199")
    assert isinstance(memory.ledger, MemoryLedger)
    return memory.ledger


def failing(ledger: MemoryLedger, monkeypatch: pytest.MonkeyPatch, *faults: Fault) -> None:
    """Let the next appends fail in these ways, one after the other."""
    append, left = ledger.append, list(faults)

    def flaky(run: str | None, expected: int, drafts: Sequence[Draft], *rest: Any) -> tuple[Entry, ...]:
        ledger.fail = left.pop(0) if left else ""
        return append(run, expected, drafts, *rest)

    monkeypatch.setattr(ledger, "append", flaky)


@pytest.mark.parametrize("faults", [("lost",), ("late",), ("lost", "late"), ("late", "late")], ids=str)
@pytest.mark.parametrize("kind", ACTS)
def test_a_lost_answer_neither_loses_nor_doubles_what_was_signed(
    memory: Context,
    ledger: MemoryLedger,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    faults: tuple[Fault, ...],
) -> None:
    failing(ledger, monkeypatch, *faults)
    ACTS[kind](memory)
    assert [entry.type for entry in ledger.entries(None)].count(kind) == 1
    assert (memory.vault.shelves("C-1") == ()) == (kind == "SubjectErased")
    assert verify(ledger).findings == ()


def test_what_could_not_be_written_twice_is_said_and_erases_nothing(
    memory: Context, ledger: MemoryLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(ledger, monkeypatch, "lost", "lost")
    with pytest.raises(AppendFailed, match="does not answer") as failed:
        ACTS["SubjectErased"](memory)
    assert "Nothing of this was done" in str(failed.value.hint)
    assert memory.vault.shelves("C-1")
    assert len(list(ledger.scan())) == 1
