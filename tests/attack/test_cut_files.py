"""A database file that lost its end, closed or in use: never a pass with fewer entries, never a bare error."""

from contextlib import suppress
from pathlib import Path

import pytest

from sop_runner.audit.entry import Draft
from sop_runner.audit.findings import Outcome
from sop_runner.base.errors import SopError
from tests.attack.appending import CLOCK, NAME, SIGNER, new_log, opened
from tests.verifying import verify_file

ENTRIES = 60


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = new_log(tmp_path_factory.mktemp("whole") / "log")
    ledger = opened(path)
    for at in range(ENTRIES):
        ledger.append("A", at, [draft(at)])
    ledger.close()
    return path


def draft(at: int) -> Draft:
    return Draft(type="NoteAdded", key=f"{at:032x}", ts=CLOCK.now(), reason=f"note {at} " * 30)


def judged(path: Path) -> tuple[Outcome | str, int]:
    """The verdict and how many entries it speaks of; an error in words counts as one that found it."""
    try:
        verdict = verify_file(path, (SIGNER.verifier,))
    except SopError as error:
        return str(error.message), 0
    return verdict.outcome, verdict.entries


@pytest.mark.parametrize("share", [0.0, 0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 0.999])
def test_a_file_cut_short_is_found(whole: Path, tmp_path: Path, share: float) -> None:
    data = whole.read_bytes()
    for size in {int(len(data) * share), int(len(data) * share) // 4096 * 4096}:
        path = tmp_path / f"cut-{size}.db"
        path.write_bytes(data[:size])
        said, _ = judged(path)
        assert said is not Outcome.CLEAN, size


@pytest.mark.parametrize("share", [0.3, 0.7, 0.98])
def test_a_file_cut_short_under_an_open_log_takes_no_entry_that_is_lost(
    whole: Path, tmp_path: Path, share: float
) -> None:
    path = tmp_path / NAME
    path.write_bytes(whole.read_bytes())
    ledger = opened(path)
    ledger.append("A", ENTRIES, [draft(ENTRIES)])
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.truncate(int(size * share))
    acknowledged = False
    with suppress(SopError):
        ledger.append("A", ENTRIES + 1, [draft(ENTRIES + 1)])
        acknowledged = True
    ledger.close()
    said, entries = judged(path)
    if said is Outcome.CLEAN:  # what was missing had been held in memory, and was written again
        assert entries == ENTRIES + 2 + acknowledged
    else:
        assert said is Outcome.TAMPERED or "cannot be read" in str(said), said


@pytest.mark.parametrize("left", [b"", b"\0" * 512, b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + b"\xff" * 900])
def test_a_journal_of_nothing_or_of_garbage_takes_nothing_back(
    whole: Path, tmp_path: Path, left: bytes
) -> None:
    path = tmp_path / NAME
    path.write_bytes(whole.read_bytes())
    path.with_name(f"{NAME}-journal").write_bytes(left)
    ledger = opened(path)
    ledger.append("A", ENTRIES, [draft(ENTRIES)])
    ledger.close()
    assert judged(path) == (Outcome.CLEAN, ENTRIES + 2)
