"""What a reviewer reads and marks at a real desk: found as the log has it, shown whatever the log has become."""

import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sop_runner.audit.entry import Entry
from sop_runner.audit.findings import Code
from sop_runner.audit.log import LedgerKind
from sop_runner.base.errors import NotVerified, RefusedError, UsageError
from sop_runner.cli.demo_walk import walk_demo
from sop_runner.desk.against import divergence, other_plan
from sop_runner.desk.counting import counted
from sop_runner.desk.desk import Desk
from sop_runner.desk.layout import Layout
from sop_runner.desk.marks import mark, marks_of
from sop_runner.desk.replay import Step, Story, screen_after, story_of
from sop_runner.desk.reviewing import Dossier, Reviewing
from sop_runner.desk.run_page import run_page
from sop_runner.desk.searching import Search
from sop_runner.desk.story_words import told
from sop_runner.desk.verifying_apart import VerifierApart
from sop_runner.review.marking import COMMENTED, FOUND
from sop_runner.review.replay import Replay
from sop_runner.run.actions import FactorProof
from sop_runner.run.events import REFUSED
from sop_runner.stores.run_index import RunIndex
from sop_runner.tui.drawing.reviewing import entry_rows, step_paras
from sop_runner.tui.ui import Ui
from sop_runner.wiring import create_demo, open_desk

PROOF = FactorProof("passphrase", "knowledge", True, "", note="dora")
REAL = Path(__file__).parents[3] / "procedures"
TOKEN = FactorProof("totp", "possession", True, "ref", note="dora")


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A desk at which one change was made, with two refusals."""
    folder = tmp_path_factory.mktemp("reviewing") / "desk"
    desk = create_demo(folder)
    assert list(walk_demo(desk, folder, "en"))
    desk.close()
    return folder


@pytest.fixture
def desk(worked: Path, tmp_path: Path) -> Any:
    copy = Path(shutil.copytree(worked, tmp_path / "copied"))
    opened = open_desk(copy, training=True, reading=True)
    yield opened
    opened.close()


def run_of(desk: Desk) -> str:
    return desk.context.ledger.runs()[0].run


def read(search: Search) -> None:
    while len(set(search.read_on())) > 1:
        pass


def found(search: Search, line: str) -> list[str]:
    read(search)
    return [str(facts["run"]) for facts in search.facts(search.find(line))]


ASKED = (
    "ticket:CR-000124 person:BELA procedure:cs-017 end:closed result:completed refusal ended",
    "procedure:account-change@4 control:four-eyes control:consent on:today",
)


@pytest.mark.parametrize("line", ASKED)
def test_a_run_is_found_by_all_that_happened_in_it(desk: Desk, line: str) -> None:
    search = Search(desk.context, RunIndex.open(None))
    assert found(search, line) == [run_of(desk)]
    assert found(search, line + " deviation") == []
    assert found(search, line + " from:2999-01-01") == []


def test_reading_on_from_any_entry_finds_the_same(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Search(desk.context, RunIndex.open(None))
    read(whole)
    monkeypatch.setattr("sop_runner.desk.searching.SLICE", 1)
    bit_by_bit = Search(desk.context, RunIndex.open(None))
    read(bit_by_bit)
    assert whole.facts(whole.find("")) == bit_by_bit.facts(bit_by_bit.find(""))
    for line in ASKED:
        assert found(bit_by_bit, line) == [run_of(desk)]


def test_the_index_of_another_history_is_read_anew(desk: Desk) -> None:
    index = RunIndex.open(None)
    index.put(0, 5, b"\7" * 32, ())  # says that five entries were read, the last with another leaf
    assert found(Search(desk.context, index), "ended") == [run_of(desk)]


def test_marks_bind_to_what_was_seen_and_leave_the_run_as_it_is(desk: Desk) -> None:
    ledger, dora = desk.context.ledger, desk.folk.directory().acting("dora")
    before = ledger.entries(run_of(desk))
    mark(desk.context, before[3], COMMENTED, "  well done ", dora, (PROOF, TOKEN))
    made = mark(desk.context, before[-1], FOUND, "closed too soon", dora, (PROOF, TOKEN))
    assert made.evidence[0] == {
        "kind": "review", "run": run_of(desk), "entry": before[-1].seq, "leaf": before[-1].leaf.hex()
    }  # fmt: skip
    assert [(one.word, one.about, one.text) for one in marks_of(desk.context, run_of(desk))] == [
        ("comment", before[3].seq, "well done"),
        ("finding", before[-1].seq, "closed too soon"),
    ]
    assert ledger.entries(run_of(desk)) == before
    search = Search(desk.context, RunIndex.open(None))
    assert found(search, "finding comment") == [run_of(desk)]


def test_nobody_marks_without_the_role_the_factors_and_words(desk: Desk) -> None:
    people, entry = desk.folk.directory(), desk.context.ledger.entries(run_of(desk))[0]
    size = desk.context.ledger.size()
    with pytest.raises(RefusedError, match="'bela' is no reviewer"):
        mark(desk.context, entry, FOUND, "x", people.acting("bela"), (PROOF, TOKEN))
    with pytest.raises(RefusedError):
        mark(desk.context, entry, FOUND, "x", people.acting("dora"), (PROOF,))
    with pytest.raises(RefusedError, match="says something"):
        mark(desk.context, entry, FOUND, " \n", people.acting("dora"), (PROOF, TOKEN))
    outside = next(iter(desk.context.ledger.scan(0, 1)))
    with pytest.raises(UsageError, match="is none"):
        mark(desk.context, outside, FOUND, "x", people.acting("dora"), (PROOF, TOKEN))
    assert desk.context.ledger.size() == size


def test_marks_stand_on_the_page_of_the_run(desk: Desk) -> None:
    entry, dora = desk.context.ledger.entries(run_of(desk))[0], desk.folk.directory().acting("dora")
    assert "Review" not in [table.heading for table in run_page(desk.context, run_of(desk), "en").tables]
    made = mark(desk.context, entry, FOUND, "x <b>", dora, (PROOF, TOKEN))
    table = run_page(desk.context, run_of(desk), "en").tables[-1]
    assert (table.heading, table.rows[0][0], table.rows[0][2:]) == (
        "Review", str(made.seq), (str(entry.seq), "dora", "finding: x <b>")
    )  # fmt: skip


def test_marks_are_counted_with_the_runs_they_are_about(desk: Desk, tmp_path: Path) -> None:
    entry, dora = desk.context.ledger.entries(run_of(desk))[0], desk.folk.directory().acting("dora")
    mark(desk.context, entry, FOUND, "x", dora, (PROOF, TOKEN))
    layout, days = Layout(tmp_path / "copied", training=True), (date(2020, 1, 1), date(2100, 1, 1))
    period = counted(layout, ZoneInfo("UTC"), *days, lambda *_: None)
    rows = period.sections["findings, comments"]
    assert {labels: list(row.where) for labels, row in rows.items()} == {("finding", "dora"): [run_of(desk)]}
    assert not any(kind == FOUND for kind, _ in period.sections["keys, people, texts, erasures"])


def test_a_page_is_written_in_the_form_its_name_ends_with_and_over_nothing(
    desk: Desk, tmp_path: Path
) -> None:
    index = RunIndex.open(None)
    at = Reviewing(desk, Search(desk.context, index), VerifierApart(tmp_path, True, ()))
    for name, begins in (("p.html", b"<!DOCTYPE html>"), ("p.PDF", b"%PDF-"), ("p.txt", b"")):
        at.write_page(run_of(desk), tmp_path / name)
        written = (tmp_path / name).read_bytes()
        assert written
        assert written.startswith(begins)
        with pytest.raises(UsageError, match="cannot be written"):
            at.write_page(run_of(desk), tmp_path / name)
        assert (tmp_path / name).read_bytes() == written
    with pytest.raises(UsageError, match="no form of a page"):
        at.write_page(run_of(desk), tmp_path / "page.doc")
    with pytest.raises(UsageError, match="no run 'nobody'"):
        at.write_page("nobody", tmp_path / "q.txt")
    index.close()


class NoTexts:
    def rows(self) -> Any:
        return ()

    def procedures(self) -> Any:
        return ()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"actor": "mallory"}, Code.ILLEGAL_TRANSITION),
        ({"actor": {"a": 1}}, Code.ILLEGAL_TRANSITION),
        ({"role": "agent"}, Code.ILLEGAL_TRANSITION),
        ({"evidence": []}, Code.CONTROL_SKIPPED),
    ],
)
def test_a_mark_of_somebody_who_is_no_reviewer_is_found_by_verifying(
    change: dict[str, Any], code: Code
) -> None:
    replay = Replay(NoTexts(), LedgerKind.LIVE)
    person = {"kind": "person", "id": "dora", "name": "Dora", "roles": ["reviewer"]}
    factor = {"factor": "passphrase", "factor_kind": "knowledge"}
    signed = {"kind": "sign_off", "approved": True, "factors": [{**factor, "ref": ""}]}
    body = {
        "run": None, "actor": "dora", "role": "reviewer", "evidence": [signed], "procedure": None,
        "key": "1", "reason": "x", "ts": {"wall": "2026-03-29T10:00:00.000000Z"},
        "at": None, "arrow": None, "to": None, "outcome": None,
    }  # fmt: skip

    def take(number: int, **more: Any) -> None:
        changed = body | more
        replay.take(number, changed)

    for number, type_ in enumerate(("PersonEnrolled", "FactorEnrolled")):
        take(number, type=type_, evidence=[person | factor])
    take(2, type=FOUND)
    assert replay.finish() == ()
    take(3, **{"type": FOUND, **change})
    assert [(one.code, one.index) for one in replay.finish()] == [(code, 3)]


def other(desk: Desk, tmp_path: Path, change: Callable[[str], str]) -> tuple[Story, Any]:
    text = (REAL / "account-change.yaml").read_text(encoding="utf-8")
    path = tmp_path / "account-change.yaml"
    path.write_text(change(text.replace("revision: 4", "revision: 5", 1)), encoding="utf-8")
    story = story_of(desk.context, run_of(desk))
    _, plan = other_plan(story, str(path), lambda: desk, tmp_path)
    return story, divergence(desk.context, story, plan)


def test_against_another_text_the_first_difference_is_said(desk: Desk, tmp_path: Path) -> None:
    _, same = other(desk, tmp_path, lambda text: text)
    assert same is None
    story, parted = other(desk, tmp_path, lambda text: text.replace("apply-change", "make-change"))
    assert story.entries[parted.step.number].to == "apply-change"
    assert parted.message == "there is no item 'apply-change' in it"
    _, parted = other(desk, tmp_path, lambda text: text.replace("need: 2 # of", "need: 1 # of"))
    assert (parted.at, parted.step.type) == ("caller-identity", "FactorChecked")
    _, same = other(desk, tmp_path, lambda text: text.replace("revision: 5", "revision: 4", 1))
    assert same is None


def forged(entries: tuple[Entry, ...], at: int, field: str, value: Any) -> tuple[Entry, ...]:
    body = json.loads(entries[at].body)
    body[field] = value
    return (*entries[:at], Entry.parse(json.dumps(body).encode()), *entries[at + 1 :])


ODD: tuple[tuple[str, Any], ...] = (
    ("type", "DeviationRecorded"),
    ("type", "\x1b[2J"),
    ("evidence", [{"kind": "factor"}]),
    ("evidence", [{"kind": "shown", "language": "xx"}]),
    ("evidence", [{}]),
    ("evidence", ["text"]),
    ("evidence", [{"kind": "field", "name": "ticket", "value": [1]}]),
    ("at", "nowhere[9]/x"),
    ("to", "\ud800"),
    ("role", 5),
    ("type", ["x"]),
    ("run", {"a": 1}),
    ("run", "\ud800"),
    ("seq", 2**70),
    ("seq", "x"),
    ("actor", {"a": 1}),
    ("outcome", ["x"]),
    ("ts", {"wall": "yesterday", "mono_ns": "0", "boot": ""}),
    ("ts", {"wall": "2026-01-01", "mono_ns": "0", "boot": ""}),
)


def test_whatever_stands_in_an_entry_the_rest_is_shown(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger, run = desk.context.ledger, run_of(desk)
    entries, outside = ledger.entries(run), ledger.entries(None)
    for number, (field, value) in enumerate(ODD):
        for at in (0, 1 + number % (len(entries) - 2), len(entries) - 1):
            changed = forged(entries, at, field, value)
            monkeypatch.setattr(
                ledger, "entries", lambda wanted, *_, c=changed: outside if wanted is None else c
            )
            monkeypatch.setattr(ledger, "scan", lambda start, stop, *_, c=changed: iter((*outside, *c)))
            search = Search(desk.context, RunIndex.open(None))
            read(search)
            assert search.facts(search.find("")), (field, value)
            try:
                story = story_of(desk.context, run)
            except NotVerified:
                assert at == 0
            else:
                drawn(story, run)


def drawn(story: Story, run: str) -> None:
    ui = Ui()
    rows = entry_rows(Dossier(run, story, (), ()), "Europe/Budapest")
    assert len({len(row.text) - len(row.text.lstrip(" 0123456789")) for row in rows}) == 1  # aligned
    for step in story.steps:
        assert step_paras(ui, story, step, "Europe/Budapest")
        assert told(story, step).what
        shown = screen_after(story, step.number)
        assert shown is None or shown.title


def test_each_entry_has_the_screen_of_its_action(desk: Desk) -> None:
    story = story_of(desk.context, run_of(desk))
    shown = [screen_after(story, step.number) for step in story.steps]
    assert None not in shown
    for step, entry, after in zip(story.steps, story.entries, story.entries[1:], strict=False):
        if entry.key == after.key:
            assert shown[step.number] == shown[step.number + 1]
    closing = next(step for step in story.steps if step.at == "closed")
    assert closing.status == "open"  # the move is recorded before the end that comes of it
    assert shown[closing.number] == shown[-1]


def test_the_refusal_is_told_with_its_reason(desk: Desk) -> None:
    story = story_of(desk.context, run_of(desk))
    refused: Step = next(step for step in story.steps if step.type == REFUSED)
    assert "a different person" in told(story, refused).what or told(story, refused).recorded
