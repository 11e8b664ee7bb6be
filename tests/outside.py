"""Who is outside a desk: a time stamping authority of openssl, a witness, somebody who answers anything."""

import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeVar

from sop_runner.anchors.witness_folder import WitnessFolder
from sop_runner.anchors.witness_server import WitnessServer
from sop_runner.audit.note import VerifierKey
from sop_runner.base.clock import SystemClock

_TSA = """\
[tsa]
default_tsa = one
[one]
dir = .
serial = ./serial
crypto_device = builtin
signer_cert = ./tsa.pem
signer_key = ./tsa.key
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256
[ext]
basicConstraints = CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
"""


def make_authority(folder: Path) -> Path:
    """A time stamping authority in a folder; the PEM file that it is trusted by."""
    folder.mkdir()
    (folder / "tsa.cnf").write_text(_TSA)
    new = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    _openssl(
        folder,
        "req",
        "-x509",
        *new,
        "-keyout",
        "ca.key",
        "-out",
        "ca.pem",
        "-subj",
        "/CN=root",
        "-days",
        "30",
    )
    _openssl(folder, "req", *new, "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=stamps")
    _openssl(
        folder, "x509", "-req", "-in", "tsa.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
        "-out", "tsa.pem", "-days", "30", "-extfile", "tsa.cnf", "-extensions", "ext",
    )  # fmt: skip
    return folder / "ca.pem"


def stamped(folder: Path, query: bytes) -> bytes:
    """What the authority answers to a query."""
    (folder / "query").write_bytes(query)
    _openssl(folder, "ts", "-reply", "-config", "tsa.cnf", "-queryfile", "query", "-out", "reply")
    return (folder / "reply").read_bytes()


def _openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, capture_output=True, check=True)


Served = TypeVar("Served", bound=ThreadingHTTPServer)
Answers = Callable[[BaseHTTPRequestHandler, bytes], None]


@contextmanager
def answering(answer: Answers) -> Iterator[str]:
    """A server on loopback that lets `answer` do what it likes with each request; its URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            answer(self, self.rfile.read(int(self.headers.get("Content-Length", "0"))))

        def log_message(self, *_: Any) -> None:
            """Nobody reads it."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            """A client that was tired of it."""

    with _served(Server(("127.0.0.1", 0), Handler)) as server:
        yield f"http://127.0.0.1:{server.server_address[1]}/"


def plainly(status: int, body: bytes, *headers: tuple[str, str]) -> Answers:
    """Always this answer."""

    def answer(handler: BaseHTTPRequestHandler, _: bytes) -> None:
        handler.send_response(status)
        for name, value in headers:
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def authority(folder: Path) -> Answers:
    """Answers as the authority in a folder."""

    def answer(handler: BaseHTTPRequestHandler, query: bytes) -> None:
        assert handler.headers["Content-Type"] == "application/timestamp-query"
        plainly(200, stamped(folder, query), ("Content-Type", "application/timestamp-reply"))(handler, query)

    return answer


@contextmanager
def witnessing(
    folder: Path, *logs: VerifierKey, tell: Callable[[str], None] = lambda _: None
) -> Iterator[tuple[str, str]]:
    """Our own witness on loopback: its URL and key."""
    kept = WitnessFolder(folder, "witness.example/w1", logs)
    try:
        with _served(WitnessServer("127.0.0.1", 0, kept, SystemClock(), tell)) as server:
            yield server.url, kept.key.text
    finally:
        kept.close()


@contextmanager
def _served(server: Served) -> Iterator[Served]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
