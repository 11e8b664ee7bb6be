"""A finding: something wrong in a file, as data with a position."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad it is: an error keeps a file from being used."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """Where in a file, both counted from 1; columns count characters, not bytes."""

    line: int = 1
    column: int = 1


@dataclass(frozen=True, slots=True)
class Finding:
    """One result of the loader or of a rule.

    `message` names the thing in quotes and says what was expected; `fix` what to do next;
    `related` points at an earlier place that matters, such as a first definition.
    """

    code: str
    message: str
    file: str = ""
    at: Position = Position()
    severity: Severity = Severity.ERROR
    fix: str = ""
    related: Position | None = None
    length: int = 1
