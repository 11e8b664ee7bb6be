"""The procedures of a desk: files in its folder, and the texts that runs have pinned."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from sop_runner.audit.log import Ledger
from sop_runner.base.errors import NotApproved, NotVerified, UsageError
from sop_runner.base.message import Message, msg
from sop_runner.machine.plan import Plan, compile_plan
from sop_runner.procedure.library import Resolved, resolve
from sop_runner.procedure.load import Loaded, load
from sop_runner.procedure.model import Procedure
from sop_runner.run.register import NOTHING_PUBLISHED, Register

from .files import ProcedureFiles, Text, errors
from .published import Published

Pins = tuple[tuple[str, int, str], ...]


class Registry(ProcedureFiles):
    """Compiles the desk's files to plans, keeps what runs pin, and finds it again whatever the files say.

    Callees that are not beside a file are taken from what is `published`.
    """

    def __init__(self, folder: Path, ledger: Ledger, published: Published | None = None) -> None:
        super().__init__(folder)
        self._ledger = ledger
        self._published = published
        self._plans: dict[tuple[str, Pins], Plan] = {}

    @property
    def register(self) -> Register:
        """What a run is started under; training asks for nothing."""
        return NOTHING_PUBLISHED

    def unapproved(self, plan: Plan) -> Message | None:
        """Why a plan may not be started today for want of an approval; None where it may."""
        return None

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

    def published_text(self, name: str, revision: int) -> Text | None:
        """The text of a revision that was published at this desk."""
        return None if self._published is None else self._published.find(name, revision)

    def resolved(self, text: Text) -> Resolved:
        """A published text with the callees it was published with; a file with those beside it."""
        callees = None if self._published is None else self._published.callees(text)
        if callees is None:
            return super().resolved(text)
        return resolve(text.loaded, lambda name, number: callees.get((name, number)))

    def keep(self, text: Text) -> None:
        """Put the texts of a procedure and of its callees beside the log, so that a run can pin them."""
        self._keep(text)
        for (name, revision), callee in self.resolved(text).callees.items():
            published = self.published_text(name, revision)
            same = published is not None and published.loaded.digest == callee.digest
            self._keep(published if published is not None and same else self.text(Path(callee.file)))

    def pinned(self, digest: str, callees: Sequence[Mapping[str, Any]]) -> Plan:
        """The plan that a run pinned, from the texts beside the log."""
        pins: Pins = tuple(sorted((one["id"], one["revision"], one["digest"]) for one in callees))
        if (digest, pins) not in self._plans:
            procedures = {(name, revision): self._kept(pin) for name, revision, pin in pins}
            self._plans[digest, pins] = compile_plan(self._kept(digest), digest, procedures, pins)
        return self._plans[digest, pins]

    def _callee(self, beside: Path, name: str, revision: int) -> Loaded | None:
        found = super()._callee(beside, name, revision)
        if found is None and (published := self.published_text(name, revision)) is not None:
            return published.loaded
        return found

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


def review_due(procedure: Procedure, today: date) -> bool:
    """Whether the procedure should have been reviewed by now."""
    return today > procedure.review_by
