"""`sop lint`, `schema`: what an author asks before anybody runs a procedure."""

from pathlib import Path
from typing import Annotated

import typer

from sop_runner.base.errors import ExitCode, UsageError

from .common import ends, example, out, out_json, raw, say


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command(
        epilog=example("sop lint procedures/account-change.yaml", "sop lint procedures --format json")
    )(lint)
    app.command(epilog=example("sop schema procedure > procedure-1.schema.json"))(schema)


def lint(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="Procedure or scenario files, or folders.")
    ],
    form: Annotated[str, typer.Option("--format", help="text or json.")] = "text",
    strict: Annotated[bool, typer.Option("--strict", help="Let warnings fail as well.")] = False,
) -> None:
    """Show what is wrong in files: line, column, what was expected, and a fix. Exits 1 where something is."""
    from .linting import as_data, as_text, counted, findings_of

    if form not in ("text", "json"):
        raise UsageError(f"'{form}' is no format", hint="There are: text, json.")
    found = findings_of(paths)
    if form == "json":
        out_json([as_data(finding) for finding, _ in found])
    else:
        for finding, line in found:
            out(as_text(finding, line))
    errors, warnings = counted(found)
    if found:
        say(f"{errors} errors, {warnings} warnings")
    ends(ExitCode.FINDINGS if errors or (strict and warnings) else ExitCode.OK)


def schema(
    of: Annotated[
        str, typer.Argument(metavar="[procedure|scenarios]", help="Which file's schema.")
    ] = "procedure",
) -> None:
    """Print the JSON Schema with which an editor completes and checks files."""
    import json

    if of == "procedure":
        from sop_runner.procedure.json_schema import procedure_schema

        found = procedure_schema()
    elif of == "scenarios":
        from sop_runner.authoring.scenario_schema import scenarios_schema

        found = scenarios_schema()
    else:
        raise UsageError(f"there is no schema '{of}'", hint="There are: procedure, scenarios.")
    raw(json.dumps(found, ensure_ascii=False, indent=2))
