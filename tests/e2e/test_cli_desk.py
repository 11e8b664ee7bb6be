"""`sop init`, `people`, `board`, `audit`, `procedures`: what they print, where, and how they end."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_group

from sop_runner.cli.main import app
from sop_runner.run.actions import Abandon, AddNote, Hold
from sop_runner.wiring import open_desk

from .in_process import Sop

ROOT = Path(__file__).resolve().parents[2]
HOSTILE = "[/] [@click=app.quit]x[/] \x1b[31mred\x1b[0m \u202etxt.exe \u2028 full－width"


@pytest.fixture
def desk(sop: Sop, tmp_path: Path) -> Path:
    folder = tmp_path / "desk"
    assert sop("init", folder, "--name", "Customer desk", "--timezone", "Europe/Budapest")[0] == 0
    return folder


@pytest.fixture
def demo(demo_template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(demo_template, tmp_path / "demo"))


@pytest.fixture
def run(demo: Path) -> str:
    """The id of a run that was held with a reason nobody should trust."""
    desk = open_desk(demo, training=True)
    desk.sign_in("ana", "seven quiet boats")
    session = desk.start("ana", "account-change", "CR-000123", {}, "en")
    session.perform(AddNote(HOSTILE))  # type: ignore[union-attr]
    session.perform(Hold(HOSTILE))  # type: ignore[union-attr]
    desk.close()
    return session.run  # type: ignore[union-attr]


# init


def test_init_makes_a_desk_and_prints_its_key(sop: Sop, tmp_path: Path) -> None:
    code, out, err = sop("init", tmp_path / "new")
    assert code == 0
    assert out.startswith("sop_runner/live/")
    assert "sop people add" in err
    for name in (
        "desk.db",
        "people.db",
        "people.key",
        "vault.key",
        "sop.toml",
        "keys/desk.key",
        "training.db",
    ):
        assert (tmp_path / "new" / name).stat().st_mode & 0o077 == 0, name
    assert out.strip() in (tmp_path / "new" / "sop.toml").read_text()


def test_init_overwrites_nothing(sop: Sop, desk: Path, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in desk.rglob("*") if path.is_file()}
    code, out, err = sop("init", desk)
    assert (code, out) == (2, "")
    assert "is a desk already" in err
    assert {path: path.read_bytes() for path in desk.rglob("*") if path.is_file()} == before
    (desk / "sop.toml").unlink()
    assert sop("init", desk)[0] == 2
    (tmp_path / "file").write_text("x")
    assert sop("init", tmp_path / "file")[0] == 2


def test_a_name_is_data_in_the_settings(sop: Sop, tmp_path: Path) -> None:
    name = 'Ügyfélszolgálat "1" \\ [store]'
    assert sop("init", tmp_path / "odd", "--name", name)[0] == 0
    desk = open_desk(tmp_path / "odd")
    assert desk.name == name
    desk.close()


# people


def test_people_are_enrolled_listed_and_disabled(sop: Sop, desk: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("a boat on the lake\n")
    added = ("people", "add", "ana", "--name", "Ana", "--role", "agent", "--desk", desk)
    assert sop(*added, "--passphrase-file", secret)[0] == 0
    assert sop(*added)[0] == 3
    code, _, err = sop("people", "add", "ana2", "--name", "Аna", "--role", "agent", "--desk", desk)
    assert code == 3
    assert "looks like" in err
    code, out, err = sop("people", "list", "--json", "--desk", desk)
    assert (code, err) == (0, "")
    (person,) = json.loads(out)
    assert (person["id"], person["roles"], person["factors"]) == ("ana", ["agent"], ["passphrase"])
    roles = [word for role in ("agent", "manager", "reviewer", "supervisor") for word in ("--role", role)]
    assert sop("people", "add", "bela", "--name", "Béla", *roles, "--desk", desk)[0] == 0
    one, other = sop("people", "list", "--desk", desk)[1].splitlines()
    assert one.index(" Ana") == other.index(" Béla")
    assert sop("people", "disable", "ana", "--reason", "left", "--desk", desk)[0] == 0
    assert json.loads(sop("people", "list", "--json", "--desk", desk)[1])[0]["active"] is False
    assert sop("people", "passphrase", "ana", "--passphrase-file", secret, "--desk", desk)[0] == 2


def test_a_passphrase_is_never_an_argument_and_needs_a_terminal(sop: Sop, desk: Path) -> None:
    sop("people", "add", "ana", "--name", "Ana", "--role", "agent", "--desk", desk)
    code, _, err = sop("people", "passphrase", "ana", "--desk", desk)
    assert code == 2
    assert "--passphrase-file" in err
    assert sop("people", "passphrase", "ana", "secret words here", "--desk", desk)[0] == 2


def test_a_token_is_shown_as_a_picture(sop: Sop, desk: Path) -> None:
    sop("people", "add", "ana", "--name", "Ana", "--role", "agent", "--desk", desk)
    code, out, err = sop("people", "enrol", "ana", "--desk", desk)
    assert code == 0
    assert "▄" in out
    assert "otpauth" not in out + err
    assert "secret" in err


# board, show, replay


def test_the_board_in_words_and_as_data(sop: Sop, demo: Path, run: str) -> None:
    code, out, _ = sop("board", "--training", "--desk", demo)
    assert code == 0
    assert run in out
    assert "\x1b" not in out
    assert "\u202e" not in out
    code, out, err = sop("--training", "--desk", demo, "board", "--json")
    assert (code, err) == (0, "")
    assert out.isascii()
    (row,) = json.loads(out)
    assert (row["run"], row["state"], row["hold_reason"]) == (run, "held", HOSTILE)
    assert row["opened"].endswith("Z")


def test_an_empty_board_says_so_beside_the_data(sop: Sop, demo: Path) -> None:
    assert sop("board", "--desk", demo) == (0, "", "Nothing is open.\n")


def test_ended_runs_are_on_the_board_when_asked_for(sop: Sop, demo: Path, run: str) -> None:
    desk = open_desk(demo, training=True)
    desk.sign_in("ana", "seven quiet boats")
    desk.resume("ana", run, "en").perform(Abandon("they hung up"))
    desk.close()
    assert json.loads(sop("board", "--json", "--training", "--desk", demo)[1]) == []
    (row,) = json.loads(sop("board", "--all", "--json", "--training", "--desk", demo)[1])
    assert row["result"] == "abandoned"


def test_rebuilding_needs_the_entries_alone(sop: Sop, demo: Path, run: str) -> None:
    before = sop("board", "--json", "--training", "--desk", demo)
    desk = open_desk(demo, training=True)
    desk.context.ledger.rebuild(())
    desk.close()
    assert sop("rebuild", "--training", "--desk", demo)[:2] == (0, "1 runs\n")
    assert sop("board", "--json", "--training", "--desk", demo) == before


def test_a_run_is_shown_in_words_and_as_it_is(sop: Sop, demo: Path, run: str) -> None:
    code, out, _ = sop("audit", "show", run, "--training", "--desk", demo)
    assert code == 0
    assert "the run was opened" in out
    assert "\x1b" not in out
    code, out, _ = sop("audit", "show", run, "--json", "--training", "--desk", demo)
    bodies = json.loads(out)
    assert [body["type"] for body in bodies] == ["RunStarted", "NoteAdded", "RunHeld"]
    assert bodies[1]["reason"] == HOSTILE
    assert "LogOpened" in sop("audit", "show", "--desk", demo)[1]
    assert sop("audit", "show", "NO-SUCH", "--training", "--desk", demo)[0] == 2


def test_a_run_is_replayed_under_what_it_pinned(sop: Sop, demo: Path, run: str) -> None:
    code, out, _ = sop("audit", "replay", run, "--training", "--json", "--desk", demo)
    steps = json.loads(out)
    assert code == 0
    assert next((step["type"], step["at"], step["problem"]) for step in steps) == (
        "RunStarted",
        "open-ticket",
        "",
    )
    assert sop("audit", "replay", run, "--training", "--desk", demo)[0] == 0


def test_verify_says_under_which_trust_and_finds_a_changed_byte(sop: Sop, demo: Path, run: str) -> None:
    code, out, err = sop("audit", "verify", "--json", "--desk", demo)
    verdict = json.loads(out)
    assert (code, err, verdict["verdict"], verdict["trust"]) == (0, "", "clean", "FIRST-USE")
    assert sop("audit", "verify", "--training", "--desk", demo)[0] == 0
    database = demo / "training.db"
    data = database.read_bytes()
    assert data.count(b'"NoteAdded"') >= 1
    database.write_bytes(data.replace(b'"NoteAdded"', b'"NoteAddex"', 1))
    code, out, _ = sop("audit", "verify", "--training", "--desk", demo)
    assert code == 4
    assert "TAMPERED" in out


def test_procedures_are_listed_with_whether_they_can_run(sop: Sop, demo: Path) -> None:
    (demo / "procedures" / "broken.yaml").write_text("format: sop/1\n")
    code, out, _ = sop("procedures", "list", "--json", "--training", "--desk", demo)
    listed = {info["id"]: info["runnable"] for info in json.loads(out)}
    assert code == 0
    assert {"account-change", "identity-check", "international-roaming-dispute"} <= listed.keys()
    assert not listed["broken"]
    assert listed["account-change"]
    # Live none of them runs: they are files, and nobody has published them.
    live = json.loads(sop("procedures", "list", "--json", "--desk", demo)[1])
    assert {info["runnable"] for info in live} == {False}
    assert "is not published" in sop("procedures", "list", "--desk", demo)[1]


# Which desk


def test_a_desk_is_found_by_option_variable_or_folder(
    sop: Sop, desk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, _, err = sop("board")
    assert code == 2
    assert "there is no desk here" in err
    assert sop("board", "--desk", desk)[0] == 0
    assert sop("board", "--desk", tmp_path / "nowhere")[0] == 2
    monkeypatch.setenv("SOP_DESK", str(desk))
    assert sop("board")[0] == 0
    monkeypatch.delenv("SOP_DESK")
    inner = desk / "procedures"
    monkeypatch.chdir(inner)
    assert sop("board")[0] == 0


def test_a_mistake_in_the_settings_is_named_with_its_place(sop: Sop, desk: Path) -> None:
    settings = desk / "sop.toml"
    settings.write_text(settings.read_text().replace('language = "en"', 'langauge = "en"'))
    code, _, err = sop("board", "--desk", desk)
    assert code == 2
    assert "sop.toml:4:1" in err
    assert "Did you mean 'language'?" in err


# The command line itself


def test_an_unknown_command_is_answered_with_the_nearest(sop: Sop) -> None:
    code, out, err = sop("bord")
    assert (code, out) == (2, "")
    assert "Did you mean 'board'?" in err


def every_command(group: Any = None, before: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """The words of every command there is, those of groups one by one."""
    group = group or get_group(app)
    found: list[tuple[str, ...]] = []
    for name in group.list_commands(None):
        command = group.get_command(None, name)
        words = (*before, name)
        found += every_command(command, words) if hasattr(command, "list_commands") else [words]
    return found


@pytest.mark.parametrize("command", every_command(), ids=" ".join)
def test_every_command_explains_itself_with_an_example(sop: Sop, command: tuple[str, ...]) -> None:
    code, out, _ = sop(*command, "--help")
    assert code == 0
    assert "Example:" in out
    assert f"  sop {' '.join(command)}" in out


def test_the_version_is_that_of_the_package(sop: Sop) -> None:
    assert sop("--version")[:2] == (0, "sop 0.1.0\n")


def test_a_desk_with_nobody_says_how_to_enrol_somebody(sop: Sop, desk: Path) -> None:
    code, out, told = sop("run", "account-change", "--ticket", "T-1", "--plain", "--desk", desk)
    assert (code, out) == (2, "")
    assert "nobody is enrolled" in told
    assert "'sop people add'" in told


def test_run_and_resume_refuse_in_words_without_a_terminal(sop: Sop, demo: Path) -> None:
    code, _, err = sop("run", "account-change", "--ticket", "CR-000123", "--training", "--desk", demo)
    assert code == 2
    assert "--plain" in err
    assert (
        sop("run", "account-change", "--ticket", "T", "--case", "nonsense", "--plain", "--desk", demo)[0] == 2
    )


@pytest.mark.parametrize(
    ("asked", "terminal", "said"),
    [
        ((), "C.UTF-8", "named by --desk, holds no"),
        ((), "hu_HU.UTF-8", "nincs benne"),
        (("--language", "zh-Hant"), "hu_HU.UTF-8", "沒有"),
    ],
)
def test_errors_of_a_run_are_told_in_the_language_asked_for_else_the_terminals(
    sop: Sop, monkeypatch: pytest.MonkeyPatch, asked: tuple[str, ...], terminal: str, said: str
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", terminal)
    code, out, err = sop("resume", "7F3K-22QM", "--desk", "nowhere", *asked)
    assert (code, out) == (2, "")
    assert said in err


def test_a_person_added_without_a_language_has_the_desks(sop: Sop, tmp_path: Path) -> None:
    sop("init", tmp_path / "pult", "--language", "hu")
    sop("people", "add", "ana", "--name", "Ana", "--role", "agent", "--desk", tmp_path / "pult")
    assert json.loads(sop("people", "list", "--json", "--desk", tmp_path / "pult")[1])[0]["language"] == "hu"
