"""Verifying in a process of its own, so that a screen goes on meanwhile; the verdict stands until a newer one."""

import multiprocessing
import os
import sys
import threading
from collections.abc import Callable
from contextlib import redirect_stderr
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from sop_runner.audit.findings import Verdict
from sop_runner.audit.note import VerifierKey
from sop_runner.base.errors import SopError

from .verified import verify_desk


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known: the last verdict or why there is none, and whether another is on its way."""

    verdict: Verdict | None = None
    failed: str = ""
    under_way: bool = False


class VerifierApart:
    """Verifies one ledger of a desk, again and again. Methods may be called from any thread."""

    def __init__(
        self,
        folder: Path,
        training: bool,
        keys: tuple[VerifierKey, ...],
        verify: Callable[..., Verdict] = verify_desk,
    ) -> None:
        self.standing = Standing()
        self._asked = (folder, training, tuple(key.text for key in keys), verify)
        self._lock = threading.Lock()
        self._closed = False
        self._process: Any = None
        self._answer: Connection | None = None

    def begin(self) -> None:
        """Verify from now on; nothing where that goes on already, or after `close`."""
        with self._lock:
            if self._process is None and not self._closed:
                self._start()

    def look(self) -> bool:
        """Take a verdict that has come; whether one has. What died without one is told, never passed over."""
        with self._lock:
            return self._process is not None and self._take()

    def close(self) -> None:
        """Stop; a verdict that has not come is not waited for."""
        with self._lock:
            self._closed = True
            if self._process is not None:
                self._process.terminate()
                self._end()

    def _start(self) -> None:
        # Spawned: a fork would share the open database with its parent.
        apart = multiprocessing.get_context("spawn")
        self._answer, told = apart.Pipe(duplex=False)
        process = apart.Process(target=_verify, args=(told, *self._asked), name="sop-verify")
        # A screen puts something that is no file in the place of stderr; no process can be given that.
        with redirect_stderr(sys.__stderr__):
            process.start()
        self._process = process
        told.close()
        self.standing = Standing(self.standing.verdict, self.standing.failed, under_way=True)

    def _take(self) -> bool:
        assert self._answer is not None
        alive = self._process.is_alive()  # asked first: what it said before it ended is there then
        if self._answer.poll():
            try:
                found = self._answer.recv()
            except EOFError:
                found = ""
        elif alive:
            return False
        else:
            found = ""
        self._end()
        if isinstance(found, Verdict):
            self.standing = Standing(found)
        else:
            self.standing = Standing(None, found or "the process that verified was stopped")
        return True

    def _end(self) -> None:
        self._process.join()
        self._process.close()
        if self._answer is not None:
            self._answer.close()
        self._process = self._answer = None


def _verify(
    told: Connection,
    folder: Path,
    training: bool,
    keys: tuple[str, ...],
    verify: Callable[..., Verdict],
) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    # What this process might say would be drawn over the screen that waits for it.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    try:
        verdict = verify(folder, training, keys=tuple(map(VerifierKey.parse, keys)))
        found: Verdict | str = replace(verdict, keys=())  # which cannot be handed over, and are not asked for
    except SopError as error:
        found = f"{error.message} {error.hint or ''}".strip()
    told.send(found)


def _end_with_parent() -> None:
    """A terminal that is closed ends who verifies for it as well."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
