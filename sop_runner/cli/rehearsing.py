"""`sop rehearse`: one scenario, driven on the training ledger, told as it happens."""

import os
from dataclasses import asdict
from pathlib import Path

import typer

from sop_runner.base.errors import ExitCode, UsageError
from sop_runner.base.textsafe import fold_input, visible
from sop_runner.desk.files import read_file

from .common import out, out_json, root_of, say


def rehearse_at(
    context: typer.Context, desk: Path | None, path: Path, scenario: str, as_json: bool
) -> ExitCode:
    """Drive the scenario of that name; 0 where it came out as written, 1 where it did not."""
    from sop_runner.authoring.rehearse import rehearse
    from sop_runner.authoring.rehearse_story import Line
    from sop_runner.authoring.scenario_expand import expand
    from sop_runner.authoring.scenario_load import load_scenarios

    from .lint_text import as_text
    from .linting import of_scenarios, read_beside
    from .suites import named

    procedure, scenarios = next(named((path,)))
    loaded = load_scenarios(read_file(scenarios), str(scenarios))
    if loaded.scenarios is None:
        for finding in loaded.findings:
            out(as_text(finding, loaded.source.line(finding.at.line)))
        return ExitCode.FINDINGS
    cases, findings = expand(loaded, lambda name: read_beside(scenarios, name))
    for finding in findings:
        shown = of_scenarios(finding, scenarios, loaded.source)
        out(as_text(shown.finding, shown.line))
    wanted = fold_input(scenario, casefold=True)
    chosen = [case for case in cases if wanted == fold_input(case.of or case.name, casefold=True)]
    chosen = chosen or [case for case in cases if wanted in fold_input(case.name, casefold=True)]
    if not chosen:
        names = dict.fromkeys(case.of or case.name for case in cases)
        raise UsageError(
            f"'{visible(str(scenarios))}' has no scenario '{visible(scenario, lines=False)}'",
            hint=f"There are: {'; '.join(names)}",
        )

    def told(line: Line) -> None:
        if not as_json:
            who = ", ".join(line.people)
            say(
                f"{line.when:%H:%M:%S}  {who:<12} {line.asked}"
                + (f"  refused: {line.refused}" if line.refused else "")
            )

    from sop_runner.wiring import rehearsal_stage

    results = []
    with rehearsal_stage(_folder(context, desk), procedure) as make_stage:
        for case in chosen:
            say(f"TRAINING  {case.name}")
            result = rehearse(case, make_stage(), loaded.source, told)
            results.append(result)
            if not as_json:
                verdict = (
                    "as written"
                    if result.deviation is None
                    else f"not as written: {result.deviation.message}"
                )
                told_at = result.deviation
                place = f"{told_at.file or scenarios}:{told_at.at.line}: " if told_at else ""
                out(f"{place}{case.name}: {verdict}")
    if as_json:
        out_json(
            [
                {
                    "scenario": result.scenario,
                    "passed": result.deviation is None,
                    "stands": result.end,
                    "deviation": None if result.deviation is None else asdict(result.deviation),
                    "story": [
                        {
                            "asked": line.asked,
                            "people": list(line.people),
                            "at": line.at,
                            "refused": line.refused,
                            "recorded": list(line.recorded),
                        }
                        for line in result.story
                    ],
                }
                for result in results
            ]
        )
    return ExitCode.FINDINGS if any(result.deviation for result in results) else ExitCode.OK


def _folder(context: typer.Context, desk: Path | None) -> Path | None:
    """The desk to rehearse at; None where none was named and there is none here."""
    from sop_runner.base.desk_folder import find_desk

    found = find_desk(desk or root_of(context).desk, os.environ, Path.cwd())
    if found is None:
        say("There is no desk here: rehearsing on a training ledger that is thrown away.")
    return found
