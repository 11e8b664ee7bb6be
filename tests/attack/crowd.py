"""Many processes that append to one log, and one that reads all the while; also run by `benchmarks`."""

import json
import os
import subprocess
import sys
import time
import traceback
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sop_runner.audit.checkpoint import Checkpoint
from sop_runner.audit.entry import Draft
from sop_runner.audit.log import Ledger, LedgerKind, origin
from sop_runner.audit.note import Ed25519Signer, Note
from sop_runner.audit.verify import verify
from sop_runner.base.clock import ManualClock, SystemClock
from sop_runner.base.ids import random_hex
from sop_runner.stores.postgres import PostgresLedger
from sop_runner.stores.postgres_reader import PostgresSource
from sop_runner.stores.reader import SqliteSource
from sop_runner.stores.source import LogSource
from sop_runner.stores.sqlite import SqliteLedger

LOG = "5c" * 16
SIGNER = Ed25519Signer(origin(LedgerKind.TRAINING, LOG), b"\3" * 32)


@dataclass(frozen=True)
class Crowd:
    """What came of it: seconds in all, the longest wait for one entry, entries of the least busy and of
    the busiest writer at the moment the first one had finished, checkpoints, and what a reader saw."""

    seconds: float
    longest_s: float
    least: int
    most: int
    commits: int
    reads: int


def crowd(folder: Path, writers: int, each: int, url: str = "") -> Crowd:
    """Let so many processes append `each` entries, each to a run of its own; raise where anything is amiss.

    They do so to a file in `folder`, or to the database at `url`.
    """
    begun = ManualClock(datetime(2026, 3, 1, tzinfo=UTC)).now()
    if url:
        PostgresLedger.create(url, LOG, LedgerKind.TRAINING, SIGNER, begun).close()
    else:
        SqliteLedger.create(folder / "desk.db", LOG, LedgerKind.TRAINING, SIGNER, begun).close()
    command = [sys.executable, "-c", "import tests.attack.crowd as c; c.main()"]
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([*command, str(folder), str(writers), str(each), url], cwd=root, check=False)
    assert done.returncode == 0, "a writer or the reader failed, see above"
    told = [json.loads((folder / f"writer-{n}").read_text()) for n in range(writers)]
    return _judge(folder, url, told, each, int((folder / "reader").read_text()))


def _judge(folder: Path, url: str, told: list[list[list[float]]], each: int, reads: int) -> Crowd:
    with closing(_source(folder, url)) as source:
        verdict = verify(source, (SIGNER.verifier,))
        commits = source.signed() - 1
    assert [finding for finding in verdict.findings if not finding.warning] == []
    ledger = _opened(folder, url)
    entries = list(ledger.scan())
    ledger.close()
    assert [entry.seq for entry in entries] == list(range(len(told) * each + 1)), "a gap, or one too many"
    by_run: dict[str, list[int]] = {f"run-{n}": [] for n in range(len(told))}
    for entry in entries[1:]:
        assert entry.run is not None
        by_run[entry.run].append(entry.seq)
    for n, acknowledged in enumerate(told):
        found = by_run[f"run-{n}"]
        assert found == [seq for seq, _, _ in acknowledged], "lost, doubled or in another order"
        assert len(found) == each
    waits = [wait for one in told for _, wait, _ in one]
    first_done = min(one[-1][2] for one in told)
    by_then = [sum(at <= first_done for _, _, at in one) for one in told]
    began, ended = min(one[0][2] - one[0][1] for one in told), max(one[-1][2] for one in told)
    return Crowd(ended - began, max(waits), min(by_then), max(by_then), commits, reads)


def _source(folder: Path, url: str) -> LogSource:
    return PostgresSource(url, LedgerKind.TRAINING) if url else SqliteSource(folder / "desk.db")


def _opened(folder: Path, url: str, state: Path | None = None) -> Ledger:
    if url:
        return PostgresLedger.open(url, LedgerKind.TRAINING, SIGNER, state)
    return SqliteLedger.open(folder / "desk.db", LedgerKind.TRAINING, SIGNER, state)


# The processes' own side


def main() -> None:
    """Fork the writers and the reader, let them go at once, and exit with how many failed."""
    folder, writers, each, url = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    gate, go = os.pipe()
    children = [_forked(gate, go, _write, folder, url, n, each) for n in range(writers)]
    reader = _forked(gate, go, _read, folder, url, writers * each + 1)
    os.close(gate)
    os.close(go)
    failed = sum(os.waitpid(child, 0)[1] != 0 for child in [*children, reader])
    sys.exit(min(failed, 100))


def _forked(gate: int, go: int, work: object, *given: object) -> int:
    pid = os.fork()
    if pid == 0:
        try:
            os.close(go)
            os.read(gate, 1)  # until everybody is there
            work(*given)  # type: ignore[operator]
        except BaseException:  # noqa: BLE001 - said, and the process fails
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return pid


def _write(folder: Path, url: str, n: int, each: int) -> None:
    ledger = _opened(folder, url, folder / "state")
    clock, told = SystemClock(), []
    for at in range(each):
        draft = Draft(
            type="NoteAdded", key=random_hex(), ts=clock.now(), actor="ana", reason=f"note {at} " * 20
        )
        before = time.monotonic()
        (entry,) = ledger.append(f"run-{n}", at, [draft])
        after = time.monotonic()
        told.append((entry.seq, after - before, after))
    ledger.close()
    (folder / f"writer-{n}").write_text(json.dumps(told))


def _read(folder: Path, url: str, size: int) -> None:
    """Read what is new until all is there: never a gap, never less than before, each size under its checkpoint."""
    ledger = _opened(folder, url)
    seen, link, reads = 0, "", 0
    while seen < size:
        signed = Checkpoint.parse(Note.parse(ledger.checkpoint())).size
        assert signed >= seen
        for entry in ledger.scan(seen):
            assert entry.seq == seen
            assert not link or entry.prev == link
            seen, link = seen + 1, entry.leaf.hex()
        assert seen >= signed, "signed for more than is there"
        reads += 1
    ledger.close()
    (folder / "reader").write_text(str(reads))
