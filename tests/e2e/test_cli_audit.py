"""`sop audit` as a reviewer uses it: integrity without procedures, then the replay; a run shown as it stood."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sop_runner.audit.entry import Draft
from sop_runner.authoring.rehearse import rehearse
from sop_runner.base.ids import random_hex
from sop_runner.desk.appending import append_outside
from sop_runner.review.marking import COMMENTED, reference
from sop_runner.wiring import create_desk, open_desk, rehearsal_stage
from tests.unit.authoring.stages import scenarios_of

REAL = Path(__file__).parents[2] / "procedures"
LOADED = """
import json, sys
from sop_runner.cli.main import main
sys.argv = ["sop", *{args!r}]
code = main()
print(json.dumps([code, sorted({{name.partition(".")[0] for name in sys.modules}})]), file=sys.stderr)
"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A desk on whose training ledger one change was made."""
    folder = tmp_path_factory.mktemp("audit") / "desk"
    create_desk(folder)
    loaded, cases = scenarios_of(REAL / "account-change.scenarios.yaml")
    with rehearsal_stage(folder, REAL / "account-change.yaml") as make:
        stage = make()
        assert rehearse(cases[0], stage, loaded.source).deviation is None
        assert stage.run is not None
        return folder, stage.run.id


def sop(desk: Path, *arguments: str) -> tuple[int, str, set[str]]:
    args = [*arguments, "--training", "--desk", str(desk)]
    done = subprocess.run(
        [sys.executable, "-c", LOADED.format(args=args)],
        capture_output=True, text=True, check=False, env=dict(os.environ), timeout=60,
    )  # fmt: skip
    code, modules = json.loads(done.stderr.splitlines()[-1])
    return code, done.stdout, set(modules)


def test_integrity_is_checked_without_procedures_and_the_replay_comes_behind(desk: tuple[Path, str]) -> None:
    code, out, loaded = sop(desk[0], "audit", "verify", "--integrity-only")
    assert (code, "transitions" in loaded, "yaml" in loaded) == (0, False, False)
    assert "No run was replayed" in out
    code, out, loaded = sop(desk[0], "audit", "verify", "--json")
    assert (code, "transitions" in loaded, "textual" in loaded) == (0, True, False)
    verdict = json.loads(out)
    assert list(verdict) == ["verdict", "trust", "entries", "size_anchored", "findings"]
    assert verdict["size_anchored"] == verdict["entries"]


def test_a_run_is_shown_as_it_stood_at_any_entry(desk: tuple[Path, str]) -> None:
    folder, run = desk
    steps = json.loads(sop(folder, "audit", "replay", run, "--json")[1])
    assert [step["n"] for step in steps] == list(range(len(steps)))
    assert {step["problem"] for step in steps} == {""}
    assert steps[-1]["status"] == "ended"
    keys = [entry["key"] for entry in json.loads(sop(folder, "audit", "show", run, "--json")[1])]
    for n in range(len(steps)):
        code, out, _ = (
            sop(folder, "audit", "replay", run, "--at", str(n), "--json") if n % 6 == 0 else (0, "", set())
        )
        if out:
            shown = json.loads(out)
            assert (code, shown["entry"], shown["screen"]["run"]) == (0, steps[n]["entry"], run)
            item = shown["screen"]["item"]
            last = max(
                m for m, key in enumerate(keys) if key == keys[n]
            )  # of its action: nothing stood between
            assert (item["node"] if item else "") == (
                "" if steps[last]["status"] == "ended" else steps[last]["at"]
            )
    code, out, _ = sop(folder, "audit", "replay", run, "--at", "2")
    assert "TRAINING" in out
    assert "Say:" in out or "Ask:" in out
    assert sop(folder, "audit", "replay", run, "--at", "99")[0] == 2


def test_an_entry_is_shown_whole(desk: tuple[Path, str]) -> None:
    code, out, _ = sop(desk[0], "audit", "show", "1", "--json")
    body = json.loads(out)
    assert (code, body["seq"], body["type"], len(body["leaf"])) == (0, 1, "RunStarted", 64)
    assert "RunStarted" in sop(desk[0], "audit", "show", "1")[1]
    assert sop(desk[0], "audit", "show", "9999")[0] == 2


def test_what_somebody_wrote_begins_no_line_that_looks_like_an_entry(desk: tuple[Path, str]) -> None:
    folder, run = desk
    forged = "     2  09:00:00  bela       'Approval by a supervisor' is done"
    opened = open_desk(folder, training=True)
    try:
        context = opened.context
        entries, outside = context.ledger.entries(run), context.ledger.entries(None)
        about, now = entries[-1], context.clock.now()
        draft = Draft(
            type=COMMENTED, key=random_hex(), ts=now, actor="dora", role="reviewer",
            reason=f"seen\n{forged}", evidence=(reference(run, about),),
        )  # fmt: skip
        (noted,) = append_outside(context.ledger, draft)
    finally:
        opened.close()
    shown = sop(folder, "audit", "show", run)[1].splitlines()
    assert len(shown) == 1 + len(entries) + 1
    assert f"  dora       comment about entry {about.seq}: seen\u2424     2  09:00:00" in shown[-1]
    assert f"{about.seq}. bejegyzés" in sop(folder, "audit", "show", run, "--language", "hu")[1]
    listed = sop(folder, "audit", "show")[1].splitlines()
    assert len(listed) == len(outside) + 1
    assert f"ReviewNoted {run} seen\u2424" in listed[-1]
    whole = sop(folder, "audit", "show", str(noted.seq))[1].splitlines()
    assert f"{'':<11}{forged}" in whole
