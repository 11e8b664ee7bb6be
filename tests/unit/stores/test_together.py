"""Threads that share commits: who is answered wakes the next, also where one of them was interrupted."""

import threading
import time
from collections.abc import Callable, Sequence

import pytest

from sop_runner.audit.chain import Place, linked
from sop_runner.audit.entry import ZERO, Entry
from sop_runner.stores import together
from sop_runner.stores.group import Answer, Request
from sop_runner.stores.together import Together
from tests.contract.ledger_contract import draft


class Log(Together):
    """One whose first commit takes until it is let go."""

    place, failures = "here", (OSError,)

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()
        self.groups: list[list[str | None]] = []

    def _write(self, requests: Sequence[Request]) -> Sequence[Answer]:
        self.groups.append([request.run for request in requests])
        if len(self.groups) == 1:
            assert self.go.wait(20)
        return [linked(Place("ab", 1, ZERO, one.run, 0, ZERO), one.drafts) for one in requests]


def _until(what: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not what():
        assert time.monotonic() < end
        time.sleep(0.001)


@pytest.mark.parametrize("when", ["never", "while it is written", "when it is woken"])
def test_all_are_answered_though_one_is_interrupted(monkeypatch: pytest.MonkeyPatch, when: str) -> None:
    log, came = Log(), dict[str, tuple[Entry, ...] | BaseException]()

    class Interrupted:
        """A lock in which the thread 'C' is interrupted."""

        def __init__(self) -> None:
            self._lock, self._asked = threading.Lock(), 0

        def acquire(self) -> None:
            self._asked += 1
            if self._asked == 1 or threading.current_thread().name != "C" or when == "never":
                self._lock.acquire()
            elif when == "while it is written":
                _until(lambda: len(log.groups) == 2)
                raise KeyboardInterrupt
            else:
                self._lock.acquire()
                raise KeyboardInterrupt

        def release(self) -> None:
            self._lock.release()

    def work(name: str) -> None:
        try:
            came[name] = log.append(name, 0, [draft()])
        except BaseException as error:  # noqa: BLE001 - looked at
            came[name] = error

    monkeypatch.setattr(together, "Lock", Interrupted)
    threads = [threading.Thread(target=work, args=(name,), name=name) for name in "ABCDE"]
    for count, thread in enumerate(threads):
        thread.start()
        _until(lambda count=count: len(log.groups) == 1 and len(log._asked) == count)  # type: ignore[misc]
    log.go.set()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()
    assert log.groups == [["A"], ["B", "C", "D", "E"]]
    assert [name for name in "ABCDE" if isinstance(came[name], tuple)] == list(
        "ABCDE" if when == "never" else "ABDE"
    )
