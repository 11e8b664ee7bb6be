"""A worker that appends one entry to a log at which others wait too, for `clerk`."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sop_runner.audit.entry import Draft
from sop_runner.audit.log import LedgerKind, origin
from sop_runner.audit.note import Ed25519Signer
from sop_runner.base.clock import ManualClock
from sop_runner.base.errors import SopError
from sop_runner.stores import bell
from sop_runner.stores.sqlite import SqliteLedger
from sop_runner.stores.waiting import WaitingRoom
from tests.attack.clerk import PATIENCE_S, Clerks, Fault, Told
from tests.attack.telling import in_words

LOG = "4d" * 16
SIGNER = Ed25519Signer(origin(LedgerKind.TRAINING, LOG), b"\5" * 32)
CLOCK = ManualClock(datetime(2026, 3, 1, 9, 0, tzinfo=UTC))
NAME = "training.db"  # whose calls `clerk` can make fail
QUICK_S, SLOW_S = 0.001, 10.0  # how soon one looks whether the database is free: so who writes is settled


def new_log(folder: Path) -> Path:
    """A log in a new folder."""
    folder.mkdir()
    SqliteLedger.create(folder / NAME, LOG, LedgerKind.TRAINING, SIGNER, CLOCK.now()).close()
    return folder / NAME


def opened(path: Path) -> SqliteLedger:
    return SqliteLedger.open(path, LedgerKind.TRAINING, SIGNER)


def append_one(
    order: Mapping[str, Any], ready: Callable[[], None], tell: Callable[..., None], again: Callable[[], None]
) -> None:
    """Append to `run` under the key of its name, and once more `again` where that failed."""
    bell._LOOK_S = order["look_s"]
    hear, mark = bell.Bell.wait, _mark(Path(order["folder"]), order["run"])

    def wait(self: bell.Bell) -> float:
        mark.touch()  # it has tried, and found the database taken
        return hear(self)

    bell.Bell.wait = wait  # type: ignore[method-assign]  # in a process of its own
    ledger = opened(Path(order["folder"]) / NAME)
    run = order["run"]
    draft = Draft(type="NoteAdded", key=run.encode().hex(), ts=CLOCK.now(), reason=run)
    ready()
    for _ in range(2):
        try:
            tell(entry=ledger.append(run, 0, [draft])[0].seq)
            return
        except SopError as error:
            tell(**in_words(error))
        again()


def together(
    clerks: Clerks,
    folder: Path,
    looks: Mapping[str, float],
    fault: Mapping[str, Fault],
    trace: Path | None = None,
) -> dict[str, Told]:
    """What each run's worker said: all of them began while the database was taken by somebody else."""
    told: dict[str, Told] = {}
    with ThreadPoolExecutor(len(looks)) as pool, closing(WaitingRoom(folder / NAME)) as looking:
        with _taken(folder / NAME):
            jobs = []
            for run, look_s in looks.items():
                traced = trace if run == "traced" else None
                job = pool.submit(
                    clerks.work, folder, "append", fault.get(run), traced, run=run, look_s=look_s
                )
                jobs.append((run, job))
                mark = _mark(folder, run)
                _until(lambda mark=mark, job=job: mark.exists() or job.done())  # type: ignore[misc]
        for run, job in sorted(jobs, key=lambda each: looks[each[0]]):
            told[run] = job.result(PATIENCE_S)
            looking.call_next()  # who looks so seldom is not left waiting by one that died
    return told


def _mark(folder: Path, run: str) -> Path:
    return folder / f"waits-{run}"


@contextmanager
def _taken(path: Path) -> Iterator[None]:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


def _until(what: Callable[[], bool]) -> None:
    end, pause = time.monotonic() + PATIENCE_S, threading.Event()
    while not what():
        assert time.monotonic() < end, "nobody came to wait"
        pause.wait(0.001)
