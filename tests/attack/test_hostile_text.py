"""Hostile text through a real desk: kept exactly, shown harmlessly in lines and in JSON, no file named by it."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress
from pathlib import Path

import pytest

from sop_runner.audit.entry import NotRecordable
from sop_runner.base.clock import ManualClock
from sop_runner.base.errors import RefusedError
from sop_runner.base.textsafe import visible
from sop_runner.desk.port import Performed
from sop_runner.desk.session import DeskSession
from sop_runner.desk.verified import verify_desk
from sop_runner.run.actions import AddNote, Answer, Flag, Hold, RecordDeviation, Resume
from sop_runner.wiring import opened_people
from tests.attack.hostile import ACTING, PASSPHRASE, TEXTS, hostile_desk, nfc, signed_in
from tests.attack.walking import START
from tests.e2e.sop_process import AtTerminal, sop

EVERYTHING = "\n".join(TEXTS.values())


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A desk on which every text is hostile in every way at once, with one run that was given them all."""
    folder = hostile_desk(tmp_path_factory.mktemp("hostile") / "desk", EVERYTHING)
    session = walk(desk_session(folder, TICKET), EVERYTHING)
    session.perform(Hold(EVERYTHING))
    return folder


TICKET = nfc(TEXTS["clear"] + TEXTS["title"] + TEXTS["bidi"] + TEXTS["sql"])


def desk_session(folder: Path, ticket: str) -> DeskSession:
    found = signed_in(folder).start("eva", "hostile", ticket, {"about": EVERYTHING[:4000]}, "en")
    assert isinstance(found, DeskSession), found
    return found


def walk(session: DeskSession, text: str) -> DeskSession:
    """Say it wherever something can be said; the run then stands at its checklist."""
    assert session.perform(AddNote(text)).accepted
    assert session.perform(Flag("first", text)).accepted
    assert session.perform(RecordDeviation(text, text, text)).accepted
    assert session.perform(Hold(text)).accepted
    assert session.perform(Resume()).accepted
    assert session.perform(Answer("first")).accepted
    assert session.perform(Answer("noted", values={"words": text[:4000], "which": "one"})).accepted
    return session


@pytest.mark.parametrize("name", TEXTS)
def test_texts_are_kept_exactly_and_shown_harmlessly(name: str, tmp_path: Path) -> None:
    text = TEXTS[name]
    folder = hostile_desk(tmp_path / "desk", text)
    ticket = text[:150]
    session = walk(desk_session(folder, ticket), text)
    entries = signed_in(folder).context.ledger.entries(session.run)
    bodies = [json.loads(entry.body) for entry in entries]
    kept = nfc(text)
    assert next(body["reason"] for body in bodies if body["type"] == "NoteAdded") == kept
    assert next(body["reason"] for body in bodies if body["type"] == "RunHeld") == kept
    assert [value for value in texts_in(bodies) if value == kept.strip()[:150].strip()], "the ticket's id"
    assert kept in texts_in(bodies)
    assert verify_desk(folder, training=True).findings == ()
    view = session.view()
    assert view.ticket == nfc(ticket).strip()
    assert ACTING.search(visible(f"{view}")) is None


def texts_in(value: object) -> list[str]:
    """Every text in a tree."""
    if isinstance(value, dict):
        return [text for item in value.values() for text in texts_in(item)]
    if isinstance(value, list):
        return [text for item in value for text in texts_in(item)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("bad", ["nul \0 here", "half \ud800 character"])
def test_what_no_entry_can_hold_is_refused_in_words(bad: str, tmp_path: Path) -> None:
    folder = hostile_desk(tmp_path / "desk", "plain")
    session = desk_session(folder, "T-1")
    acts = (
        AddNote(bad),
        Hold(bad),
        Flag("first", bad),
        RecordDeviation(bad, "x", "y"),
        Answer(bad),
        Answer("first", bad),
    )
    for action in acts:
        done = session.perform(action)
        assert not done.accepted, action
        assert str(done.message)
    session.perform(Answer("first"))
    assert not session.perform(Answer("noted", values={"words": bad, "which": "one"})).accepted
    assert not session.perform(Answer("noted", values={"words": "x", "which": bad})).accepted
    refused = signed_in(folder).start("eva", "hostile", "T-2", {"about": bad}, "en")
    assert isinstance(refused, Performed)
    assert verify_desk(folder, training=True).findings == ()
    rest = session.perform(AddNote("still alive"))
    assert rest.accepted


IDS = ("../../../tmp/x", "a/b\\c", "..", "CON", "nul", "C:\\x", "x" * 200, "-rf *", TEXTS["shell"], TICKET)


@pytest.mark.parametrize("ticket", IDS, ids=range(len(IDS)))
def test_a_ticket_names_no_file_outside_its_folder(ticket: str, tmp_path: Path) -> None:
    folder = hostile_desk(tmp_path / "desk", "plain")
    before = listed(tmp_path)
    session = desk_session(folder, ticket)
    session.perform(Answer("first"))
    session.perform(Answer("noted", values={"words": "x", "which": "one"}))
    session.perform(Answer("list", values={"a": "done"}))
    done = session.perform(Answer("way", "on", reason="it is so"))
    assert done.receipt, str(done.message)
    new = listed(tmp_path) - before - {"desk/training.db-waiting"}
    assert {str(Path(path).parent) for path in new} == {"desk/training", "desk/training/receipts"}
    (name,) = (folder / "training" / "receipts").iterdir()
    assert name.name.isascii()
    assert name.name.partition(".")[0].lower() not in ("con", "nul", "", "-rf *")
    assert len(name.name) < 150
    found = signed_in(folder).context.tickets.find(nfc(ticket).strip())
    assert found is not None
    assert found.status == "closed"


def listed(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def test_quotes_are_data_to_the_database(everything: Path) -> None:
    with closing(sqlite3.connect(everything / "training.db")) as db:
        tables = {name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        (found,) = db.execute("SELECT ticket FROM run_summary").fetchall()
    assert {"entry", "node", "checkpoint", "procedure", "run_summary"} <= tables
    assert found == (TICKET,)
    assert not Path("/tmp/pwned").exists()


def test_a_hostile_name_of_a_person_is_refused_or_kept_exactly(tmp_path: Path) -> None:
    folder = hostile_desk(tmp_path / "desk", "plain")
    kept = 0
    for at, text in enumerate([*TEXTS.values(), "nul \0", "half \ud800", "\n", ""]):
        with opened_people(folder, "os:test", clock=ManualClock(START)) as (enrolment, people):
            with suppress(RefusedError, NotRecordable):
                enrolment.add(f"person-{at}", text[:60], ["agent"])
            known = people.directory().find(f"person-{at}")
            kept += known is not None
            assert known is None or known.name == nfc(text[:60]).strip()
    assert kept >= 4
    listed_people = sop("people", "list", "--desk", str(folder))
    assert listed_people.returncode == 0
    assert ACTING.search(listed_people.stdout) is None
    assert verify_desk(folder).findings == ()


@pytest.mark.parametrize("as_json", [False, True])
def test_no_command_lets_a_text_act_on_the_terminal(everything: Path, as_json: bool) -> None:
    """In one process, for the time's sake: each command that shows what people or files say."""
    (run,) = [row.run for row in signed_in(everything).context.ledger.runs()]
    commands = [
        ["board"],
        ["audit", "show"],
        ["audit", "show", run],
        ["audit", "replay", run],
        ["audit", "verify"],
    ]
    commands = [[*command, *(["--json"] if as_json else [])] for command in commands]
    if not as_json:
        commands += [["procedures", "list"], ["lint", str(everything / "procedures")], ["people", "list"]]
        commands += [
            ["run", "no " + EVERYTHING, "--ticket", "T", "--plain"],
            ["resume", EVERYTHING, "--plain"],
        ]
        commands += [
            ["lint", EVERYTHING[:200]],
            ["--desk", EVERYTHING[:99], "board"],
            ["audit", "show", EVERYTHING],
        ]
        commands += [[EVERYTHING], ["board", "--" + EVERYTHING], ["run", "x", "--case", EVERYTHING]]
    said = subprocess.run(
        [sys.executable, "-c", MANY, json.dumps(commands)],
        env={**os.environ, "SOP_DESK": str(everything), "PYTHONUTF8": "1", "PYTHONPATH": os.getcwd()},
        capture_output=True, encoding="utf-8", timeout=60, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert "Traceback" not in said.stderr, said.stderr[-2000:]
    assert said.returncode == 0, said.stderr[-2000:]
    for stream in (said.stdout, said.stderr):
        found = ACTING.search(stream)
        assert found is None, (stream[max(found.start() - 200, 0) : found.end() + 50], hex(ord(found[0])))
    if as_json:
        assert said.stdout.isascii()
        assert json.dumps(TICKET)[1:-1] in said.stdout
    else:
        assert visible(TICKET, lines=False)[:60] in said.stdout


MANY = """
import json, os, sys
from sop_runner.cli.main import main
for command in json.loads(sys.argv[1]):
    sys.argv = ["sop", *([] if "--desk" in command else ["--training"]), *command]
    code = main()
    assert code in (0, 1, 2, 3), (command[:2], code)
"""


def test_at_a_terminal_plain_mode_writes_no_control_of_any_text(everything: Path) -> None:
    (run,) = [row.run for row in signed_in(everything).context.ledger.runs()]
    asked = ("resume", run, "--plain", "--training", "--person", "eva", "--desk", str(everything))
    with AtTerminal(*asked, "--language", "en") as terminal:
        terminal.answer("Passphrase of eva:", PASSPHRASE)
        for command in (":s", ":o", ":r", ":c", ":h", ":n", TEXTS["title"].replace("\x07", ""), ".", ":q"):
            terminal.until("> ")
            terminal.type(command.replace("\x1b", "") + "\n")
        assert terminal.wait() == 0
        said = terminal.said.replace("\r\n", "\n")
        found = ACTING.search(said)
        assert found is None, (said[max(found.start() - 200, 0) : found.end() + 50], hex(ord(found[0])))
        assert "␛[2J" in said
        assert "[@click=app.quit]" in said
