"""A live log in which something ran, or was approved, that nobody may have: named although every signature is right."""

import copy
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sop_runner.desk.layout import Layout
from sop_runner.desk.session import DeskSession
from sop_runner.desk.verified import verify_desk
from sop_runner.run.actions import Abandon
from sop_runner.stores.keys import KeyFile
from sop_runner.wiring import create_desk, open_desk, opened_people
from tests.attack.rewriting import rewritten
from tests.publishing import FAST, approve_all, enrol_signer

REAL = Path(__file__).parents[2] / "procedures"
PASSPHRASE = "seven quiet boats"
Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A live desk with one approved procedure and one run of it that was given up."""
    folder = tmp_path_factory.mktemp("template") / "desk"
    create_desk(folder, hasher=FAST)
    shutil.copy(REAL / "account-change.yaml", folder / "procedures")
    with opened_people(folder, "keeper", hasher=FAST) as (enrolment, _):
        enrolment.add("ana", "Ana", ["agent"])
        enrolment.passphrase("ana", PASSPHRASE)
    approve_all(folder)
    opened = open_desk(folder)
    opened.sign_in("ana", PASSPHRASE)
    session = opened.start("ana", "account-change", "CR-000123", {}, "en")
    assert isinstance(session, DeskSession), session
    assert session.perform(Abandon("they hung up")).accepted
    opened.close()
    return folder


@pytest.fixture
def desk(template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(template, tmp_path / "desk"))


def found(desk: Path, edit: Callable[[Rows], Any]) -> list[str]:
    """What a verifier names once the holder of the key has rewritten history."""
    rewritten(desk / "desk.db", KeyFile(Layout(desk).key), edit)
    return [f"{f.code}: {f.message}" for f in verify_desk(desk).findings if f.code != "FORKED"]


def at(rows: Rows, kind: str) -> int:
    return next(number for number, row in enumerate(rows) if row["type"] == kind)


def piece(row: dict[str, Any], kind: str) -> dict[str, Any]:
    return next(one for one in row["evidence"] if one["kind"] == kind)


def test_what_was_approved_and_then_run_is_clean(desk: Path) -> None:
    assert verify_desk(desk).findings == ()
    assert found(desk, lambda rows: None) == []


def without(kind: str) -> Callable[[Rows], Rows]:
    return lambda rows: [row for row in rows if row["type"] != kind]


def backwards(rows: Rows) -> Rows:
    """The run stands before the approval that it names."""
    start = at(rows, "RunStarted")
    approval = at(rows, "ProcedureApproved")
    moved = rows[approval]
    return [*rows[:approval], *rows[approval + 1 : start + 1], moved, *rows[start + 1 :]]


def withdrawn(rows: Rows) -> Rows:
    """Withdrawn before the run was started, and the start says to have been judged after it."""
    approval, start = at(rows, "ProcedureApproved"), at(rows, "RunStarted")
    gone = copy.deepcopy(rows[approval])
    signature = piece(gone, "sign_off")
    signature["factors"] = [{**one, "ref": one["ref"] and "totp:other"} for one in signature["factors"]]
    gone |= {"type": "ProcedureWithdrawn", "reason": "a mistake", "evidence": [signature]}
    piece(rows[start], "approval")["read"] += 1
    return [*rows[:start], gone, *rows[start:]]


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (without("ProcedureApproved"), "waits for its approval"),
        (without("ProcedurePublished"), "was not published with this text"),
        (backwards, "waits for its approval"),
        (withdrawn, "was withdrawn"),
    ],
)
def test_a_live_run_that_no_approval_covers(desk: Path, edit: Callable[[Rows], Rows], said: str) -> None:
    named = found(desk, edit)
    assert any(said in one for one in named), named
    assert any("ILLEGAL_TRANSITION: a live run was started without an approval" in one for one in named), (
        named
    )


def test_a_run_of_a_text_that_was_never_approved(desk: Path) -> None:
    """The approval is of another revision than the one that ran."""
    ledger = open_desk(desk)
    text = (REAL / "account-change.yaml").read_text().replace("revision: 4\n", "revision: 5\n", 1)
    other = desk / "procedures" / "other.yaml"
    other.write_text(text)
    digest = str(ledger.registry.text(other).loaded.digest)
    ledger.context.ledger.put_procedure(digest, text.encode())
    ledger.close()

    def edit(rows: Rows) -> None:
        for row in rows:
            if row["run"] is not None:
                row["procedure"] |= {"revision": 5, "digest": digest}

    assert found(desk, edit) == [
        "ILLEGAL_TRANSITION: a live run was started without an approval: "
        "revision 5 of 'account-change' is not published; 'sop publish' proposes it"
    ]


def test_a_start_without_a_word_of_its_approval(desk: Path) -> None:
    def edit(rows: Rows) -> None:
        start = rows[at(rows, "RunStarted")]
        start["evidence"] = [one for one in start["evidence"] if one["kind"] != "approval"]

    assert any("its approval" in one for one in found(desk, edit))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda row: row.update(actor="ada"), "SAME_PERSON"),
        (lambda row: row.update(actor="nobody"), "ILLEGAL_TRANSITION: 'nobody' acted and was never enrolled"),
        (lambda row: row.update(role="judge"), "ILLEGAL_TRANSITION: 'ben' acted as 'judge'"),
        (lambda row: piece(row, "sign_off")["factors"].pop(), "CONTROL_SKIPPED"),
        (lambda row: piece(row, "sign_off")["factors"][1].update(ref=["totp:1"]), "ILLEGAL_TRANSITION"),
        (lambda row: piece(row, "approved").update(weakenings=["consent"]), "CONTROL_SKIPPED"),
        (lambda row: row["procedure"].update(digest="00" * 32), "PROCEDURE_MISMATCH"),
        (lambda row: row.update(evidence=[7]), "ILLEGAL_TRANSITION: the entry is none that a program wrote"),
    ],
)
def test_an_approval_that_cannot_have_been(desk: Path, change: Callable[[Any], Any], code: str) -> None:
    def edit(rows: Rows) -> None:
        change(rows[at(rows, "ProcedureApproved")])

    named = found(desk, edit)
    assert any(one.startswith(code) for one in named), named


def test_an_approval_is_judged_where_nothing_ever_ran(desk: Path) -> None:
    def edit(rows: Rows) -> Rows:
        kept = [row for row in rows if row["run"] is None]
        kept[at(kept, "ProcedureApproved")].update(actor="ada")
        return kept

    assert {one.partition(":")[0] for one in found(desk, edit)} == {"SAME_PERSON", "ILLEGAL_TRANSITION"}


def test_a_code_of_a_token_signs_one_approval(desk: Path) -> None:
    """The same proof under two signatures."""

    def edit(rows: Rows) -> Rows:
        again = copy.deepcopy(rows[at(rows, "ProcedureApproved")])
        signature = piece(again, "sign_off")
        again |= {"type": "ProcedureWithdrawn", "reason": "a mistake", "evidence": [signature]}
        return [*rows, again]

    assert [one.partition(":")[0] for one in found(desk, edit)] == ["FACTOR_REUSED"]


def test_two_who_approve_in_the_same_moment_are_no_attack(desk: Path) -> None:
    def edit(rows: Rows) -> Rows:
        again = copy.deepcopy(rows[at(rows, "ProcedureApproved")])
        for one in piece(again, "sign_off")["factors"]:
            one["ref"] = one["ref"] and "totp:other"
        return [*rows, again]

    assert found(desk, edit) == []


def test_dates_other_than_those_of_the_text(desk: Path) -> None:
    def edit(rows: Rows) -> None:
        piece(rows[at(rows, "ProcedurePublished")], "published")["effective_from"] = "2020-01-01"

    assert [one.partition(":")[0] for one in found(desk, edit)] == ["PROCEDURE_MISMATCH"]


def test_a_ruling_in_a_role_that_rules_on_nothing(desk: Path) -> None:
    """By somebody who has that role, and signed: only the rulings before it show that it is another."""
    with opened_people(desk, "keeper", hasher=FAST) as (enrolment, _):
        enrol_signer(enrolment, "fay", "Fay", "agent")

    def edit(rows: Rows) -> Rows:
        again = copy.deepcopy(rows[at(rows, "ProcedureApproved")])
        signature = piece(again, "sign_off")
        for one in signature["factors"]:
            one["ref"] = one["ref"] and "totp:other"
        again |= {"type": "ProcedureWithdrawn", "reason": "a mistake", "evidence": [signature]}
        return [*rows, again | {"actor": "fay", "role": "agent"}]

    (named,) = found(desk, edit)
    assert named.startswith("CONTROL_SKIPPED")
    assert "as 'approver'" in named


def test_a_first_ruling_chooses_no_role(desk: Path) -> None:
    """No ruling is before it: in which role texts are ruled on is the same at every desk until an entry says otherwise."""
    with opened_people(desk, "keeper", hasher=FAST) as (enrolment, _):
        enrol_signer(enrolment, "fay", "Fay", "agent")

    def edit(rows: Rows) -> Rows:
        first = at(rows, "ProcedureApproved")
        fay = [row for row in rows if any(one.get("id") == "fay" for one in row["evidence"])]
        fay += [row for row in rows if row not in fay and row["seq"] > fay[0]["seq"]]
        others = [row for row in rows if row not in fay]
        others[first].update(actor="fay", role="agent")
        return [*others[:first], *fay, *others[first:]]

    named = found(desk, edit)
    assert named[0].startswith("CONTROL_SKIPPED")
    assert "is in the role 'agent', this desk rules on texts as 'approver'" in named[0]
    assert any("a live run was started without an approval" in one for one in named)
