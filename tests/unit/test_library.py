"""The procedures that ship keep what `procedures/README.md` says of them."""

from collections.abc import Iterator
from datetime import timedelta
from functools import cache, reduce
from operator import or_

import pytest

from sop_runner.authoring.coverage import Coverage, coverable, own
from sop_runner.lint.prove import prove
from sop_runner.procedure.load import Loaded, load
from tests.shipped import ALONE, FOLDER, NAMES, shipped, tree_of
from tests.unit.authoring.stages import rehearsed, scenarios_of

LOCALES = frozenset({"en", "zh-Hans", "zh-Hant", "hu"})
METADATA = ("number", "scope", "owner", "author", "training", "history", "records")
each = pytest.mark.parametrize("name", NAMES)


def loaded(name: str) -> Loaded:
    path = FOLDER / f"{name}.yaml"
    return load(path.read_bytes(), path.name)


def texts(tree: object) -> Iterator[frozenset[str]]:
    """The languages of each text under `tree`."""
    if isinstance(tree, dict):
        if "en" in tree:
            yield frozenset(tree)
        for below in tree.values():
            yield from texts(below)
    elif isinstance(tree, list):
        for below in tree:
            yield from texts(below)


def languages(name: str) -> set[frozenset[str]]:
    """The sets of languages in which the texts of a procedure stand."""
    return set(texts(tree_of(name)))


@each
def test_metadata_is_complete_and_a_review_is_due_each_quarter(name: str) -> None:
    found = loaded(name)
    assert found.findings == ()
    procedure = found.procedure
    assert procedure is not None
    assert [key for key in METADATA if not getattr(procedure, key)] == []
    assert procedure.revision in [one.revision for one in procedure.history]
    assert timedelta() < procedure.review_by - procedure.effective_from <= timedelta(days=92)


@each
def test_every_text_stands_in_english_and_another_language(name: str) -> None:
    (spoken,) = languages(name)
    assert spoken <= LOCALES
    assert len(spoken) >= 2


def test_three_speak_all_four_languages() -> None:
    assert sum(languages(name) == {LOCALES} for name in NAMES) >= 3


@each
def test_each_is_proved(name: str) -> None:
    assert [finding.message for finding in prove(shipped(name)).findings] == []


@cache
def covered(name: str) -> Coverage:
    """What the scenarios of a procedure cover, inside its calls too; each must come out as written."""
    path = FOLDER / f"{name}.scenarios.yaml"
    results = [rehearsed(path, case) for case in scenarios_of(path)[1]]
    assert [(one.scenario, one.deviation) for one in results if not one.passed] == []
    return reduce(or_, (one.coverage for one in results))


@pytest.mark.parametrize("name", ALONE)
def test_scenarios_come_out_as_written_and_cover_everything(name: str) -> None:
    plan = shipped(name)
    assert covered(name).missing(own(plan, coverable(plan))) == Coverage()


@pytest.mark.parametrize("name", sorted({*NAMES} - {*ALONE}))
def test_what_never_runs_alone_is_covered_by_a_caller(name: str) -> None:
    callers = [
        one for one in ALONE if name in {node.procedure.procedure for node in shipped(one).nodes.values()}
    ]
    assert callers
    for caller in callers:
        missing = covered(caller).missing(coverable(shipped(caller)))
        inside = {node.id for node in shipped(caller).nodes.values() if node.procedure.procedure == name}
        assert {one for one in missing.nodes if one in inside} == set()
        pairs = (*missing.arrows, *missing.outcomes, *missing.controls)
        assert [one for one in pairs if one[0].partition(":")[0] in inside] == []


@pytest.mark.parametrize("name", ALONE)
def test_scenarios_show_what_must_never_happen(name: str) -> None:
    text = (FOLDER / f"{name}.scenarios.yaml").read_text(encoding="utf-8")
    assert "    never: [" in text
    assert "      - refused: " in text


@each
def test_the_readme_counts_it(name: str) -> None:
    plan = shipped(name)
    (spoken,) = languages(name)
    nodes = sum(not node.scope for node in plan.nodes.values())
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    (row,) = [line.split(" | ") for line in readme.splitlines() if line.startswith(f"| `{name}.yaml` ")]
    _, _, languages_of, counted, controls, _ = row
    assert {*languages_of.split(", ")} == spoken
    assert (counted, controls) == (str(nodes), str(len(plan.procedure.controls)))
