"""The procedures of a desk: files in its folder, and the texts that runs have pinned."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from sop_runner.audit.log import Ledger
from sop_runner.base.errors import NotApproved, NotVerified, UsageError
from sop_runner.base.message import Message, msg
from sop_runner.machine.plan import Plan, compile_plan
from sop_runner.procedure.load import load
from sop_runner.procedure.model import Procedure

from .files import ProcedureFiles, Text, errors

Pins = tuple[tuple[str, int, str], ...]


class Registry(ProcedureFiles):
    """Compiles the desk's files to plans, keeps what runs pin, and finds it again whatever the files say."""

    def __init__(self, folder: Path, ledger: Ledger) -> None:
        super().__init__(folder)
        self._ledger = ledger
        self._plans: dict[tuple[str, Pins], Plan] = {}

    def plan(self, text: Text) -> Plan:
        """Compile a file of the desk. Raises NotApproved where it has errors."""
        resolved = self.resolved(text)
        procedure, digest = text.loaded.procedure, text.loaded.digest
        if procedure is None or digest is None or errors(text.loaded, resolved):
            raise NotApproved(
                msg("'{path}' has errors and cannot be run", path=str(text.path)),
                hint=msg("'sop lint {path}' shows them.", path=str(text.path)),
            )
        pins: Pins = tuple(sorted((*key, found.digest or "") for key, found in resolved.callees.items()))
        if (digest, pins) not in self._plans:
            self._plans[digest, pins] = compile_plan(procedure, digest, resolved.procedures, pins)
        return self._plans[digest, pins]

    def keep(self, text: Text) -> None:
        """Put the texts of a procedure and of its callees beside the log, so that a run can pin them."""
        self._keep(text)
        for callee in self.resolved(text).callees.values():
            self._keep(self.text(Path(callee.file)))

    def pinned(self, digest: str, callees: Sequence[Mapping[str, Any]]) -> Plan:
        """The plan that a run pinned, from the texts beside the log."""
        pins: Pins = tuple(sorted((one["id"], one["revision"], one["digest"]) for one in callees))
        if (digest, pins) not in self._plans:
            procedures = {(name, revision): self._kept(pin) for name, revision, pin in pins}
            self._plans[digest, pins] = compile_plan(self._kept(digest), digest, procedures, pins)
        return self._plans[digest, pins]

    def _kept(self, digest: str) -> Procedure:
        loaded = load(self._ledger.procedure(digest), f"kept {digest[:12]}")
        if loaded.procedure is None or loaded.digest != digest:
            raise NotVerified(
                msg("the text kept as '{digest}…' is not the one that runs have pinned", digest=digest[:12]),
                hint=msg("Run 'sop audit verify', and restore the text from a backup."),
            )
        return loaded.procedure

    def _keep(self, text: Text) -> None:
        digest = text.loaded.digest or ""
        try:
            self._ledger.procedure(digest)
        except UsageError:
            try:
                self._ledger.put_procedure(digest, text.data)
            except UsageError:
                # Another terminal kept another layout of the same meaning a moment before.
                self._ledger.procedure(digest)


def may_run_live(procedure: Procedure, today: date) -> Message | None:
    """Why a procedure may not run live on that day; None where it may."""
    if not procedure.in_force(today):
        return msg(
            "'{procedure}' is in force from {day} only",
            procedure=procedure.procedure,
            day=procedure.effective_from.isoformat(),
        )
    if procedure.expects:
        return msg(
            "'{procedure}' is made to be called by others and cannot run alone", procedure=procedure.procedure
        )
    return None


def review_due(procedure: Procedure, today: date) -> bool:
    """Whether the procedure should have been reviewed by now."""
    return today > procedure.review_by
