"""`sop diff`: what changed in meaning between two texts of a procedure, the weakenings first."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sop_runner.base.errors import ExitCode, SopError

from .changes import change_data, show_changes
from .common import DeskOption, JsonOption, TrainingOption, ends, example, out_json, root_of, say

if TYPE_CHECKING:
    from sop_runner.desk.desk import Desk
    from sop_runner.procedure.load import Loaded


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command(
        epilog=example(
            "sop diff account-change@3 procedures/account-change.yaml",
            "sop diff git:HEAD~1:procedures/account-change.yaml procedures/account-change.yaml",
        )
    )(diff)


def diff(
    context: typer.Context,
    old: Annotated[
        str,
        typer.Argument(metavar="OLD", help="A file, a revision of the desk (NAME@3), or git:REVISION:PATH."),
    ],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The same, for the newer text.")],
    as_json: JsonOption = False,
    desk: DeskOption = None,
    training: TrainingOption = False,
) -> None:
    """Show what changed in meaning, the weakenings first. Exits 1 where something got weaker, or may have."""
    from sop_runner.authoring.diff.differences import differences
    from sop_runner.authoring.stand_in import comparable
    from sop_runner.desk.revisions import find_text, open_runs

    opened = _OneDesk(context, desk, training)
    try:
        before, after = (find_text(name, opened.get, Path.cwd()) for name in (old, new))
        (one, unread), (two, unread_too) = (
            comparable(text.loaded, text.resolved) for text in (before, after)
        )
        for text, scopes in ((before, unread), (after, unread_too)):
            for scope in sorted(scopes):
                say(f"{text.name}: what '{scope[:-1]}' calls is not at hand; what it does was not compared")
        changes = differences(one, two, unread | unread_too)
        runs = None
        if (found := opened.at_hand()) is not None:
            runs = open_runs(found.context.ledger, one.digest)
    finally:
        opened.close()
    if as_json:
        out_json(
            {
                "old": _named(before.name, before.loaded),
                "new": _named(after.name, after.loaded),
                "weakened": any(change.weakens for change in changes),
                "open_runs_on_old": runs,
                "changes": [change_data(change) for change in changes],
            }
        )
    else:
        show_changes(changes)
        if runs is not None:
            say(f"{runs} open {'run is' if runs == 1 else 'runs are'} pinned to {before.name}")
    ends(ExitCode.FINDINGS if any(change.weakens for change in changes) else ExitCode.OK)


class _OneDesk:
    """The desk of the command: opened once, and only where there is one."""

    def __init__(self, context: typer.Context, desk: Path | None, training: bool) -> None:
        self._context, self._desk, self._training = context, desk, training
        self._opened: Desk | None = None

    def get(self) -> "Desk":
        """The desk. Raises UsageError where there is none."""
        from .common import the_desk

        if self._opened is None:
            self._opened = the_desk(self._context, self._desk, self._training, reading=True)
        return self._opened

    def at_hand(self) -> "Desk | None":
        """The desk, where one was named or lies around the folder; else None, and why not is told."""
        import os

        from sop_runner.base.desk_folder import find_desk

        named = self._desk or root_of(self._context).desk
        if find_desk(named, os.environ, Path.cwd()) is None and named is None:
            return None
        try:
            return self.get()
        except SopError as error:
            say(f"open runs were not counted: {error}")
            return None

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close()


def _named(name: str, loaded: "Loaded") -> dict[str, Any]:
    procedure = loaded.procedure
    assert procedure is not None
    return {
        "name": name, "procedure": procedure.procedure, "revision": procedure.revision, "digest": loaded.digest,
    }  # fmt: skip
