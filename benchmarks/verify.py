"""Verifying a whole log, with and without replay, against the least that any verifier has to do."""

import json
import sqlite3
import sys
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import ExitStack
from functools import partial
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measure import Case, Row, duration, in_own_process, interleaved, timed
from benchmarks.mixed_log import mixed_log
from sop_runner.audit.findings import Trust
from sop_runner.audit.log import LedgerKind
from sop_runner.audit.verify import opening_of
from sop_runner.base.canonical import encode_checked
from sop_runner.desk.examined import examined
from sop_runner.desk.layout import Layout
from sop_runner.desk.storing import store_of
from sop_runner.desk.team import processors, team_for
from sop_runner.review.beyond import look_beyond
from sop_runner.review.verifying import Trusted, verify_log
from sop_runner.stores.reader import SqliteSource

TITLE = "(i) Verifying a log of every shipped procedure, an entry"
ENTRIES = 480_000
"""Some eighteen thousand runs: in far fewer, much that is judged is judged for the first time."""
ROUNDS = 3
NEWEST = (0.1, 0.01)
DAILY = "the daily check of the newest {share:.0%}, an entry of these"
FLOOR = "scan, parse, canonical compare, hash and link"
TIGHT = "the same with our own encoder, which is made once"
BYTES, WHOLE = "integrity: and tree, nodes, checkpoints, schema", "and every run replayed, values compared"
TWO = "{what}, on two processors"
HALVES = "the floor over two halves, by two processes that wait for it"
TWICE = 1.8  # nearly
OF_FLOOR = 0.6
NOBODY: list[int] = []


def main() -> list[Row]:
    """The floor over each, so that 1.0 is the floor's own speed."""
    with TemporaryDirectory() as folder, ExitStack() as close:
        desk = Path(folder) / "desk"
        path, entries = mixed_log(desk, ENTRIES)
        layout = Layout(desk, training=True)
        cases = {
            FLOOR: apart(partial(bare, path), entries),
            TIGHT: apart(partial(bare, path, encode=encode_checked), entries),
            BYTES: apart(partial(verified, layout, integrity_only=True), entries),
            WHOLE: apart(partial(verified, layout, integrity_only=False), entries),
        }
        if processors() > 1:
            pool = close.enter_context(ProcessPoolExecutor(2, get_context("spawn")))
            cases[HALVES] = timed(partial(halves, pool, path, entries), entries)
            for what, alone in (("integrity", True), ("with replay", False)):
                work = partial(verified, layout, integrity_only=alone, jobs=2)
                cases[TWO.format(what=what)] = apart(work, entries)
        for share in NEWEST:
            note, newest = checkpoint(path, entries - int(entries * share)), int(entries * share)
            work = partial(verified, layout, integrity_only=False, since=note)
            cases[DAILY.format(share=share)] = apart(work, newest)
        medians = interleaved(cases, ROUNDS)
        known = known_share(layout) / entries
    aims = {BYTES: 1.0, WHOLE: OF_FLOOR}
    rows = [
        Row(
            f"{name} ({1 / seconds:,.0f}/s)",
            duration(seconds),
            medians[FLOOR] / seconds,
            aims.get(name),
            True,
        )
        for name, seconds in medians.items()
    ]
    for what in (BYTES, WHOLE):
        rows.append(Row(f"{what}, of that with our own encoder", "", medians[TIGHT] / medians[what]))
    if processors() > 1:
        rows.append(Row("the floor: two processors over one", "", medians[FLOOR] / medians[HALVES]))
        rows += [
            Row(
                f"{what}: two processors over one",
                "",
                medians[one] / medians[TWO.format(what=what)],
                TWICE,
                True,
            )
            for what, one in (("integrity", BYTES), ("with replay", WHOLE))
        ]
    return [*rows, Row("entries of a kind that was judged before", f"{known:.0%}")]


def apart(work: Callable[[], object], units: int) -> Case:
    """A case whose work is done in a process of its own, as a verification is: in one that made a log before,
    everything would lie far apart in memory. What starting it takes does not count.
    """

    return lambda: in_own_process(partial(_clocked, work)) / units


def _clocked(work: Callable[[], object]) -> float:
    return timed(work)()


def checkpoint(path: Path, size: int) -> bytes:
    """The newest checkpoint of at most that many entries."""
    connection = sqlite3.connect(path)
    sql = "SELECT CAST(note AS BLOB) FROM checkpoint WHERE size <= ? ORDER BY size DESC LIMIT 1"
    (note,) = connection.execute(sql, (size,)).fetchone()
    connection.close()
    return bytes(note)


def plain(body: object) -> bytes:
    """Canonical form by the standard library, as somebody writes it who has nothing else."""
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def bare(
    path: Path, start: int = 0, stop: int = sys.maxsize, encode: Callable[[object], bytes] = plain
) -> None:
    """The floor, in plain Python with the driver."""
    connection, link = sqlite3.connect(path), "0" * 64
    if start:
        ((before,),) = connection.execute("SELECT leaf FROM entry WHERE seq = ?", (start - 1,))
        link = before.hex()
    sql = "SELECT CAST(body AS BLOB), leaf FROM entry WHERE seq >= ? AND seq < ? ORDER BY seq"
    for body, leaf in connection.execute(sql, (start, stop)):
        digest = sha256(b"\x00" + body).digest()
        raw = json.loads(body)
        if digest != leaf or raw["prev"] != link or encode(raw) != body:
            raise AssertionError("the log is not what it should be")
        link = digest.hex()
    connection.close()


def halves(pool: Executor, path: Path, entries: int) -> None:
    """The floor, each half of it in a process of its own: what two processors of this machine allow."""
    middle = entries // 2
    for done in [pool.submit(bare, path, 0, middle), pool.submit(bare, path, middle)]:
        done.result()


def verified(layout: Layout, *, integrity_only: bool, since: bytes | None = None, jobs: int = 1) -> None:
    """The verification that `sop audit verify` does, on so many processors."""
    source, store = SqliteSource(layout.ledger), store_of(layout)
    with (
        examined(store) as examine,
        team_for(store, source, NOBODY.append, jobs, replay=not integrity_only) as team,
    ):
        verdict = verify_log(
            source, Trusted((), Trust.SELF_ASSERTED), (), examine, kind=LedgerKind.TRAINING,
            integrity_only=integrity_only, every_signature=False, since=since, team=team,
        )  # fmt: skip
    source.close()
    NOBODY.clear()
    if verdict.findings:
        raise AssertionError(verdict.findings[:3])


def known_share(layout: Layout) -> int:
    """How many entries a replay finds to be of a kind that it has judged before."""
    source = SqliteSource(layout.ledger)
    opening = opening_of(source)
    assert opening is not None
    with examined(store_of(layout)) as examine:
        found = look_beyond(source, opening, frozenset(), examine)
    source.close()
    return found.known
