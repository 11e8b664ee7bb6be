"""Bringing a code to the customer: the port, and a sample inbox that stands for their telephone."""

import json
import os
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from sop_runner.base.clock import utc_text
from sop_runner.base.errors import SopError
from sop_runner.base.message import msg
from sop_runner.base.textsafe import nfc

from .customers import Contact


class NotSent(SopError):
    """The code did not leave; nothing was proved and nothing used up."""


class Courier(Protocol):
    """Sends a text message, or speaks it in a call."""

    def send(self, contact: Contact, text: str, now: datetime, *, spoken: bool = False) -> None:
        """Hand `text` over for delivery. Raises NotSent."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One message in the sample inbox, as the customer would read it."""

    at: str
    to: str
    spoken: bool
    text: str = field(repr=False)


class SampleInbox:
    """A file of JSON lines (0600) in place of the customer's telephone, for demo and training only.

    It shows codes in clear, as the telephone would: never configured for a live desk.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def send(self, contact: Contact, text: str, now: datetime, *, spoken: bool = False) -> None:
        """Append one message."""
        line = {"at": utc_text(now), "to": contact.masked, "spoken": spoken, "text": nfc(text)}
        try:
            handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(handle, "ab") as file:
                file.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
        except OSError as error:
            raise NotSent(
                msg(
                    "the code could not be put into '{path}': {reason}",
                    path=self._path.name,
                    reason=str(error.strerror),
                )
            ) from error

    def letters(self) -> tuple[Letter, ...]:
        """Every message, oldest first; a line that a crash cut short is passed over."""
        try:
            lines = self._path.read_bytes().split(b"\n")[:-1]
        except FileNotFoundError:
            return ()
        return tuple(letter for letter in map(_letter, lines) if letter is not None)


def _letter(line: bytes) -> Letter | None:
    try:
        item = json.loads(line)
        return Letter(item["at"], item["to"], item["spoken"], item["text"])
    except (ValueError, KeyError, TypeError):
        return None  # two lines run into one where a crash cut the first one short
