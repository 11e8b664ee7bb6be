"""How `sop test --suggest` prints scenarios for what is not covered."""

from collections.abc import Iterator
from typing import Any

from sop_runner.authoring.suggest import Suggestion, suggestions

from .common import out
from .progress import progress
from .testing import Outcome


def suggest_one(outcome: Outcome, data: dict[str, Any] | None) -> None:
    """Print a scenario for each arrow and outcome that is left out, as a scenario file, or put them into `data`."""
    suite, tested = outcome.found.suite, outcome.tested
    if suite is None or tested is None:
        return
    found = []
    count = len(tested.missing.arrows) + len(tested.missing.outcomes)
    with progress("ways looked for") as told_of:
        for one in suggestions(suite, tested.missing):
            found.append(one)
            told_of(len(found), count)
    if data is not None:
        data["suggestions"] = [suggested_data(one) for one in found]
        return
    if any(one.text for one in found):
        out(f"format: sop-scenarios/1\nprocedure: {suite.plan.procedure.procedure}\nscenarios:")
    for one in found:
        for line in suggested_lines(one):
            out(line)


def suggested_lines(found: Suggestion) -> Iterator[str]:
    """One suggestion, to be put under `scenarios:`; what could not be found is a comment."""
    place = f"{found.gap.file}:{found.gap.at.line}: {found.gap.name}"
    yield f"  # {place}" if found.text else f"  # {place}: {found.why_not}"
    if found.text:
        yield found.text


def suggested_data(found: Suggestion) -> dict[str, Any]:
    """The same for programs."""
    gap = found.gap
    return {
        "kind": gap.kind,
        "name": gap.name,
        "file": gap.file,
        "line": gap.at.line,
        "scenario": found.text,
        "why_not": found.why_not,
    }
