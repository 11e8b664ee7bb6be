"""Actions of several processes of a user share one commit on a server, in one round trip, and none disturbs another."""

import json
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import psycopg
import pytest

from sop_runner.audit.findings import Verdict
from sop_runner.audit.log import Ledger, LedgerKind, Summary
from sop_runner.audit.verify import verify
from sop_runner.base.errors import AppendFailed, Conflict
from sop_runner.base.ids import random_hex
from sop_runner.stores.heads import name_here
from sop_runner.stores.pen import Pen
from sop_runner.stores.postgres import PostgresLedger
from sop_runner.stores.postgres_commits import PostgresCommits
from sop_runner.stores.postgres_reader import PostgresSource
from sop_runner.stores.postgres_words import place_of
from sop_runner.stores.waiting import WaitingRoom
from tests.postgres import Base, Cluster
from tests.relay import Relay, relaying

from .ledger_contract import CLOCK, LOG, SIGNER, draft
from .sharing_contract import SharingContract, until


@pytest.fixture
def base(postgres: Cluster) -> Base:
    made = postgres.database()
    PostgresLedger.create(made.url, LOG, LedgerKind.LIVE, SIGNER, CLOCK.now()).close()
    return made


def pen_of(base: Base, state: Path) -> Path:
    return state / "pens" / name_here(LOG, place_of(base.url))


@contextmanager
def writer(base: Base, state: Path) -> Iterator[PostgresLedger]:
    """As another process has it; with another `state` as another machine has it."""
    with closing(PostgresLedger.open(base.url, LedgerKind.LIVE, SIGNER, state)) as ledger:
        yield ledger


def verified(base: Base) -> Verdict:
    with closing(PostgresSource(base.url, LedgerKind.LIVE)) as source:
        return verify(source, (SIGNER.verifier,))


def sizes(base: Base) -> list[int]:
    with psycopg.connect(base.admin) as db:
        return [size for (size,) in db.execute("SELECT size FROM sop_live.checkpoint ORDER BY size")]


@contextmanager
def taken(pen: Path) -> Iterator[None]:
    """While inside, another process has the pen."""
    other = Pen(pen)
    assert other.take()
    yield
    other.let_go()


class TestPostgresGroup(SharingContract):
    refused = ("".join(random_hex() for _ in range(200)), None)  # longer than a key of an index may be

    @pytest.fixture(autouse=True)
    def _database(self, base: Base, tmp_path: Path) -> None:
        self.seats = pen_of(base, tmp_path)
        Pen(self.seats)
        self.opened = lambda: PostgresLedger.open(base.url, LedgerKind.LIVE, SIGNER, tmp_path)
        self.taken = lambda: taken(self.seats)
        self.sizes = lambda: sizes(base)
        self.verdict = lambda: verified(base)

    def test_the_head_that_they_share_is_kept(
        self, ledgers: list[Ledger], base: Base, tmp_path: Path
    ) -> None:
        self.together([lambda n=n: ledgers[n].append(f"run-{n}", 0, [draft()]) for n in range(3)])
        assert self.head_of(tmp_path, place_of(base.url)) == 4


@pytest.fixture
def relay(postgres: Cluster) -> Iterator[Relay]:
    with relaying(postgres.port) as made:
        yield made


@contextmanager
def counted(base: Base, relay: Relay, state: Path) -> Iterator[PostgresLedger]:
    """A writer whose round trips are counted."""
    url = re.sub(r":\d+/", f":{relay.port}/", base.url)
    with closing(PostgresLedger.open(url, LedgerKind.LIVE, SIGNER, state)) as ledger:
        ledger.size()  # connected
        yield ledger


def test_an_action_takes_one_round_trip(base: Base, relay: Relay, tmp_path: Path) -> None:
    with counted(base, relay, tmp_path) as ledger:
        ledger.append("A", 0, [draft("RunOpened")])  # where the log ends is not known yet
        before = relay.trips
        ledger.append("A", 1, [draft()], Summary("A", 1, {"status": "open", "ticket": "T"}))
        ledger.append("B", 0, [draft("RunOpened")])
        ledger.append("A", 2, [draft()])
        assert relay.trips - before == 3
    with counted(base, relay, tmp_path) as ledger:  # another process, which has read the run
        at = len(ledger.entries("A"))
        before = relay.trips
        ledger.append("A", at, [draft()])
        assert relay.trips - before == 1
    assert verified(base).findings == ()


def test_two_machines_write_in_turn_and_neither_believes_for_long(
    base: Base, relay: Relay, tmp_path: Path
) -> None:
    with counted(base, relay, tmp_path / "one") as one, writer(base, tmp_path / "two") as two:
        one.append("A", 0, [draft("RunOpened")])
        for at in range(4):
            two.append("B", at, [draft()])
            before = relay.trips
            one.append("A", at + 1, [draft()])
            assert relay.trips - before == (3 if at == 0 else 2), "believed in vain once, then looked first"
        one.append("A", 5, [draft()])
        before = relay.trips
        one.append("A", 6, [draft()])
        assert relay.trips - before == 1, "alone again"
    assert verified(base).findings == ()


def test_machines_that_write_at_once_neither_fork_nor_lose(base: Base, tmp_path: Path) -> None:
    names = [f"{machine}-{n}" for machine in "abc" for n in range(2)]  # three machines, two processes on each
    with ExitStack() as stack:
        ledgers = [stack.enter_context(writer(base, tmp_path / name[0])) for name in names]

        def work(ledger: PostgresLedger, run: str) -> None:
            for at in range(15):
                ledger.append(run, at, [draft()])

        threads = [threading.Thread(target=work, args=pair) for pair in zip(ledgers, names, strict=True)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [len(ledgers[0].entries(name)) for name in names] == [15] * 6
    assert (verified(base).findings, verified(base).entries) == ((), 91)


def test_what_is_only_believed_refuses_nobody_and_hides_nothing(base: Base, tmp_path: Path) -> None:
    with writer(base, tmp_path / "one") as one, writer(base, tmp_path / "two") as two:
        drafts = [draft("RunOpened")]
        one.append("A", 0, drafts, Summary("A", 0, {"status": "open", "ticket": "T"}))
        one.append("C", 0, [draft("RunOpened")])
        with pytest.raises(Conflict, match="has 1 entries"):
            one.append("A", 0, [draft("RunOpened")])
        with pytest.raises(Conflict, match="has the run 'A'"):
            one.append("B", 0, [draft("RunOpened")], Summary("B", 0, {"status": "open", "ticket": "T"}))
        assert one.append("A", 0, drafts) == one.entries("A"), "a retry"
        two.append("A", 1, [draft()])
        with pytest.raises(Conflict, match="has 2 entries"):
            one.append("A", 1, [draft()])
        assert one.size() == 4
    assert verified(base).findings == ()


def _edge(pen: Path, **changed: object) -> bytes:
    return json.dumps(json.loads(pen.read_text().splitlines()[0]) | changed).encode()


@pytest.mark.parametrize(
    "what",
    ["", "garbage", "older", "smaller", "huge", "negative", "other leaf", "other tree", "deep", "no file", "folder"],
)  # fmt: skip
def test_what_lies_with_the_pen_is_never_taken_at_its_word(base: Base, tmp_path: Path, what: str) -> None:
    pen = pen_of(base, tmp_path)
    with writer(base, tmp_path) as ledger:
        ledger.append("A", 0, [draft("RunOpened")])
        older = pen.read_bytes()
        ledger.append("A", 1, [draft()])
        forged = {
            "garbage": b"\xff\0[",
            "older": older,
            "smaller": _edge(pen, size=1, edge=["00" * 32]),
            "huge": _edge(pen, size=1 << 80, edge=["00" * 32]),
            "negative": _edge(pen, size=-3),
            "other leaf": _edge(pen, leaf="00" * 32),
            "other tree": _edge(pen, edge=["00" * 32, "11" * 32]),
            "deep": b"[" * 9_000,
        }
        if what in ("no file", "folder"):
            pen.unlink()
        if what == "folder":
            pen.mkdir()
        elif what != "no file":
            pen.write_bytes(forged.get(what, b""))
        for at in (2, 3):
            (entry,) = ledger.append("A", at, [draft()])
            assert entry.seq == at + 1
    assert verified(base).findings == ()


def test_a_pen_that_is_not_given_back_holds_nobody_up_for_long(
    base: Base, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PostgresCommits, "patience_s", 0.1)
    with writer(base, tmp_path) as one, writer(base, tmp_path) as two, taken(pen_of(base, tmp_path)):
        beside = threading.Thread(target=one.append, args=("A", 0, [draft()]))
        beside.start()
        (entry,) = two.append("B", 0, [draft()])
        beside.join()
        assert one.entries("B") == (entry,)
    with writer(base, tmp_path) as three, taken(pen_of(base, tmp_path)):
        three.append("C", 0, [draft()])
        monkeypatch.setattr(PostgresCommits, "patience_s", 1e9)
        three.append("C", 1, [draft()])  # which does not wait anew
        assert three.size() == 5
    assert verified(base).findings == ()


# Appends to run 'dies' with whoever waits beside, and kills itself just before or after the commit.
DYING = """
import os, signal, sys
from pathlib import Path
from sop_runner.audit.log import LedgerKind
from sop_runner.stores.postgres import PostgresLedger
from sop_runner.stores.postgres_batch import Batch
from tests.contract.ledger_contract import SIGNER, draft
send, when = Batch.send, sys.argv[3]
def dying(batch, *given):
    assert len(batch._entries) == 2, "nobody was taken along"
    if when == "after":
        send(batch, *given)
    os.kill(os.getpid(), signal.SIGKILL)
Batch.send = dying
ledger = PostgresLedger.open(sys.argv[1], LedgerKind.LIVE, SIGNER, Path(sys.argv[2]))
ledger.append("dies", 0, [draft()])
"""


@pytest.mark.parametrize(("when", "size"), [("before", 2), ("after", 3)])
def test_who_is_killed_with_others_taken_along_loses_and_doubles_nothing(
    base: Base, tmp_path: Path, when: str, size: int
) -> None:
    with writer(base, tmp_path) as ledger:
        commits, begin, died = ledger._commits, ledger._commits._try_to_begin, threading.Event()
        commits._try_to_begin = lambda: died.is_set() and begin()  # type: ignore[method-assign]  # so who writes is settled
        beside = threading.Thread(target=ledger.append, args=("A", 0, [draft()]))
        beside.start()
        with closing(WaitingRoom(pen_of(base, tmp_path))) as looking:
            until(lambda: len(looking._heads()) == 1)
        command = [sys.executable, "-c", DYING, base.url, str(tmp_path), when]
        done = subprocess.run(command, cwd=Path(__file__).resolve().parents[2], check=False)
        assert done.returncode == -signal.SIGKILL
        died.set()
        beside.join()
        assert len(ledger.entries("A")) == 1
        assert ledger.size() == size
    assert verified(base).findings == ()


def test_only_the_user_may_sit_beside_the_pen(base: Base, tmp_path: Path) -> None:
    with writer(base, tmp_path) as ledger:
        ledger.append("A", 0, [draft()])
    for path in (tmp_path / "pens", *(tmp_path / "pens").iterdir()):
        assert path.stat().st_mode & 0o077 == 0, path


def test_where_there_can_be_no_pen_each_writes_for_itself(base: Base, tmp_path: Path) -> None:
    (tmp_path / "pens").touch()
    with writer(base, tmp_path) as one, writer(base, tmp_path) as two:
        for at in range(2):
            one.append("A", at, [draft()])
            two.append("B", at, [draft()])
    assert verified(base).entries == 5


def test_what_a_server_drops_silently_is_not_acknowledged(base: Base, tmp_path: Path) -> None:
    with writer(base, tmp_path) as ledger:
        ledger.append("A", 0, [draft()])
        with psycopg.connect(base.admin, autocommit=True) as db:
            db.execute("SET search_path = sop_live")
            db.execute("CREATE FUNCTION quiet() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'")
            for table in ("entry", "node", "checkpoint"):
                db.execute(f"ALTER TABLE {table} DISABLE TRIGGER {table}_next")
                db.execute(
                    f"CREATE TRIGGER quiet BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION quiet()"
                )
        for _ in range(2):  # believed, and looked at
            with pytest.raises(AppendFailed, match="has not kept what it was given"):
                ledger.append("A", 1, [draft()])
