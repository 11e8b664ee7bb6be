"""`sop new`: a procedure to start from, with its scenarios beside it."""

import getpass
import sys
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sop_runner.base.errors import UsageError
from sop_runner.base.textsafe import visible

from .common import example, out, say, terminal_language

if TYPE_CHECKING:
    from sop_runner.authoring.starters.kinds import Wanted
    from sop_runner.authoring.starters.writing import Starter


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command(
        epilog=example(
            "sop new address-change",
            "sop new refund --title 'Refund of charges' --kind approval --language hu --folder procedures",
        )
    )(new)


def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The id, such as 'address-change'.")],
    title: Annotated[str, typer.Option("--title", help="What people call it; else made of the name.")] = "",
    kind: Annotated[
        str, typer.Option("--kind", help="request, approval or checklist; asked for at a terminal.")
    ] = "",
    language: Annotated[
        str, typer.Option("--language", help="en, zh-Hans, zh-Hant or hu, of texts and comments.")
    ] = "",
    author: Annotated[str, typer.Option("--author", help="Who writes it; else your login.")] = "",
    folder: Annotated[Path, typer.Option("--folder", help="Where to write it.")] = Path("."),
) -> None:
    """Write a commented starter that lints clean and proves, and scenarios that it passes. Overwrites nothing."""
    from sop_runner.authoring.starters.kinds import KINDS, LANGUAGES, SAYS, Wanted
    from sop_runner.base.clock import SystemClock
    from sop_runner.base.i18n import best_language

    if not folder.is_dir():
        raise UsageError(
            f"there is no folder '{folder}'", hint="Make it first, or name another one with --folder."
        )
    files = folder / f"{Path(name).name}.yaml", folder / f"{Path(name).name}.scenarios.yaml"
    _free(files)
    _known("kind", kind, KINDS)
    _known("language", language, LANGUAGES)
    today = SystemClock().now().wall.astimezone().date()
    _sound("request", Wanted(name, title or _said(name), "en", author or getpass.getuser(), today))
    asks = sys.stdin.isatty() and not (title and kind and language)
    title = title or (typer.prompt("Title", default=_said(name)) if asks else _said(name))
    if asks and not kind:
        for one, says in SAYS.items():
            say(f"  {one:<10} {says}")
    kind = kind or (_asked("Kind", "request", KINDS) if asks else "request")
    usual = best_language(terminal_language())
    if asks and not language:
        say(f"  {', '.join(LANGUAGES)}")
    language = language or (_asked("Language", usual, LANGUAGES) if asks else usual)
    made = _sound(kind, Wanted(name, title, language, author or getpass.getuser(), today))
    _free(files)
    for file, text in zip(files, (made.procedure, made.scenarios), strict=True):
        with file.open("x", encoding="utf-8") as stream:
            stream.write(text)
        out(str(file))
    say("Next:")
    say("  change it piece by piece; its comments say what each piece does")
    for command in ("lint", "prove", "test"):
        say(f"  sop {command} {files[0]}")
    say(f"  sop publish {files[0]} --as PERSON, once it says what you mean")


def _sound(kind: str, wanted: "Wanted") -> "Starter":
    """The files of a starter, of which the reader has nothing to say: a name or a title may not do."""
    from sop_runner.authoring.starters.kinds import starter
    from sop_runner.base.finding import Severity
    from sop_runner.procedure.load import load

    made = starter(kind, wanted)
    for finding in load(made.procedure.encode("utf-8", "replace")).findings:
        if finding.severity is not Severity.NOTE:
            raise UsageError(finding.message, hint=finding.fix)
    return made


def _free(files: tuple[Path, ...]) -> None:
    for file in files:
        if file.exists() or file.is_symlink():
            raise UsageError(
                f"'{visible(str(file), lines=False)}' is there already",
                hint="Choose another name, or another folder with --folder.",
            )


def _known(what: str, given: str, known: Collection[str]) -> None:
    if given and given not in known:
        raise UsageError(f"'{given}' is no {what}", hint=f"There are: {', '.join(known)}.")


def _asked(what: str, usual: str, known: Collection[str]) -> str:
    """One of several words, asked for until it is one."""
    while (typed := str(typer.prompt(what, default=usual)).strip()) not in known:
        say(f"There are: {', '.join(known)}.")
    return typed


def _said(name: str) -> str:
    """An id as a title: `address-change` is 'Address change'."""
    return name.replace("-", " ").capitalize()
