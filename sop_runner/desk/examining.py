"""A text as those who publish and approve it look at it: free of errors, proved, against what it replaces."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sop_runner.authoring.diff.change import Change
from sop_runner.authoring.diff.differences import differences
from sop_runner.base.errors import ExitCode, SopError
from sop_runner.base.finding import Finding, Severity
from sop_runner.lint.accept import Report
from sop_runner.lint.lint import lint
from sop_runner.lint.prove import Proof
from sop_runner.lint.prove import prove as prove_plan
from sop_runner.machine.plan import Plan
from sop_runner.procedure.model import Procedure
from sop_runner.run.register import Revision

from .files import Text, errors
from .live import LiveRegistry

TOP = "procedure"
"""What a change at the top of a file is acknowledged by."""


class Unsound(SopError):
    """A text has errors or is not proved; `findings` say what is wrong with it."""

    exit_code = ExitCode.FINDINGS

    def __init__(self, name: str, findings: Sequence[Finding]) -> None:
        super().__init__(
            f"'{name}' has {len(findings)} errors", hint="'sop lint' and 'sop prove' show them in its file."
        )
        self.findings = tuple(findings)


@dataclass(frozen=True, slots=True)
class Examined:
    """A sound text, with what lint remarks on it and what the text accepts of that.

    `before` is the revision whose place it takes, None for a first one.
    """

    text: Text
    plan: Plan
    proof: Proof
    report: Report
    before: Revision | None
    changes: tuple[Change, ...]

    @property
    def weakenings(self) -> tuple[str, ...]:
        """Where it asks less than before, or may: ids of items, `procedure` for its top."""
        return tuple(dict.fromkeys(one.node or TOP for one in self.changes if one.weakens))

    @property
    def proved(self) -> int:
        """How many controls were proved to be held where they are required."""
        return len({(one.node, one.control) for one in self.proof.obligations})

    @property
    def procedure(self) -> Procedure:
        """The procedure itself."""
        return self.plan.procedure


def examine(registry: LiveRegistry, text: Text, today: date) -> Examined:
    """Check and prove a text. Raises Unsound with everything that keeps it from being used."""
    resolved = registry.resolved(text)
    procedure = text.loaded.procedure
    wrong = errors(text.loaded, resolved)
    if procedure is None or wrong:
        raise Unsound(text.path.name, wrong)
    plan = registry.plan(text)
    files = {**resolved.callees, (procedure.procedure, procedure.revision): text.loaded}
    proof = prove_plan(plan, files)
    report = lint(plan, files, {*text.loaded.findings, *resolved.findings}, today)
    failed = [one for one in report.findings if one.severity is Severity.ERROR]
    if failed or not proof.holds:
        raise Unsound(text.path.name, tuple(dict.fromkeys((*failed, *proof.findings))))
    before = registry.register.replaced_by(procedure.procedure, procedure.effective_from, today)
    return Examined(
        text=text,
        plan=plan,
        proof=proof,
        report=report,
        before=before,
        changes=() if before is None else differences(_as_published(registry, before), plan),
    )


def _as_published(registry: LiveRegistry, revision: Revision) -> Plan:
    """The plan of a revision, whatever this program would remark on its text by now."""
    pins = [{"id": name, "revision": number, "digest": digest} for name, number, digest in revision.pins]
    return registry.pinned(revision.digest, pins)
