"""A relay on loopback in front of a server that counts the round trips of those who talk through it."""

import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Relay:
    """Passes bytes on; `trips` grows each time that a client speaks after it was answered."""

    def __init__(self, port: int) -> None:
        self.trips = 0
        self._server = ("127.0.0.1", port)
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = self._door.getsockname()[1]

    def serve(self) -> None:
        """Pass on what comes until the door is closed."""
        with suppress(OSError):
            while True:
                client, _ = self._door.accept()
                threading.Thread(target=self._pass_on, args=(client,), daemon=True).start()

    def close(self) -> None:
        """Let nobody in any more."""
        with suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()

    def _pass_on(self, client: socket.socket) -> None:
        with client, socket.create_connection(self._server) as server:
            for one in (client, server):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            answered = True
            with suppress(OSError):
                while True:
                    for one in select.select((client, server), (), ())[0]:
                        data = one.recv(1 << 16)
                        if not data:
                            return
                        if one is client:
                            self.trips += answered
                        answered = one is server
                        (server if one is client else client).sendall(data)


@contextmanager
def relaying(port: int) -> Iterator[Relay]:
    """A relay in front of the server at `port` on loopback, at a port of its own."""
    relay = Relay(port)
    thread = threading.Thread(target=relay.serve)
    thread.start()
    try:
        yield relay
    finally:
        relay.close()
        thread.join()
