"""Sealed segments: each verifies alone, all against each other and against the log, and what was done to them is named."""

import json
import os
import shutil
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from sop_runner.audit.checkpoint import Checkpoint
from sop_runner.audit.note import Ed25519Signer, VerifierKey
from sop_runner.audit.tree import Frontier, leaf_hash
from sop_runner.base.canonical import canonical_bytes, sha256_hex
from sop_runner.base.errors import RefusedError, UsageError
from sop_runner.desk import sealing
from sop_runner.desk.archives import against_log
from sop_runner.desk.desk import Desk
from sop_runner.desk.holding import place
from sop_runner.desk.keeping_keys import Signed, rotate
from sop_runner.desk.layout import Layout
from sop_runner.desk.sealing import seal, segments_of
from sop_runner.desk.session import DeskSession
from sop_runner.desk.verified import verify_desk
from sop_runner.review.exports.archive import check_archive, segment_folders
from sop_runner.review.exports.folder import ExportFolder
from sop_runner.review.exports.runs_table import read_runs
from sop_runner.run.actions import Answer
from sop_runner.stores.keys import KeyFile
from sop_runner.wiring import create_demo, open_desk
from tests.attack.rewriting import cut, rewritten
from tests.attack.test_retention import NOTE, PHRASES, TEXTS, signer
from tests.e2e.sop_process import sop
from tests.exported import verify_py

FORMULA = "=HYPERLINK(1)"


class Sealed:
    """A desk with three segments: a run goes over the first border, and the key changes in the second."""

    def __init__(self, folder: Path) -> None:
        self.desk, self.archive = folder / "desk", folder / "archive"
        create_demo(self.desk).close()
        text = NOTE.replace("NAME", "short-note").replace("RECORDS", TEXTS["short"])
        (self.desk / "procedures" / "short-note.yaml").write_text(text)
        desk = open_desk(self.desk, training=True)
        desk.sign_in("ana", PHRASES["ana"])
        self.first = desk.context.ledger.opening.key
        ends, goes_over = begun(desk, FORMULA), begun(desk, "T-over")
        answer(ends)
        put_away(desk, self)
        answer(goes_over)
        key = Layout(self.desk, training=True).key
        rotate(desk.context, key, "new", Signed(*signer(desk), "in its turn"))
        place(desk.context, "T-over", *signer(desk), "matter 2026-7")
        put_away(desk, self)
        self.second = KeyFile(key).verifier
        answer(begun(desk, "T-third"))
        put_away(desk, self)
        self.segments = segments_of(desk.context)
        desk.close()


def begun(desk: Desk, ticket: str) -> DeskSession:
    session = desk.start("ana", "short-note", ticket, {"customer_id": f"C-{ticket}"}, "en")
    assert isinstance(session, DeskSession)
    return session


def answer(session: DeskSession) -> None:
    assert session.perform(Answer("hear", values={"who": "somebody", "number": "12"})).accepted


def put_away(desk: Desk, at: Any) -> None:
    layout = Layout(at.desk, training=True)
    made, entry = seal(desk.context, layout, at.archive, *signer(desk), lambda *_: None)
    assert (entry.type, entry.seq) == ("SegmentSealed", made.size)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Sealed:
    return Sealed(tmp_path_factory.mktemp("sealed"))


@pytest.fixture
def sealed(original: Sealed, tmp_path: Path) -> Sealed:
    """A copy that may be spoiled."""
    copy = object.__new__(Sealed)
    copy.__dict__ |= original.__dict__
    copy.desk = shutil.copytree(original.desk, tmp_path / "desk")
    copy.archive = shutil.copytree(original.archive, tmp_path / "archive")
    return copy


def folders(archive: Path) -> list[Path]:
    return sorted(archive.iterdir())


def findings(sealed: Sealed, desk: Path | None = None) -> list[tuple[str, int | None]]:
    """What is found with the desk at hand."""
    opened = open_desk(desk or sealed.desk, training=True, reading=True)
    try:
        archive = check_archive(sealed.archive, (sealed.first,), lambda *_: None)
        both = (*archive.findings, *against_log(opened.context, archive))
    finally:
        opened.close()
    return [(str(one.code), one.index) for one in both]


def alone(sealed: Sealed) -> list[tuple[str, int | None]]:
    archive = check_archive(sealed.archive, (sealed.first,), lambda *_: None)
    return [(str(one.code), one.index) for one in archive.findings]


# As it should be


def test_segments_follow_each_other_and_are_what_the_log_sealed(original: Sealed) -> None:
    ranges = [(one.first, one.size) for one in original.segments]
    assert ranges[0][0] == 0
    assert all(one[1] == other[0] for one, other in pairwise(ranges))
    assert findings(original) == []
    assert alone(original) == []
    check = ("audit", "check-archive", str(original.archive), "--json", "--key", original.first.text)
    done = sop(*check, "--desk", str(original.desk), "--training")
    told = json.loads(done.stdout)
    assert (done.returncode, told["verdict"], told["trust"]) == (0, "clean", "PINNED")
    assert (told["entries"], told["against_log"]) == (original.segments[-1].size, True)
    assert json.loads(sop(*check, "--alone").stdout)["against_log"] is False
    assert verify_desk(original.desk, training=True).exit_code == 0


def test_each_segment_verifies_alone_without_us(original: Sealed, tmp_path: Path) -> None:
    keys = [original.first, original.first, original.second]
    for folder, key in zip(folders(original.archive), keys, strict=True):
        done = verify_py(folder, "--key", key.text)
        assert (done.returncode, done.stdout.split(",")[0], done.stderr) == (0, "CLEAN", "")
        assert verify_py(folder).returncode == 0
    both = tmp_path / "keys.txt"
    both.write_text(f"# of the log\n{original.first.text}\n{original.second.text}\n")
    assert all(verify_py(folder, "--key", str(both)).returncode == 0 for folder in folders(original.archive))
    other = Ed25519Signer(original.first.name, bytes(32)).verifier
    for folder in folders(original.archive):
        assert verify_py(folder, "--key", other.text).returncode == 4


def test_runs_are_found_by_business_and_time(original: Sealed) -> None:
    first, second, third = ((folder / "runs.csv") for folder in folders(original.archive))
    assert [line.ticket for line in read_runs(first.read_bytes())] == [FORMULA, "T-over"]
    assert f"'{FORMULA}".encode() in first.read_bytes(), "no cell is a formula"
    (over,) = read_runs(second.read_bytes())
    assert (over.ticket, over.procedure, over.end, over.result) == (
        "T-over",
        "short-note",
        "done",
        "completed",
    )
    assert [line.ticket for line in read_runs(third.read_bytes())] == ["T-third"]
    done = sop("audit", "find", "t-over", "--archive", str(original.archive), "--alone", "--json")
    (line,) = json.loads(done.stdout)
    assert line["in"] == [folder.name for folder in folders(original.archive)[:2]]
    assert line["end"] == "done"
    live = ("--desk", str(original.desk), "--training")
    done = sop("audit", "find", line["started"][:10], "--archive", str(original.archive), *live)
    assert done.stdout.count("[log, segment-") == 3
    assert sop("audit", "find", "T-nowhere", *live).returncode == 1


def test_nothing_new_is_not_sealed_and_a_folder_is_not_written_into(sealed: Sealed) -> None:
    desk = open_desk(sealed.desk, training=True)
    size = desk.context.ledger.size()
    with pytest.raises(UsageError, match="nothing came into the log"):
        put_away(desk, sealed)
    desk.sign_in("ana", PHRASES["ana"])
    begun(desk, "T-more")
    with pytest.raises(RefusedError):
        seal(
            desk.context, Layout(sealed.desk, training=True), sealed.archive,
            signer(desk)[0], signer(desk)[1][:1], lambda *_: None,
        )  # fmt: skip
    assert len(segments_of(desk.context)) == 3
    assert desk.context.ledger.size() > size
    put_away(desk, sealed)
    desk.close()
    assert findings(sealed) == []


def test_of_two_who_seal_at_once_one_counts(sealed: Sealed, monkeypatch: pytest.MonkeyPatch) -> None:
    desk, other = open_desk(sealed.desk, training=True), open_desk(sealed.desk, training=True)
    desk.sign_in("ana", PHRASES["ana"])
    begun(desk, "T-more")
    written = sealing.write_segment
    elsewhere = Path(sealed.archive.parent / "elsewhere")

    def meanwhile(*given: Any) -> Any:
        monkeypatch.setattr(sealing, "write_segment", written)
        seal(other.context, Layout(sealed.desk, training=True), elsewhere, *signer(other), lambda *_: None)
        return written(*given)

    monkeypatch.setattr(sealing, "write_segment", meanwhile)
    with pytest.raises(RefusedError, match="counts for nothing"):
        put_away(desk, sealed)
    assert len(segments_of(desk.context)) == 4
    desk.close()
    other.close()
    assert ("UNVERIFIABLE", None) in findings(sealed), "it was not written to its end"


def test_a_death_before_the_end_mark_is_made_good_by_the_next_sealing(
    sealed: Sealed, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = open_desk(sealed.desk, training=True)
    desk.sign_in("ana", PHRASES["ana"])
    session = begun(desk, "T-more")
    with monkeypatch.context() as patch:
        patch.setattr(ExportFolder, "complete", lambda self: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            put_away(desk, sealed)
    assert findings(sealed) == [("UNVERIFIABLE", None)]
    answer(session)
    put_away(desk, sealed)
    desk.close()
    assert findings(sealed) == []


def test_segments_are_in_the_order_of_their_ranges(tmp_path: Path) -> None:
    names = ("segment-99999998-99999999", "segment-99999999-100000000", "segment-100000000-100000001")
    for name in (*names, "segment-1-2", "notes"):
        (tmp_path / name).mkdir()
    assert tuple(folder.name for folder in segment_folders(tmp_path)) == names


# Attacks


def resealed(folder: Path) -> None:
    """The trailer brought in line: whoever holds the folder can do that."""
    trailer = json.loads((folder / "trailer.json").read_bytes())
    there = [path for path in folder.rglob("*") if path.is_file() and path.name != "trailer.json"]
    trailer["files"] = {path.relative_to(folder).as_posix(): sha256_hex(path.read_bytes()) for path in there}
    (folder / "trailer.json").write_bytes(canonical_bytes(trailer))


def edited(name: str, edit: Callable[[Any], None]) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        told = json.loads((folder / name).read_bytes())
        edit(told)
        (folder / name).write_bytes(canonical_bytes(told))

    return change


def an_entry(folder: Path) -> None:
    path = folder / "entries.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"actor":"ana"', b'"actor":"eve"', 1))


def a_line_less(folder: Path) -> None:
    path = folder / "entries.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))


def a_line_more(folder: Path) -> None:
    path = folder / "entries.jsonl"
    path.write_bytes(path.read_bytes() + path.read_bytes().splitlines(keepends=True)[-1])


def no_head(folder: Path) -> None:
    (folder / "checkpoint-before").unlink()


def an_edge(told: Any) -> None:
    told["edge"][0] = "00" * 32


def a_run_head(told: Any) -> None:
    told["runs"] = {run: [entries, "00" * 32] for run, (entries, _) in told["runs"].items()}


def no_run_heads(told: Any) -> None:
    told["runs"] = {}


def a_key(told: Any) -> None:
    told["keys"]["active"] = told["keys"]["known"] = [Ed25519Signer("x", bytes(32)).verifier.text]


CHANGES: Mapping[str, tuple[Callable[[Path], None], str]] = {
    "an entry": (an_entry, "FIELD_MODIFIED"),
    "a line less": (a_line_less, "ROW_DELETED"),
    "a line more": (a_line_more, "ROW_INSERTED"),
    "the head before": (no_head, "SIG_MISSING"),
    "the edge": (edited("before.json", an_edge), "FORKED"),
    "the head of a run": (edited("before.json", a_run_head), "RUN_INCOMPLETE"),
    "no head of a run": (edited("before.json", no_run_heads), "RUN_INCOMPLETE"),
    "the keys": (edited("before.json", a_key), "REKEYED"),
    "a size below nothing": (edited("before.json", lambda told: told.update(size=-5)), "UNVERIFIABLE"),
    "checkpoints over keys": (
        lambda folder: (folder / "key-checkpoints.jsonl").write_text('{"size":[],"note":"x"}') and None,
        "UNVERIFIABLE",
    ),
    "damage": (lambda folder: (folder / "before.json").write_bytes(b"[" * 5_000) and None, "UNVERIFIABLE"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_was_changed_in_a_segment_is_named(sealed: Sealed, name: str) -> None:
    change, code = CHANGES[name]
    folder = folders(sealed.archive)[1]
    change(folder)
    resealed(folder)
    assert code in {one for one, _ in alone(sealed)}
    assert ("FIELD_MODIFIED", None) in findings(sealed), "its trailer is not the one on record"


def test_a_pipe_in_a_segment_is_not_waited_for(sealed: Sealed) -> None:
    folder = folders(sealed.archive)[2]
    (folder / "entries.jsonl").unlink()
    os.mkfifo(folder / "entries.jsonl")
    assert alone(sealed) == [("UNVERIFIABLE", None)]


def test_the_table_of_runs_is_under_the_trailer(sealed: Sealed) -> None:
    path = folders(sealed.archive)[0] / "runs.csv"
    path.write_bytes(path.read_bytes().replace(b"completed", b"withdrawn"))
    assert alone(sealed) == [("FIELD_MODIFIED", None)]
    path.write_bytes(b"no table")
    done = sop("audit", "find", "x", "--archive", str(sealed.archive), "--alone")
    assert (done.returncode, "cannot be read" in done.stderr) == (4, True)


def test_a_missing_segment_is_named(sealed: Sealed) -> None:
    first, second, third = folders(sealed.archive)
    gap = sealed.segments[0].size
    shutil.move(second, sealed.archive.parent / "away")
    # Behind the gap the pinned key of the beginning proves nothing of who may sign now.
    assert {("ROW_DELETED", gap)} <= set(alone(sealed))
    assert findings(sealed).count(("ROW_DELETED", gap)) == 2
    shutil.move(sealed.archive.parent / "away", second)
    shutil.rmtree(third)
    assert alone(sealed) == [], "that something came after it, the archive alone cannot tell"
    assert findings(sealed) == [("ROW_DELETED", sealed.segments[2].first)]
    shutil.rmtree(first)
    assert ("ROW_DELETED", 0) in alone(sealed)


def test_segments_of_another_log(sealed: Sealed, tmp_path: Path) -> None:
    other = Sealed(tmp_path / "other")
    assert findings(sealed, other.desk).count(("FORKED", None)) == 3
    theirs = {one.name: one for one in folders(other.archive)}
    second = folders(sealed.archive)[1]
    shutil.rmtree(second)
    shutil.copytree(theirs[second.name], second)
    assert ("FORKED", None) in alone(sealed)


def test_a_segment_that_overlaps_or_is_not_on_record(sealed: Sealed) -> None:
    first = folders(sealed.archive)[0]
    shutil.copytree(first, sealed.archive / "segment-00000001-00000003")
    found = findings(sealed)
    for one in (("ROW_INSERTED", 1), ("REORDERED", 0), ("ROW_INSERTED", None)):
        assert one in found


def test_a_log_that_was_rewritten_or_cut_is_not_the_one_that_was_sealed(sealed: Sealed) -> None:
    """The owner of database and key makes a clean log of other entries: the archive is an anchor."""
    layout = Layout(sealed.desk, training=True)
    spare = layout.ledger.with_suffix(".spare")
    shutil.copy(layout.ledger, spare)
    cut(layout.ledger, sealed.segments[2].first)
    assert ("TAIL_TRUNCATED", sealed.segments[2].first) in findings(sealed)
    shutil.copy(spare, layout.ledger)

    def otherwise(rows: list[dict[str, Any]]) -> None:
        rows[2]["reason"] = "another one"

    rewritten(layout.ledger, KeyFile(layout.key), otherwise)
    assert findings(sealed).count(("FORKED", None)) == 3


def test_a_forged_segment_behind_a_true_head(sealed: Sealed) -> None:
    """An attacker without the key lists a key of their own beside the true one: under the pinned key that counts for nothing."""
    mine = Ed25519Signer(sealed.second.name, b"\1" * 32)
    folder = folders(sealed.archive)[2]
    forge(folder, mine, sealed.second)
    assert verify_py(folder).returncode == 0, "by its own word it is in order"
    assert verify_py(folder, "--key", sealed.second.text).returncode == 4
    assert "REKEYED" in {code for code, _ in alone(sealed)}


def forge(folder: Path, mine: Ed25519Signer, theirs: VerifierKey) -> None:
    before = json.loads((folder / "before.json").read_bytes())
    before["keys"] = {"known": [theirs.text, mine.verifier.text], "active": [theirs.text, mine.verifier.text]}
    (folder / "before.json").write_bytes(canonical_bytes(before))
    lines = (folder / "entries.jsonl").read_bytes().splitlines()
    body = json.loads(lines[-1])
    body["actor"] = "eve"
    lines[-1] = canonical_bytes(body)
    (folder / "entries.jsonl").write_bytes(b"".join(line + b"\n" for line in lines))
    trailer = json.loads((folder / "trailer.json").read_bytes())
    edge = map(bytes.fromhex, before["edge"])
    frontier = Frontier.load(before["size"], lambda level, index: next(edge))
    for line in lines:
        frontier.push(leaf_hash(line))
    head = Checkpoint(trailer["origin"], trailer["size"], frontier.root())
    (folder / "checkpoint").write_bytes(head.sign(mine))
    trailer["root"] = frontier.root().hex()
    (folder / "trailer.json").write_bytes(canonical_bytes(trailer))
    resealed(folder)
