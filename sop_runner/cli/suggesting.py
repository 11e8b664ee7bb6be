"""How `sop test --suggest` prints scenarios for what is not covered."""

from collections.abc import Iterator
from typing import Any

from sop_runner.authoring.suggest import Suggestion, suggestions

from .common import out, say
from .progress import progress
from .testing import Outcome


def suggest_one(outcome: Outcome, data: dict[str, Any] | None) -> None:
    """Print a scenario for each arrow and outcome that is left out, as a scenario file, or put them into `data`.

    Each is printed as soon as it is found.
    """
    suite, tested = outcome.found.suite, outcome.tested
    if suite is None or tested is None or outcome.never_alone:
        return  # told with its coverage
    found: list[Suggestion] = []
    headed = False
    with progress("ways looked for") as told_of:
        for one in suggestions(suite, tested.missing, told_of):
            found.append(one)
            with told_of.aside():
                for line in suggested_lines(one) if data is None else ():
                    if not headed:
                        out(
                            f"format: sop-scenarios/1\nprocedure: {suite.plan.procedure.procedure}\nscenarios:"
                        )
                        headed = True
                    out(line)
    if data is not None:
        data["suggestions"] = [suggested_data(one) for one in found]
    without = [one for one in found if not one.text]
    if without:
        say(f"{outcome.found.procedure}: for {len(without)} of {len(found)} no scenario was found")


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
