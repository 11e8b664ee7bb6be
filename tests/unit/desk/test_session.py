"""A terminal's session: who acts, who signs, what a factor's check leaves behind, coming back."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sop_runner.base.clock import ManualClock
from sop_runner.base.errors import UsageError
from sop_runner.base.i18n import Translator
from sop_runner.desk.challenges import FactorUnavailable
from sop_runner.desk.desk import Desk
from sop_runner.desk.run_page import run_page
from sop_runner.desk.session import PROOF_LASTS, DeskSession
from sop_runner.run.actions import (
    AcceptHandOver,
    AddNote,
    Answer,
    DeclineHandOver,
    FactorProof,
    Hold,
    OfferHandOver,
)
from sop_runner.wiring import open_desk

from .conftest import PASSPHRASES, Open

REQUEST = {
    "ticket": "CR-000123",
    "change": "email",
    "new_value": "x@example.org",
    "recent_reset": False,
    "account_value": "15",
}
SIGNED = {"new_value": "x@example.org"}


def code_in(session: DeskSession) -> str:
    return next(word for word in session.inbox()[0].split() if word.isdecimal() and len(word) == 6)


def token_of(session: DeskSession, person: str) -> str:
    return next(line for line in session.inbox() if f" {person}:" in line).rpartition(" ")[2]


def proofs_of(session: DeskSession, person: str) -> tuple[FactorProof, ...]:
    found = (
        session.prove(person, "passphrase", PASSPHRASES[person]),
        session.prove(person, "totp", token_of(session, person)),
    )
    assert all(isinstance(proof, FactorProof) for proof in found)
    return found  # type: ignore[return-value]


def to_identity(session: DeskSession) -> None:
    assert session.perform(Answer("open-ticket")).accepted
    assert session.perform(Answer("change-request", values=REQUEST)).accepted


def to_sign_off(session: DeskSession) -> None:
    to_identity(session)
    session.begin_factor("account-passphrase")
    assert session.check_factor("account-passphrase", "blue garden gate").accepted
    session.begin_factor("one-time-code")
    assert session.check_factor("one-time-code", code_in(session)).accepted
    assert session.perform(Answer("consent", "affirmed")).accepted


def at(session: DeskSession) -> str:
    item = session.view().item
    return item.node if item is not None else ""


# Who is who


def test_nobody_acts_without_signing_in(folder: Path) -> None:
    desk = open_desk(folder, training=True)
    with pytest.raises(UsageError, match="has not signed in"):
        desk.start("ana", "account-change", "CR-000123", {}, "en")
    assert str(desk.sign_in("ana", "wrong words here")) == "This is not the passphrase."
    assert "do not belong together" in str(desk.sign_in("nobody", "wrong words here"))
    with pytest.raises(UsageError, match="has not signed in"):
        desk.start("ana", "account-change", "CR-000123", {}, "en")
    desk.close()


def test_who_proves_the_factors_is_who_signs(session: DeskSession, desk: Desk) -> None:
    to_sign_off(session)
    proofs = proofs_of(session, "bela")
    assert session.perform(Answer("supervisor-approval", "approved", SIGNED, "heard it", proofs)).accepted
    signed = next(e for e in desk.context.ledger.entries(session.run) if e.type == "SignatureGiven")
    assert (signed.actor, signed.role) == ("bela", "supervisor")
    assert session.person.id == "ana"
    (ruled,) = [fact.value for fact in session.view("hu").facts if fact.node == "supervisor-approval"]
    assert Translator("hu")(ruled) == "jóváhagyva"


def test_four_eyes_are_two_people(session: DeskSession) -> None:
    to_sign_off(session)
    done = session.perform(
        Answer("supervisor-approval", "approved", SIGNED, "me again", proofs_of(session, "ana"))
    )
    assert not done.accepted
    assert at(session) == "supervisor-approval"


def test_a_proof_that_was_not_checked_here_does_not_count(session: DeskSession, desk: Desk) -> None:
    to_sign_off(session)
    forged = (
        FactorProof("passphrase", "knowledge", True, note="bela"),
        FactorProof("totp", "possession", True, "totp:00", note="bela"),
    )
    done = session.perform(Answer("supervisor-approval", "approved", SIGNED, "trust me", forged))
    assert not done.accepted
    assert "was not proved by 'bela'" in str(done.message)
    newest = desk.context.ledger.entries(session.run)[-1]
    assert (newest.type, newest.seq) == ("ActionRefused", done.entry)


def test_a_customer_factor_cannot_be_handed_in_as_data(session: DeskSession) -> None:
    to_identity(session)
    forged = FactorProof("account-passphrase", "knowledge", True)
    assert not session.perform(Answer("caller-identity", "", factors=(forged,))).accepted


def test_factors_of_two_people_do_not_add_up(session: DeskSession) -> None:
    to_sign_off(session)
    mixed = (proofs_of(session, "bela")[0], proofs_of(session, "chen")[1])
    done = session.perform(Answer("supervisor-approval", "approved", SIGNED, "we", mixed))
    assert not done.accepted
    assert "different people" in str(done.message)


def test_a_proof_signs_once(session: DeskSession) -> None:
    to_sign_off(session)
    proofs = proofs_of(session, "bela")
    wrong = session.perform(
        Answer("supervisor-approval", "approved", {"new_value": "y@example.org"}, "ok", proofs)
    )
    assert not wrong.accepted
    assert session.perform(Answer("supervisor-approval", "approved", SIGNED, "ok", proofs)).accepted
    assert "not proved" in str(session.act_as("bela", proofs))


def test_a_person_lets_another_act_and_takes_over_again(session: DeskSession) -> None:
    assert "has not proved" in str(session.act_as("bela", ()))
    proofs = proofs_of(session, "bela")
    assert session.act_as("bela", proofs) is None
    assert session.person.id == "bela"
    assert session.act_as("ana", ()) is None
    # The other one was here, but has gone: to come back they prove it again.
    session._proved.clear()  # type: ignore[attr-defined]
    assert session.act_as("bela", proofs) is not None
    assert session.person.id == "ana"


def test_a_proof_ages(folder: Path) -> None:
    clock = ManualClock(datetime.now(UTC))
    desk = open_desk(folder, training=True, clock=clock)
    desk.sign_in("ana", PASSPHRASES["ana"])
    session = desk.start("ana", "account-change", "CR-000123", {}, "en")
    assert isinstance(session, DeskSession)
    proofs = proofs_of(session, "bela")
    clock.advance(PROOF_LASTS + timedelta(seconds=1))
    assert "too long ago" in str(session.act_as("bela", proofs))
    desk.close()


def test_a_disabled_person_acts_no_more(session: DeskSession, folder: Path) -> None:
    from sop_runner.wiring import opened_people

    with opened_people(folder, "os:test") as (enrolment, _):
        enrolment.disable("ana", "left")
    with pytest.raises(UsageError, match="disabled"):
        session.perform(AddNote("still here"))


# Factors of the customer


def test_a_wrong_factor_is_recorded_as_wrong_and_counts(session: DeskSession, desk: Desk) -> None:
    to_identity(session)
    session.begin_factor("account-passphrase")
    done = session.check_factor("account-passphrase", "something else")
    assert done.accepted
    assert "not the passphrase" in str(done.message)
    newest = desk.context.ledger.entries(session.run)[-1]
    assert (newest.type, newest.outcome) == ("FactorChecked", "wrong")
    assert session.view().item.attempts_left == 2  # type: ignore[union-attr]


def test_nothing_typed_is_no_attempt(session: DeskSession) -> None:
    to_identity(session)
    session.begin_factor("account-passphrase")
    assert not session.check_factor("account-passphrase", "  ").accepted
    assert session.view().item.attempts_left == 3  # type: ignore[union-attr]


def test_a_factor_is_begun_before_it_is_checked(session: DeskSession) -> None:
    to_identity(session)
    with pytest.raises(FactorUnavailable, match="was not begun"):
        session.check_factor("one-time-code", "123456")
    with pytest.raises(FactorUnavailable, match="has no factor"):
        session.begin_factor("iris-scan")


def test_no_code_goes_to_the_contact_that_the_run_changes(desk: Desk) -> None:
    session = desk.start("ana", "account-change", "CR-000123", {}, "en")
    assert isinstance(session, DeskSession)
    session.perform(Answer("open-ticket"))
    session.perform(Answer("change-request", values={**REQUEST, "change": "phone"}))
    assert str(session.begin_factor("one-time-code").sent_to).startswith("app ")


def test_a_factor_that_nobody_mapped_is_the_agents_word(desk: Desk, folder: Path) -> None:
    path = folder / "procedures" / "account-change.yaml"
    path.write_text(path.read_text().replace("branch-id-document", "voice-print"))
    session = desk.start("ana", "account-change", "CR-000123", {}, "en")
    assert isinstance(session, DeskSession)
    to_identity(session)
    assert session.begin_factor("voice-print").attested
    assert session.check_factor("voice-print", "right\nThe voice was the one on file.").accepted


# Coming back


def test_a_lost_terminal_is_held_and_resumed_in_one_commit(opens: Open, session: DeskSession) -> None:
    desk = opens()
    again = desk.resume("ana", session.run, "en")
    hold, resumed = desk.context.ledger.entries(session.run)[-2:]
    assert (hold.type, hold.reason, resumed.type) == ("RunHeld", "the terminal was lost", "RunResumed")
    assert hold.key == resumed.key
    assert at(again) == "open-ticket"


def test_closing_a_session_holds_the_run_once(opens: Open, session: DeskSession) -> None:
    session.close("quit")
    session.close("quit")
    desk = opens()
    entries = desk.context.ledger.entries(session.run)
    assert [entry.type for entry in entries if entry.type == "RunHeld"] == ["RunHeld"]
    again = desk.resume("ana", session.run, "en")
    assert [entry.type for entry in desk.context.ledger.entries(session.run)][-1] == "RunResumed"
    assert at(again) == "open-ticket"


def test_who_handed_a_run_over_leaves_without_holding_it(opens: Open, session: DeskSession) -> None:
    session.perform(Answer("open-ticket"))
    session.perform(OfferHandOver("chen", "the request is not written down yet"))
    desk = opens()
    taken = desk.resume("chen", session.run, "en")
    assert desk.context.ledger.entries(session.run)[-1].type == "HandOverOffered"  # no terminal was lost
    assert taken.perform(AcceptHandOver()).accepted
    assert not session.perform(Answer("change-request", values=REQUEST)).accepted
    session.close("quit")
    assert taken.view().banners == ()
    taken.close("quit")
    assert [banner.kind for banner in taken.view().banners] == ["hold"]


def test_who_has_done_nothing_yet_has_nothing_to_hand_over(session: DeskSession) -> None:
    said = session.perform(OfferHandOver("chen", "yours"))
    assert (said.accepted, "has done nothing in this run yet" in str(said.message)) == (False, True)


def test_the_page_of_a_run_tells_of_every_turn_of_a_hand_over(desk: Desk, session: DeskSession) -> None:
    session.perform(Answer("open-ticket"))
    session.perform(OfferHandOver("chen", "the request is not written down yet"))
    session.perform(DeclineHandOver("chen is at lunch"))
    page = run_page(desk.context, session.run, "en")
    (happened,) = [table for table in page.tables if table.heading == "What happened"]
    assert len(happened.rows) == len(desk.context.ledger.entries(session.run))
    told = [row[-1] for row in happened.rows]
    assert told[-2:] == [
        "a hand-over was offered to 'chen' - the request is not written down yet",
        "the hand-over was declined - chen is at lunch",
    ]


def test_looking_at_a_run_without_a_role_leaves_it_held(folder: Path, opens: Open) -> None:
    from sop_runner.wiring import opened_people

    with opened_people(folder, "os:test") as (enrolment, _):
        enrolment.add("eva", "Éva", ["auditor"])
        enrolment.passphrase("eva", "a river at dawn")
    desk = opens()
    session = desk.start("ana", "account-change", "CR-000123", {}, "en")
    assert isinstance(session, DeskSession)
    session.perform(Hold("lunch"))
    desk.sign_in("eva", "a river at dawn")
    looking = desk.resume("eva", session.run, "en")
    assert looking.view().banners[0].kind == "hold"
    assert desk.context.ledger.entries(session.run)[-1].type == "ActionRefused"


@pytest.mark.parametrize(
    ("gap", "lines", "facts"),
    [(timedelta(seconds=60), 1, False), (timedelta(minutes=30), 5, False), (timedelta(hours=2), 8, True)],
)
def test_the_recap_grows_with_the_gap(folder: Path, gap: timedelta, lines: int, facts: bool) -> None:
    clock = ManualClock(datetime.now(UTC))
    desk = open_desk(folder, training=True, clock=clock)
    desk.sign_in("ana", PASSPHRASES["ana"])
    session = desk.start("ana", "account-change", "CR-000123", {}, "en")
    assert isinstance(session, DeskSession)
    to_sign_off(session)
    session.perform(Hold("the line is gone"))
    clock.advance(gap)
    recap = desk.resume("ana", session.run, "en").recap()
    assert recap.gap_s == int(gap.total_seconds())
    assert recap.hold_reason == "the line is gone"
    assert len(recap.lines) == lines
    assert bool(recap.facts) is facts
    stale = ("The requester proved two factors of different kinds (KYC 4.2).",)  # after 15 minutes
    assert recap.renew == (stale if lines > 1 else ())
    desk.close()


def test_an_extract_is_its_digest_and_its_lines(session: DeskSession, tmp_path: Path) -> None:
    path = tmp_path / "operations.log"
    path.write_bytes(b"one\ntwo\nthree")
    found = session.extract(path)
    assert found["lines"] == 3
    assert found["name"] == "operations.log"
    assert len(found["digest"]) == 64
    with pytest.raises(UsageError, match="there is no file"):
        session.extract(tmp_path / "nothing")


def test_a_signer_who_cannot_prove_it_is_on_record(session: DeskSession, desk: Desk) -> None:
    assert "not the passphrase" in str(session.prove("bela", "passphrase", "not this one"))
    newest = desk.context.ledger.entries(session.run)[-1]
    assert (newest.type, newest.actor, newest.outcome) == ("ActionRefused", "bela", "Prove passphrase")
