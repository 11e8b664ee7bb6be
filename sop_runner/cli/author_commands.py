"""`sop schema`: what an editor needs to complete and check files."""

from typing import Annotated

import typer

from sop_runner.base.errors import UsageError

from .common import example, raw


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command(epilog=example("sop schema procedure > procedure-1.schema.json"))(schema)


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
