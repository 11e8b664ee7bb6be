"""`sop diff`: files, revisions of a desk and of git; what it prints and how it ends."""

import json
import subprocess
from pathlib import Path

import pytest

from sop_runner.wiring import create_demo, create_desk, open_desk
from tests.publishing import FAST, approve_all

from .in_process import Sop

PROCEDURES = Path(__file__).resolve().parents[2] / "procedures"
NAME = "account-change.yaml"


def changed(path: Path, old: str, new: str, name: str = NAME) -> Path:
    """A shipped procedure with one thing changed, at `path`."""
    text = (PROCEDURES / name).read_text(encoding="utf-8")
    assert old in text
    path.parent.mkdir(exist_ok=True)
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


def test_the_same_text_in_another_layout_is_no_change(sop: Sop, tmp_path: Path) -> None:
    other = changed(tmp_path / "other.yaml", "format: sop/1", "# another\nformat: 'sop/1'")
    assert sop("diff", PROCEDURES / NAME, other) == (0, "no change in meaning\n", "")


def test_a_weakening_comes_first_and_ends_with_one(sop: Sop, tmp_path: Path) -> None:
    weaker = changed(tmp_path / "weaker.yaml", "at_least: 10000", "at_least: 20000")
    text = weaker.read_text(encoding="utf-8").replace(
        "Open the ticket, or create one.", "Open \u202ethe ticket."
    )
    weaker.write_text(text, encoding="utf-8")
    code, out, _ = sop("diff", PROCEDURES / NAME, weaker)
    assert code == 1
    assert out.splitlines()[:2] == ["Weaker (1)", "  takeover-risk: outcome 'high': taken in fewer cases"]
    assert "    - " in out
    assert "is at least 10000" in out
    assert "is at least 20000" in out
    assert "⟨U+202E⟩" in out
    code, out, _ = sop("diff", weaker, PROCEDURES / NAME, "--json")
    said = json.loads(out)
    assert (code, said["weakened"], said["open_runs_on_old"]) == (0, False, None)
    assert {one["kind"] for one in said["changes"]} == {"stronger", "changed"}
    assert {one["language"] for one in said["changes"]} == {None, "en"}


def test_git_revisions_with_what_they_call(sop: Sop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository = tmp_path / "repository"
    caller = "international-roaming-dispute.yaml"
    for name in (caller, "identity-check.yaml"):
        changed(repository / name, "format: sop/1", "format: sop/1", name)
    git(repository, "init", "-q")
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "first")
    changed(repository / "identity-check.yaml", "attempts: 3", "attempts: 4", "identity-check.yaml")
    git(repository, "commit", "-qam", "second")
    old = f"git:HEAD~1:{caller}"
    monkeypatch.chdir(repository)
    code, out, _ = sop("diff", old, f"HEAD:{caller}")
    assert code == 1
    assert "attempts 3 before, 4 now" in out
    assert sop("diff", old, f"git:HEAD~1:./{caller}")[0] == 0
    assert sop("diff", old, repository / caller)[0] == 1


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("git:HEAD:none.yaml", "git has no 'HEAD:none.yaml'"),
        ("git:--output=x:none.yaml", "is no git revision"),
        ("git:HEAD", "names no file of a git revision"),
        ("nowhere.yaml", "there is no 'nowhere.yaml'"),
        ("account-change@3", "there is no desk here"),
    ],
)
def test_what_is_not_there_is_said_with_what_to_write(sop: Sop, name: str, said: str) -> None:
    code, out, err = sop("diff", name, PROCEDURES / NAME)
    assert (code, out) == (2, "")
    assert said in err
    assert len(err.splitlines()) == 2


def test_a_text_with_errors_is_not_compared(sop: Sop, tmp_path: Path) -> None:
    bad = changed(tmp_path / "bad.yaml", "then: apply-change", "then: nowhere")
    code, out, err = sop("diff", PROCEDURES / NAME, bad)
    assert (code, out) == (2, "")
    assert "has errors and cannot be compared" in err
    assert "sop lint" in err


def test_a_callee_that_is_not_at_hand_may_be_weaker(sop: Sop, tmp_path: Path) -> None:
    name = "international-roaming-dispute.yaml"
    alone = changed(tmp_path / "alone" / name, "format: sop/1", "format: sop/1", name)
    assert sop("diff", alone, alone)[0] == 0
    text = alone.read_text(encoding="utf-8")
    at = text.index("revision:", text.index("procedure: identity-check"))
    other = tmp_path / "alone" / "other.yaml"
    other.write_text(text[:at] + text[at:].replace("revision: ", "revision: 9", 1), encoding="utf-8")
    code, out, _ = sop("diff", alone, other)
    assert code == 1
    assert "May be weaker" in out
    assert "what is called is not at hand, so what it does was not compared" in out


def test_what_only_one_side_has_at_hand_is_no_change(sop: Sop, tmp_path: Path) -> None:
    """An old text taken out of its folder lacks what it calls."""
    name = "system-outage.yaml"
    alone = changed(tmp_path / "alone" / name, "format: sop/1", "format: sop/1", name)
    code, out, err = sop("diff", alone, PROCEDURES / name)
    assert (code, out) == (0, "no change in meaning\n")
    assert err == f"{alone}: what 'each-service' calls is not at hand; what it does was not compared\n"


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A practice desk with one open run."""
    folder = tmp_path / "desk"
    create_demo(folder).close()
    opened = open_desk(folder, training=True)
    opened.sign_in("ana", "seven quiet boats")
    opened.start("ana", "account-change", "CR-777777", {}, "en")
    opened.close()
    return folder


def test_a_revision_that_a_run_has_pinned_and_how_many_stand_on_it(
    sop: Sop, tmp_path: Path, desk: Path
) -> None:
    changed(desk / "procedures" / NAME, "attempts: 3", "attempts: 5")
    pinned = "account-change@4"
    code, out, err = sop("diff", pinned, desk / "procedures" / NAME, "--desk", desk, "--training")
    assert code == 1
    assert "attempts 3 before, 5 now" in out
    assert err == "1 open run is pinned to account-change@4\n"
    code, out, err = sop("diff", "account-change@9", pinned, "--desk", desk, "--training")
    assert (code, out) == (2, "")
    assert "this desk has no 'account-change' of revision 9" in err


def test_a_published_revision_is_the_text_that_was_published(sop: Sop, tmp_path: Path) -> None:
    folder = tmp_path / "live"
    create_desk(folder, hasher=FAST)
    file = changed(folder / "procedures" / NAME, "attempts: 3", "attempts: 3")
    approve_all(folder)
    changed(file, "attempts: 3", "attempts: 2")
    code, out, err = sop("diff", "account-change@4", file, "--desk", folder)
    assert code == 0
    assert "attempts 3 before, 2 now" in out
    assert err == "0 open runs are pinned to account-change@4\n"
