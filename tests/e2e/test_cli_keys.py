"""`sop keys` as whoever keeps a desk uses it: rotation, a second machine, a lost key."""

import json
import subprocess
from pathlib import Path

import pytest

from sop_runner.wiring import create_desk, opened_people
from tests.e2e.sop_process import sop
from tests.exported import verify_py

PHRASE = "seven quiet boats"


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    folder = tmp_path / "desk"
    create_desk(folder)
    with opened_people(folder, "test") as (enrolment, _):
        enrolment.add("ana", "Ana", ["agent"])
        enrolment.passphrase("ana", PHRASE)
    (tmp_path / "phrase").write_text(PHRASE + "\n")
    return folder


def keys(desk: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return sop("keys", *arguments, "--desk", str(desk))


def signed(desk: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    reason = ("--by", "ana", "--reason", "as agreed", "--passphrase-file", str(desk.parent / "phrase"))
    return keys(desk, *arguments, *reason)


def rows(desk: Path) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(keys(desk, "list", "--json").stdout)
    return found


def clean(desk: Path) -> bool:
    done = sop("audit", "verify", "--json", "--desk", str(desk))
    return done.returncode == 0 and json.loads(done.stdout)["findings"] == []


def test_a_rotation_replaces_the_key_and_everything_still_verifies(desk: Path, tmp_path: Path) -> None:
    before = (desk / "keys" / "desk.key").read_text()
    done = signed(desk, "rotate", "--machine", "desk one")
    assert done.returncode == 0, done.stderr
    after = (desk / "keys" / "desk.key").read_text()
    assert after != before
    assert (desk / "keys" / "desk.key").stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in (desk / "keys").iterdir()) == ["desk.key", "training.key"]
    first, second = rows(desk)
    assert (first["until"], second["machine"], second["until"]) == (3, "desk one", None)
    assert signed(desk, "rotate").returncode == 0
    assert clean(desk)  # the desk's settings pin the first key
    proof = sop("audit", "proof", "1", "--desk", str(desk)).stdout
    (tmp_path / "proof").write_text(proof)
    (tmp_path / "pins").write_text(
        "# of our desks\n" + "\n".join(str(row["key"]) for row in rows(desk)) + "\n"
    )
    assert (
        sop("audit", "check-receipt", str(tmp_path / "proof"), "--key", str(tmp_path / "pins")).returncode
        == 0
    )
    assert sop("audit", "check-receipt", str(tmp_path / "proof"), "--key", str(first["key"])).returncode == 4
    as_in_a_ticket = "\r\n".join(["\ufeff", *proof.split("\n"), "", ""])
    (tmp_path / "proof").write_text(as_in_a_ticket, newline="")
    pins = ("--key", str(tmp_path / "pins"))
    assert sop("audit", "check-receipt", str(tmp_path / "proof"), *pins).returncode == 0
    head = proof[proof.index("\n\n") + 2 :]
    (tmp_path / "head").write_text(head.replace("\n", "\r\n") + "\r\n", newline="")
    since = sop("audit", "verify", "--since", str(tmp_path / "head"), "--desk", str(desk))
    assert since.returncode == 0, since.stdout
    assert sop("audit", "export", str(tmp_path / "out"), "--desk", str(desk)).returncode == 0
    for row in (first, second):
        checked = verify_py(tmp_path / "out", "--key", str(row["key"]))
        assert (checked.returncode, checked.stdout.split(",")[0]) == (0, "CLEAN")


def test_a_rotation_that_died_after_its_entry_is_finished_by_the_next_write(desk: Path) -> None:
    kept = (desk / "keys" / "desk.key").read_text()
    assert signed(desk, "rotate").returncode == 0
    new = desk / "keys" / "desk.key"
    new.rename(desk / "keys" / "desk.key.next")
    new.write_text(kept)
    assert signed(desk, "rotate").returncode == 0
    assert len(rows(desk)) == 3
    assert clean(desk)


def test_a_key_kept_apart_takes_over_when_the_desk_s_is_lost(desk: Path, tmp_path: Path) -> None:
    asked = keys(desk, "new", str(tmp_path / "recovery.key"), "--machine", "safe")
    (tmp_path / "recovery.json").write_text(asked.stdout)
    assert keys(desk, "use", str(tmp_path / "recovery.key")).returncode == 2  # not yet
    assert signed(desk, "enrol", str(tmp_path / "recovery.json")).returncode == 0
    lost = str(rows(desk)[0]["key"])
    (desk / "keys" / "desk.key").unlink()
    assert signed(desk, "rotate").returncode == 2
    assert keys(desk, "use", str(tmp_path / "recovery.key")).returncode == 0
    assert signed(desk, "retire", lost).returncode == 0
    assert signed(desk, "rotate").returncode == 0
    assert [row["until"] is None for row in rows(desk)] == [False, False, True]
    assert clean(desk)


def test_what_list_prints_is_a_file_of_keys_to_trust(desk: Path, tmp_path: Path) -> None:
    assert signed(desk, "rotate").returncode == 0
    pins = tmp_path / "trusted.keys"
    pins.write_text(keys(desk, "list").stdout)
    verified = sop("audit", "verify", "--json", "--desk", str(desk), "--key", str(pins))
    assert (verified.returncode, json.loads(verified.stdout)["trust"]) == (0, "PINNED")
    assert sop("audit", "export", str(tmp_path / "out"), "--desk", str(desk)).returncode == 0
    assert verify_py(tmp_path / "out", "--key", str(pins)).stdout.startswith("CLEAN")
    pins.write_text(pins.read_text() + "no key\n")
    refused = sop("audit", "verify", "--desk", str(desk), "--key", str(pins))
    assert refused.returncode == 2
    assert f"'{pins}', line 5: 'no key' is not" in refused.stderr


def test_the_key_of_another_log_is_told_from_one_that_this_log_is_rid_of(desk: Path) -> None:
    other = json.loads(keys(desk, "list", "--json", "--training").stdout)[0]["key"]
    first = str(rows(desk)[0]["key"])
    assert signed(desk, "rotate").returncode == 0
    new = str(rows(desk)[1]["key"])  # it signs from the next entry on
    for key, told in ((other, True), (new, False)):
        verified = sop("audit", "verify", "--desk", str(desk), "--key", key)
        assert verified.returncode == 4
        line = f"the log began with the key '{first}', and what you trust signed nothing in it: '{key}'"
        assert line in verified.stdout
        assert (f"{line}, by its name a key of another log" in verified.stdout) is told


def test_a_file_of_another_kind_is_said_to_be_none(desk: Path, tmp_path: Path) -> None:
    request = tmp_path / "recovery.json"
    request.write_text(keys(desk, "new", str(tmp_path / "recovery.key")).stdout)
    refused = keys(desk, "use", str(request))
    assert refused.returncode == 2
    assert f"'{request}' holds no signing key" in refused.stderr
    (tmp_path / "picture").write_bytes(b"\x89PNG\xfb")
    key = str(rows(desk)[0]["key"])
    checked = sop("audit", "check-receipt", str(tmp_path / "picture"), "--key", key)
    assert (checked.returncode, checked.stdout.strip()) == (
        4, "NOT PROVED: the file holds no text, so it is no receipt",
    )  # fmt: skip


def test_what_changes_nothing_is_refused_in_words(desk: Path, tmp_path: Path) -> None:
    only = str(rows(desk)[0]["key"])
    refused = signed(desk, "retire", only)
    assert (refused.returncode, "the only key" in refused.stderr) == (3, True)
    asked = json.loads(keys(desk, "new", str(tmp_path / "a.key")).stdout)
    other = json.loads(keys(desk, "new", str(tmp_path / "b.key")).stdout)
    (tmp_path / "mixed.json").write_text(json.dumps({**asked, "proof": other["proof"]}))
    assert signed(desk, "enrol", str(tmp_path / "mixed.json")).returncode == 3
    (tmp_path / "none.json").write_text("[]")
    assert signed(desk, "enrol", str(tmp_path / "none.json")).returncode == 2
    assert keys(desk, "new", str(tmp_path / "a.key")).returncode == 2  # never overwritten
    wrong = keys(
        desk, "rotate", "--by", "ana", "--reason", " ", "--passphrase-file", str(tmp_path / "phrase")
    )
    assert wrong.returncode == 3
    assert len(rows(desk)) == 1
