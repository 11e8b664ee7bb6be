"""`sop publish`, `approve`, `decline`, `withdraw`: how a text comes to run live, and how it stops."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sop_runner.base.errors import UsageError

from .common import DeskOption, example, number_of, out, say
from .live_side import live_side
from .secrets import PassphraseFd, PassphraseFile
from .signing import CodeOption, signed_in, with_token

if TYPE_CHECKING:
    from sop_runner.audit.entry import Entry
    from sop_runner.desk.examining import Examined
    from sop_runner.desk.publishing import Publishing
    from sop_runner.run.actions import FactorProof
    from sop_runner.run.register import Revision

AsOption = Annotated[
    str, typer.Option("--as", metavar="PERSON", help="Who does this; they prove who they are.")
]
PublishedArgument = Annotated[
    str,
    typer.Argument(
        metavar="PROCEDURE[@REVISION]", help="A published procedure; without a revision the newest that fits."
    ),
]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why; it goes on record.")]


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command(epilog=example("sop publish procedures/refund.yaml --as ada --reason 'limit raised to 50'"))(
        publish
    )
    app.command(
        epilog=example(
            "sop approve refund --as ben",
            "sop approve refund@2 --as ben --acknowledge pay-out --reason 'decided on 12 May'",
        )
    )(approve)
    app.command(epilog=example("sop decline refund@2 --as ben --reason 'the limit is missing'"))(decline)
    app.command(epilog=example("sop withdraw refund@1 --as ben --reason 'the law has changed'"))(withdraw)


def publish(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(metavar="PATH", help="The procedure's file.")],
    person: AsOption,
    reason: Annotated[str, typer.Option("--reason", help="What changes and why; it goes on record.")] = "",
    passphrase_file: PassphraseFile = None,
    passphrase_fd: PassphraseFd = None,
    desk: DeskOption = None,
) -> None:
    """Propose a text: checked, proved, kept for ever. It runs live once somebody else has approved it.

    Exits 1 with the findings where it has errors or is not proved, 3 where its revision does not rise.
    """
    with live_side(context, desk) as publishing:
        if not path.is_file():
            raise UsageError(
                f"'{path}' is a folder" if path.is_dir() else f"there is no file '{path}'",
                hint="Name the file of one procedure, such as procedures/account-change.yaml.",
            )
        found = publishing.examine(publishing.registry.text(path))
        who = publishing.people.directory().acting(person)
        signed_in(publishing.people, who, publishing.context.clock, passphrase_file, passphrase_fd)
        entry = publishing.publish(found, who, reason)
        name = f"{found.procedure.procedure}@{found.procedure.revision}"
        _show(found)
        out(f"{name} is published by {who.id}, entry {entry.seq}")
        role = publishing.context.settings.approver
        say(f"Next: somebody else in the role '{role}' looks at it and signs: sop approve {name} --as PERSON")


def approve(
    context: typer.Context,
    procedure: PublishedArgument,
    person: AsOption,
    acknowledge: Annotated[
        list[str] | None,
        typer.Option(
            "--acknowledge",
            metavar="ID",
            help="A place that becomes weaker, as it was shown; once for each. Asked for at a terminal.",
        ),
    ] = None,
    reason: ReasonOption = "",
    code: CodeOption = "",
    passphrase_file: PassphraseFile = None,
    passphrase_fd: PassphraseFd = None,
    desk: DeskOption = None,
) -> None:
    """Look at what changed against the text in force and at the proof, then sign: from then on it may run live.

    Signed with a passphrase and a token by somebody who neither published nor wrote it. What becomes
    weaker is acknowledged place by place, with a reason.
    """
    from sop_runner.run.register import APPROVED, State

    with live_side(context, desk) as publishing:
        revision = publishing.find(procedure, State.WAITING)
        found = publishing.examine(publishing.registry.kept(revision))
        out(
            f"{revision.name}, published by {revision.publisher}, entry {revision.published_at}, text {revision.digest}"
        )
        if origin := publishing.origin_of(revision):
            out(f"imported from {origin['log']}, where {origin['approver']} approved it {origin['when']}")
        _show(found)
        signature = _Signature(publishing, revision, person, passphrase_file, passphrase_fd)
        signature.may(APPROVED)
        seen = _acknowledged(found, acknowledge or [])
        if found.weakenings and not reason and sys.stdin.isatty():
            reason = typer.prompt("Why is it right that it becomes weaker")
        # Before a code of the token is spent on it.
        publishing.may_approve(revision, found, signature.person, reason, seen)
        entry = publishing.approve(revision, found, signature.person, signature.complete(code), reason, seen)
        out(f"{revision.name} is approved by {signature.person.id}, entry {entry.seq}")
        if revision.effective_from > publishing.registry.today():
            say(f"It is in force from {revision.effective_from}.")


def decline(
    context: typer.Context,
    procedure: PublishedArgument,
    person: AsOption,
    reason: ReasonOption,
    code: CodeOption = "",
    passphrase_file: PassphraseFile = None,
    passphrase_fd: PassphraseFd = None,
    desk: DeskOption = None,
) -> None:
    """Say no to a published revision, with a reason. Its author publishes a higher one."""
    from sop_runner.run.register import DECLINED, State

    with live_side(context, desk) as publishing:
        revision = publishing.find(procedure, State.WAITING)
        signature = _Signature(publishing, revision, person, passphrase_file, passphrase_fd)
        signature.rule(DECLINED, publishing.decline, code, reason)


def withdraw(
    context: typer.Context,
    procedure: PublishedArgument,
    person: AsOption,
    reason: ReasonOption,
    code: CodeOption = "",
    passphrase_file: PassphraseFile = None,
    passphrase_fd: PassphraseFd = None,
    desk: DeskOption = None,
) -> None:
    """Let no run start under an approved revision any more. Open runs go on under it; an older one comes back."""
    from sop_runner.desk.revisions import open_runs
    from sop_runner.run.register import WITHDRAWN, State

    with live_side(context, desk) as publishing:
        revision = publishing.find(procedure, State.APPROVED)
        signature = _Signature(publishing, revision, person, passphrase_file, passphrase_fd)
        signature.rule(WITHDRAWN, publishing.withdraw, code, reason)
        still = open_runs(publishing.context.ledger, revision.digest)
        say(f"{number_of(still, 'open run')} {'goes' if still == 1 else 'go'} on under it.")
        left = publishing.registry.register.in_force(revision.id, publishing.registry.today())
        say(
            f"In force is now {left.name}."
            if left
            else f"No revision of '{revision.id}' is in force any more."
        )


class _Signature:
    """The factors of one person, asked for one after the other; refusals in between cost no code of a token."""

    def __init__(
        self, publishing: "Publishing", revision: "Revision", person: str, file: Path | None, fd: int | None
    ) -> None:
        self._publishing, self._revision = publishing, revision
        self.person = publishing.people.directory().acting(person)
        self._first = signed_in(publishing.people, self.person, publishing.context.clock, file, fd)

    def may(self, kind: str) -> None:
        """Raises RefusedError, on record, for whoever may not do this."""
        self._publishing.may_rule(self._revision, self.person, kind)
        before, role = self._publishing.registry.register.approver, self._publishing.context.settings.approver
        if role != before:
            say(
                f"Texts were to be ruled on as '{before}' until now; that it is '{role}' goes on record with this."
            )

    def rule(self, kind: str, act: "Callable[..., Entry]", code: str, reason: str) -> None:
        """Decline or withdraw the revision with a reason, and say so."""
        self.may(kind)
        entry = act(self._revision, self.person, self.complete(code), reason)
        said = kind.removeprefix("Procedure").lower()
        out(f"{self._revision.name} is {said} by {self.person.id}, entry {entry.seq}")

    def complete(self, code: str) -> "list[FactorProof]":
        """All factors of the person."""
        publishing = self._publishing
        return [
            self._first,
            *with_token(publishing.people, self.person, publishing.context.clock, code),
        ]


def _show(found: "Examined") -> None:
    """What changed against the text that is replaced, and what is proved."""
    from .changes import show_changes

    if found.before is None:
        out("no revision was approved before: everything in it is new")
    else:
        out(
            f"against {found.before.name}, approved by {found.before.approver}, entry {found.before.approved_at}:"
        )
        show_changes(found.changes)
    held = f"{number_of(found.proved, 'control')} {'is' if found.proved == 1 else 'are'} held"
    out(f"proved on every path: {held} where required")
    for one in found.report.findings:
        out(f"{one.severity} {one.code}: {one.message}")
    for accepted in found.report.accepted:
        finding = accepted.finding
        out(f"accepted by its author: {finding.code}: {finding.message}")
        out(f"  because: {accepted.because}")


def _acknowledged(found: "Examined", given: "Sequence[str]") -> "list[str]":
    """The places that become weaker, as whoever signs names them: typed, for none is pressed by reflex."""
    seen = list(given)
    for place in found.weakenings:
        while place not in seen and sys.stdin.isatty():
            out(f"It becomes weaker at '{place}'.")
            typed = typer.prompt("Type that name once you have read how")
            if typed.strip() == place:
                seen.append(place)
    return seen
