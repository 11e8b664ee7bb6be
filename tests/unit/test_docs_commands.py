"""Commands in the README and in docs/ are run, and the procedures that they show are linted.

In a fenced block marked `console`, each line that starts with `$ ` runs in bash, the lines of a
block one after the other in one fresh folder that holds copies of procedures/ and examples/. It must
exit with 0, or with what a comment at its end says: `# exits 1`. Other lines show what one sees, and are
seen, unless … stands for what is left out; where one ends with something in « », the command has a
terminal, and that is typed once the words before it are seen. A page that says it is one story is followed from its top in one folder; there a block marked
`diff` changes the file that it names.
A block marked `sh` is not run: it is for setting up, and its calls of bootstrap.py must be known there.
"""

import re
from pathlib import Path

import pytest

from sop_runner.desk.files import ProcedureFiles
from sop_runner.lint.accept import Report
from sop_runner.lint.lint import lint
from tests.lint.examples import TODAY, completed, told
from tests.pages import PAGES, ROOT, Block, blocks_of, follow, fresh_folder, is_story
from tests.unit.authoring.stages import plan_of, rehearsed, scenarios_of

SINGLE = [
    block for page in PAGES if not is_story(page) for block in blocks_of(page) if block.language == "console"
]
STORIES = [page for page in PAGES if is_story(page)]
HOW_TO = sorted((ROOT / "docs" / "how-to").glob("*.md"))


@pytest.mark.parametrize("block", SINGLE, ids=lambda block: block.place)
def test_commands_in_the_docs_run(block: Block, tmp_path: Path) -> None:
    assert block.commands(), f"{block.place} shows no command: start its lines with '$ '"
    follow(block, fresh_folder(tmp_path))


@pytest.mark.timeout(600)  # some forty programs one after the other, on a machine that may be busy
@pytest.mark.parametrize("page", STORIES, ids=lambda page: page.name)
def test_a_story_can_be_followed_from_its_top(page: Path, tmp_path: Path) -> None:
    here = fresh_folder(tmp_path)
    for block in blocks_of(page):
        if block.language in ("console", "diff"):
            follow(block, here)


@pytest.mark.parametrize("page", HOW_TO, ids=lambda page: page.name)
def test_what_a_how_to_shows_lints_clean_and_goes_as_its_scenarios_say(page: Path, tmp_path: Path) -> None:
    procedures: list[Path] = []
    for block in blocks_of(page):
        if block.language == "yaml" and block.text.startswith("procedure:"):
            name = block.text.splitlines()[0].partition(": ")[2]
            procedures.append(tmp_path / f"{name}.yaml")
            procedures[-1].write_text(completed(block.text), encoding="utf-8")
        elif block.language == "yaml":
            scenarios = procedures[-1].with_suffix(".scenarios.yaml")
            head = f"format: sop-scenarios/1\nprocedure: {procedures[-1].stem}\n"
            scenarios.write_text(head + block.text, encoding="utf-8")
            for case in scenarios_of(scenarios)[1]:
                result = rehearsed(scenarios, case)
                assert result.passed, result
    assert procedures or page.name == "README.md", "a how-to shows a procedure"
    for path in procedures:
        files = ProcedureFiles(tmp_path)
        text = files.text(path)
        loaded, resolved = text.loaded, files.resolved(text)
        assert loaded.procedure is not None, told(Report(loaded.findings))
        known = {**resolved.callees, (loaded.procedure.procedure, loaded.procedure.revision): loaded}
        found = (*loaded.findings, *resolved.findings)
        assert told(lint(plan_of(path), known, found, TODAY)) == "", path.name


def test_the_readme_is_run_at_all() -> None:
    assert any(block.place.startswith("README.md") for block in SINGLE)


def test_set_up_commands_are_known_to_bootstrap() -> None:
    known = set(
        re.findall(r"python3 bootstrap\.py (\w+)", (ROOT / "bootstrap.py").read_text(encoding="utf-8"))
    )
    shown = {
        word
        for page in PAGES
        for word in re.findall(r"python3 bootstrap\.py (\w+)", page.read_text(encoding="utf-8"))
    }
    assert {"demo", "test", "lock"} <= shown <= known
