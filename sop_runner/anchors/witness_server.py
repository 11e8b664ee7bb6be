"""A witness on a port: C2SP tlog-witness over HTTP, with bounds on what a client may cost."""

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from sop_runner.audit.witness import MOST_BYTES, Status
from sop_runner.base.clock import Clock
from sop_runner.base.errors import StoreFailed, UsageError

from .witness_folder import WitnessFolder

PATH = "/add-checkpoint"
_PATIENCE_S = 10.0
_MOST_AT_ONCE = 64


class WitnessServer(ThreadingHTTPServer):
    """Answers one request a thread, at most so many at once; `tell` hears a line on each."""

    daemon_threads = True

    def __init__(
        self, host: str, port: int, folder: WitnessFolder, clock: Clock, tell: Callable[[str], None]
    ) -> None:
        """Raises UsageError where it cannot listen there."""
        self.folder, self.clock, self.tell = folder, clock, tell
        self._free = threading.BoundedSemaphore(_MOST_AT_ONCE)
        try:
            super().__init__((host, port), _Handler)
        except (OSError, OverflowError) as error:
            raise UsageError(
                f"it cannot listen on '{host}' port {port}: {error}", hint="Name another --port."
            ) from error

    @property
    def url(self) -> str:
        """Where it listens."""
        host, port = self.server_address[:2]
        return f"http://{host!s}:{port}/"

    def process_request(self, request: Any, client_address: Any) -> None:
        if self._free.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        # Closed after so long whatever it sends: a time-out of single bytes would never come for a slow client.
        timer = threading.Timer(_PATIENCE_S, self.shutdown_request, (request,))
        timer.daemon = True
        timer.start()
        try:
            super().process_request_thread(request, client_address)
        finally:
            timer.cancel()
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up, or was cut off; what was kept by then is kept."""


class _Handler(BaseHTTPRequestHandler):
    server: WitnessServer
    protocol_version = "HTTP/1.1"  # connections may be kept
    timeout = _PATIENCE_S
    server_version = "sop_runner"
    sys_version = ""

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if self.path != PATH:
            self._refuse(404)
        elif not (length.isascii() and length.isdigit()):
            self._refuse(411)
        elif len(length) > 9 or int(length) > MOST_BYTES:
            self._refuse(413)
        else:
            self._add(self.rfile.read(int(length)))

    def _add(self, data: bytes) -> None:
        when = int(self.server.clock.now().wall.timestamp())
        try:
            status, body = self.server.folder.add_checkpoint(data, when)
        except StoreFailed as error:
            self.server.tell(str(error))
            self._answer(500, b"")
            return
        self._answer(status, body)

    def _refuse(self, status: int) -> None:
        """Answer without reading what was sent: nothing else can follow it on this connection."""
        self.close_connection = True
        self._answer(status, b"")

    def _answer(self, status: int, body: bytes) -> None:
        kind = "text/x.tlog.size" if status == Status.OTHER_SIZE else "text/plain; charset=utf-8"
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:
        self.server.tell(f"{self.client_address[0]} {format % arguments}")
