"""The command `sop`: every group of commands is a module of its own, loaded when one of them is called."""

import gc
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from sop_runner.base.errors import ExitCode, SopError, UsageError

from .common import Root, say, tell
from .lazily import LazyGroup

app = typer.Typer(
    name="sop",
    cls=LazyGroup,
    help="Runs high-risk procedures step by step, each step proved and on record.",
    epilog="\b\nStart here:\n  sop demo                 a throw-away desk to practise at\n  sop init DIR             a desk of your own",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import PackageNotFoundError, version

        try:
            number = version("sop-runner")
        except PackageNotFoundError:
            number = "unknown"
        sys.stdout.write(f"sop {number}\n")
        raise typer.Exit


@app.callback()
def root(
    context: typer.Context,
    desk: Annotated[Path | None, typer.Option("--desk", help="The desk's folder.")] = None,
    training: Annotated[bool, typer.Option("--training", help="Use the training ledger.")] = False,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    said = context.ensure_object(Root)
    said.desk, said.training = desk, training


def main() -> int:
    """Run one command; returns its exit code."""
    try:
        return _run()
    finally:
        _let_go()


def _let_go() -> None:
    """Write out what is left; to nobody where the terminal is gone, lest the interpreter's own try at it
    replaces the exit code.
    """
    gc.freeze()  # the interpreter ends a seventh sooner where it need not look for rings in what is left
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _run() -> int:
    root = Root()
    try:
        return int(app(prog_name="sop", standalone_mode=False, obj=root) or 0)
    except SopError as error:
        tell(error, root.language)
        return int(error.exit_code)
    except (KeyboardInterrupt, EOFError, typer.Abort):
        say()
        return int(ExitCode.INTERRUPTED)
    except BrokenPipeError:
        # Whoever read our output has seen enough; nothing more can be told to them.
        sys.stdout = None
        return int(ExitCode.OK)
    except OSError as error:
        name = f"'{error.filename}': " if error.filename else ""
        tell(UsageError(f"{name}{error.strerror or error}"))
        return int(ExitCode.USAGE)
    except typer.TyperException as error:
        from .typed import told

        say(told(error))
        return int(ExitCode.USAGE)
