"""A private PostgreSQL server on loopback for tests and benchmarks: made when first asked for, gone at the end."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from sop_runner.stores.postgres_schema import ROLE
from sop_runner.stores.postgres_setup import set_up

_TEMPLATE = "sop_template"
_SETTINGS = """
listen_addresses = '127.0.0.1'
max_connections = 100
shared_buffers = '32MB'
logging_collector = off
timezone = 'UTC'
"""


def binaries() -> Path | None:
    """The folder of the newest server that is installed; None where there is none."""
    if found := shutil.which("pg_ctl"):
        return Path(found).resolve().parent
    folders = Path("/usr/lib/postgresql").glob("*/bin/pg_ctl")
    return max((path.parent for path in folders), key=lambda path: float(path.parent.name), default=None)


@dataclass(frozen=True)
class Base:
    """A database that is set up for a desk: its address for the desk, and for an administrator."""

    name: str
    url: str
    admin: str


class Cluster:
    """A server with its data in a folder of its own; of an unprivileged user where root starts it."""

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        found = binaries()
        assert found is not None
        self._bin, self.data, self._log = found, folder / "data", folder / "log"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._user: dict[str, Any] = {}
        if os.geteuid() == 0:  # a server refuses to run as root
            shutil.chown(folder, "nobody", "nogroup")
            self._user = {"user": "nobody", "group": "nogroup", "extra_groups": []}
        self._run("initdb", "-D", self.data, "-U", "admin", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
        settings = f"{_SETTINGS}port = {self.port}\nunix_socket_directories = '{folder}'\n"
        with (self.data / "postgresql.conf").open("a") as file:
            file.write(settings + ("" if durable else "fsync = off\n"))
        self._count = 0
        self.start()
        with psycopg.connect(self.admin("postgres"), autocommit=True) as db:
            db.execute(f"CREATE DATABASE {_TEMPLATE}")
        self.said = set_up(self.admin(_TEMPLATE), ROLE)

    def admin(self, name: str) -> str:
        """The address of a database for the superuser."""
        return f"postgresql://admin@127.0.0.1:{self.port}/{name}"

    def database(self, *, ready: bool = True) -> Base:
        """A new database, set up unless it is not to be `ready`."""
        self._count += 1
        name = f"desk_{self._count}"
        with psycopg.connect(self.admin("postgres"), autocommit=True) as db:
            db.execute(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE if ready else 'template0'}")
        return Base(name, f"postgresql://{ROLE}@127.0.0.1:{self.port}/{name}", self.admin(name))

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self._run("pg_ctl", "-D", self.data, "-l", self._log, "-w", "-t", "60", "start")

    def stop(self, mode: str = "immediate") -> None:
        """Stop it; `immediate` is as a crash, without a word to those who are connected."""
        self._run("pg_ctl", "-D", self.data, "-m", mode, "-w", "stop")

    def restart(self) -> None:
        """Stop it without a word to those who are connected, and start it again."""
        self.stop()
        self.start()

    def crash(self) -> None:
        """Kill the processes that serve desks: the server gives up all others, and recovers from its log."""
        with psycopg.connect(self.admin("postgres"), autocommit=True) as db:
            busy = db.execute("SELECT pid FROM pg_stat_activity WHERE usename = %s", (ROLE,)).fetchall()
            assert busy, "no desk is connected"
            for (pid,) in busy:
                os.kill(pid, signal.SIGKILL)
            with suppress(psycopg.OperationalError):
                db.execute("SELECT pg_sleep(60)")  # until it is given up as well
        while True:
            with suppress(psycopg.OperationalError), psycopg.connect(self.admin("postgres")):
                return

    def program(self, name: str) -> Path:
        """One of the server's own programs, such as pgbench."""
        return self._bin / name

    def _run(self, name: str, *words: object) -> None:
        with (self._log.with_suffix(".run")).open("wb") as said:  # no pipe: the server would keep it open
            done = subprocess.run(
                [self._bin / name, *map(str, words)],
                stdin=subprocess.DEVNULL, stdout=said, stderr=said, cwd="/", check=False, **self._user,
            )  # fmt: skip
        assert done.returncode == 0, f"{name}: {Path(said.name).read_text(errors='replace')}"


def cluster_folder() -> Path:
    """A new folder for a server; its path is short enough for a socket."""
    return Path(tempfile.mkdtemp(prefix="sop-pg-"))


@contextmanager
def a_server() -> Iterator[Cluster]:
    """A server for a while; skips the test where none is installed."""
    if binaries() is None:
        pytest.skip("no PostgreSQL server is installed here (Debian: apt-get install postgresql)")
    folder = cluster_folder()
    try:
        cluster = Cluster(folder)
        yield cluster
        cluster.stop()
    finally:
        shutil.rmtree(folder)
