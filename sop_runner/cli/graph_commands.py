"""`sop graph`: a procedure as an outline with arrows, as Mermaid, DOT or a drawing."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sop_runner.base.errors import ExitCode, UsageError

from .common import ends, example, raw, say

if TYPE_CHECKING:
    from sop_runner.authoring.graph.picture import Picture

FORMATS = ("text", "mermaid", "dot", "svg")


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command(
        epilog=example(
            "sop graph procedures/account-change.yaml",
            "sop graph procedures/account-change.yaml --format svg --output account-change.svg",
        )
    )(graph)


def graph(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A procedure file.")],
    form: Annotated[str, typer.Option("--format", help="text, mermaid, dot or svg.")] = "text",
    language: Annotated[
        str, typer.Option("--language", help="Of titles: en, zh-Hans, zh-Hant, hu; else the procedure's own.")
    ] = "",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write to a file.")
    ] = None,
) -> None:
    """Draw a procedure: mandatory nodes and controls marked, sections as groups, calls as boxes."""
    from sop_runner.authoring.graph.picture import picture_of
    from sop_runner.authoring.stand_in import comparable
    from sop_runner.base.finding import Severity
    from sop_runner.desk.files import ProcedureFiles

    from .lint_text import as_text as finding_text

    if form not in FORMATS:
        raise UsageError(f"'{form}' is no format", hint=f"There are: {', '.join(FORMATS)}.")
    files = ProcedureFiles(path.parent)
    text = files.text(path)
    loaded = text.loaded
    wrong = [one for one in loaded.findings if one.severity is Severity.ERROR]
    if loaded.procedure is None:
        for one in wrong:
            say(finding_text(one, loaded.source.line(one.at.line)))
        say(f"{path}: cannot be drawn before it is free of errors; see 'sop lint'")
        ends(ExitCode.FINDINGS)
    spoken = {loaded.procedure.language, *(known for known, _ in loaded.procedure.title.by_locale)} - {""}
    if language and language not in spoken:
        say(
            f"the title is not in '{language}', only in {', '.join(sorted(spoken))}; what is missing is drawn so"
        )
    plan, unread = comparable(loaded, files.resolved(text))
    for scope in sorted(unread):
        say(f"what '{scope[:-1]}' calls is not at hand; only the ends that are named here are drawn")
    drawn = _drawn(picture_of(plan, language or loaded.procedure.language), form)
    if output is not None:
        output.write_text(drawn + "\n", encoding="utf-8")
        say(f"written: {output}")
    else:
        raw(drawn)


def _drawn(picture: "Picture", form: str) -> str:
    if form == "mermaid":
        from sop_runner.authoring.graph.as_mermaid import as_mermaid

        return as_mermaid(picture)
    if form == "dot":
        from sop_runner.authoring.graph.as_dot import as_dot

        return as_dot(picture)
    if form == "svg":
        from sop_runner.authoring.graph.as_svg import as_svg

        return as_svg(picture)
    from sop_runner.authoring.graph.as_text import as_text

    return as_text(picture)
