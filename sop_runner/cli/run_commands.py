"""`sop demo`, `run`, `resume`, `rehearse`: walking runs in one of the front ends."""

import gc
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sop_runner.base.errors import ExitCode, UsageError
from sop_runner.base.message import msg

from .common import (
    DeskOption,
    JsonOption,
    LanguageOption,
    TrainingOption,
    desk_folder,
    draws,
    ends,
    example,
    out,
    say,
    speak,
    translator,
    wants_training,
)

if TYPE_CHECKING:
    from sop_runner.desk.desk import Desk

PlainOption = Annotated[
    bool, typer.Option("--plain", help="Linear prompts instead of a screen; same engine.")
]
PersonOption = Annotated[str, typer.Option("--person", help="Who signs in; the passphrase is asked for.")]


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command(epilog=example("sop demo", "sop demo --plain --language hu"))(demo)
    app.command(epilog=example("sop run account-change --ticket CR-000123"))(run)
    app.command(epilog=example("sop resume 7F3K-22QM"))(resume)
    app.command(
        epilog=example("sop rehearse procedures/account-change.yaml --scenario 'the caller hangs up'")
    )(rehearse)


def demo(
    context: typer.Context,
    folder: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="Where to make it; else a temporary folder.")
    ] = None,
    plain: PlainOption = False,
    language: LanguageOption = "",
) -> None:
    """Open a throw-away desk with sample people and cases; without a terminal, walk a case to its end."""
    spoken = speak(context, language)
    if not (sys.stdin.isatty() and sys.stdout.isatty()) and not plain:
        _walk_demo(folder, spoken)
        return
    from tempfile import mkdtemp

    from sop_runner.desk.demo_tickets import ACCOUNT_TICKETS

    def opening() -> "Desk":
        from sop_runner.wiring import create_demo

        return create_demo(place, spoken)

    place = folder or Path(mkdtemp(prefix="sop-demo-"))
    t = translator(spoken)
    # Before the screen opens, so that whoever is cut off knows where to come back to.
    say(t._("The demo desk is in {place}; delete it whenever you like.", place=str(place)))
    code = _walk(
        opening,
        plain,
        spoken,
        procedure="account-change",
        ticket=ACCOUNT_TICKETS[0],
    )
    say(t._("What is open: 'sop board --training --desk {place}'", place=str(place)))
    say(t._("What was recorded: 'sop audit verify --training --desk {place}'", place=str(place)))
    ends(code)


def run(
    context: typer.Context,
    procedure: Annotated[str, typer.Argument(metavar="PROCEDURE", help="A procedure's id, or a file.")],
    ticket: Annotated[str, typer.Option("--ticket", help="The ticket that the run is for.")],
    case: Annotated[
        list[str] | None, typer.Option("--case", help="A fact of the case, NAME=VALUE; with --plain.")
    ] = None,
    plain: PlainOption = False,
    person: PersonOption = "",
    language: LanguageOption = "",
    desk: DeskOption = None,
    training: TrainingOption = False,
) -> None:
    """Walk a run of a procedure, on a screen or in plain prompts."""
    speak(context, language)
    facts = _facts(case or [])
    if facts and not plain:
        raise UsageError(
            msg("'--case' goes with '--plain'"),
            hint=msg("On the screen the facts of the case are typed into its form."),
        )
    ends(
        _walk_desk(
            context, desk, training, plain, language, person, procedure=procedure, ticket=ticket, case=facts
        )
    )


def resume(
    context: typer.Context,
    run: Annotated[str, typer.Argument(metavar="RUN", help="The run's id; 'sop board' lists them.")],
    plain: PlainOption = False,
    person: PersonOption = "",
    language: LanguageOption = "",
    desk: DeskOption = None,
    training: TrainingOption = False,
) -> None:
    """Come back to a run that is open or held."""
    speak(context, language)
    ends(_walk_desk(context, desk, training, plain, language, person, run=run))


def rehearse(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A procedure, or its scenario file.")],
    scenario: Annotated[str, typer.Option("--scenario", help="The scenario's name, or part of it.")],
    as_json: JsonOption = False,
    desk: DeskOption = None,
) -> None:
    """Drive a run from a scenario file on the training ledger, through the same engine."""
    from .rehearsing import rehearse_at

    ends(rehearse_at(context, desk, path, scenario, as_json))


def _walk_desk(
    context: typer.Context,
    desk: Path | None,
    training: bool,
    plain: bool,
    language: str,
    person: str,
    **wanted: Any,
) -> ExitCode:
    def opening() -> "Desk":
        from sop_runner.wiring import open_desk

        opened = open_desk(folder, trains)
        if opened.people():
            return opened
        opened.close()
        raise UsageError(
            msg("nobody is enrolled at this desk"),
            hint=msg("'sop people add' enrols somebody, 'sop people passphrase' lets them sign in."),
        )

    def looks() -> tuple[str, str]:
        from sop_runner.desk.layout import read_settings

        settings = read_settings(folder)
        return speak(context, language, settings.language), settings.theme

    folder = desk_folder(context, desk)
    trains = wants_training(context, training)
    spoken = looks()[0] if plain else speak(context, language)
    # The screen asks for its looks while its first frame stands.
    later = {} if plain else {"looks": looks}
    return _walk(opening, plain, spoken, person=person or None, follow=not language, **later, **wanted)


def _walk(opening: "Callable[[], Desk]", plain: bool, language: str, **wanted: Any) -> ExitCode:
    opened: list[Desk] = []

    def opens() -> "Desk":
        opened.append(opening())
        return opened[0]

    try:
        if plain:
            return _plain(opens(), language, **wanted)
        if not (sys.stdin.isatty() and sys.stdout.isatty()):
            raise UsageError(
                msg("there is no terminal to draw on"), hint=msg("Use '--plain': the same in lines.")
            )
        return _screen(opens, language, **wanted)
    finally:
        for desk in opened:
            desk.close()


def _plain(desk: "Desk", language: str, **wanted: Any) -> ExitCode:
    from sop_runner.plain.app import run_plain

    return run_plain(desk, language=language, **wanted)


def _screen(opens: "Callable[[], Desk]", language: str, **wanted: Any) -> ExitCode:
    # What is loaded on the way stays; to look through it for garbage would only delay the first frame.
    gc.disable()
    from sop_runner.tui.app import SopApp

    def opened() -> "Desk":
        try:
            return opens()
        finally:
            gc.freeze()
            gc.enable()

    return draws(SopApp(opened, language=language, **wanted))


def _walk_demo(folder: Path | None, language: str) -> None:
    from tempfile import TemporaryDirectory

    from sop_runner.desk.verified import verify_desk
    from sop_runner.review.verdict import verdict_lines
    from sop_runner.wiring import create_demo

    from .demo_walk import walk_demo

    with TemporaryDirectory(prefix="sop-demo-") as temporary:
        place = folder or Path(temporary) / "desk"
        desk = create_demo(place, language)
        try:
            for line in walk_demo(desk, place, language):
                out(line)
        finally:
            desk.close()
        verdict = verify_desk(place, training=True)
        out()
        for line in verdict_lines(verdict):
            out(line)
    ends(verdict.exit_code)


def _facts(given: list[str]) -> dict[str, str]:
    facts = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals or not name.strip():
            raise UsageError(
                msg("'{fact}' is no fact of a case", fact=one), hint=msg("Write it as NAME=VALUE.")
            )
        facts[name.strip()] = value
    return facts
