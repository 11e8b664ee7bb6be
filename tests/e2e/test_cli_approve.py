"""`sop publish`, `approve`, `decline`, `withdraw`, `procedures`: how a live desk gets what it runs."""

import json
import sys
import time
from pathlib import Path

import pyotp
import pytest

from sop_runner.desk.verified import verify_desk
from sop_runner.wiring import create_desk, opened_people
from tests.publishing import FAST

from .in_process import Result, Sop

PHRASE = "a boat on the lake"
CARE = """\
format: sop/1
procedure: care
revision: 1
title: Care
purpose: A small one.
effective_from: 2026-01-01
review_by: 2027-01-01
author: Ada
roles: {agent: Takes the call.}
by: agent
controls: {written-record: What was agreed is on record.}
flow:
  - confirmation: agreement
    title: What was agreed
    record:
      fields: [{field: agreed, label: Agreed, type: text, max_length: 200}]
    satisfies: [written-record]
  - end: closed
    result: completed
    requires: [written-record]
"""


class AtDesk:
    """A live desk in `folder` with an author, two approvers and an agent; tokens never run dry."""

    def __init__(self, folder: Path, run: Sop) -> None:
        self.folder, self._run = folder, run
        self.tokens: dict[str, pyotp.TOTP] = {}
        self._last: dict[str, int] = {}
        secret = folder.parent / "secret"
        secret.write_text(PHRASE)
        self.secret = secret
        create_desk(folder, hasher=FAST)
        with opened_people(folder, "os:test", hasher=FAST) as (enrolment, _):
            for person, roles in (("ada", ["author", "approver"]), ("ben", ["approver"]), ("ana", ["agent"])):
                enrolment.add(person, person.capitalize(), roles)
                enrolment.passphrase(person, PHRASE)
                if "approver" in roles:
                    uri, _ = enrolment.token(person, "test")
                    self.tokens[person] = pyotp.parse_uri(uri)  # type: ignore[assignment]

    def __call__(self, *arguments: object) -> Result:
        return self._run(*arguments, "--desk", self.folder)

    def acts(self, *arguments: object, person: str = "ben") -> Result:
        """A command signed by somebody; a code counts once, so each act has that of its own half minute."""
        words: tuple[object, ...] = (*arguments, "--as", person, "--passphrase-file", self.secret)
        if arguments[0] != "publish" and person in self.tokens:
            # Three codes are right at a time: that before, this one and the next. The one before may be
            # too old by the time that it is looked at.
            step = max(int(time.time()) // 30, self._last.get(person, 0) + 1)
            self._last[person] = step
            words += ("--code", self.tokens[person].generate_otp(step))
        return self(*words)

    def write(self, text: str = CARE, name: str = "care.yaml") -> Path:
        path = self.folder / "procedures" / name
        path.write_text(text)
        return path

    def plain(self, wanted: object = "care") -> Result:
        """Start a live run in plain prompts, as far as it goes."""
        return self("run", wanted, "--ticket", "T-1", "--plain", "--person", "ana")


@pytest.fixture
def sop(sop: Sop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Sop:
    """Plain prompts are answered with the passphrase, as far as they go."""

    def run(*arguments: object) -> Result:
        if "--plain" not in arguments:
            return sop(*arguments)
        (tmp_path / "typed").write_text(f"{PHRASE}\n")
        with (tmp_path / "typed").open() as typed:
            monkeypatch.setattr(sys, "stdin", typed)
            return sop(*arguments)

    return run


@pytest.fixture
def desk(sop: Sop, tmp_path: Path) -> AtDesk:
    return AtDesk(tmp_path / "desk", sop)


def weaker(revision: int = 2) -> str:
    text = CARE.replace("revision: 1", f"revision: {revision}")
    return text.replace("type: text, max_length: 200}", "type: text, max_length: 200, required: false}")


def test_from_a_file_to_a_live_run(desk: AtDesk) -> None:
    path = desk.write()
    code, out, _ = desk.plain()
    assert code == 5
    assert "revision 1 of 'care' is not published" in out

    code, out, err = desk.acts("publish", path, person="ada")
    assert (code, "care@1 is published by ada" in out) == (0, True), err
    assert "proved on every path: 1 control is held" in out
    assert "sop approve care@1" in err
    code, out, _ = desk.plain()
    assert (code, "waits for its approval" in out) == (5, True)

    code, out, err = desk.acts("approve", "care")
    assert (code, "care@1 is approved by ben" in out) == (0, True), err
    code, out, _ = desk.plain()
    assert (code, "What was agreed" in out) == (3, True)  # the input ended, so the run is on hold
    assert verify_desk(desk.folder).findings == ()


def test_a_file_beside_the_approved_text_is_told_about_and_never_run(desk: AtDesk) -> None:
    path = desk.write()
    desk.acts("publish", path, person="ada")
    desk.acts("approve", "care")
    path.write_text(CARE.replace("What was agreed\n", "Something else\n"))
    code, out, _ = desk.plain()
    assert (code, "What was agreed" in out, "Something else" in out) == (3, True, False)
    code, out, _ = desk("procedures", "list")
    assert "cannot be run: this text of 'care' is not the one published as revision 1" in out
    code, out, _ = desk("procedures", "show", "care")
    assert out == CARE
    # A file that is named and differs is refused, not swapped for what was approved.
    code, out, _ = desk("run", path, "--ticket", "T-2", "--plain", "--person", "ana")
    assert (code, "publish it with a higher number" in " ".join(out.split())) == (5, True)
    assert desk.plain(path.with_name("nowhere.yaml"))[0] == 2


def test_a_text_with_errors_or_no_proof_is_not_published(desk: AtDesk) -> None:
    broken = desk.write(CARE.replace("result: completed", "result: complete"))
    code, out, _ = desk.acts("publish", broken, person="ada")
    assert (code, "result" in out) == (1, True)
    unproved = desk.write(CARE.replace("    satisfies: [written-record]\n", ""))
    code, out, err = desk.acts("publish", unproved, person="ada")
    assert code == 1, out + err
    assert "SOP3" in out
    assert "ProcedurePublished" not in desk("audit", "show")[1]


def test_what_lint_remarks_and_what_the_author_accepts_of_it_is_shown(desk: AtDesk) -> None:
    path = desk.write()
    assert "note SOP505" in desk.acts("publish", path, person="ada")[1]
    accepting = "accept: [{check: SOP505, because: There is one of us.}]\nroles:"
    desk.write(CARE.replace("revision: 1", "revision: 2").replace("roles:", accepting))
    code, out, err = desk.acts("publish", path, person="ada")
    assert code == 0, err
    assert "accepted by its author: SOP505" in out
    assert "because: There is one of us." in out


def test_revisions_rise_and_a_text_is_published_once(desk: AtDesk) -> None:
    path = desk.write()
    desk.acts("publish", path, person="ada")
    code, _, err = desk.acts("publish", path, person="ada")
    assert (code, "published already" in err) == (3, True)
    desk.write(CARE.replace("A small one.", "Another one."))
    code, _, err = desk.acts("publish", path, person="ada")
    assert (code, "`revision: 2`" in err) == (3, True)


def test_who_may_approve(desk: AtDesk) -> None:
    path = desk.write(CARE.replace("author: Ada", "author: Ben"))
    assert desk.acts("publish", path, person="ada")[0] == 0
    code, _, err = desk.acts("approve", "care", person="ada")
    assert (code, "'ada' published or wrote it" in err) == (3, True)
    code, _, err = desk.acts("approve", "care", person="ben")
    assert (code, "'ben' published or wrote it" in err) == (3, True)
    code, _, err = desk.acts("approve", "care", person="ana")
    assert (code, "'ana' is no 'approver'" in err) == (3, True)
    # Whoever was told no is on record with it.
    refused = json.loads(desk("audit", "show", "--json")[1])
    assert [(one["actor"], one["outcome"]) for one in refused if one["type"] == "ActionRefused"] == [
        ("ada", "ProcedureApproved"), ("ben", "ProcedureApproved"), ("ana", "ProcedureApproved"),
    ]  # fmt: skip
    assert verify_desk(desk.folder).findings == ()


def test_an_approval_takes_both_factors(desk: AtDesk) -> None:
    desk.acts("publish", desk.write(), person="ada")
    secret = ("--passphrase-file", desk.secret)
    assert desk("approve", "care", "--as", "ben", *secret, "--code", "000000")[0] == 3
    with opened_people(desk.folder, "os:test", hasher=FAST) as (enrolment, _):
        enrolment.add("cleo", "Cleo", ["approver"])
        enrolment.passphrase("cleo", PHRASE)
    code, _, err = desk("approve", "care", "--as", "cleo", *secret)
    assert (code, "sop people enrol cleo" in err) == (3, True)
    assert "waits for its approval" in desk("procedures", "list")[1]


def test_what_becomes_weaker_is_acknowledged_by_its_name_with_a_reason(desk: AtDesk) -> None:
    path = desk.write()
    desk.acts("publish", path, person="ada")
    desk.acts("approve", "care")
    desk.write(weaker())
    code, out, _ = desk.acts("publish", path, person="ada")
    assert (code, "against care@1" in out, "Weaker" in out) == (0, True, True)
    code, out, err = desk.acts("approve", "care")
    assert (code, "weaker at 'agreement'" in err) == (3, True)
    assert "Weaker" in out
    code, _, err = desk.acts("approve", "care", "--acknowledge", "yes", "--reason", "so decided")
    assert (code, "weaker at 'agreement'" in err) == (3, True)
    code, _, err = desk.acts("approve", "care", "--acknowledge", "agreement")
    assert (code, "has no reason" in err) == (3, True)


def test_an_acknowledged_weakening_is_on_record(desk: AtDesk) -> None:
    path = desk.write()
    desk.acts("publish", path, person="ada")
    desk.acts("approve", "care")
    desk.write(weaker())
    desk.acts("publish", path, person="ada")
    code, _, err = desk.acts("approve", "care", "--acknowledge", "agreement", "--reason", "so decided")
    assert code == 0, err
    entry = json.loads(desk("audit", "show", "--json")[1])[-1]
    assert (entry["type"], entry["reason"], entry["role"]) == ("ProcedureApproved", "so decided", "approver")
    assert entry["evidence"][0]["acknowledged"] == ["agreement"]
    assert entry["evidence"][0]["against"]["revision"] == 1
    # What was published is compared by its number, whatever the file says by now.
    path.unlink()
    code, out, _ = desk("diff", "care@1", "care@2")
    assert (code, "Weaker" in out) == (1, True)
    code, _, _ = desk("run", "care", "--ticket", "T-9", "--plain", "--person", "ana")
    assert (code, "r2" in desk("board")[1]) == (3, True)


def test_declined_and_withdrawn(desk: AtDesk) -> None:
    path = desk.write()
    desk.acts("publish", path, person="ada")
    assert desk.acts("withdraw", "care", "--reason", "too early")[0] == 2  # nothing is approved
    code, out, err = desk.acts("decline", "care", "--reason", "the purpose is missing")
    assert (code, "declined by ben" in out) == (0, True), err
    assert desk.acts("approve", "care@1")[0] == 3
    desk.write(CARE.replace("revision: 1", "revision: 2"))
    assert desk.acts("publish", path, person="ada")[0] == 0


def test_whoever_rules_in_another_role_than_before_is_told_that_it_goes_on_record(desk: AtDesk) -> None:
    desk.acts("publish", desk.write(), person="ada")
    assert "ruled on as" not in desk.acts("approve", "care")[2]
    settings = desk.folder / "sop.toml"
    settings.write_text(f'{settings.read_text()}\n[approval]\nrole = "author"\n')
    code, out, err = desk.acts("withdraw", "care", "--reason", "too early", person="ada")
    assert (code, "withdrawn by ada" in out) == (0, True), err
    assert (
        "Texts were to be ruled on as 'approver' until now; that it is 'author' goes on record with this."
        in err
    )
    assert verify_desk(desk.folder).findings == ()


def test_a_run_goes_on_under_a_text_that_was_withdrawn(desk: AtDesk) -> None:
    desk.acts("publish", desk.write(), person="ada")
    desk.acts("approve", "care")
    assert desk.plain()[0] == 3
    code, out, err = desk.acts("withdraw", "care", "--reason", "the law has changed")
    assert (code, "1 open run goes on" in err) == (0, True), err
    assert "withdrawn" in desk("procedures", "list")[1]
    code, out, _ = desk("run", "care", "--ticket", "T-2", "--plain", "--person", "ana")
    assert (code, "was withdrawn" in out) == (5, True)
    (run,) = json.loads(desk("board", "--json")[1])
    code, out, _ = desk("resume", run["run"], "--plain", "--person", "ana")
    assert (code, "What was agreed" in out) == (3, True)
    assert verify_desk(desk.folder).findings == ()


def test_the_listing_says_who_and_when(desk: AtDesk) -> None:
    path = desk.write(CARE.replace("review_by: 2027-01-01", "review_by: 2026-11-01"))
    desk.acts("publish", path, person="ada")
    desk.acts("approve", "care")
    (info,) = json.loads(desk("procedures", "list", "--json")[1])
    (revision,) = info["revisions"]
    assert info["runnable"]
    assert info["review_due"]
    assert (revision["published_by"], revision["approved_by"], revision["in_force"]) == ("ada", "ben", True)
    assert "its review is overdue" in desk("procedures", "list")[1]
    # Past its review it runs, and the agent is told: before the run and on the board.
    out = desk.plain()[1]
    assert "The review of this procedure is overdue." in out
    assert "the review of its procedure is overdue" in desk("board")[1]


def test_training_asks_for_no_approval(desk: AtDesk) -> None:
    path = desk.write()
    code, out, _ = desk("run", "care", "--ticket", "T-1", "--plain", "--person", "ana", "--training")
    assert (code, "What was agreed" in out) == (3, True)
    code, _, err = desk("--training", "publish", path, "--as", "ada")
    assert (code, "training runs any text" in err) == (2, True)
