import os
import stat
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from sop_runner.base.errors import UsageError
from sop_runner.base.secretbox import SecretBox

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture
def box(tmp_path: Path) -> SecretBox:
    return SecretBox.create(tmp_path / "key", CHEAP)


def test_the_key_file_is_private_and_never_replaced(tmp_path: Path, box: SecretBox) -> None:
    key = tmp_path / "key"
    before = key.read_bytes()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    with pytest.raises(UsageError, match="exists already"):
        SecretBox.create(key)
    assert key.read_bytes() == before


def test_a_key_that_others_can_read_is_refused(tmp_path: Path, box: SecretBox) -> None:
    os.chmod(tmp_path / "key", 0o644)
    with pytest.raises(UsageError, match="can be read by others"):
        SecretBox.open(tmp_path / "key")


@pytest.mark.parametrize("content", [b"", b"zz", b"00"])
def test_a_damaged_key_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "damaged"
    path.touch(0o600)
    path.write_bytes(content)
    with pytest.raises(UsageError, match="holds no key"):
        SecretBox.open(path)
    with pytest.raises(UsageError, match="cannot be read"):
        SecretBox.open(tmp_path / "missing")


def test_a_seal_opens_only_for_its_owner_purpose_and_key(tmp_path: Path, box: SecretBox) -> None:
    sealed = box.seal("totp", "ana", "JBSWY3DPEHPK3PXP")
    assert SecretBox.open(tmp_path / "key").unseal("totp", "ana", sealed) == "JBSWY3DPEHPK3PXP"
    assert "JBSWY3DP" not in sealed
    assert box.seal("totp", "ana", "JBSWY3DPEHPK3PXP") != sealed
    other = SecretBox.create(tmp_path / "other")
    changed = sealed[:-1] + ("0" if sealed[-1] != "0" else "1")
    for opener, purpose, owner, text in [
        (box, "totp", "bela", sealed),
        (box, "other", "ana", sealed),
        (other, "totp", "ana", sealed),
        (box, "totp", "ana", changed),
        (box, "totp", "ana", "no hex"),
        (box, "totp", "ana", ""),
    ]:
        with pytest.raises(UsageError, match="does not open"):
            opener.unseal(purpose, owner, text)


def test_phrases_are_bound_to_owner_and_key(tmp_path: Path, box: SecretBox) -> None:
    stored = box.hash_phrase("ana", "correct horse")
    assert stored.startswith("$argon2id$")
    assert box.phrase_matches(stored, "ana", "correct horse")
    assert not box.phrase_matches(stored, "ana", "correct horsf")
    assert not box.phrase_matches(stored, "bela", "correct horse")
    assert not SecretBox.create(tmp_path / "other", CHEAP).phrase_matches(stored, "ana", "correct horse")
    assert not box.phrase_matches("", "ana", "correct horse")


def test_marks_tell_parts_apart(box: SecretBox) -> None:
    assert box.mark("p", "ab", "c") == box.mark("p", "ab", "c")
    assert box.same_mark(box.mark("p", "x"), "p", "x")
    assert (
        len(
            {
                box.mark("p", "ab", "c"),
                box.mark("p", "a", "bc"),
                box.mark("q", "ab", "c"),
                box.mark("p", "abc"),
            }
        )
        == 4
    )
