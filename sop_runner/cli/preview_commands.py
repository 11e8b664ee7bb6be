"""`sop preview`: an author looks at a procedure as agents will see it, while writing it."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from sop_runner.base.errors import UsageError
from sop_runner.base.textsafe import visible

from .common import LanguageOption, draws, ends, example, speak


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command(epilog=example("sop preview procedures/account-change.yaml --language hu"))(preview)


def preview(
    context: typer.Context,
    path: Annotated[
        Path, typer.Argument(metavar="PATH", help="A procedure file; it need not be free of errors.")
    ],
    language: LanguageOption = "",
    theme: Annotated[str, typer.Option("--theme", help="default, high-contrast or ascii.")] = "default",
) -> None:
    """Look at a procedure while writing it: outline, graph, findings, each item's screen; walk it in memory."""
    from sop_runner.base.clock import SystemClock

    if not path.is_file():
        raise UsageError(f"there is no file '{visible(str(path), lines=False)}'")
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            "there is no terminal to draw on", hint="'sop graph' and 'sop lint' say the same in lines."
        )
    from sop_runner.tui.preview import PreviewApp

    today = SystemClock().now().wall.date()
    ends(draws(PreviewApp(path, language=speak(context, language), today=today, theme=theme)))
