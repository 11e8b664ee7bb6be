"""What may not stay and what may not go: erasing in every form, retention, and holds that are gone round."""

import json
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from sop_runner.base.errors import RefusedError, UsageError
from sop_runner.desk import erasing
from sop_runner.desk.desk import Desk
from sop_runner.desk.erasing import erase_subject
from sop_runner.desk.holding import place, release
from sop_runner.desk.layout import Layout, user_state
from sop_runner.desk.retaining import freed, retained
from sop_runner.desk.session import DeskSession
from sop_runner.desk.verified import verify_desk
from sop_runner.people.person import Person
from sop_runner.review.holds import Holds
from sop_runner.run.actions import Answer, FactorProof
from sop_runner.stores import vault as vaults
from sop_runner.stores.keys import KeyFile
from sop_runner.stores.vault import Vault
from sop_runner.wiring import create_demo, open_desk
from tests.attack.canaries import forms, found_in
from tests.attack.rewriting import bodies_in, rewritten
from tests.attack.walking import PHRASES
from tests.e2e.sop_process import sop

CANARY = "Ｃanary Ｋovács-Szabó ½ 06 30 555 0199"  # also in a form that NFKC changes
KEPT = "canary-who-stays@example.org"

NOTE = """\
format: sop/1
procedure: NAME
revision: 1
title: Take a note
purpose: Note what a customer says.
effective_from: 2026-01-01
review_by: 2030-01-01
RECORDS
roles: {agent: Acts.}
by: agent
case:
  - {field: customer_id, type: text}
flow:
  - confirmation: hear
    record:
      fields:
        - {field: who, type: text, keep: erasable}
        - {field: number, type: text, keep: digest}
  - end: done
    result: completed
"""
TEXTS = {"short": "records: {retain_for: 0s}", "long": "records: {retain_for: 9y}", "silent": ""}


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Mapping[str, str]]:
    """A demo desk on whose training side three customers gave their names, each under another text."""
    folder = tmp_path_factory.mktemp("original") / "desk"
    create_demo(folder).close()
    for name, records in TEXTS.items():
        text = NOTE.replace("NAME", f"{name}-note").replace("RECORDS", records)
        (folder / "procedures" / f"{name}-note.yaml").write_text(text)
    desk = open_desk(folder, training=True)
    desk.sign_in("ana", PHRASES["ana"])
    runs = {name: noted(desk, name, CANARY if name == "short" else KEPT) for name in TEXTS}
    desk.close()
    return folder, runs


def noted(desk: Desk, name: str, value: str, *, end: bool = True) -> str:
    session = desk.start("ana", f"{name}-note", f"T-{name}", {"customer_id": f"C-{name}"}, "en")
    assert isinstance(session, DeskSession), session.message
    if end:
        assert session.perform(Answer("hear", values={"who": value, "number": value})).accepted
        assert session.view().status == "ended"
    return session.run


@pytest.fixture
def folder(original: tuple[Path, Mapping[str, str]], tmp_path: Path) -> Path:
    return Path(shutil.copytree(original[0], tmp_path / "desk"))


@pytest.fixture
def runs(original: tuple[Path, Mapping[str, str]]) -> Mapping[str, str]:
    return original[1]


@pytest.fixture
def desk(folder: Path) -> Iterator[Desk]:
    opened = open_desk(folder, training=True)
    yield opened
    opened.close()


def signer(desk: Desk) -> tuple[Person, list[FactorProof]]:
    person = desk.folk.directory().acting("ana")
    return person, [
        FactorProof("passphrase", "knowledge", True, ""),
        FactorProof("totp", "possession", True, ""),
    ]


def found(folder: Path) -> list[tuple[str, str | None]]:
    verdict = verify_desk(folder, training=True)
    return [(str(one.code), one.run) for one in verdict.findings]


def erased(folder: Path, run: str) -> bool:
    kept = Vault.open(*Layout(folder, training=True).vault)
    try:
        return not kept.open_all(run)
    finally:
        kept.close()


def asked(folder: Path, *arguments: str) -> tuple[int, str, str]:
    done = sop("audit", *arguments, "--training", "--desk", str(folder))
    return done.returncode, done.stdout, done.stderr


# Erasing leaves nothing


def test_an_erased_value_is_nowhere_in_any_form(folder: Path, desk: Desk, runs: Mapping[str, str]) -> None:
    layout = Layout(folder, training=True)
    db = sqlite3.connect(layout.vault[0])
    blobs = [row[0] for row in db.execute("SELECT sealed FROM value WHERE subject = 'C-short'")]
    blobs += [row[0] for row in db.execute("SELECT wrapped FROM subject WHERE subject = 'C-short'")]
    db.close()
    salts = [kept.salt for kept in desk.context.vault.open_all(runs["short"]).values()]
    assert len(salts) == 2, "of a value that is kept as a digest there is a salt, and nothing else"
    erase_subject(desk.context, "C-short", *signer(desk), "asked for in writing")
    desk.close()
    everything = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    for secret in (*blobs, *salts):
        assert secret not in everything
        assert secret.hex().encode() not in everything
    assert found_in(folder, CANARY) == []
    assert found_in(user_state(), CANARY, KEPT) == []
    assert found(folder) == [("ERASED_OK", runs["short"])]


def test_the_search_finds_each_form(tmp_path: Path) -> None:
    for number, form in enumerate(forms(CANARY)):
        file = tmp_path / str(number) / "x-wal"
        file.parent.mkdir()
        file.write_bytes(b"before" + form + b"after")
        assert found_in(file.parent, CANARY)
    assert len(list(forms(CANARY))) > 40


def test_a_run_that_came_in_between_keeps_its_values(
    folder: Path, desk: Desk, runs: Mapping[str, str]
) -> None:
    """Only what the entry names goes, so that nothing is ever gone that no entry names."""
    shelves = desk.context.vault.shelves("C-short")
    desk.context.vault.put("LATER", "x", "C-short", bytes(16), "later")
    assert desk.context.vault.erase(shelves) == 2
    assert [shelf.run for shelf in desk.context.vault.shelves("C-short")] == ["LATER"]
    assert desk.context.vault.open_all("LATER")


def test_a_death_before_the_file_was_rewritten_is_made_good_at_the_next_opening(
    folder: Path, desk: Desk, runs: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(connection: sqlite3.Connection) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(vaults, "_rewrite", dies)
        with pytest.raises(KeyboardInterrupt):
            erase_subject(desk.context, "C-short", *signer(desk), "asked for in writing")
    desk.close()
    assert mark(folder) == 1
    assert erased(folder, runs["short"])
    assert mark(folder) == 0
    assert found(folder) == [("ERASED_OK", runs["short"])]


def mark(folder: Path) -> int:
    db = sqlite3.connect(Layout(folder, training=True).vault[0])
    try:
        return int(db.execute("PRAGMA user_version").fetchone()[0])
    finally:
        db.close()


def test_a_vault_that_somebody_set_to_write_ahead_keeps_nothing_either(folder: Path) -> None:
    path = Layout(folder, training=True).vault[0]
    db = sqlite3.connect(path)
    db.execute("PRAGMA journal_mode = WAL")
    blobs = [row[0] for row in db.execute("SELECT sealed FROM value WHERE subject = 'C-short'")]
    db.close()
    desk = open_desk(folder, training=True)
    erase_subject(desk.context, "C-short", *signer(desk), "asked for in writing")
    everything = b"".join(file.read_bytes() for file in path.parent.iterdir() if file.is_file())
    desk.close()
    assert blobs
    assert not [blob for blob in blobs if blob in everything]


def test_values_that_came_back_with_a_backup_are_named_and_go_again(
    folder: Path, desk: Desk, runs: Mapping[str, str], tmp_path: Path
) -> None:
    path = Layout(folder, training=True).vault[0]
    shutil.copy(path, tmp_path / "backup")
    erase_subject(desk.context, "C-short", *signer(desk), "asked for in writing")
    desk.close()
    shutil.copy(tmp_path / "backup", path)
    assert found(folder) == [("PAYLOAD_ALTERED", runs["short"])] * 2
    again = open_desk(folder, training=True)
    erase_subject(again.context, "C-short", *signer(again), "the backup had it")
    again.close()
    assert found(folder) == [("ERASED_OK", runs["short"])]


# Retention


def test_what_is_due_is_shown_and_goes_only_when_somebody_signs(
    folder: Path, desk: Desk, runs: Mapping[str, str]
) -> None:
    desk.close()
    code, out, err = asked(folder, "retention")
    assert code == 0
    assert f"  {runs['short']}  T-short  due since " in out
    assert "short-note r1: 1 run with personal values, 1 past their time, 0 of these held" in out
    assert "long-note r1: 1 run with personal values, 0 past their time, 0 of these held" in out
    assert "kept without an end" in out
    assert "Nothing was erased" in err
    assert asked(folder, "retention", "--erase")[0] == 2
    told = {one["procedure"]: one for one in json.loads(asked(folder, "retention", "--json")[1])["runs"]}
    assert (told["short-note"]["over"], told["long-note"]["over"]) == (True, False)
    assert told["silent-note"]["due"] is None
    assert not any(erased(folder, run) for run in runs.values())


def test_retention_erases_what_is_due_and_nothing_else(
    folder: Path, desk: Desk, runs: Mapping[str, str]
) -> None:
    now = desk.context.clock.now().wall
    due = tuple(freed(retained(desk.context, lambda *_: None), now))
    entries, count = erasing.erase(desk.context, due, *signer(desk), "2026, fourth quarter")
    desk.close()
    assert (count, entries[0].type, entries[0].run) == (2, "SubjectErased", None)
    assert {name: erased(folder, run) for name, run in runs.items()} == {
        "short": True,
        "long": False,
        "silent": False,
    }
    assert found(folder) == [("ERASED_OK", runs["short"])]
    assert json.loads(asked(folder, "retention", "--json")[1])["runs"][0]["procedure"] != "short-note"


def test_a_run_that_has_not_ended_is_never_due(folder: Path, desk: Desk) -> None:
    desk.sign_in("ana", PHRASES["ana"])
    (folder / "procedures" / "open-note.yaml").write_text(
        NOTE.replace("NAME", "open-note")
        .replace("RECORDS", TEXTS["short"])
        .replace("{field: customer_id, type: text}", "{field: customer_id, type: text, keep: erasable}")
    )
    run = noted(desk, "open", KEPT, end=False)
    (one,) = [one for one in retained(desk.context, lambda *_: None) if one.run == run]
    assert (one.ended, one.due, one.over(desk.context.clock.now().wall)) == (None, None, False)


def test_values_that_no_entry_names_are_shown(folder: Path, desk: Desk) -> None:
    """A crash between the vault and the log leaves them: no run will ever end, so no time would come for them."""
    desk.context.vault.put("GONE-RUN", "x", "C-gone", bytes(16), KEPT)
    desk.close()
    out = asked(folder, "retention")[1]
    assert "1 value of C-gone for a run that was never opened: erasing C-gone ends it" in out
    told = json.loads(asked(folder, "retention", "--json")[1])
    assert told["never_opened"] == [{"run": "GONE-RUN", "subject": "C-gone", "values": 1}]
    again = open_desk(folder, training=True)
    assert erase_subject(again.context, "C-gone", *signer(again), "a crash left it")[1] == 1
    again.close()
    assert found(folder) == []


# Legal holds


@pytest.mark.parametrize("name", ["run", "T-short", "C-short"])
def test_a_hold_keeps_what_it_covers_until_it_is_released(
    folder: Path, desk: Desk, runs: Mapping[str, str], name: str
) -> None:
    of = runs["short"] if name == "run" else name
    entry = place(desk.context, of, *signer(desk), "matter 2026-7")
    other = place(desk.context, of, *signer(desk), "matter 2026-8")
    assert (entry.type, entry.actor, entry.reason) == ("LegalHoldPlaced", "ana", "matter 2026-7")
    assert release(desk.context, other.seq, *signer(desk), "settled").type == "LegalHoldReleased"
    with pytest.raises(RefusedError, match="legal hold of entry"):
        erase_subject(desk.context, "C-short", *signer(desk), "asked for")
    now = desk.context.clock.now().wall
    assert tuple(freed(retained(desk.context, lambda *_: None), now)) == ()
    shown = asked(folder, "retention")[1]
    assert f"hold of entry {entry.seq}: {of}, by ana: matter 2026-7" in shown
    assert f"held by entry {entry.seq}" in shown
    assert f"entry {other.seq}" not in shown
    assert found(folder) == []
    release(desk.context, entry.seq, *signer(desk), "settled")
    erase_subject(desk.context, "C-short", *signer(desk), "asked for")
    assert found(folder) == [("ERASED_OK", runs["short"])]


def test_a_hold_that_cannot_be_is_refused_and_leaves_no_entry(desk: Desk) -> None:
    size = desk.context.ledger.size()
    person, proofs = signer(desk)
    with pytest.raises(UsageError, match="no run, ticket or subject"):
        place(desk.context, "C-shrot", person, proofs, "matter")
    with pytest.raises(RefusedError, match="reason"):
        place(desk.context, "C-short", person, proofs, " ")
    with pytest.raises(RefusedError):
        place(desk.context, "C-short", person, proofs[:1], "matter")
    with pytest.raises(UsageError, match="no hold of entry 3"):
        release(desk.context, 3, person, proofs, "settled")
    assert desk.context.ledger.size() == size


def test_a_hold_that_came_first_wins(
    folder: Path, desk: Desk, runs: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody places a hold in the moment between looking and writing: the order of the log decides."""
    person, proofs = signer(desk)
    signed = erasing.sign_off

    def meanwhile(*given: Any) -> Mapping[str, Any]:
        place(desk.context, "T-short", person, proofs, "matter 2026-7")
        return signed(*given)

    monkeypatch.setattr(erasing, "sign_off", meanwhile)
    with pytest.raises(RefusedError, match="in the meantime"):
        erase_subject(desk.context, "C-short", person, proofs, "asked for")
    assert not erased(folder, runs["short"])
    assert found(folder) == []


def test_a_hold_that_a_changed_program_went_round_is_found(
    folder: Path, desk: Desk, runs: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    held = place(desk.context, runs["short"], *signer(desk), "matter 2026-7")
    monkeypatch.setattr(erasing, "holds_of", lambda *_, **__: Holds())
    erase_subject(desk.context, "C-short", *signer(desk), "asked for")
    verdict = verify_desk(folder, training=True)
    (finding,) = verdict.findings
    assert (str(finding.code), finding.run) == ("PAYLOAD_MISSING", runs["short"])
    assert f"while the legal hold of entry {held.seq} stood" in finding.message
    assert verdict.exit_code == 4


@pytest.mark.parametrize(("name", "code"), [("C-short", "ERASED_OK"), ("T-short", "PAYLOAD_MISSING")])
def test_whose_a_value_was_only_the_vault_knew(
    folder: Path, desk: Desk, runs: Mapping[str, str], monkeypatch: pytest.MonkeyPatch, name: str, code: str
) -> None:
    """The owner of the key names a false subject: a hold over a subject is dodged, one over a run or ticket is not."""
    place(desk.context, name, *signer(desk), "matter 2026-7")
    monkeypatch.setattr(erasing, "holds_of", lambda *_, **__: Holds())
    erase_subject(desk.context, "C-short", *signer(desk), "asked for")
    desk.close()

    def of_another(rows: list[dict[str, Any]]) -> None:
        rows[-1]["evidence"][0]["subject"] = "C-somebody-else"

    layout = Layout(folder, training=True)
    rewritten(layout.ledger, KeyFile(layout.key), of_another)
    assert code in {one for one, _ in found(folder)}
    assert ("PAYLOAD_MISSING" in {one for one, _ in found(folder)}) == (code == "PAYLOAD_MISSING")


@pytest.mark.parametrize("kind", ["SubjectErased", "LegalHoldReleased"])
def test_what_nobody_signed_frees_nothing(
    folder: Path, desk: Desk, runs: Mapping[str, str], kind: str
) -> None:
    """The owner of the key takes the signature out of an entry, and makes everything fit again."""
    held = place(desk.context, "C-short", *signer(desk), "matter 2026-7")
    release(desk.context, held.seq, *signer(desk), "settled")
    erase_subject(desk.context, "C-short", *signer(desk), "asked for")
    desk.close()

    def unsigned(rows: list[dict[str, Any]]) -> None:
        for row in rows:
            if row["type"] == kind:
                row["evidence"] = [piece for piece in row["evidence"] if piece["kind"] != "sign_off"]

    layout = Layout(folder, training=True)
    rewritten(layout.ledger, KeyFile(layout.key), unsigned)
    assert ("PAYLOAD_MISSING", runs["short"]) in found(folder)
    assert bodies_in(layout.ledger)[-1]["type"] == "SubjectErased"
