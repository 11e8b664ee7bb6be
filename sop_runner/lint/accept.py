"""What a file accepts of its own findings: set apart with the author's reason, never dropped."""

from collections.abc import Iterator
from dataclasses import dataclass

from sop_runner.base.finding import Finding, Severity
from sop_runner.procedure.check_codes import CODES as LOADER
from sop_runner.procedure.load import Loaded
from sop_runner.procedure.model import Accept, Path, Procedure, every_node
from sop_runner.procedure.place import Problem
from sop_runner.procedure.shape import value_in
from sop_runner.procedure.source import CODES as READER
from sop_runner.procedure.walks import sections

from .catalogue import PROOFS, RULES
from .rule import in_order
from .rules.accepting import IDLE, NO_SUCH

Lines = range
"""Numbers of lines in a file."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A finding that the file itself accepts, and the author's reason."""

    finding: Finding
    because: str


@dataclass(frozen=True, slots=True)
class Report:
    """The findings of a file that stand, and those that it accepts; each in the order of the file."""

    findings: tuple[Finding, ...]
    accepted: tuple[Accepted, ...] = ()


def accept(loaded: Loaded, procedure: Procedure, findings: tuple[Finding, ...]) -> Report:
    """Set apart what the file accepts; an error never, and an entry that accepts nothing is a finding itself."""
    if not procedure.accept:
        return Report(findings)
    spans = [(entry, _lines(loaded, procedure, entry)) for entry in procedure.accept]
    standing: list[Finding] = []
    accepted: list[Accepted] = []
    used: set[int] = set()
    for finding in findings:
        fits = None
        if finding.severity is not Severity.ERROR and finding.file == loaded.file:
            fits = next((i for i, (entry, lines) in enumerate(spans) if _covers(entry, lines, finding)), None)
        if fits is None:
            standing.append(finding)
        else:
            used.add(fits)
            accepted.append(Accepted(finding, procedure.accept[fits].because))
    idle = (loaded.finding(problem) for problem in _idle(procedure, spans, used))
    return Report(in_order([*standing, *idle]), tuple(accepted))


def _covers(entry: Accept, lines: list[Lines] | None, finding: Finding) -> bool:
    return entry.check == finding.code and (
        entry.at is None or any(finding.at.line in span for span in lines or ())
    )


def _idle(
    procedure: Procedure, spans: list[tuple[Accept, list[Lines] | None]], used: set[int]
) -> Iterator[Problem]:
    proofs = {rule.code for rule in PROOFS}
    known = {*proofs, *(rule.code for rule in RULES), *LOADER, *READER}
    for index, (entry, lines) in enumerate(spans):
        path = ("accept", index)
        if entry.check not in known:
            message = f"there is no check '{entry.check}'"
            yield NO_SUCH.problem(
                message, (*path, "check"), "write the code that lint prints, such as SOP532"
            )
        elif entry.check in proofs:
            message = f"'{entry.check}' is a proof, and what a proof finds cannot be accepted"
            yield NO_SUCH.problem(message, (*path, "check"), "mend what it finds, and remove this entry")
        elif lines == []:
            message = f"there is no node, name or key '{entry.at}' at which '{entry.check}' could be accepted"
            yield IDLE.problem(message, (*path, "at"), "name the node in which the finding stands")
        elif index not in used:
            where = f" at '{entry.at}'" if entry.at is not None else ""
            message = f"nothing is found by '{entry.check}'{where} that could be accepted"
            yield IDLE.problem(message, (*path, "check"), "remove this entry")


def _lines(loaded: Loaded, procedure: Procedure, entry: Accept) -> list[Lines] | None:
    """The lines that an entry is about: a node's, a section's, a name's, a top key's. None for the whole file."""
    if entry.at is None:
        return None
    return list(_spans(loaded, _places(procedure, entry.at), loaded.source.data))


def _places(procedure: Procedure, name: str) -> list[Path]:
    found: list[Path] = [path for path, node, _ in every_node(procedure) if node.id == name]
    found += [path for path, section in sections(procedure.flow) if section.id == name]
    found += [(group, name) for group in ("controls", "roles", "derive") if name in getattr(procedure, group)]
    found += [("case", index) for index, spec in enumerate(procedure.case) if spec.field == name]
    if name in type(procedure).model_fields and name in procedure.model_fields_set:
        found.append((name,))
    return found


def _spans(loaded: Loaded, places: list[Path], data: object) -> Iterator[Lines]:
    for path in places:
        first = loaded.source.key_at(path).line
        yield range(first, max(_following(loaded, path, data), first + 1))


def _following(loaded: Loaded, path: Path, data: object) -> int:
    """The line on which what stands behind `path` begins."""
    first = loaded.source.key_at(path)
    for length in range(len(path) - 1, -1, -1):
        around = value_in(data, path[:length])
        keys = around if isinstance(around, dict) else range(len(around))
        behind = [at for key in keys if (at := loaded.source.key_at((*path[:length], key))) > first]
        if behind:
            return min(behind).line
    return 1 << 31
