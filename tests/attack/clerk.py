"""A desk worked at by a process of its own, which says what was acknowledged and can be killed at any call.

A server that has everything imported forks one worker for each order, so that a worker costs
milliseconds. Where `strace` may trace, a call of the worker is made to fail or to be its last.
"""

import ctypes
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from threading import Barrier
from typing import Any

from sop_runner.base.state_folder import VARIABLE
from tests.attack.walking import TICKET, work

PATIENCE_S = 30
CALLS = ("write", "pwrite64", "fsync", "fdatasync", "ftruncate", "unlink", "rename")
"""What a worker does to files that can be its last call, or fail."""


@dataclass(frozen=True)
class Fault:
    """What becomes of the `count`th `call`: death, or an error; with `lasting` of every later one too."""

    call: str
    count: int
    what: str = "signal=SIGKILL"
    lasting: bool = False


@dataclass
class Told:
    """What a worker said: the entries that were acknowledged, refusals, errors, whether it came to its end."""

    acknowledged: list[int] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    said: list[dict[str, Any]] = field(default_factory=list)
    finished: bool = False


class Clerks:
    """The server of workers."""

    def __init__(self, folder: Path) -> None:
        # A short name: addresses of sockets are limited, names of test folders are not.
        self._address = f"\0sop-attack-{os.getpid()}-{folder.stat().st_ino}"
        root = str(Path(__file__).resolve().parents[2])
        command = [sys.executable, "-c", "import tests.attack.clerk as c; c.serve()", self._address[1:]]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=root)
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"listening\n"

    def work(
        self,
        folder: Path,
        do: str,
        fault: Fault | None = None,
        trace: Path | None = None,
        gate: Barrier | None = None,
        **more: Any,
    ) -> Told:
        """Have one worker do something at the desk in `folder`, under a fault or traced into a file.

        Behind a `gate` it waits until the others are ready too.
        """
        told = Told()
        order = {"folder": str(folder), "do": do, "state": os.environ[VARIABLE], **more}
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(PATIENCE_S)
            line.connect(self._address)
            line.sendall(json.dumps(order).encode() + b"\n")
            with line.makefile("r", encoding="utf-8") as heard:
                ready = json.loads(heard.readline())
                with _traced(ready["ready"], folder, fault, trace) as let_go:
                    if gate is not None:
                        gate.wait(PATIENCE_S)
                    line.sendall(b"go\n")
                    for text in heard:
                        _take(told, json.loads(text))
                        if "hint" in told.said[-1]:
                            let_go()
                            line.sendall(b"again\n")
        return told

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(PATIENCE_S)
        assert self._process.stdout is not None
        self._process.stdout.close()


def _take(told: Told, said: dict[str, Any]) -> None:
    told.said.append(said)
    if "entry" in said:
        told.acknowledged.append(said["entry"])
    elif "error" in said:
        told.errors.append(said)
    elif "refused" in said:
        told.refused.append(said["refused"])
    elif "end" in said:
        told.finished = True


@contextmanager
def _traced(pid: int, folder: Path, fault: Fault | None, trace: Path | None) -> Iterator[Callable[[], None]]:
    """While inside calls are traced or fail; what is given ends that before."""
    if fault is None and trace is None:
        yield lambda: None
        return
    command = ["strace", "-o", str(trace or os.devnull), "-p", str(pid)]
    for path in touched(folder):
        command += ["-P", path]
    if fault is None:
        command += ["-e", f"trace={','.join(CALLS)}"]
    else:
        when = f"{fault.count}+" if fault.lasting else str(fault.count)
        command += ["-e", f"trace={fault.call}", "-e", f"inject={fault.call}:{fault.what}:when={when}"]
    tracer = subprocess.Popen(command, stderr=subprocess.PIPE)
    assert tracer.stderr is not None
    assert b"attached" in tracer.stderr.readline()

    def let_go() -> None:
        tracer.terminate()  # which leaves the worker alone and running
        tracer.wait(PATIENCE_S)

    try:
        yield let_go
    finally:
        tracer.stderr.read()
        tracer.wait(PATIENCE_S)
        tracer.stderr.close()


def touched(folder: Path) -> list[str]:
    """Every path at which a worker changes something, whether or not it is there already."""
    own = folder / "training"
    names = [folder / "training.db", own / "vault.db", own / "tries.db", folder / "people.db"]
    names += [folder / "desk.db", folder / "vault.db"]
    paths = [folder, own, own / "receipts", own / "tickets.jsonl", folder / "tickets.jsonl", *names]
    paths += [folder / "training.db-waiting", folder / "desk.db-waiting"]
    paths += [Path(f"{name}{more}") for name in names for more in ("-journal", "-wal", "-shm")]
    for run in runs_of(folder / "training.db"):
        receipt = own / "receipts" / f"{TICKET}.{run}.tlog-proof"
        paths += [receipt, Path(f"{receipt}.part")]
    return [str(path) for path in paths]


def runs_of(log: Path) -> list[str]:
    """The runs on record, read without writing anything."""
    with closing(sqlite3.connect(f"file:{log}?mode=ro", uri=True)) as db:
        try:
            return [run for (run,) in db.execute("SELECT run FROM run_summary")]
        except sqlite3.OperationalError:  # a journal is left to be played back first
            return []


def calls_of(trace: Path) -> list[tuple[str, int]]:
    """The traced calls in order, each with its number among those of its name."""
    found: list[tuple[str, int]] = []
    for line in trace.read_text().splitlines():
        name = line.partition("(")[0]
        if name in CALLS:
            found.append((name, 1 + sum(name == other for other, _ in found)))
    return found


def telling(calls: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """The calls worth an attack each: of a row of page writes the first and the last."""
    found = []
    for at, (name, number) in enumerate(calls):
        around = [calls[near][0] for near in (at - 1, at + 1) if 0 <= near < len(calls)]
        if name != "pwrite64" or around != ["pwrite64", "pwrite64"]:
            found.append((name, number))
    return found


@lru_cache
def cannot_trace() -> str:
    """Why calls cannot be made to fail here; empty where they can."""
    if shutil.which("strace") is None:
        return "strace is not installed"
    tried = subprocess.run(
        ["strace", "-e", "trace=getppid", "-e", "inject=getppid:retval=7", sys.executable, "-c", "import os; raise SystemExit(os.getppid() == 7)"],
        capture_output=True, check=False,
    )  # fmt: skip
    return "" if tried.returncode == 1 else f"tracing is not allowed here: {tried.stderr.decode()[-200:]}"


# The server's own side


def serve() -> None:
    """Fork a worker for each connection until terminated."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("\0" + sys.argv[1])
        listening.listen()
        print("listening", flush=True)
        while True:
            line, _ = listening.accept()
            if os.fork() == 0:
                listening.close()
                _serve_one(line)
            line.close()


def _serve_one(line: socket.socket) -> None:
    if sys.platform == "linux":  # where only descendants may be traced otherwise
        ctypes.CDLL(None).prctl(0x59616D61, ctypes.c_ulong(-1), 0, 0, 0)
    with line.makefile("rw", encoding="utf-8") as talk:

        def tell(**said: Any) -> None:
            talk.write(json.dumps(said) + "\n")
            talk.flush()

        order = json.loads(talk.readline())
        os.environ[VARIABLE] = order["state"]  # that of the test which asks, not of the one which began

        def ready() -> None:
            tell(ready=os.getpid())
            talk.readline()

        def again() -> None:
            talk.readline()

        try:
            if order["do"] == "append":
                from tests.attack.appending import append_one

                append_one(order, ready, tell, again)
            elif "mark" in order:
                from tests.attack.keeping import keep

                keep(order, ready, tell, again)
            else:
                work(order, ready, tell, again)
        except BaseException as error:  # noqa: BLE001 - the test judges what came up here
            tell(error=type(error).__name__, text=str(error), unexpected="yes")
        tell(end=True)
    os._exit(0)
