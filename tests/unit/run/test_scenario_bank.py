"""Small procedures whose scenarios pin the format's meaning, sentence by sentence, over the run core."""

from pathlib import Path

import pytest

from sop_runner.authoring.scenario_expand import Case
from tests.unit.authoring.stages import procedure_of, rehearsed, scenarios_of

BANK = Path(__file__).parent / "scenario_bank"
REAL = Path(__file__).parents[3] / "procedures"
FILES = [*sorted(BANK.glob("*.scenarios.yaml")), *sorted(REAL.glob("*.scenarios.yaml"))]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name.partition(".")[0])
def test_every_case_is_as_its_author_says(path: Path) -> None:
    _, cases = scenarios_of(path)
    assert cases
    deviations = [
        (case.name, result.deviation) for case in cases if (result := rehearsed(path, case)).deviation
    ]
    assert deviations == []


def test_the_bank_is_whole() -> None:
    assert len(list(BANK.glob("*.scenarios.yaml"))) >= 25
    alone = {path.name for path in BANK.glob("*.yaml")} - {
        path.name for path in BANK.glob("*.scenarios.yaml")
    }
    assert alone == {procedure_of(path).name for path in BANK.glob("*.scenarios.yaml")}


def _mutilated(case: Case) -> list[Case]:
    """The same case without one of its items, for each item of it."""
    from dataclasses import replace

    return [replace(case, do=(*case.do[:n], *case.do[n + 1 :])) for n in range(len(case.do))]


@pytest.mark.parametrize("name", ["freshness", "calls", "undoing", "waivers"])
def test_a_case_without_one_of_its_items_does_not_pass_by_chance(name: str) -> None:
    path = BANK / f"{name}.scenarios.yaml"
    _, cases = scenarios_of(path)
    ended = [case for case in cases if case.ends is not None and not case.never]
    harmless = ("note", "restart", "deviation", "by", "after", "refused")
    missed = 0
    for case in ended:
        for item, mutilated in zip(case.do, _mutilated(case), strict=True):
            if item.verb not in harmless and len(case.do) > 1 and item.verb == "do":
                missed += rehearsed(path, mutilated).deviation is not None
    assert missed > len(ended)
