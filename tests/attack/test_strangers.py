"""A live log knows who is enrolled: an act of nobody, or in a role that was never given, is named."""

import copy
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sop_runner.audit.note import Ed25519Signer
from sop_runner.desk.layout import Layout
from sop_runner.desk.session import DeskSession
from sop_runner.desk.verified import verify_desk
from sop_runner.run.actions import Abandon, AddNote, Answer
from sop_runner.stores.keys import KeyFile
from sop_runner.wiring import create_desk, open_desk, opened_people
from tests.attack.rewriting import bodies_in, rewritten
from tests.publishing import FAST, approve_all

REAL = Path(__file__).parents[2] / "procedures"
PASSPHRASE = "seven quiet boats"
NAMED = ("ILLEGAL_TRANSITION", "FIELD_MODIFIED", "UNVERIFIABLE")


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A live desk with one abandoned run of its agent."""
    folder = tmp_path / "desk"
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
    for action in (Answer("open-ticket"), AddNote("they ask for the other line"), Abandon("they hung up")):
        assert session.perform(action).accepted
    opened.close()
    return folder


def forged(desk: Path, edit: Callable[[list[dict[str, Any]]], Any]) -> list[tuple[str, int | None]]:
    rewritten(desk / "desk.db", KeyFile(Layout(desk).key), edit)
    return [(str(f.code), f.index) for f in verify_desk(desk).findings if f.code != "FORKED"]


def test_what_enrolled_people_did_is_clean(desk: Path) -> None:
    assert verify_desk(desk).findings == ()


@pytest.mark.parametrize("rubbish", [[[]], {"a": []}, 7, True, ["agent"]])
@pytest.mark.parametrize("part", ["actor", "role", "at", "to", "arrow", "outcome", "reason", "type"])
def test_no_rubbish_ends_a_verification_early(desk: Path, part: str, rubbish: object) -> None:
    """Of a person, of a text, of a run: each is named at its entry."""
    rows = bodies_in(desk / "desk.db")
    places = [len(rows) - 3]
    for kind in ("FactorEnrolled", "ProcedurePublished"):
        places.append(next(n for n, row in enumerate(rows) if row["type"] == kind))

    def edit(rows: list[dict[str, Any]]) -> None:
        for place in places:
            rows[place][part] = rubbish

    found = forged(desk, edit)
    assert {place for code, place in found if code in NAMED} >= set(places)


@pytest.mark.parametrize(
    "change",
    [
        lambda piece: piece.pop("id"),
        lambda piece: piece.update(factor=1),
        lambda piece: piece.pop("factor_kind"),
        lambda piece: piece.update(kind="people"),
    ],
)
def test_an_enrolment_that_says_nothing_is_named(desk: Path, change: Callable[[Any], Any]) -> None:
    place = next(n for n, row in enumerate(bodies_in(desk / "desk.db")) if row["type"] == "FactorEnrolled")
    found = forged(desk, lambda rows: change(rows[place]["evidence"][0]) and None)
    assert ("ILLEGAL_TRANSITION", place) in found


def test_an_identity_is_given_once(desk: Path) -> None:
    """A second enrolment gives no role, at the desk as in a verification."""

    def edit(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        first = next(n for n, row in enumerate(rows) if row["evidence"][0].get("id") == "ana")
        again = copy.deepcopy(rows[first])
        again["evidence"][0]["roles"] = ["approver"]
        approval = next(n for n, row in enumerate(rows) if row["type"] == "ProcedureApproved")
        rows[approval]["actor"] = "ana"
        return [*rows[: first + 1], again, *rows[first + 1 :]]

    assert any(code == "ILLEGAL_TRANSITION" for code, _ in forged(desk, edit))


def test_a_start_that_was_refused_is_clean(desk: Path) -> None:
    with opened_people(desk, "keeper", hasher=FAST) as (enrolment, _):
        enrolment.add("gil", "Gil", ["guest"])
        enrolment.passphrase("gil", PASSPHRASE)
    opened = open_desk(desk)
    opened.sign_in("gil", PASSPHRASE)
    assert not isinstance(opened.start("gil", "account-change", "CR-000124", {}, "en"), DeskSession)
    opened.close()
    newest = bodies_in(desk / "desk.db")[-1]
    assert (newest["type"], newest["run"]) == ("ActionRefused", None)
    assert verify_desk(desk).findings == ()


def test_an_act_of_somebody_who_was_never_enrolled(desk: Path) -> None:
    noted = next(n for n, row in enumerate(bodies_in(desk / "desk.db")) if row["type"] == "NoteAdded")
    assert forged(desk, lambda rows: rows[noted].update(actor="zed")) == [("ILLEGAL_TRANSITION", noted)]


def test_an_act_in_a_role_that_was_never_given(desk: Path) -> None:
    rows = bodies_in(desk / "desk.db")
    enrolled = next(n for n, row in enumerate(rows) if row["type"] == "PersonEnrolled")
    done = next(n for n, row in enumerate(rows) if row["type"] == "NodeDone")

    def demoted(rows: list[dict[str, Any]]) -> None:
        rows[enrolled]["evidence"][0]["roles"] = ["supervisor"]

    assert forged(desk, demoted) == [("ILLEGAL_TRANSITION", done)]


@pytest.mark.parametrize("type_", ["TelescopeAligned", "NodeDone"])
def test_an_entry_of_a_type_that_no_program_like_this_one_writes_outside_runs(desk: Path, type_: str) -> None:
    at = next(n for n, row in enumerate(bodies_in(desk / "desk.db")) if row["type"] == "FactorEnrolled")
    assert forged(desk, lambda rows: rows[at].update(type=type_)) == [("UNVERIFIABLE", at)]


def test_a_version_that_only_counts_as_the_right_number(desk: Path) -> None:
    assert forged(desk, lambda rows: rows[1].update(v=True)) == [("UNVERIFIABLE", None), ("UNVERIFIABLE", 1)]


def test_an_unknown_type_is_named_in_a_log_without_runs(tmp_path: Path) -> None:
    create_desk(tmp_path / "desk", hasher=FAST)
    with opened_people(tmp_path / "desk", "keeper", hasher=FAST) as (enrolment, _):
        enrolment.add("ana", "Ana", ["agent"])
    found = forged(tmp_path / "desk", lambda rows: rows[1].update(type="TelescopeAligned"))
    assert found == [("UNVERIFIABLE", 1)]


def test_a_signature_with_a_factor_that_was_never_enrolled(desk: Path) -> None:
    rows = bodies_in(desk / "desk.db")
    approved = next(n for n, row in enumerate(rows) if row["type"] == "ProcedureApproved")
    token = next(
        n for n, row in enumerate(rows)
        if row["type"] == "FactorEnrolled" and row["evidence"][0]["factor"] == "totp"
        and row["evidence"][0]["id"] == rows[approved]["actor"]
    )  # fmt: skip

    def never(rows: list[dict[str, Any]]) -> None:
        rows[token]["evidence"][0]["id"] = "ana"

    assert forged(desk, never) == [("ILLEGAL_TRANSITION", approved)]


def test_a_type_that_is_no_text_is_no_change_of_keys(desk: Path) -> None:
    """Where a key is pinned that the log did not begin with, each change of keys is looked for."""
    found = forged(desk, lambda rows: rows[2].update(type=["KeyRotated"]))
    assert ("FIELD_MODIFIED", 2) in found
    other = Ed25519Signer(KeyFile(Layout(desk).key).verifier.name, b"7" * 32).verifier
    assert ("REKEYED", 0) in [(str(f.code), f.index) for f in verify_desk(desk, keys=(other,)).findings]
