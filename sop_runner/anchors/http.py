"""One bounded exchange over HTTP with somebody who is not trusted: so many bytes, so many seconds, no redirects."""

import threading
import urllib.error
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException
from queue import Empty, SimpleQueue
from typing import Any

from .port import NotPlaced

PATIENCE_S = 10.0
MOST_BYTES = 64_000


@dataclass(frozen=True, slots=True)
class Answer:
    """The status and the body of an answer."""

    status: int
    body: bytes


def post(url: str, body: bytes, content_type: str, patience_s: float = PATIENCE_S) -> Answer:
    """Send `body` and return the answer, whatever its status.

    Raises NotPlaced where none comes within `patience_s` seconds for all of it, or more than MOST_BYTES come.
    """
    request = urllib.request.Request(  # noqa: S310  # the settings take http and https alone
        url, data=body, method="POST", headers={"Content-Type": content_type, "User-Agent": "sop_runner"}
    )
    answers: SimpleQueue[Answer | Exception] = SimpleQueue()

    def exchange() -> None:
        try:
            answers.put(_exchange(request, patience_s))
        except (OSError, HTTPException, ValueError) as error:
            answers.put(error)

    # A thread of its own: the library's time-outs begin anew with each byte of somebody who is slow on purpose.
    threading.Thread(target=exchange, daemon=True).start()
    try:
        answer = answers.get(timeout=patience_s)
    except Empty:
        raise NotPlaced(f"'{url}' did not answer within {patience_s:g} s") from None
    if isinstance(answer, Exception):
        reason = getattr(answer, "reason", None) or answer
        reason = getattr(reason, "strerror", None) or reason
        raise NotPlaced(f"'{url}' cannot be reached: {reason}") from answer
    if len(answer.body) > MOST_BYTES:
        raise NotPlaced(f"'{url}' answered with more than {MOST_BYTES} bytes")
    return answer


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """Wherever it points: what was named in the settings is asked, and nobody else."""


def _exchange(request: urllib.request.Request, patience_s: float) -> Answer:
    try:
        with urllib.request.build_opener(_NoRedirects).open(request, timeout=patience_s) as answer:
            return Answer(answer.status, answer.read(MOST_BYTES + 1))
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.read(MOST_BYTES + 1))
