"""What every store promises whose writers share commits with other processes; a store's test class inherits these."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from sop_runner.audit.chain import Place, Ready, chain
from sop_runner.audit.checkpoint import Checkpoint
from sop_runner.audit.entry import ZERO
from sop_runner.audit.findings import Verdict
from sop_runner.audit.log import Ledger, Summary
from sop_runner.audit.note import Note
from sop_runner.base.errors import AppendFailed, SopError
from sop_runner.base.ids import random_hex
from sop_runner.stores import bell, commits
from sop_runner.stores.group import Request, write_group
from sop_runner.stores.heads import HeadFile
from sop_runner.stores.request_wire import encode_requests
from sop_runner.stores.waiting import WaitingRoom

from .ledger_contract import LOG, draft

_ANOTHER = chain(Place(LOG, 1, ZERO, "A", 0, ZERO), (draft("RunOpened"),))[0]
OF_ANOTHER = f"\n1 {ZERO} {ZERO} {_ANOTHER.leaf.hex()}\n".encode()


def until(what: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not what():
        assert time.monotonic() < end, "it did not come to wait"


class SharingContract:
    """Set what a store's writers, their seats and their turn are."""

    opened: Callable[[], Ledger]
    """A writer of its own, as another process has it."""
    taken: Callable[[], AbstractContextManager[object]]
    """While inside, another process has the turn."""
    seats: Path
    """The file beside which the seats are."""
    sizes: Callable[[], list[int]]
    """The sizes of all checkpoints."""
    verdict: Callable[[], Verdict]
    refused: tuple[str, Summary | None]
    """A run and a summary that the database does not take."""

    @pytest.fixture
    def ledgers(self) -> Iterator[list[Ledger]]:
        made = [self.opened() for _ in range(3)]
        yield made
        for ledger in made:
            ledger.close()
        assert self.verdict().findings == ()

    def together(self, actions: Sequence[Callable[[], object]]) -> list[object]:
        """What each action came to, all of them begun while somebody else had the turn."""
        came: list[object] = [None] * len(actions)

        def work(at: int, action: Callable[[], object]) -> None:
            try:
                came[at] = action()
            except SopError as error:
                came[at] = error

        threads = [threading.Thread(target=work, args=each) for each in enumerate(actions)]
        with closing(WaitingRoom(self.seats)) as looking:
            with self.taken():
                for count, thread in enumerate(threads, start=1):
                    thread.start()
                    until(lambda count=count: len(looking._heads()) == count)  # type: ignore[misc]
            looking.call_next()
        for thread in threads:
            thread.join()
        return came

    def test_what_waits_shares_a_commit_in_the_order_of_its_coming(self, ledgers: list[Ledger]) -> None:
        actions = [
            partial(ledger.append, f"run-{n}", 0, [draft("RunOpened", reason="é")])
            for n, ledger in enumerate(ledgers)
        ]
        came = self.together(actions)
        entries = [entries[0] for entries in came if isinstance(entries, tuple)]
        # Who came to write is the last of its commit; who waited with it comes in order.
        assert sorted(entry.seq for entry in entries) == [1, 2, 3]
        assert len(self.sizes()) < 4
        for n, (ledger, entry) in enumerate(zip(ledgers, entries, strict=True)):
            assert ledger.entries(f"run-{n}") == (entry,)
            assert Checkpoint.parse(Note.parse(ledger.checkpoint())).size == 4

    def test_each_who_is_answered_wakes_the_next(
        self, ledgers: list[Ledger], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(bell, "_LOOK_S", 30.0)  # nobody looks again unasked
        before = time.monotonic()
        self.together(
            [partial(one.append, f"run-{n}", 0, [draft("RunOpened")]) for n, one in enumerate(ledgers)]
        )
        assert time.monotonic() - before < 15

    def test_a_conflict_disturbs_nobody_else(self, ledgers: list[Ledger]) -> None:
        runs = ("A", "A", "B")
        came = self.together(
            [
                partial(one.append, run, 0, [draft("RunOpened")])
                for one, run in zip(ledgers, runs, strict=True)
            ]
        )
        kinds = sorted(type(one).__name__ for one in came[:2])
        assert kinds == ["Conflict", "tuple"], came
        assert isinstance(came[2], tuple)
        assert [(run.run, run.entries) for run in ledgers[0].runs()].count(("A", 1)) == 1

    def test_a_request_that_cannot_be_written_disturbs_nobody_else(self, ledgers: list[Ledger]) -> None:
        first, second, third = ledgers
        run, summary = self.refused
        came = self.together(
            [
                lambda: first.append("A", 0, [draft("RunOpened")]),
                lambda: second.append(run, 0, [draft("RunOpened")], summary),
                lambda: third.append("C", 0, [draft("RunOpened")]),
            ],
        )
        assert isinstance(came[0], tuple)
        assert isinstance(came[1], AppendFailed)
        assert isinstance(came[2], tuple)
        assert first.entries(run) == ()

    def test_a_retry_in_a_group_is_written_once(self, ledgers: list[Ledger]) -> None:
        first, second, _ = ledgers
        drafts = [draft("RunOpened", key=random_hex())]
        one, other = self.together(
            [partial(first.append, "A", 0, drafts), partial(second.append, "A", 0, drafts)]
        )
        assert one == other
        assert first.size() == 2

    @pytest.mark.parametrize(
        "answer",
        [b"", b"{", b"\n\n", b"\nno answer\n", b"\n1 a  b\n", b"\n\n\n\n", OF_ANOTHER],
        ids=["nothing", "half", "lines", "no-answer", "no-leaf", "many-lines", "of-another"],
    )
    def test_an_answer_that_says_nothing_is_looked_for_in_the_log(
        self, ledgers: list[Ledger], monkeypatch: pytest.MonkeyPatch, answer: bytes
    ) -> None:
        monkeypatch.setattr(commits, "encode_answers", lambda *_: answer)
        first, second, _ = ledgers
        came = self.together(
            [
                lambda: first.append("A", 0, [draft("RunOpened")]),
                lambda: second.append("B", 0, [draft("RunOpened")]),
            ],
        )
        assert came == [first.entries("A"), second.entries("B")]
        assert first.size() == 3

    @pytest.mark.parametrize("data", [b"", b"[", b"[7]", b"[[]]", b'[["A",0,null,null,[[1]]]]', b'{"a":1}'])
    def test_what_cannot_be_read_at_a_seat_is_left_alone(self, ledgers: list[Ledger], data: bytes) -> None:
        with closing(WaitingRoom(self.seats)) as other, other.sitting(data) as seat:
            ledgers[0].append("A", 0, [draft("RunOpened")])
            assert seat.answer() in (b"", None)
        assert ledgers[0].size() == 2

    @pytest.mark.parametrize(
        ("good", "bad"),
        [
            (b'[["A",1,', b'[["A","1",'),
            (b'[["A",1,', b"[[7,1,"),
            (b',"00', b',"zz'),
            (b'{"status":"open"}', b'"open"'),
            (b'"reason":null', b'"reason":"\xed\xa0\x80"'),
            (b'"reason":null', b'"reason":"\\u0000"'),
            (b',"v":1}', b',"v":1} '),
            (b",1]]", b",2]]"),
        ],
    )
    def test_a_request_that_is_none_is_left_alone(
        self, ledgers: list[Ledger], good: bytes, bad: bytes
    ) -> None:
        data = encode_requests(
            [Request("A", 1, (Ready.of(draft()),), Summary("A", 1, {"status": "open"}), bytes(32))]
        )
        assert good in data
        with closing(WaitingRoom(self.seats)) as other, other.sitting(data.replace(good, bad)) as seat:
            for at in range(2):  # looked at, and believed
                ledgers[0].append("B", at, [draft()])
            assert seat.answer() == b""
        assert ledgers[0].size() == 3

    def test_a_request_that_was_given_up_meanwhile_is_not_written(
        self, ledgers: list[Ledger], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Its writer has said that nothing was done, while the one that had taken it along stood still."""
        ledger, request = ledgers[0], Request("B", 0, (Ready.of(draft("RunOpened")),), None)
        with closing(WaitingRoom(self.seats)) as other, ExitStack() as gives_up:
            gives_up.enter_context(other.sitting(encode_requests([request])))

            def slowly(*given: Any) -> Any:
                written = write_group(*given)
                gives_up.close()
                return written

            monkeypatch.setattr(commits, "write_group", slowly)
            (entry,) = ledger.append("A", 0, [draft("RunOpened")])
        assert (entry.seq, ledger.size(), ledger.entries("B")) == (1, 2, ())

    def test_a_large_action_has_its_turn_among_small_ones(self, ledgers: list[Ledger]) -> None:
        first, second, third = ledgers
        large = [draft("Note", reason="x" * 40_000)]
        came = self.together(
            [
                lambda: first.append("A", 0, [draft("RunOpened")]),
                lambda: second.append("B", 0, large),
                lambda: third.append("C", 0, [draft("RunOpened")]),
            ],
        )
        assert came == [first.entries("A"), second.entries("B"), third.entries("C")]

    def head_of(self, state: Path, place: Path | str) -> int:
        """The size of the head that is kept in a state folder."""
        head = HeadFile.of(state, LOG, place).read()
        assert head is not None
        return Checkpoint.parse(Note.parse(head)).size
