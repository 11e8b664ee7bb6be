"""What `sop new` and `sop approve` ask for at a terminal."""

from datetime import UTC, datetime
from pathlib import Path

import pyotp

from sop_runner.run.register import State
from sop_runner.wiring import create_desk, opened_people, opened_publishing
from tests.publishing import APPROVER, AUTHOR, FAST, approve_file, enrol_publishers, person

from . import sop_process

PHRASE = "a boat on the lake"


def test_a_starter_asks_for_what_was_not_said(tmp_path: Path) -> None:
    with sop_process.AtTerminal("new", "first-one", "--folder", str(tmp_path)) as terminal:
        terminal.until("Title [First one]:")
        terminal.type("The first one\n")
        terminal.until("Kind [request]:")
        terminal.type("poem\n")
        terminal.until("There are: request, approval, checklist.")
        terminal.until("Kind [request]:")
        terminal.type("checklist\n")
        terminal.until("en, zh-Hans, zh-Hant, hu")
        terminal.until("Language [en]:")
        terminal.type("\n")
        terminal.until("sop publish")
        assert terminal.wait() == 0
    assert 'title: "The first one"' in (tmp_path / "first-one.yaml").read_text()


def test_a_name_that_will_not_do_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    with sop_process.AtTerminal("new", "First", "--folder", str(tmp_path)) as terminal:
        terminal.until("write 'first'")
        assert terminal.wait() == 2
    made = sop_process.sop("new", "first", "--title", "The \x1b[31mfirst", "--folder", str(tmp_path))
    assert made.returncode == 2
    assert "control character U+001B" in made.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_weakening_is_typed_by_its_name_before_anything_is_signed(tmp_path: Path) -> None:
    desk, path = tmp_path / "desk", tmp_path / "desk" / "procedures" / "first-one.yaml"
    create_desk(desk, hasher=FAST)
    enrol_publishers(desk)
    with opened_people(desk, "os:test", hasher=FAST) as (enrolment, _):
        enrolment.passphrase(APPROVER, PHRASE)
        uri, _ = enrolment.token(APPROVER, "test")
    made = sop_process.sop("new", "first-one", "--kind", "request", "--folder", str(path.parent))
    assert made.returncode == 0
    with opened_publishing(desk) as publishing:
        approve_file(publishing, path)
        weaker = path.read_text().replace("revision: 1 #", "revision: 2 #", 1)
        path.write_text(weaker.replace("two-factor-identity, consent]", "two-factor-identity]", 1))
        found = publishing.examine(publishing.registry.text(path))
        publishing.publish(found, person(publishing, AUTHOR), "consent is asked for later")
    with sop_process.AtTerminal("approve", "first-one", "--as", APPROVER, "--desk", str(desk)) as terminal:
        terminal.until("Weaker (1)")
        terminal.until("Passphrase of ben:")
        terminal.type(PHRASE + "\n")
        for typed in ("yes", "", "y", "carry-out"):
            terminal.until("It becomes weaker at 'carry-out'.")
            terminal.until("Type that name once you have read how:")
            terminal.type(typed + "\n")
            if not typed:
                terminal.type("no\n")  # an empty line is asked again on its own
        terminal.until("Why is it right that it becomes weaker:")
        terminal.type("the customer signs on paper\n")
        terminal.until("Code of ben's token:")
        token = pyotp.parse_uri(uri)
        assert isinstance(token, pyotp.TOTP)
        terminal.type(token.at(datetime.now(UTC)) + "\n")
        terminal.until("first-one@2 is approved by ben")
        assert terminal.wait() == 0
    with opened_publishing(desk) as publishing:
        assert publishing.find("first-one@2").state is State.APPROVED
        assert publishing.find("first-one@2").reason == "the customer signs on paper"
