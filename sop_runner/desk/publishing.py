"""Publishing a text and ruling on it: proposed by one person, signed by another, on record before it counts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NoReturn

from sop_runner.audit.entry import Draft, Entry, ProcedureRef
from sop_runner.base.errors import Conflict, NotApproved, RefusedError, UsageError
from sop_runner.base.ids import random_hex
from sop_runner.base.textsafe import visible
from sop_runner.people.directory import Directory
from sop_runner.people.person import Person
from sop_runner.procedure.model import Procedure
from sop_runner.run.actions import FactorProof
from sop_runner.run.events import REFUSED
from sop_runner.run.register import (
    APPROVED,
    APPROVER_CHANGED,
    DECLINED,
    KINDS_TO_SIGN,
    PUBLISHED,
    WITHDRAWN,
    Revision,
    State,
)

from .appending import append_outside
from .context import Context
from .examining import Examined, examine
from .files import Text
from .live import LiveRegistry
from .people import People
from .signing_off import sign_off

Proofs = Sequence[FactorProof]


class Publishing:
    """What authors and approvers do with the texts of a live desk. Every act is one entry."""

    def __init__(self, context: Context, people: People, registry: LiveRegistry) -> None:
        self.context = context
        self.people = people
        self.registry = registry

    def find(self, wanted: str, *states: State) -> Revision:
        """The published revision of `ID` or `ID@REVISION`; of an id alone the newest in one of `states`."""
        name, at, number = wanted.partition("@")
        revisions = self.registry.register.of(name)
        shown = visible(wanted, lines=False)
        if at:
            fitting = [one for one in revisions if str(one.revision) == number.removeprefix("r")]
        else:
            fitting = [one for one in revisions if one.state in states]
        if not fitting:
            standing = ", ".join(f"{one.revision} ({one.state})" for one in revisions) or "none yet"
            raise UsageError(
                f"there is no such published revision of '{shown}'",
                hint=f"Published are: {standing}. 'sop procedures list' shows them all.",
            )
        return fitting[-1]

    def origin_of(self, revision: Revision) -> Mapping[str, Any]:
        """Where an imported revision comes from and who approved it there; empty for one of this desk."""
        (entry,) = self.context.ledger.scan(revision.published_at, revision.published_at + 1)
        return next((piece for piece in entry.evidence if piece["kind"] == "origin"), {})

    def examine(self, text: Text) -> Examined:
        """A text against what it replaces. Raises Unsound where it has errors or is not proved."""
        return examine(self.registry, text, self.registry.today())

    def publish(
        self, found: Examined, person: Person, change: str, origin: Mapping[str, Any] | None = None
    ) -> Entry:
        """Propose a text; it is kept for ever and runs nowhere before it is approved.

        `origin` says of an imported one who approved it where it comes from.
        Raises RefusedError where its number does not rise, NotApproved where a callee is not published.
        """
        procedure, register = found.procedure, self.registry.register
        newest = max((one.revision for one in register.of(procedure.procedure)), default=0)
        same = register.find(procedure.procedure, procedure.revision)
        if same is not None and same.digest == found.plan.digest:
            raise RefusedError(
                f"this text is published already: revision {same.revision} is {same.state}",
                hint=f"Next: 'sop approve {same.name}'." if same.state is State.WAITING else "",
            )
        if procedure.revision <= newest:
            raise RefusedError(
                f"'{procedure.procedure}' revision {procedure.revision} does not rise above {newest}, published before",
                hint=f"Write `revision: {newest + 1}` into the file.",
            )
        for name, number, digest in found.plan.pinned:
            callee = register.find(name, number)
            if callee is None or callee.digest != digest:
                raise NotApproved(
                    f"'{procedure.procedure}' calls '{name}' revision {number}, which is not published with this text",
                    hint=f"Publish and approve '{name}' first.",
                )
        self.registry.keep_text(found.text)
        evidence = {
            "kind": "published",
            "title": procedure.title.unfilled("en", procedure.language),
            "effective_from": procedure.effective_from.isoformat(),
            "review_by": procedure.review_by.isoformat(),
            "authors": sorted(_authors(procedure, self.people.directory())),
            "pinned": [{"id": i, "revision": r, "digest": d} for i, r, d in found.plan.pinned],
            **_against(found),
        }
        pieces = (evidence,) if origin is None else (evidence, origin)
        return self._put(PUBLISHED, _ref(found), person, change, pieces)

    def approve(
        self,
        revision: Revision,
        found: Examined,
        person: Person,
        proofs: Proofs,
        reason: str,
        acknowledged: Sequence[str],
    ) -> Entry:
        """Let a revision run live. Raises RefusedError as `may_approve` does, and for want of factors."""
        self.may_approve(revision, found, person, reason, acknowledged)
        about = {"kind": "approved", "acknowledged": list(found.weakenings), **_against(found)}
        signed = sign_off(person, proofs, KINDS_TO_SIGN)
        return self._put(APPROVED, _ref(revision), person, reason, (about, signed))

    def may_approve(
        self, revision: Revision, found: Examined, person: Person, reason: str, acknowledged: Sequence[str]
    ) -> None:
        """Raises RefusedError, which goes on record, where something stands against an approval.

        `acknowledged` are the places that become weaker as the person named them.
        """
        self.may_rule(revision, person, APPROVED)
        register = self.registry.register
        for name, number, _ in revision.pins:
            callee = register.find(name, number)
            if callee is None or callee.state is not State.APPROVED:
                standing = callee.state if callee is not None else "not published"
                self._refuse(
                    revision, person, APPROVED, f"it calls '{name}' revision {number}, which is {standing}",
                    f"Next: 'sop approve {name}@{number}'.",
                )  # fmt: skip
        unseen = [one for one in found.weakenings if one not in acknowledged]
        if unseen:
            self._refuse(
                revision, person, APPROVED, f"it becomes weaker at {_quoted(unseen)}, which was not acknowledged",
                "Read what is weaker, then name each place with --acknowledge and say why with --reason.",
            )  # fmt: skip
        if found.weakenings and not reason.strip():
            self._refuse(
                revision, person, APPROVED, "that it becomes weaker has no reason", "Say why with --reason."
            )

    def decline(self, revision: Revision, person: Person, proofs: Proofs, reason: str) -> Entry:
        """Say no to a revision for good; its author publishes a higher one."""
        self.may_rule(revision, person, DECLINED)
        signed = sign_off(person, proofs, KINDS_TO_SIGN, approved=False)
        return self._put(DECLINED, _ref(revision), person, _needed(reason), (signed,))

    def withdraw(self, revision: Revision, person: Person, proofs: Proofs, reason: str) -> Entry:
        """Let no run start under a revision any more; open ones go on under what they pinned."""
        self.may_rule(revision, person, WITHDRAWN)
        signed = sign_off(person, proofs, KINDS_TO_SIGN)
        return self._put(WITHDRAWN, _ref(revision), person, _needed(reason), (signed,))

    def may_rule(self, revision: Revision, person: Person, kind: str) -> None:
        """Raises RefusedError, which goes on record, for whoever may not do this to a revision."""
        role = self.context.settings.approver
        if role not in person.roles:
            self._refuse(
                revision, person, kind, f"'{person.id}' is no '{role}' at this desk",
                f"Who has that role: {_quoted(one.id for one in self.people.directory().in_role(role)) or 'nobody yet'}.",
            )  # fmt: skip
        if kind == APPROVED and person.id in revision.authors:
            self._refuse(
                revision, person, kind, f"'{person.id}' published or wrote it", "Somebody else approves it."
            )
        wanted = State.APPROVED if kind == WITHDRAWN else State.WAITING
        if revision.state is not wanted:
            self._refuse(
                revision, person, kind, f"it is {revision.state}", "'sop procedures list' shows why."
            )
        newer = [
            one for one in self.registry.register.of(revision.id)
            if one.revision > revision.revision and one.approved_at is not None
        ]  # fmt: skip
        if kind == APPROVED and newer:
            self._refuse(
                revision, person, kind, f"revision {newer[-1].revision} was approved after it",
                "Publish this text as a higher revision.",
            )  # fmt: skip

    def _put(
        self,
        kind: str,
        ref: ProcedureRef,
        person: Person,
        reason: str,
        evidence: tuple[Mapping[str, Any], ...],
    ) -> Entry:
        """Append, and read back whether it counts: somebody may have been faster."""
        role = None if kind == PUBLISHED else self.context.settings.approver
        entry = self._append(kind, ref, person, role, reason, evidence)
        found = self.registry.register.find(ref.id, ref.revision)
        numbers = () if found is None else (found.published_at, found.approved_at, found.ended_at)
        if entry.seq not in numbers:
            raise Conflict(
                f"somebody else was faster with '{ref.id}' revision {ref.revision}; entry {entry.seq} changes nothing",
                hint="'sop procedures list' shows how it stands.",
            )
        return entry

    def _append(
        self,
        kind: str,
        ref: ProcedureRef,
        person: Person,
        role: str | None,
        reason: str,
        evidence: tuple[Mapping[str, Any], ...],
        outcome: str | None = None,
    ) -> Entry:
        draft = Draft(
            type=kind,
            key=random_hex(),
            ts=self.context.clock.now(),
            procedure=ref,
            actor=person.id,
            role=role,
            outcome=outcome,
            reason=reason.strip() or None,
            evidence=evidence,
        )
        before = self.registry.register.approver
        # The settings are no part of the log, so a role other than the one before goes on record with whoever used it.
        drafts = (_role_changed(draft, before), draft) if role and role != before else (draft,)
        return append_outside(self.context.ledger, *drafts)[-1]

    def _refuse(self, revision: Revision, person: Person, asked: str, why: str, hint: str) -> NoReturn:
        self._append(REFUSED, _ref(revision), person, None, why, (), outcome=asked)
        raise RefusedError(f"'{revision.id}' revision {revision.revision}: {why}", hint=hint)


def _role_changed(ruling: Draft, before: str) -> Draft:
    """The entry after which texts are ruled on in the role of `ruling`, signed as that is."""
    signed = next(piece for piece in ruling.evidence if piece["kind"] == "sign_off")
    about = {"kind": "approver_role", "before": before}
    return replace(
        ruling, type=APPROVER_CHANGED, procedure=None, evidence=(about, {**signed, "approved": True})
    )


def _ref(of: Revision | Examined) -> ProcedureRef:
    if isinstance(of, Revision):
        return ProcedureRef(of.id, of.revision, of.digest)
    return ProcedureRef(of.procedure.procedure, of.procedure.revision, of.plan.digest)


def _against(found: Examined) -> Mapping[str, Any]:
    """What a text was compared with, and what came of it."""
    before = found.before
    return {
        "against": None if before is None else {"revision": before.revision, "digest": before.digest},
        "changes": len(found.changes),
        "weakenings": list(found.weakenings),
        "proved": found.proved,
    }


def _authors(procedure: Procedure, directory: Directory) -> set[str]:
    """The people of this desk whom a text names as its author."""
    named = [procedure.author or ""]
    named += [one.author for one in procedure.history if one.revision == procedure.revision]
    return {person.id for name in named if name and (person := directory.find(name)) is not None}


def _needed(reason: str) -> str:
    if not reason.strip():
        raise RefusedError("this goes on record with a reason", hint="Say why with --reason.")
    return reason


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
