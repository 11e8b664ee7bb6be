"""Heads outside the database: what was cut off, put back or rewritten with the key is named."""

import json
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from sop_runner.audit.entry import Draft
from sop_runner.audit.findings import Outcome, Trust, Verdict
from sop_runner.audit.keyring import ROTATED, key_evidence
from sop_runner.audit.log import LedgerKind
from sop_runner.audit.note import Ed25519Signer
from sop_runner.base.clock import SystemClock
from sop_runner.base.errors import ExitCode, NotVerified, UsageError
from sop_runner.cli.audit_proofs import keys_of
from sop_runner.cli.main import main
from sop_runner.desk.layout import Layout, user_state
from sop_runner.desk.verified import verify_desk
from sop_runner.stores.heads import HeadFile, SeenFile
from sop_runner.stores.keys import KeyFile
from sop_runner.stores.sqlite import SqliteLedger
from sop_runner.wiring import create_desk, open_desk, opened_people, rehearsal_stage
from tests.attack.rewriting import bodies_in, cut, rewritten
from tests.unit.authoring.stages import scenarios_of

REAL = Path(__file__).parents[2] / "procedures"
PASSPHRASE = {"factor": "passphrase", "factor_kind": "knowledge", "ref": ""}
PEOPLE = ("ana", "bela", "chen", "dora")


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("original") / "desk"
    create_desk(folder)
    return folder


@pytest.fixture
def desk(original: Path, tmp_path: Path) -> Path:
    """A desk with its first entry only, and a state folder that knows nothing of it."""
    return Path(shutil.copytree(original, tmp_path / "desk"))


def enrol(desk: Path, *people: str) -> None:
    """Each enrolment is one entry of the live log."""
    with opened_people(desk, "keeper") as (enrolment, _):
        for person in people:
            enrolment.add(person, person.title(), ["agent"])


def head_of(desk: Path) -> HeadFile:
    return HeadFile.of(user_state(), bodies_in(desk / "desk.db")[0]["log"], desk / "desk.db")


def signer(desk: Path) -> KeyFile:
    return KeyFile(Layout(desk).key)


def places(verdict: Verdict) -> list[tuple[str, int | None]]:
    return [(str(finding.code), finding.index) for finding in verdict.findings]


def test_a_clean_log_is_anchored_up_to_its_newest_entry(desk: Path) -> None:
    enrol(desk, *PEOPLE)
    verdict = verify_desk(desk)
    assert (verdict.outcome, verdict.size_anchored, verdict.entries) == (Outcome.CLEAN, 5, 5)


@pytest.mark.parametrize("size", range(1, 5))
def test_a_tail_that_was_cut_off(desk: Path, size: int) -> None:
    """Nothing inside the file shows it: checkpoints and nodes went with the rows."""
    enrol(desk, *PEOPLE)
    cut(desk / "desk.db", size)
    verdict = verify_desk(desk)
    assert places(verdict) == [("ROLLED_BACK", size)]
    assert verdict.exit_code is ExitCode.NOT_VERIFIED
    assert verdict.size_anchored == 0
    with pytest.raises(NotVerified, match=f"it has {size} entr(y|ies), 5 were written"):
        enrol(desk, "eve")


def test_a_cut_that_left_the_board_as_it_was(desk: Path) -> None:
    """The projection of a run still tells of its later entries: cut off here, not put back."""
    with rehearsal_stage(desk, REAL / "account-change.yaml") as make:
        path = REAL / "account-change.scenarios.yaml"
        from sop_runner.authoring.rehearse import rehearse

        loaded, cases = scenarios_of(path)
        assert rehearse(cases[0], make(), loaded.source).deviation is None
    assert verify_desk(desk, training=True).findings == ()
    rows = bodies_in(desk / "training.db")
    size = next(n for n, row in enumerate(rows) if row["key"] == rows[-1]["key"])
    cut(desk / "training.db", size)
    assert places(verify_desk(desk, training=True)) == [("TAIL_TRUNCATED", size)]


def test_an_older_copy_put_back(desk: Path, tmp_path: Path) -> None:
    enrol(desk, "ana")
    shutil.copy(desk / "desk.db", tmp_path / "older.db")
    enrol(desk, "bela", "chen")
    shutil.copy(tmp_path / "older.db", desk / "desk.db")
    assert places(verify_desk(desk)) == [("ROLLED_BACK", 2)]
    with pytest.raises(NotVerified, match="not the log that was written here before"):
        open_desk(desk)
    assert main_code("audit", "show", "1", "--desk", str(desk)) == 0  # a reviewer looks at it all the same


@pytest.mark.parametrize("row", range(1, 5))
def test_history_rewritten_with_the_key(desk: Path, row: int) -> None:
    enrol(desk, *PEOPLE)

    def lie(rows: list[dict[str, Any]]) -> None:
        rows[row]["actor"] = "somebody-else"

    rewritten(desk / "desk.db", signer(desk), lie)
    assert places(verify_desk(desk)) == [("FORKED", 4)]
    with pytest.raises(NotVerified, match="its first 5 entries are others"):
        open_desk(desk)


def test_history_rewritten_with_the_key_and_gone_on_with(desk: Path) -> None:
    enrol(desk, *PEOPLE)

    def longer(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [*rows[:-1], {**rows[-1], "actor": "somebody-else"}, {**rows[-1], "key": "ab" * 16}]

    rewritten(desk / "desk.db", signer(desk), longer)
    assert places(verify_desk(desk)) == [("FORKED", 4)]


def test_two_copies_that_went_on_apart(desk: Path, tmp_path: Path) -> None:
    """Neither holds the other up; the reviewer who has seen one of them finds the other."""
    enrol(desk, "ana")
    other = Path(shutil.copytree(desk, tmp_path / "other"))
    enrol(desk, "bela")
    enrol(other, "chen")
    enrol(desk, "dora")
    assert verify_desk(desk).findings == ()
    assert places(verify_desk(other)) == [("ROLLED_BACK", 3)]
    enrol(other, "eve")
    assert places(verify_desk(other)) == [("FORKED", 3)]


def test_a_reviewer_remembers_what_was_clean(desk: Path) -> None:
    """Whoever rewrites the log at the desk and its head cannot reach the reviewer's memory."""
    enrol(desk, "ana", "bela")
    assert verify_desk(desk).size_anchored == 3
    enrol(desk, "chen")
    rewritten(desk / "desk.db", signer(desk), lambda rows: rows[1].update(actor="somebody-else"))
    head_of(desk).path.unlink()
    assert places(verify_desk(desk)) == [("FORKED", 2)]
    assert places(verify_desk(desk)) == [("FORKED", 2)]  # what is not clean is not remembered


def test_a_checkpoint_from_elsewhere(desk: Path, tmp_path: Path) -> None:
    enrol(desk, "ana")
    note = tmp_path / "checkpoint"
    data = head_of(desk).read()
    assert data is not None
    note.write_bytes(data)
    enrol(desk, "bela")
    assert verify_desk(desk, since=data).findings == ()
    assert main_code("audit", "verify", "--since", str(note), "--desk", str(desk)) == 0
    rewritten(desk / "desk.db", signer(desk), lambda rows: rows[1].update(actor="somebody-else"))
    for kept in ("heads", "seen"):
        shutil.rmtree(user_state() / kept)
    assert places(verify_desk(desk, since=data)) == [("FORKED", 1)]


def main_code(*arguments: str) -> int:
    import sys

    before, sys.argv = sys.argv, ["sop", *arguments]
    try:
        return main()
    finally:
        sys.argv = before


def test_a_head_by_another_key_is_named_and_holds_nobody_up(desk: Path) -> None:
    enrol(desk, "ana")
    thief = Ed25519Signer(signer(desk).verifier.name, bytes(32))
    copy = desk.parent / "copy.db"
    shutil.copy(desk / "desk.db", copy)
    rewritten(copy, thief, lambda rows: rows[1].update(actor="somebody-else"))
    import sqlite3

    db = sqlite3.connect(copy)
    (note,) = db.execute("SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1").fetchone()
    db.close()
    head_of(desk).keep(note.encode())
    assert places(verify_desk(desk)) == [("SIG_FORGED", None)]
    enrol(desk, "bela")
    assert verify_desk(desk).findings == ()


def test_an_older_copy_from_before_a_change_of_keys(desk: Path, tmp_path: Path) -> None:
    """What was kept outside is signed by a key that the older copy cannot know."""
    enrol(desk, "ana")
    with opened_people(desk, "keeper") as (enrolment, _):
        enrolment.passphrase("ana", "seven quiet boats")
    shutil.copy(desk / "desk.db", tmp_path / "older.db")
    second, path = Ed25519Signer(signer(desk).verifier.name, b"2" * 32), Layout(desk).key
    about = key_evidence(second.verifier.name, second, "desk", signer(desk).verifier)
    signed = {"kind": "sign_off", "approved": True, "factors": [PASSPHRASE]}
    draft = Draft(type=ROTATED, key="ab" * 16, ts=SystemClock().now(), actor="ana", evidence=(about, signed))
    with closing(SqliteLedger.open(desk / "desk.db", LedgerKind.LIVE, signer(desk))) as ledger:
        ledger.append(None, 0, (draft,))
    path.write_text(second.secret_text)
    enrol(desk, "bela")
    assert verify_desk(desk).findings == ()
    shutil.copy(tmp_path / "older.db", desk / "desk.db")
    (kept, remembered) = (head_of(desk).read(), user_state() / "seen")
    assert places(verify_desk(desk)) == [("ROLLED_BACK", 3)]
    head_of(desk).path.unlink()
    assert places(verify_desk(desk)) == [("ROLLED_BACK", 3)]  # by the reviewer's own memory
    shutil.rmtree(remembered)
    head_of(desk).keep(kept or b"")
    (finding,) = verify_desk(desk).findings
    assert (finding.code, finding.index) == ("ROLLED_BACK", 3)
    assert "the log does not know its key" in finding.message


def test_a_longer_head_whose_signature_is_wrong_shows_no_older_copy(desk: Path) -> None:
    enrol(desk, "ana")
    note = (head_of(desk).read() or b"").replace(b"\n2\n", b"\n9\n")
    head_of(desk).keep(note)
    assert places(verify_desk(desk)) == [("SIG_FORGED", None)]
    head_of(desk).keep(note[: note.index(b"\n\n") + 2])
    assert places(verify_desk(desk)) == [("SIG_FORGED", None)]


@pytest.mark.parametrize("rubbish", [b"", b"torn", b"\xff" * 300, b"a\nb\nc\n\n"])
def test_a_torn_head_vouches_for_nothing(desk: Path, rubbish: bytes) -> None:
    enrol(desk, "ana")
    head_of(desk).path.write_bytes(rubbish)
    verdict = verify_desk(desk)
    assert (verdict.findings, verdict.size_anchored) == ((), 0)
    open_desk(desk).close()


@pytest.fixture
def no_state(state: Path) -> Iterator[Path]:
    """A state folder that cannot be made: a file stands where it should be."""
    state.parent.mkdir(exist_ok=True)
    state.write_text("in the way")
    yield state
    state.unlink()


def test_a_desk_works_without_a_state_folder(desk: Path, no_state: Path) -> None:
    enrol(desk, "ana")
    verdict = verify_desk(desk)
    assert (verdict.findings, verdict.size_anchored, verdict.trust) == ((), 0, Trust.SELF_ASSERTED)
    assert verify_desk(desk, training=True).trust is Trust.SELF_ASSERTED


def test_trust_says_where_the_key_came_from(desk: Path) -> None:
    assert (
        verify_desk(desk).trust is Trust.FIRST_USE
    )  # sop.toml names it, and who changes a desk changes that
    assert verify_desk(desk, keys=(signer(desk).verifier,)).trust is Trust.PINNED
    assert verify_desk(desk, training=True).trust is Trust.FIRST_USE
    assert verify_desk(desk, training=True).trust is Trust.FIRST_USE
    training = KeyFile(Layout(desk, training=True).key).verifier
    assert verify_desk(desk, training=True, keys=(training,)).trust is Trust.PINNED
    wrong = verify_desk(desk, training=True, keys=(signer(desk).verifier,))
    assert wrong.outcome is Outcome.TAMPERED
    assert ("REKEYED", 0) in places(wrong)


def test_a_log_made_anew_is_not_the_one_that_was_first_seen(desk: Path) -> None:
    assert verify_desk(desk, training=True).outcome is Outcome.CLEAN
    thief = Ed25519Signer(KeyFile(Layout(desk, training=True).key).verifier.name, bytes(32))

    def theirs(rows: list[dict[str, Any]]) -> None:
        rows[0]["evidence"][0]["verifier_key"] = thief.verifier.text

    rewritten(desk / "training.db", thief, theirs)
    verdict = verify_desk(desk, training=True)
    assert verdict.outcome is Outcome.TAMPERED
    assert ("REKEYED", 0) in places(verdict)


def test_a_log_cannot_choose_where_its_head_lies(state: Path) -> None:
    for log in ("../../etc/passwd", "a/b", "", "\udc00"):
        path = HeadFile.of(state, log, Path("desk.db")).path
        assert path.parent == state / "heads"
        assert len(path.name) == 64 + 1 + 16
        assert SeenFile.of(state, log).path.parent == state / "seen"


def test_a_head_that_cannot_be_written_stays_the_one_before(
    desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    enrol(desk, "ana")
    head, write = head_of(desk), os.write
    before = head.read()

    def full(file: int, data: bytes) -> int:
        if os.path.samestat(os.fstat(file), head.path.stat()):
            raise OSError(28, "No space left on device")
        return write(file, data)

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        enrol(desk, "bela")
    assert head.read() == before
    assert verify_desk(desk).findings == ()  # an older head is a prefix of the log
    enrol(desk, "chen")
    assert head.read() not in (before, None)


def test_a_head_is_read_whole_while_it_is_written(tmp_path: Path) -> None:
    head, done = HeadFile(tmp_path / "heads" / "head"), threading.Event()
    notes = (b"a" * 300, b"b" * 300)

    def write() -> None:
        while not done.is_set():
            for note in notes:
                head.keep(note)

    head.keep(notes[0])
    writing = threading.Thread(target=write)
    writing.start()
    try:
        assert {head.read() for _ in range(300)} <= set(notes)
    finally:
        done.set()
        writing.join()


# Receipts and proofs


def proof(desk: Path, entry: int, capsys: pytest.CaptureFixture[str]) -> str:
    assert main_code("audit", "proof", str(entry), "--desk", str(desk)) == 0
    return capsys.readouterr().out


def test_a_proof_stands_alone(desk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    enrol(desk, *PEOPLE)
    key = signer(desk).verifier.text
    (tmp_path / "key").write_text(key + "\n")
    check: Callable[[str], int] = lambda text: check_receipt(tmp_path, text)  # noqa: E731
    for entry in range(5):
        text = proof(desk, entry, capsys)
        assert check(text) == 0
        told = json.loads(capsys.readouterr().out)
        assert (told["proved"], told["index"], told["size"]) == (True, entry, 5)
        for wrong in (
            text.replace(f"index {entry}", f"index {entry + 1}"),
            text.replace("\n5\n", "\n6\n"),
            text.replace(text.splitlines()[1][-9:], "AAAAAAAA="),
            text.partition("\n\n")[0] + "\n",
            "rubbish",
            "",
        ):
            assert check(wrong) == 4
            assert json.loads(capsys.readouterr().out)["proved"] is False
    assert main_code("audit", "proof", "5", "--desk", str(desk)) == 2


def check_receipt(folder: Path, text: str) -> int:
    (folder / "receipt").write_text(text)
    return main_code(
        "audit", "check-receipt", str(folder / "receipt"), "--key", str(folder / "key"), "--json"
    )


def test_a_receipt_under_another_key_is_not_proved(
    desk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = proof(desk, 0, capsys)
    other = Ed25519Signer(signer(desk).verifier.name, bytes(32)).verifier.text
    (tmp_path / "key").write_text(other)
    assert check_receipt(tmp_path, text) == 4
    assert "not signed by the key" in capsys.readouterr().out
    (tmp_path / "key").write_text("no key")
    with pytest.raises(UsageError):
        keys_of(str(tmp_path / "key"))
