"""An attacker owns a desk's files and its signing key and makes every hash and signature right: `sop audit
verify` names each forgery by code and entry, or it is one of those that only a head kept elsewhere shows.

Every log here has a head from before the forgery, so that FORKED or ROLLED_BACK is found beside each.
"""

import copy
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from sop_runner.audit.findings import Trust
from sop_runner.audit.keyring import key_evidence
from sop_runner.audit.log import LedgerKind, origin
from sop_runner.audit.note import Ed25519Signer, VerifierKey
from sop_runner.base.clock import utc_text
from sop_runner.desk import erasing
from sop_runner.desk.layout import Layout, user_state
from sop_runner.desk.receipt import read_receipt, receipt_text
from sop_runner.desk.verified import verify_desk
from sop_runner.stores.heads import HeadFile
from sop_runner.stores.keys import KeyFile
from sop_runner.stores.sqlite import SqliteLedger
from sop_runner.wiring import open_desk
from tests.attack.deceiving import (
    Edit,
    Place,
    Rows,
    copied,
    forge,
    index_of,
    live_desk,
    named,
    piece,
    rows_of,
    training_desk,
)
from tests.attack.rewriting import cut, rewritten
from tests.publishing import proofs

ANCHORS = ("FORKED", "ROLLED_BACK", "TAIL_TRUNCATED")


@pytest.fixture(scope="module")
def live_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return live_desk(tmp_path_factory.mktemp("live") / "desk")


@pytest.fixture(scope="module")
def training_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return training_desk(tmp_path_factory.mktemp("training") / "desk")


@pytest.fixture
def live(live_template: Path, tmp_path: Path) -> Path:
    return copied(live_template, tmp_path / "live")


@pytest.fixture
def training(training_template: Path, tmp_path: Path) -> Path:
    return copied(training_template, tmp_path / "training")


def head_of(desk: Path, training: bool = False, size: int | None = None) -> bytes:
    """The newest checkpoint in the database, or the one of `size`."""
    with closing(sqlite3.connect(Layout(desk, training).ledger)) as db:
        sql = "SELECT note FROM checkpoint WHERE size = coalesce(?, (SELECT max(size) FROM checkpoint))"
        return str(db.execute(sql, (size,)).fetchone()[0]).encode()


def put_head(desk: Path, note: bytes, training: bool = False) -> None:
    """As the desk's own program does after each commit."""
    log = rows_of(desk, training)[0]["log"]
    HeadFile.of(user_state(), log, Layout(desk, training).ledger).keep(note)


def without_anchors(desk: Path, edit: Edit, training: bool = False) -> list[Place]:
    """What the forged log itself gives away; that a head from before shows it too is checked beside."""
    put_head(desk, head_of(desk, training), training)
    forge(desk, edit, training)
    found = named(desk, training)
    shown = [place for place in found if place[0] in ANCHORS]
    assert len(shown) == 1, found
    return [place for place in found if place not in shown and place[0] != "ERASED_OK"]


def test_what_really_happened_is_clean(live: Path, training: Path) -> None:
    erased = index_of(rows_of(live), "NodeDone")
    assert named(live) == [("ERASED_OK", erased)]
    assert named(training, True) == []
    assert verify_desk(live).exit_code == verify_desk(training, True).exit_code == 0


# On the training side: what the procedure says


def test_closed_without_a_control(training: Path) -> None:
    """Everything about the consent is cut out, and the way is made to lead past it."""
    rows = rows_of(training, True)
    before = next(n for n, row in enumerate(rows) if row["to"] == "consent")
    after = next(row["to"] for row in rows if row["at"] == "consent" and row["to"])
    run = rows[before]["run"]

    def past(rows: Rows) -> Rows:
        rows[before]["to"] = after
        return [row for row in rows if row["run"] != run or row["at"] != "consent"]

    found = without_anchors(training, past, True)
    forged = rows_of(training, True)
    acted = next(n for n, row in enumerate(forged) if row["run"] == run and row["to"] == "apply-change")
    assert found[0] == ("ILLEGAL_TRANSITION", before)
    assert ("CONTROL_SKIPPED", acted) in found


def test_an_end_that_never_closed_made_to_close(training: Path) -> None:
    ended = index_of(rows_of(training, True), "RunEnded", nth=-1)

    def close(rows: Rows) -> None:
        piece(rows[ended], "end")["closes_ticket"] = True

    assert without_anchors(training, close, True) == [("CONTROL_SKIPPED", ended)]


def test_four_eyes_by_one_person(training: Path) -> None:
    given = index_of(rows_of(training, True), "SignatureGiven")

    def alone(rows: Rows) -> None:
        agent = next(row["actor"] for row in rows if row["run"] == rows[given]["run"] and row["actor"])
        for row in rows:
            if row["run"] == rows[given]["run"] and row["at"] == "supervisor-approval" and row["actor"]:
                row["actor"] = agent

    assert without_anchors(training, alone, True)[0] == ("SAME_PERSON", given)


def test_the_mark_of_a_proof_is_a_text(training: Path) -> None:
    """Another one would never be found to be used twice."""
    given = index_of(rows_of(training, True), "SignatureGiven")

    def unlike(rows: Rows) -> None:
        piece(rows[given], "sign_off")["factors"][0]["ref"] = {"mark": 1}

    assert without_anchors(training, unlike, True)[0] == ("ILLEGAL_TRANSITION", given)


def test_a_one_time_code_of_another_run(training: Path) -> None:
    rows = rows_of(training, True)
    checks = [
        n
        for n, row in enumerate(rows)
        if row["type"] == "FactorChecked" and piece(row, "factor")["factor"] == "one-time-code"
    ]
    first = checks[0]
    second = next(n for n in checks if rows[n]["run"] != rows[first]["run"])

    def again(rows: Rows) -> None:
        piece(rows[second], "factor")["ref"] = piece(rows[first], "factor")["ref"]

    assert without_anchors(training, again, True) == [("FACTOR_REUSED", second)]


def test_a_record_copied_from_another_run(training: Path) -> None:
    """Its commitments open in the run that they were made in, and in no other."""
    rows = rows_of(training, True)
    one = index_of(rows, "NodeDone", "change-request")
    two = index_of(rows, "NodeDone", "change-request", nth=1)

    def borrow(rows: Rows) -> None:
        rows[two]["evidence"] = copy.deepcopy(rows[one]["evidence"])

    assert ("PAYLOAD_MISSING", two) in without_anchors(training, borrow, True)


def test_an_entry_after_the_end(training: Path) -> None:
    ended = index_of(rows_of(training, True), "RunEnded")

    def more(rows: Rows) -> Rows:
        late = {**copy.deepcopy(rows[ended]), "type": "NoteAdded", "reason": "all was well", "key": "ab" * 16}
        return [*rows[: ended + 1], late, *rows[ended + 1 :]]

    assert without_anchors(training, more, True) == [("ILLEGAL_TRANSITION", ended + 1)]


def test_the_end_of_a_run_cut_away(training: Path) -> None:
    ended = index_of(rows_of(training, True), "RunEnded")

    def never(rows: Rows) -> Rows:
        return [row for n, row in enumerate(rows) if n != ended]

    assert without_anchors(training, never, True) == [("RUN_INCOMPLETE", ended - 1)]


def test_a_text_changed_in_the_database(training: Path) -> None:
    """This takes no key: texts stand beside the tree, and runs pin their digest."""
    started = index_of(rows_of(training, True), "RunStarted")
    db = sqlite3.connect(Layout(training, True).ledger, isolation_level=None)
    (trigger,) = db.execute(
        "SELECT sql FROM sqlite_schema WHERE type = 'trigger' AND name = 'procedure_no_update'"
    ).fetchone()
    db.execute("DROP TRIGGER procedure_no_update")
    changed = db.execute(
        "UPDATE procedure SET yaml = CAST(replace(CAST(yaml AS TEXT), '[two-factor-identity', '[') AS BLOB)"
    )
    assert changed.rowcount > 0
    db.execute(trigger)
    db.close()
    found = named(training, True)
    assert found[0] == ("PROCEDURE_MISMATCH", started)
    assert {code for code, _ in found} == {"PROCEDURE_MISMATCH"}


def test_values_of_two_runs_exchanged_in_the_vault(training: Path) -> None:
    rows = rows_of(training, True)
    runs = [row["run"] for row in rows if row["type"] == "RunStarted"][:2]
    vault = sqlite3.connect(Layout(training, True).vault[0], isolation_level=None)
    for old, new in ((runs[0], "x"), (runs[1], runs[0]), ("x", runs[1])):
        vault.execute("UPDATE value SET run = ? WHERE run = ?", (new, old))
    vault.close()
    recorded = [index_of(rows, "NodeDone", "change-request", nth=n) for n in (0, 1)]
    found = [place for place in named(training, True) if place[0] != "UNVERIFIABLE"]
    assert found == [("PAYLOAD_MISSING", n) for n in recorded] or found == [
        ("PAYLOAD_ALTERED", n) for n in recorded
    ]


# On the live side: who, and under which approval


def stranger(rows: Rows) -> Place:
    acted = index_of(rows, "NodeDone")
    rows[acted]["actor"] = "nobody-here"
    return "ILLEGAL_TRANSITION", acted


def unsigned_erasure(rows: Rows) -> Place:
    erased = index_of(rows, "SubjectErased")
    rows[erased]["evidence"] = [one for one in rows[erased]["evidence"] if one["kind"] != "sign_off"]
    return "CONTROL_SKIPPED", erased


def erasure_by_a_stranger(rows: Rows) -> Place:
    erased = index_of(rows, "SubjectErased")
    rows[erased]["actor"] = "nobody-here"
    return "ILLEGAL_TRANSITION", erased


def erasure_with_the_proof_of_an_approval(rows: Rows) -> Place:
    approved, erased = index_of(rows, "ProcedureApproved"), index_of(rows, "SubjectErased")
    piece(rows[erased], "sign_off")["factors"] = piece(rows[approved], "sign_off")["factors"]
    return "FACTOR_REUSED", erased


def rubbish_for_a_signature(rows: Rows) -> Place:
    erased = index_of(rows, "SubjectErased")
    piece(rows[erased], "sign_off")["factors"] = [7, None]
    return "CONTROL_SKIPPED", erased


def half_a_signature(rows: Rows) -> Place:
    """By one factor of two that were enrolled long before; without its kind the other is none."""
    erased = index_of(rows, "SubjectErased")
    for row in rows[erased:]:
        wall = datetime.fromisoformat(row["ts"]["wall"]) + timedelta(minutes=5)
        row["ts"] = {**row["ts"], "wall": utc_text(wall)}
    piece(rows[erased], "sign_off")["factors"].pop()
    return "CONTROL_SKIPPED", erased


def a_factor_of_no_kind(rows: Rows) -> Place:
    erased = index_of(rows, "SubjectErased")
    piece(rows[erased], "sign_off")["factors"][1].pop("factor_kind")
    return "CONTROL_SKIPPED", erased


def a_key_that_nobody_signed_for(rows: Rows) -> Place:
    """It proves itself, and the desk's key signs over it; only no person put it there."""
    name = origin(LedgerKind.LIVE, rows[0]["log"])
    about = key_evidence(name, Ed25519Signer(name, b"9" * 32), "mine")
    erased = index_of(rows, "SubjectErased")
    enrolled = {**copy.deepcopy(rows[erased]), "type": "KeyEnrolled", "evidence": [about], "key": "ab" * 16}
    rows.insert(erased, enrolled)
    return "CONTROL_SKIPPED", erased


def a_start_with_a_reason(rows: Rows) -> Place:
    started = index_of(rows, "RunStarted")
    rows[started]["reason"] = "as agreed"
    return "ILLEGAL_TRANSITION", started


def a_training_run(rows: Rows) -> Place:
    started = index_of(rows, "RunStarted")
    piece(rows[started], "start")["training"] = True
    return "ILLEGAL_TRANSITION", started


def without_its_approval(rows: Rows) -> Place:
    started = index_of(rows, "RunStarted")
    approved = index_of(rows, "ProcedureApproved")
    del rows[approved]
    return "ILLEGAL_TRANSITION", started - 1


def disabled_before(rows: Rows) -> Place:
    """The disabling of an agent is moved to before what they did."""
    enrolled = next(
        n
        for n, row in enumerate(rows)
        if row["type"] == "PersonEnrolled" and row["evidence"][0]["id"] == "ana"
    )
    gone = copy.deepcopy(rows[enrolled])
    earlier = datetime.fromisoformat(gone["ts"]["wall"]) - timedelta(minutes=10)
    gone |= {"type": "PersonDisabled", "key": "cd" * 16, "reason": "left"}
    gone["ts"] = {**gone["ts"], "wall": utc_text(earlier)}
    rows.insert(enrolled + 1, gone)
    return "ILLEGAL_TRANSITION", index_of(rows, "RunStarted")


def two_runs_of_one_ticket(rows: Rows) -> Place:
    """The second run is made to be of the ticket of the first, and to begin before that has ended."""
    second = index_of(rows, "RunStarted", nth=1)
    piece(rows[second], "start")["ticket"] = "T-1"
    first = index_of(rows, "RunStarted")
    rows.insert(first + 1, rows.pop(second))
    return "ILLEGAL_TRANSITION", first + 1


@pytest.mark.parametrize(
    "attack",
    [
        stranger,
        unsigned_erasure,
        erasure_by_a_stranger,
        erasure_with_the_proof_of_an_approval,
        rubbish_for_a_signature,
        half_a_signature,
        a_factor_of_no_kind,
        a_key_that_nobody_signed_for,
        a_start_with_a_reason,
        a_training_run,
        without_its_approval,
        disabled_before,
        two_runs_of_one_ticket,
    ],
)
def test_a_forged_live_log(live: Path, attack: Callable[[Rows], Place]) -> None:
    expected: list[Place] = []

    def edit(rows: Rows) -> None:
        expected.append(attack(rows))

    found = without_anchors(live, edit)
    assert expected[0] in found, found


def test_an_erasure_that_takes_several_entries_is_one_signature(
    live_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = copied(live_template, tmp_path / "live")
    monkeypatch.setattr(erasing, "_AN_ENTRY", 1)
    opened = open_desk(desk)
    shelves = opened.context.vault.shelves("C-2")
    twice = [*shelves, *shelves]
    erasing.erase(opened.context, twice, opened.folk.directory().acting("ana"), proofs(), "asked for")
    opened.close()
    assert [row["type"] for row in rows_of(desk)[-2:]] == ["SubjectErased"] * 2
    assert {code for code, _ in named(desk)} == {"ERASED_OK"}


def test_a_back_dated_entry_is_a_warning_at_its_place(live: Path) -> None:
    """The log cannot tell it from a clock that was set: it warns, and a time stamp from outside decides."""
    started = index_of(rows_of(live), "RunStarted", nth=1)

    def earlier(rows: Rows) -> None:
        for row in rows[started:]:
            wall = datetime.fromisoformat(row["ts"]["wall"]) - timedelta(days=1)
            row["ts"] = {**row["ts"], "wall": utc_text(wall)}

    forge(live, earlier)
    found = [(str(one.code), one.index) for one in verify_desk(live).findings]
    assert ("CLOCK_BACK", started) in found


# What no replay can know: only a head from outside shows it


def a_refusal_left_out(rows: Rows) -> None:
    del rows[index_of(rows, "ActionRefused")]


def a_lie_that_could_have_been_true(rows: Rows) -> None:
    recorded = rows[index_of(rows, "NodeDone", nth=1)]
    next(one for one in recorded["evidence"] if one.get("name") == "topic")["value"] = "snow"


def everything_a_day_earlier(rows: Rows) -> None:
    for row in rows:
        wall = datetime.fromisoformat(row["ts"]["wall"]) - timedelta(days=1)
        row["ts"] = {**row["ts"], "wall": utc_text(wall)}


def a_person_who_never_was(rows: Rows) -> None:
    """Enrolled in the forged history, and put where somebody else had acted."""
    enrolled = next(n for n, row in enumerate(rows) if row["type"] == "PersonEnrolled")
    person = copy.deepcopy(rows[enrolled])
    person["key"] = "ef" * 16
    person["evidence"][0] |= {"id": "eve", "name": "Eve", "roles": ["agent"]}
    for row in rows:
        if row["run"] is not None and row["actor"] == "ana":
            row["actor"] = "eve"
        if row["type"] == "RunStarted":
            piece(row, "start")["named"] = {"agent": ["ana", "eve"]}
            approval = piece(row, "approval")
            approval |= {"entry": approval["entry"] + 1, "read": approval["read"] + 1}
    rows.insert(enrolled + 1, person)


def a_publication_that_says_less(rows: Rows) -> None:
    """Who wrote the text, and what it weakens, is what its publication says."""
    about = piece(rows[index_of(rows, "ProcedurePublished")], "published")
    about |= {"weakenings": [], "authors": []}
    about["changes"] += 1


UNSEEN = [
    a_publication_that_says_less,
    a_refusal_left_out,
    a_lie_that_could_have_been_true,
    everything_a_day_earlier,
    a_person_who_never_was,
]


@pytest.mark.parametrize("edit", UNSEEN)
def test_what_only_a_head_from_outside_shows(live: Path, edit: Edit) -> None:
    assert without_anchors(live, edit) == [], verify_desk(live).findings


@pytest.mark.parametrize("edit", UNSEEN)
def test_behind_every_head_it_cannot_be_found(live: Path, edit: Edit) -> None:
    """Said in the threat model: database, key and every head are the attacker's."""
    clean = named(live)
    put_head(live, head_of(live))
    forge(live, edit)
    shutil.rmtree(user_state())
    assert [code for code, _ in named(live)] == [code for code, _ in clean]
    assert verify_desk(live).exit_code == 0


# Heads, pins and receipts


def test_an_older_head_put_back_vouches_for_less_and_hides_what_came_after(live: Path) -> None:
    """The attacker cuts the log back to a head that they kept; what the reviewer remembers shows it."""
    size = len(rows_of(live)) - 1
    older = head_of(live, size=size)
    assert verify_desk(live).exit_code == 0
    cut(Layout(live).ledger, size)
    put_head(live, older)
    assert ("ROLLED_BACK", size) in named(live)
    shutil.rmtree(user_state() / "seen")
    verdict = verify_desk(live)
    assert verdict.size_anchored == size
    assert not [one for one in verdict.findings if str(one.code) in ANCHORS]


def test_another_key_in_the_settings(live: Path) -> None:
    """The log is not signed by it; with the log made anew for it, what was seen before shows it."""
    thief = Ed25519Signer(KeyFile(Layout(live).key).verifier.name, bytes(32))
    settings = live / "sop.toml"
    verify_desk(live)
    pinned = KeyFile(Layout(live).key).verifier.text
    assert pinned in settings.read_text()
    settings.write_text(settings.read_text().replace(pinned, thief.verifier.text))
    assert ("REKEYED", 0) in named(live)

    def theirs(rows: Rows) -> None:
        rows[0]["evidence"][0]["verifier_key"] = thief.verifier.text

    rewritten(Layout(live).ledger, thief, theirs)
    assert ("REKEYED", 0) in named(live)  # another key than the one that was seen first
    mine = VerifierKey.parse(pinned)
    assert ("REKEYED", 0) in [(str(f.code), f.index) for f in verify_desk(live, keys=(mine,)).findings]


def test_no_key_in_the_settings_is_no_pin(live: Path) -> None:
    settings = live / "sop.toml"
    kept = [line for line in settings.read_text().splitlines() if "verifier_key" not in line]
    settings.write_text("\n".join(kept) + "\n")
    assert verify_desk(live).trust is not Trust.PINNED


def test_a_training_ledger_in_the_place_of_the_live_one(live: Path, training: Path) -> None:
    shutil.copy(Layout(training, True).ledger, Layout(live).ledger)
    assert ("REKEYED", 0) in named(live)
    settings = live / "sop.toml"
    kept = [line for line in settings.read_text().splitlines() if "verifier_key" not in line]
    settings.write_text("\n".join(kept) + "\n")
    assert ("REKEYED", 0) in named(live)


def test_another_desk_in_the_place_of_this_one(live: Path, tmp_path: Path) -> None:
    """With settings of its own it is clean in itself: only a key that the reviewer brings along tells."""
    mine = KeyFile(Layout(live).key).verifier
    assert verify_desk(live).exit_code == 0
    other = live_desk(tmp_path / "other")
    shutil.rmtree(live)
    other.rename(live)
    assert verify_desk(live).exit_code == 0
    found = verify_desk(live, keys=(mine,)).findings
    assert ("REKEYED", 0) in [(str(one.code), one.index) for one in found]


def test_a_receipt_of_another_log_proves_nothing_here(live: Path, training: Path, tmp_path: Path) -> None:
    ledger = SqliteLedger.open(
        Layout(training, True).ledger, LedgerKind.TRAINING, KeyFile(Layout(training, True).key)
    )
    text = receipt_text(ledger, next(ledger.scan(1, 2)))
    ledger.close()
    receipt = read_receipt(text)
    assert not receipt.doubt(KeyFile(Layout(training, True).key).verifier)
    assert receipt.doubt(KeyFile(Layout(live).key).verifier)
