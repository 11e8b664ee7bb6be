"""A time stamping authority (RFC 3161): its token says that a signed head existed at a moment.

It remembers nothing, so tokens are kept beside the database and say nothing against an older copy of
the whole desk; but nobody can make one for an earlier moment. What is stamped are the bytes of the
signed checkpoint: `openssl ts -verify -data SIZE.checkpoint -in SIZE.tsr -CAfile FILE` checks a pair.
"""

from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sop_runner.audit.anchors import Anchor, Broken, Outside
from sop_runner.audit.findings import entries

from .http import post
from .port import Head, NotPlaced, OpenLog, Recalled
from .shelf import Shelf, spread

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from rfc3161_client import TimeStampRequest, TimeStampResponse, VerifierBuilder

TOKEN = ".tsr"  # noqa: S105  # a suffix of file names
_QUERY = "application/timestamp-query"  # RFC 3161, 3.4


class _BadToken(Exception):
    """A token is none, or not of what it should be of."""


class Timestamp:
    """Implements `port.Target`. Stamped heads and their tokens are kept in `shelf`, beside the database."""

    def __init__(self, url: str, certificates: Path, shelf: Shelf) -> None:
        self._url = url
        self._path = certificates
        self._shelf = shelf

    @property
    def name(self) -> str:
        return f"the time stamps of '{self._url}'"

    @property
    def where(self) -> str:
        return self._url

    def place(self, head: Head) -> bool:
        from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

        size, data = head.checkpoint.size, head.note.encode()
        self._builder(None)  # before anything is asked: a token that cannot be checked is worth nothing
        try:
            sizes = self._shelf.sizes()
            for newest in sizes[-1:]:
                head.refuse_other(self._shelf.read(newest) or b"")
            if size in sizes:
                return False
            builder = TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA256)
            request = builder.nonce(nonce=True).cert_request(cert_request=True).build()
            answer = post(self._url, request.as_bytes(), _QUERY)
            if answer.status != 200:
                raise NotPlaced(f"it answered with status {answer.status}")
            try:
                self._checked(answer.body, data, request)
            except _BadToken as error:
                raise NotPlaced(f"its answer {error}") from error
            self._shelf.put(size, answer.body, TOKEN)
            self._shelf.put(size, data)
        except OSError as error:
            raise NotPlaced(f"its token cannot be kept: {error.strerror}") from error
        return True

    def recall(self, origin: str, open_log: OpenLog, *, network: bool) -> Recalled:
        try:
            sizes = self._shelf.sizes()
        except OSError as error:
            raise NotPlaced(f"its tokens cannot be read: {error.strerror}") from error
        if not sizes:
            return Recalled((), "no token")
        self._builder(None)
        kept, said = f"a head kept as stamped by '{self._url}'", "no token that holds"
        heads = list[Outside]()
        for size in spread(sizes):
            data = self._shelf.read(size) or b""
            try:
                when = self._checked(self._shelf.read(size, TOKEN) or b"", data, None)
            except _BadToken as error:
                heads.append(Broken(kept, str(error)))
                continue
            heads.append(Anchor(kept, data))
            said = f"{entries(size)} existed at {when:%Y-%m-%d %H:%M:%S} UTC"
        return Recalled(tuple(heads), said)

    def _checked(self, token: bytes, data: bytes, request: "TimeStampRequest | None") -> datetime:
        """The moment in a token over `data` (RFC 3161, 2.4.2). Raises _BadToken where it does not hold."""
        from rfc3161_client import VerificationError, decode_timestamp_response

        try:
            response: TimeStampResponse = decode_timestamp_response(token)
            verifier = self._builder(request).build()
            verifier.verify_message(response, data)
            return response.tst_info.gen_time.astimezone(UTC)
        except VerificationError as error:
            raise _BadToken(f"bears a token that does not hold: {error}") from error
        except ValueError as error:
            raise _BadToken(f"bears no token (RFC 3161): {error}") from error

    def _builder(self, request: "TimeStampRequest | None") -> "VerifierBuilder":
        from rfc3161_client import VerifierBuilder

        builder = VerifierBuilder() if request is None else VerifierBuilder.from_request(request)
        for one in self._certificates:
            builder = builder.add_root_certificate(one)
        return builder

    @cached_property
    def _certificates(self) -> "list[Certificate]":
        from cryptography.x509 import load_pem_x509_certificates

        try:
            return load_pem_x509_certificates(self._path.read_bytes())
        except (OSError, ValueError) as error:
            raise NotPlaced(
                f"its certificates in '{self._path}' cannot be read: {error}",
                hint="Name a PEM file of the authority's certificates in [anchors].",
            ) from error
