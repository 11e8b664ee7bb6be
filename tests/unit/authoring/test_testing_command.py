"""`sop test` as an author types it."""

import json
import shutil
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import Result
from typer.testing import CliRunner

from sop_runner.authoring.coverage import coverable, own
from sop_runner.base.errors import UsageError
from sop_runner.cli.main import app
from sop_runner.lint.proofs.arrows import never_taken
from tests.unit.authoring.stages import plan_of, procedure_of, rehearsed, scenarios_of

HERE = Path(__file__).parent / "tested"
REAL = Path(__file__).parents[3] / "procedures"
BANK = sorted((Path(__file__).parents[1] / "run" / "scenario_bank").glob("*.scenarios.yaml"))


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the procedures of these tests, and no desk anywhere near."""
    for path in HERE.glob("*.yaml"):
        shutil.copy(path, tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("SOP_DESK", raising=False)
    return tmp_path


def sop(*args: str) -> Result:
    return CliRunner().invoke(app, ["test", *args])


@pytest.mark.parametrize("name", ["parcel", "failing"])
@pytest.mark.parametrize("ending", [".yaml", ".scenarios.yaml"])
def test_what_is_told_is_this(desk: Path, name: str, ending: str) -> None:
    done = sop(name + ending)
    assert done.stdout == (HERE / f"{name}.out").read_text(encoding="utf-8")
    assert done.exit_code == (1 if name == "failing" else 0)


def test_a_folder_is_tested_procedure_by_procedure(desk: Path) -> None:
    (desk / "failing.scenarios.yaml").unlink()
    done = sop(".")
    assert done.exit_code == 0
    assert (
        "failing.yaml: has no scenarios; they would stand in 'failing.scenarios.yaml' beside it\n"
        in done.stdout
    )
    assert done.stderr == "2 scenarios of 2 procedures: 2 as written, 0 failed\n"
    assert sop(".", "--min-coverage", "1").exit_code == 1


def test_coverage_counted_by_hand(desk: Path) -> None:
    """7 nodes, 6 arrows, 2 outcomes, 5 things about controls; of these 6, 4, 1 and 3."""
    (told,) = json.loads(sop("parcel.yaml", "--json").stdout)
    coverage = told["coverage"]
    assert coverage["percent"] == 70.0
    counted = {
        kind: (coverage[kind]["covered"], coverage[kind]["of"])
        for kind in ("nodes", "arrows", "outcomes", "controls")
    }
    assert counted == {"nodes": (6, 7), "arrows": (4, 6), "outcomes": (1, 2), "controls": (3, 5)}
    assert coverage["missing"][0] == {
        "kind": "node",
        "name": "release (confirmation)",
        "file": "parcel.yaml",
        "line": 29,
    }
    assert [one["passed"] for one in told["results"]] == [True, True]


def test_too_little_coverage_fails(desk: Path) -> None:
    assert sop("parcel.yaml", "--min-coverage", "70").exit_code == 0
    done = sop("parcel.yaml", "--min-coverage", "70.1")
    assert done.exit_code == 1
    assert "parcel.yaml: 70 % is covered, 70.1 % is asked for\n" in done.stderr
    assert sop("parcel.yaml", "--min-coverage", "101").exit_code == 2


def test_scenarios_are_chosen_by_name(desk: Path) -> None:
    done = sop(".", "--scenario", "NOBODY knows")
    assert done.stdout == "parcel.scenarios.yaml: 1 of 1 scenarios as written\n"
    unknown = sop(".", "--scenario", "nothing like it")
    assert isinstance(unknown.exception, UsageError)
    assert "'nothing like it'" in str(unknown.exception)


def test_it_stops_where_asked(desk: Path) -> None:
    done = sop("failing.yaml", "-x")
    assert done.exit_code == 1
    assert "0 of 1 scenarios as written" in done.stdout
    assert "covered" not in done.stdout


def test_build_servers_read_hostile_names(desk: Path) -> None:
    done = sop(".", "--junit", "out.xml")
    assert done.exit_code == 1
    root = ET.fromstring((desk / "out.xml").read_bytes())
    suites = {suite.get("name"): suite for suite in root}
    assert [(suites[n].get("tests"), suites[n].get("failures")) for n in ("failing", "parcel")] == [
        ("3", "3"),
        ("2", "0"),
    ]
    names = [case.get("name") for case in suites["failing"]]
    assert names[1] == "␛[31mred␛[0m <b>&]]> ␁"
    failure = suites["failing"][0].find("failure")
    assert failure is not None
    assert (
        failure.get("message") == "'hand-out' was refused: 'hand-out' is not the current item, 'release' is"
    )
    assert "--- confirmation: release" in (failure.text or "")


def test_what_cannot_be_tested_says_why(desk: Path) -> None:
    path = desk / "parcel.scenarios.yaml"
    path.write_text(path.read_text().replace("ends: kept", "ends: kep"))
    done = sop("parcel.yaml", "--junit", "out.xml")
    assert done.exit_code == 1
    assert "SOP421: the procedure has no end 'kep'" in done.stdout
    assert "fix: did you mean 'kept'?" in done.stdout
    assert ET.fromstring((desk / "out.xml").read_bytes())[0].get("failures") == "1"


def test_what_is_missing_is_wrong_usage(desk: Path) -> None:
    (desk / "parcel.scenarios.yaml").unlink()
    for named in ("parcel.yaml", "parcel.scenarios.yaml", "nowhere"):
        assert isinstance(sop(named).exception, UsageError)


def test_what_happens_inside_a_call_is_the_callees_own() -> None:
    plan = plan_of(REAL / "international-roaming-dispute.yaml")
    whole = coverable(plan)
    ours = own(plan, whole)
    assert {node for node in ours.nodes if "/" in node} == set()
    assert {pair for pair in ours.arrows if "/" in pair[0]} == {
        (node.id, "return") for node in plan.nodes.values() if node.kind == "end" and node.scope
    }
    assert len(whole.nodes) > len(ours.nodes)


def test_what_never_runs_alone_is_not_asked_for_scenarios(desk: Path) -> None:
    text = (desk / "parcel.yaml").read_text()
    (desk / "alone").mkdir()
    (desk / "alone" / "parcel.yaml").write_text(text.replace("flow:", "expects: [released]\nflow:", 1))
    done = sop("alone", "--min-coverage", "100")
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("alone/parcel.yaml: never runs alone;")


def test_what_no_path_can_take_is_not_asked_for(desk: Path) -> None:
    """A release is only ever reached with a value of 100 and more: it is never passed over."""
    path = desk / "parcel.yaml"
    when = "    by: manager\n    only_when: { value: { at_least: 50 } }\n"
    path.write_text(path.read_text().replace("    by: manager\n", when))
    done = sop("parcel.yaml")
    assert "  never happens: parcel.yaml:31: arrow release: passed over → hand-out\n" in done.stdout
    assert "(nodes 6/7  arrows 4/6 " in done.stdout


@pytest.mark.parametrize("path", BANK, ids=lambda path: path.name.partition(".")[0])
def test_nothing_that_happened_is_said_to_never_happen(path: Path) -> None:
    plan = plan_of(procedure_of(path))
    arrows = {pair for case in scenarios_of(path)[1] for pair in rehearsed(path, case).coverage.arrows}
    assert never_taken(plan, arrows) == frozenset()


def test_mutants_that_nobody_notices_are_listed_with_the_change(desk: Path) -> None:
    done = sop("parcel.yaml", "--mutate", "--jobs", "1")
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert "parcel.yaml: mutation score 27.2 % (6 of 22)" in lines
    assert "  34 mutants: 6 killed, 16 survived, 10 caught by the checks, 2 equivalent" in lines
    assert (
        "  survived: parcel.yaml:27: 'worth': valuable: 'value: { at_least: 100 }' became '{ more_than: 100 }'"
        in lines
    )
    (told,) = json.loads(sop("parcel.yaml", "--mutate", "--jobs", "1", "--json").stdout)
    mutation = told["mutation"]
    assert (mutation["percent"], mutation["killed"], mutation["of"]) == (27.2, 6, 22)
    fates = [one["fate"] for one in mutation["mutants"]]
    assert {fate: fates.count(fate) for fate in fates} == {
        "killed": 6,
        "survived": 16,
        "caught": 10,
        "equivalent": 2,
    }


def test_what_fails_is_not_mutated(desk: Path) -> None:
    done = sop("failing.yaml", "--mutate")
    assert done.exit_code == 1
    assert "failing.yaml: is not mutated before it has scenarios and all are as written\n" in done.stderr
    assert "mutation score" not in done.stdout


def test_what_is_suggested_is_a_scenario_file_that_covers_the_rest(desk: Path) -> None:
    done = sop("parcel.yaml", "--suggest")
    assert done.exit_code == 0
    assert done.stdout.startswith("format: sop-scenarios/1\nprocedure: parcel\nscenarios:\n")
    path = desk / "parcel.scenarios.yaml"
    path.write_text(path.read_text() + done.stdout.partition("scenarios:\n")[2])
    assert "5 of 5 scenarios as written\n  covered: 100 %" in sop("parcel.yaml").stdout
    assert sop("parcel.yaml", "--suggest").stdout == ""


def test_a_procedure_without_scenarios_gets_its_first_ones(desk: Path) -> None:
    path = desk / "parcel.scenarios.yaml"
    path.unlink()
    done = sop("parcel.yaml", "--suggest")
    path.write_text(done.stdout)
    assert "covered: 100 %" in sop("parcel.yaml").stdout


@pytest.mark.parametrize("option", ["--min-coverage=1", "--mutate", "--suggest"])
def test_some_scenarios_say_nothing_of_the_whole(desk: Path, option: str) -> None:
    assert isinstance(sop("parcel.yaml", "--scenario", "a plain", option).exception, UsageError)


def test_a_limit_is_a_duration(desk: Path) -> None:
    assert isinstance(sop("parcel.yaml", "--mutate", "--time-limit", "soon").exception, UsageError)
    done = sop("parcel.yaml", "--mutate", "--time-limit", "0s", "--jobs", "1")
    assert "mutation score 100 % (0 of 0)" in done.stdout
    assert "34 mutants: 34 not judged in time" in done.stdout


TABLE = """\
format: sop-scenarios/1
procedure: parcel
scenarios:
  - scenario: by value
    as: { clerk: ana }
    cases: values.csv
    do:
      - parcel: { value: "{value}" }
    know: { value: "{known}" }
"""


def test_a_wrong_cell_is_shown_in_its_table(desk: Path) -> None:
    (desk / "parcel.scenarios.yaml").write_text(TABLE, encoding="utf-8")
    table = desk / "values.csv"
    table.write_text("value,known,at\n5,5,who\n6,7,who\nmuch,6,parcel\n", encoding="utf-8")
    done = sop("parcel.yaml")
    lines = done.stdout.splitlines()
    assert [line.partition(": FAILED")[0] for line in lines if "FAILED" in line] == [
        "values.csv:3:3",
        "values.csv:4:1",
    ]
    assert "    4 | much,6,parcel" in lines
    (told,) = json.loads(sop("parcel.yaml", "--json").stdout)
    assert [(one["file"], one["line"], one["column"]) for one in told["results"]] == [
        (None, None, None), ("values.csv", 3, 3), ("values.csv", 4, 1),
    ]  # fmt: skip
    sop("parcel.yaml", "--junit", "out.xml")
    failed = [
        case for case in ET.parse(desk / "out.xml").iter("testcase") if case.find("failure") is not None
    ]
    assert [(case.get("file"), case.get("line")) for case in failed] == [
        ("values.csv", "3"),
        ("values.csv", "4"),
    ]
    table.write_text("value,known,at\n5,5,who\n6,6,whoo\n", encoding="utf-8")
    for command in ("lint", "test"):
        done = CliRunner().invoke(app, [command, "parcel.scenarios.yaml"])
        assert done.stdout.startswith(
            "values.csv:3:5: error SOP421: the procedure has no node 'whoo'\n    3 | 6,6,whoo\n"
        )
        assert done.exit_code == 1


def test_a_scenario_that_says_nothing_of_its_end_is_told(desk: Path) -> None:
    """Once where none of its cases does, else each case; unless a refusal is its last word."""
    (desk / "parcel.scenarios.yaml").write_text(TABLE, encoding="utf-8")
    (desk / "values.csv").write_text("value,known\n5,5\n6,6\n", encoding="utf-8")
    said = "'by value' does not say where it comes to: it passes wherever its last item leads"
    for command in ("lint", "test"):
        done = CliRunner().invoke(app, [command, "parcel.scenarios.yaml"])
        assert done.stdout.count("SOP406") == 1
        assert done.stdout.startswith(f"parcel.scenarios.yaml:4:15: warning SOP406: {said}\n")
        assert done.exit_code == 0
    (desk / "values.csv").write_text("value,known,at\n5,5,\n6,6,who\n", encoding="utf-8")
    assert sop("parcel.yaml").stdout.startswith(f"values.csv:2:1: warning SOP406: this case of {said}\n")
    refused = TABLE.replace('"{value}"', "much").replace(
        '    know: { value: "{known}" }', "      - refused: value"
    )
    (desk / "parcel.scenarios.yaml").write_text(
        refused.replace("    cases: values.csv\n", ""), encoding="utf-8"
    )
    assert "SOP406" not in sop("parcel.yaml").stdout
