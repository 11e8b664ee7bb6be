"""Errors raised on purpose and the exit codes they end a command with."""

from enum import IntEnum
from typing import ClassVar

from .message import Message


class ExitCode(IntEnum):
    """What `sop` returns to the shell; a contract with scripts outside."""

    OK = 0
    FINDINGS = 1
    USAGE = 2
    REFUSED = 3
    NOT_VERIFIED = 4
    UNVERIFIABLE = 5
    INTERRUPTED = 130


class SopError(Exception):
    """Base of every error raised on purpose. `hint` says what the reader can do next.

    `str(error)` is English; front ends say `message` and `hint` in their reader's language.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.USAGE

    def __init__(self, message: Message | str, *, hint: Message | str = "") -> None:
        super().__init__(str(message))
        self.message = message
        self.hint = hint


class UsageError(SopError):
    """The command was called with something that does not exist or does not fit."""


class NotVerified(SopError):
    """The audit log contradicts itself or its checkpoint (RFC 6962, 2.1)."""

    exit_code = ExitCode.NOT_VERIFIED


class Unverifiable(SopError):
    """Something needed for a verdict is missing; this is never a pass."""

    exit_code = ExitCode.UNVERIFIABLE


class NotApproved(SopError):
    """The procedure may not run live: unknown, unapproved or outside its dates."""

    exit_code = ExitCode.UNVERIFIABLE


class StoreFailed(SopError):
    """A file of the desk cannot be read or written now: a disk that is full, broken or gone."""

    exit_code = ExitCode.REFUSED


class AppendFailed(StoreFailed):
    """The append was not acknowledged: it may or may not be durable; read the run back."""


class Conflict(SopError):
    """Somebody else moved the run since it was read: nothing of this append was written."""

    exit_code = ExitCode.REFUSED


class RefusedError(SopError):
    """A command ended because a person was told no; the refusal is on record."""

    exit_code = ExitCode.REFUSED
