"""What verification names, and the verdict."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sop_runner.audit.note import VerifierKey
from sop_runner.base.errors import ExitCode


class Code(StrEnum):
    """A kind of tampering, a warning, or a thing that could not be checked."""

    FIELD_MODIFIED = "FIELD_MODIFIED"
    ROW_DELETED = "ROW_DELETED"
    ROW_INSERTED = "ROW_INSERTED"
    REORDERED = "REORDERED"
    COLUMN_MISMATCH = "COLUMN_MISMATCH"
    SCHEMA_WEAKENED = "SCHEMA_WEAKENED"
    TAIL_TRUNCATED = "TAIL_TRUNCATED"
    ROLLED_BACK = "ROLLED_BACK"
    FORKED = "FORKED"
    REKEYED = "REKEYED"
    SIG_FORGED = "SIG_FORGED"
    SIG_MISSING = "SIG_MISSING"
    KEY_OUT_OF_RANGE = "KEY_OUT_OF_RANGE"
    PROCEDURE_MISMATCH = "PROCEDURE_MISMATCH"
    ILLEGAL_TRANSITION = "ILLEGAL_TRANSITION"
    CONTROL_SKIPPED = "CONTROL_SKIPPED"
    FACTOR_REUSED = "FACTOR_REUSED"
    SAME_PERSON = "SAME_PERSON"
    RUN_INCOMPLETE = "RUN_INCOMPLETE"
    PAYLOAD_MISSING = "PAYLOAD_MISSING"
    PAYLOAD_ALTERED = "PAYLOAD_ALTERED"
    ERASED_OK = "ERASED_OK"
    CLOCK_BACK = "CLOCK_BACK"
    CLOCK_JUMP = "CLOCK_JUMP"
    UNVERIFIABLE = "UNVERIFIABLE"


WARNINGS = frozenset({Code.CLOCK_BACK, Code.CLOCK_JUMP, Code.ERASED_OK})


class Trust(StrEnum):
    """Where the verifier key came from: the reviewer, a first look, or the log itself."""

    PINNED = "PINNED"
    FIRST_USE = "FIRST-USE"
    SELF_ASSERTED = "SELF-ASSERTED"


class Outcome(StrEnum):
    """The verdict in a word; never clean where something could not be checked."""

    CLEAN = "clean"
    TAMPERED = "tampered"
    UNVERIFIABLE = "unverifiable"


@dataclass(frozen=True, slots=True)
class AuditFinding:
    """One result: `index` is a position in the log (None for the log as a whole)."""

    code: Code
    index: int | None
    run: str | None
    message: str

    @property
    def warning(self) -> bool:
        """True where it tells of the clock or of a lawful erasure, and not of tampering."""
        return self.code in WARNINGS


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verification established, under which trust, and how far.

    `entries` is the number of rows read, `size_anchored` the size that an anchor outside the
    database vouches for, `signatures` how many checkpoint signatures were checked, `keys` every key of
    the log, `asked` a line on each anchor that was asked, or could not be. Entries below `read_from`
    were not read again, but for what newer ones rest on.
    """

    trust: Trust
    entries: int
    size_anchored: int
    signatures: int
    findings: tuple[AuditFinding, ...]
    keys: tuple[VerifierKey, ...] = ()
    asked: tuple[str, ...] = ()
    read_from: int = 0

    @property
    def outcome(self) -> Outcome:
        codes = {finding.code for finding in self.findings} - WARNINGS
        if codes - {Code.UNVERIFIABLE}:
            return Outcome.TAMPERED
        return Outcome.UNVERIFIABLE if codes else Outcome.CLEAN

    @property
    def exit_code(self) -> ExitCode:
        return _EXITS[self.outcome]

    def to_json(self) -> dict[str, Any]:
        """The object that `sop audit verify --json` prints."""
        return {
            "verdict": str(self.outcome),
            "trust": str(self.trust),
            "entries": self.entries,
            "size_anchored": self.size_anchored,
            "findings": [
                {"code": str(f.code), "index": f.index, "run": f.run, "message": f.message}
                for f in self.findings
            ],
        }


_EXITS = {
    Outcome.CLEAN: ExitCode.OK,
    Outcome.TAMPERED: ExitCode.NOT_VERIFIED,
    Outcome.UNVERIFIABLE: ExitCode.UNVERIFIABLE,
}


def entries(count: int) -> str:
    """So many entries, in words."""
    return "1 entry" if count == 1 else f"{count} entries"
