import multiprocessing
import os
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlparse

import pyotp
import pytest
from argon2 import PasswordHasher

from sop_runner.base.errors import RefusedError, UsageError
from sop_runner.people.credentials import CredentialStore, Why
from sop_runner.people.qr import qr_lines

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
NOW = datetime(2026, 10, 15, 12, 0, tzinfo=UTC)
PHRASE = "three quiet Herons"


@pytest.fixture
def store(tmp_path: Path) -> CredentialStore:
    return CredentialStore.create(tmp_path, CHEAP)


def secret_in(uri: str) -> str:
    return parse_qs(urlparse(uri).query)["secret"][0]


def wide(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def test_a_passphrase(store: CredentialStore) -> None:
    store.set_passphrase("ana", PHRASE)
    check = store.check_passphrase("ana", PHRASE, NOW)
    assert (check.right, check.kind, check.ref, check.why) == (True, "knowledge", "", Why.RIGHT)
    assert store.check_passphrase("ana", wide(PHRASE), NOW).right, "NFKC"
    assert not store.check_passphrase("ana", PHRASE.lower(), NOW).right
    assert store.check_passphrase("bela", PHRASE, NOW).why is Why.NOT_ENROLLED
    assert store.factors("ana") == {"passphrase"}


def test_a_totp_code_of_either_width_within_a_step(store: CredentialStore) -> None:
    uri = store.enrol_totp("ana", issuer="Desk")
    assert unquote(uri).startswith("otpauth://totp/Desk:ana")
    token = pyotp.TOTP(secret_in(uri))
    for offset in (-60, 60, 90):
        assert store.check_totp("ana", token.at(NOW + timedelta(seconds=offset)), NOW).why is Why.WRONG
    store.unlock("ana")
    check = store.check_totp("ana", wide(token.at(NOW)), NOW)
    assert (check.right, check.kind) == (True, "possession")
    assert check.ref.startswith("totp:")
    later = NOW + timedelta(seconds=30)
    code = token.at(later)
    assert store.check_totp("ana", f"{code[:3]} {code[3:]}", later).right


def test_a_code_is_accepted_once_and_its_reuse_shows(tmp_path: Path, store: CredentialStore) -> None:
    code = pyotp.TOTP(secret_in(store.enrol_totp("ana"))).at(NOW)
    first = store.check_totp("ana", code, NOW)
    second = CredentialStore.open(tmp_path, CHEAP).check_totp("ana", code, NOW + timedelta(seconds=10))
    assert first.right
    assert second.why is Why.USED
    assert first.ref == second.ref
    assert code not in first.ref


def test_an_older_code_does_not_count_after_a_newer_one(store: CredentialStore) -> None:
    token = pyotp.TOTP(secret_in(store.enrol_totp("ana")))
    assert store.check_totp("ana", token.at(NOW), NOW).right
    assert store.check_totp("ana", token.at(NOW - timedelta(seconds=30)), NOW).why is Why.USED


def test_refs_of_two_people_differ(store: CredentialStore) -> None:
    refs = set()
    for person in ("ana", "bela"):
        token = pyotp.TOTP(secret_in(store.enrol_totp(person)))
        refs.add(store.check_totp(person, token.at(NOW), NOW).ref)
    assert len(refs) == 2


def _type_code(folder: Path, code: str, start, answers) -> None:  # type: ignore[no-untyped-def]
    store = CredentialStore.open(folder, CHEAP)
    start.wait(20)
    answers.put(store.check_totp("ana", code, NOW).right)


def test_of_two_processes_one_accepts_a_code(tmp_path: Path, store: CredentialStore) -> None:
    code = pyotp.TOTP(secret_in(store.enrol_totp("ana"))).at(NOW)
    context = multiprocessing.get_context("spawn")
    start, answers = context.Event(), context.Queue()
    workers = [context.Process(target=_type_code, args=(tmp_path, code, start, answers)) for _ in range(2)]
    for worker in workers:
        worker.start()
    start.set()
    assert sorted(answers.get(timeout=30) for _ in workers) == [False, True]
    for worker in workers:
        worker.join()


def test_guessing_slows_down_and_locks(store: CredentialStore) -> None:
    store.set_passphrase("ana", PHRASE)
    now = NOW
    for _ in range(3):
        assert store.check_passphrase("ana", "guess", now).why is Why.WRONG
    held = store.check_passphrase("ana", PHRASE, now)
    assert held.why is Why.WAIT, "a right answer too soon is not looked at"
    assert "5 s" in str(held.note)
    for _ in range(7):
        now += timedelta(hours=1)
        assert store.check_passphrase("ana", "guess", now).why is Why.WRONG
    assert store.check_passphrase("ana", PHRASE, now + timedelta(days=9)).why is Why.LOCKED
    store.unlock("ana")
    assert store.check_passphrase("ana", PHRASE, now).right


def test_a_right_answer_forgets_the_wrong_ones(store: CredentialStore) -> None:
    store.set_passphrase("ana", PHRASE)
    for _ in range(6):
        assert store.check_passphrase("ana", "guess", NOW).why is Why.WRONG
        assert store.check_passphrase("ana", PHRASE, NOW).right


@pytest.mark.parametrize("phrase", ["short", "aaaaaaaaaa", "ana-kovacs", "x" * 1001, "        "])
def test_weak_passphrases_are_refused(store: CredentialStore, phrase: str) -> None:
    with pytest.raises(RefusedError) as refusal:
        store.set_passphrase("ana-kovacs", phrase)
    assert refusal.value.hint
    assert store.factors("ana-kovacs") == frozenset()


def test_a_new_token_replaces_the_old_one(store: CredentialStore) -> None:
    old = pyotp.TOTP(secret_in(store.enrol_totp("ana")))
    assert store.check_totp("ana", old.at(NOW), NOW).right
    new = pyotp.TOTP(secret_in(store.enrol_totp("ana")))
    later = NOW + timedelta(minutes=5)
    assert store.check_totp("ana", old.at(later), later).why is Why.WRONG
    assert store.check_totp("ana", new.at(NOW), NOW).right, "its codes start afresh"


def test_no_secret_lies_in_the_files_in_clear(tmp_path: Path, store: CredentialStore) -> None:
    store.set_passphrase("ana", "an older secret phrase")
    store.set_passphrase("ana", PHRASE)
    secret = secret_in(store.enrol_totp("ana"))
    code = pyotp.TOTP(secret).at(NOW)
    check = store.check_totp("ana", code, NOW)
    store.check_passphrase("ana", PHRASE, NOW)
    files = sorted(tmp_path.iterdir())
    assert [f.name for f in files] == ["people.db", "people.key"]
    for file in files:
        assert file.stat().st_mode & 0o077 == 0
        content = file.read_bytes()
        for hidden in (PHRASE, "older secret", secret, code):
            assert hidden.encode() not in content
    assert PHRASE not in repr(check) + repr(store)
    assert code not in repr(check)


def test_a_database_without_its_key_proves_nothing(tmp_path: Path, store: CredentialStore) -> None:
    store.set_passphrase("ana", PHRASE)
    code = pyotp.TOTP(secret_in(store.enrol_totp("ana"))).at(NOW)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    other = CredentialStore.create(elsewhere, CHEAP)
    (elsewhere / "people.db").write_bytes((tmp_path / "people.db").read_bytes())
    assert not other.check_passphrase("ana", PHRASE, NOW).right
    with pytest.raises(UsageError, match="does not open with this key"):
        other.check_totp("ana", code, NOW)


def test_rows_moved_to_another_person_prove_nothing(tmp_path: Path, store: CredentialStore) -> None:
    store.set_passphrase("ana", PHRASE)
    store.enrol_totp("ana")
    with sqlite3.connect(tmp_path / "people.db") as db:
        db.execute("UPDATE passphrase SET person='eve'")
        db.execute("UPDATE totp SET person='eve'")
    db.close()
    assert not store.check_passphrase("eve", PHRASE, NOW).right
    with pytest.raises(UsageError, match="'eve'"):
        store.check_totp("eve", "123456", NOW)


def test_creation_replaces_nothing_and_opening_wants_private_files(
    tmp_path: Path, store: CredentialStore
) -> None:
    store.set_passphrase("ana", PHRASE)
    with pytest.raises(UsageError, match="exists already"):
        CredentialStore.create(tmp_path, CHEAP)
    assert CredentialStore.open(tmp_path, CHEAP).check_passphrase("ana", PHRASE, NOW).right
    os.chmod(tmp_path / "people.db", 0o644)
    with pytest.raises(UsageError, match="can be read by others") as refusal:
        CredentialStore.open(tmp_path, CHEAP)
    assert "chmod 600" in str(refusal.value.hint)


def test_hostile_ids_are_data(store: CredentialStore) -> None:
    store.set_passphrase("x'; DROP TABLE passphrase; --", PHRASE)
    assert store.check_passphrase("x'; DROP TABLE passphrase; --", PHRASE, NOW).right
    assert store.check_passphrase("ana", "\udc9b\x00", NOW).why is Why.NOT_ENROLLED


@pytest.mark.parametrize("typed", ["", "\x00", "\udc9b", "x" * 100_000, "🙂"])
def test_anything_may_be_typed(store: CredentialStore, typed: str) -> None:
    store.set_passphrase("ana", PHRASE)
    store.enrol_totp("ana")
    assert store.check_passphrase("ana", typed, NOW).why is Why.WRONG
    assert store.check_totp("ana", typed, NOW).why is Why.WRONG


def test_the_qr_code_fits_a_terminal(store: CredentialStore) -> None:
    lines = qr_lines(store.enrol_totp("ana", issuer="Customer desk"))
    assert len(lines) <= 24
    assert len({len(line) for line in lines}) == 1
    assert len(lines[0]) <= 80
    assert set("".join(lines)) <= set("█▀▄ ")
