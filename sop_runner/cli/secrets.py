"""Reading a passphrase: typed without echo, or from a file or descriptor for scripts; never an argument."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from sop_runner.base.errors import UsageError

PassphraseFile = Annotated[
    Path | None,
    typer.Option("--passphrase-file", help="Read the passphrase from the first line of a file."),
]
PassphraseFd = Annotated[
    int | None,
    typer.Option("--passphrase-fd", help="Read the passphrase from an open file descriptor."),
]
_MOST = 10_000


def read_passphrase(ask: str, file: Path | None, descriptor: int | None, *, twice: bool = False) -> str:
    """The passphrase from wherever it comes. Raises UsageError where there is none."""
    if file is not None:
        try:
            with file.open(encoding="utf-8") as stream:
                return _first_line(stream.read(_MOST), str(file))
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"the passphrase file '{file}' cannot be read") from error
    if descriptor is not None:
        try:
            with os.fdopen(descriptor, encoding="utf-8") as stream:
                return _first_line(stream.read(_MOST), f"descriptor {descriptor}")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"the file descriptor {descriptor} cannot be read") from error
    if not sys.stdin.isatty():
        raise UsageError(
            "a passphrase is typed at a terminal, and there is none",
            hint="For scripts there are --passphrase-file and --passphrase-fd.",
        )
    return _typed(ask, twice)


def _typed(ask: str, twice: bool) -> str:
    from getpass import getpass

    first = getpass(ask)
    if twice and getpass("The same again: ") != first:
        raise UsageError("the two passphrases differ", hint="Try again; nothing was changed.")
    return first


def _first_line(text: str, where: str) -> str:
    line = text.split("\n", 1)[0].rstrip("\r")
    if not line:
        raise UsageError(f"{where} holds no passphrase", hint="It is its first line.")
    return line
