"""What every command shares: options, where the desk is, data on stdout and narration on stderr."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from sop_runner.base.errors import ExitCode, SopError, UsageError
from sop_runner.base.message import msg
from sop_runner.base.textsafe import visible

if TYPE_CHECKING:
    from sop_runner.base.i18n import Translator
    from sop_runner.desk.desk import Desk

DeskOption = Annotated[
    Path | None, typer.Option("--desk", help="The desk's folder; else $SOP_DESK, else the nearest.")
]
TrainingOption = Annotated[bool, typer.Option("--training", help="Use the training ledger.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print data that programs read.")]
LanguageOption = Annotated[
    str, typer.Option("--language", help="en, zh-Hans, zh-Hant or hu; else the person's, else the desk's.")
]


@dataclass(slots=True)
class Root:
    """What was said before the command's name; an option behind it goes before these.

    `language` is the one that the command speaks, once it is known (`speak`): errors are told in it.
    """

    desk: Path | None = None
    training: bool = False
    language: str = "en"


def example(*lines: str) -> str:
    """The end of a command's help: what one types."""
    return "\b\nExample:\n" + "\n".join(f"  {line}" for line in lines)


def out(text: str = "") -> None:
    """One line or block of data, on stdout; characters that a terminal would act on are made visible."""
    _write(sys.stdout, visible(text))


def raw(text: str) -> None:
    """Data of our own making on stdout, as it is: a schema, a picture."""
    _write(sys.stdout, text)


def say(text: str = "") -> None:
    """Narration, on stderr; where that is gone nobody is told, and what was done stays done."""
    if sys.stderr is None:
        return
    try:
        _write(sys.stderr, visible(text))
    except OSError:
        sys.stderr = None  # else Python itself would try again at its end, and spoil the exit code


def out_json(data: Any) -> None:
    """Data for programs, on stdout; ASCII, so that text of files and people does nothing to a terminal."""
    import json

    _write(sys.stdout, json.dumps(data, indent=2, ensure_ascii=True))


def _write(stream: Any, text: str) -> None:
    try:
        stream.write(text + "\n")
    except UnicodeEncodeError:
        stream.write(text.encode(stream.encoding, "backslashreplace").decode(stream.encoding) + "\n")
    stream.flush()


def tell(error: SopError, language: str = "en") -> None:
    """Say what is wrong and what to do next."""
    t = translator(language)
    say(f"sop: {t(error.message)}")
    if error.hint:
        say(f"     {t(error.hint)}")


def draws(app: Any) -> ExitCode:
    """Run an app of `tui` to its end, and say what it has to say then.

    Where a mistake of ours ended it, the command ends as any other that Python gives up.
    """
    said = app.run()
    if said:
        say(said)
    if app.return_code:
        return ExitCode.FINDINGS
    return ExitCode.REFUSED if said else ExitCode.OK


def ends(code: ExitCode) -> NoReturn:
    """End the command."""
    raise typer.Exit(int(code))


def desk_folder(context: typer.Context, desk: Path | None) -> Path:
    """The desk that a command works on. Raises UsageError where there is none."""
    from sop_runner.base.desk_folder import find_desk

    found = find_desk(desk or root_of(context).desk, os.environ, Path.cwd())
    if found is None:
        raise UsageError(
            msg("there is no desk here"),
            hint=msg("Make one with 'sop init DIR', name one with --desk, or try 'sop demo'."),
        )
    return found


def wants_training(context: typer.Context, training: bool) -> bool:
    """Whether `--training` was given, before or behind the command's name."""
    return training or root_of(context).training


def the_desk(context: typer.Context, desk: Path | None, training: bool, *, reading: bool = False) -> "Desk":
    """Open the desk that a command works on; `reading` where nothing will be written."""
    from sop_runner.wiring import open_desk

    return open_desk(desk_folder(context, desk), wants_training(context, training), reading=reading)


def number_of(number: int, what: str) -> str:
    """So many of something, for a sentence in English."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def translator(language: str) -> "Translator":
    """The product's sentences in a language."""
    from sop_runner.base.i18n import Translator

    return Translator(language)


def speak(context: typer.Context, asked: str, desk: str = "") -> str:
    """The language of a command: the one asked for, else the desk's, and where no desk is open the terminal's."""
    from sop_runner.base.i18n import best_language

    root_of(context).language = best_language(asked or desk or terminal_language())
    return root_of(context).language


def language_of(desk: "Desk", asked: str) -> str:
    """The language asked for, else the desk's."""
    return asked or desk.context.settings.language


def terminal_language() -> str:
    """The language of this terminal, as the system says it."""
    named = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return next(filter(None, named), "en")


def root_of(context: typer.Context) -> Root:
    """What was said before the command's name."""
    found: Root = context.find_root().ensure_object(Root)
    return found
