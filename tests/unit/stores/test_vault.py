"""Personal values: opened by their commitment, bound to their place, gone when erased."""

import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from sop_runner.audit.commitment import commitment
from sop_runner.base.errors import NotVerified, SopError, UsageError
from sop_runner.stores.personal import Opened, Personal
from sop_runner.stores.vault import Vault

SALT = bytes(range(16))
CANARY = "canary-36-1-555-0199"


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    made = Vault.create(tmp_path / "vault.db", tmp_path / "vault.key")
    yield made
    made.close()


def reopened(folder: Path) -> Vault:
    return Vault.open(folder / "vault.db", folder / "vault.key")


def everything(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir())


def test_values_survive_and_open_by_commitment_and_by_name(vault: Vault, tmp_path: Path) -> None:
    old = vault.put("R", "phone", "s-1", SALT, "old")
    new = vault.put("R", "phone", "s-1", SALT, {"number": [CANARY, 1, None]})
    only_salt = vault.put("R", "born", "s-1", SALT, "1980-01-01", keep_value=False)
    assert old == commitment(SALT, "old")
    vault.close()
    again = reopened(tmp_path)
    value = {"number": [CANARY, 1, None]}
    assert again.open_all("R") == {
        old: Opened("phone", "s-1", SALT, "old"),
        new: Opened("phone", "s-1", SALT, value),
        only_salt: Opened("born", "s-1", SALT, None),
    }
    assert again.values("R") == {"phone": (SALT, value), "born": (SALT, None)}
    assert again.values("other") == {}
    again.close()
    disk = everything(tmp_path)
    for secret in (CANARY.encode(), b"1980-01-01", SALT, SALT.hex().encode()):
        assert secret not in disk


def test_putting_again_changes_nothing_and_several_go_together(vault: Vault) -> None:
    first = vault.put("R", "phone", "s-1", SALT, "x")
    assert vault.put("R", "phone", "s-1", SALT, "x") == first
    with pytest.raises(ValueError, match="salt"):
        vault.put_all((Personal("R", "a", "s-1", SALT, 1), Personal("R", "b", "s-1", b"short", 2)))
    assert list(vault.open_all("R")) == [first]


def test_erasing_leaves_neither_key_nor_ciphertext_nor_other_peoples_loss(
    vault: Vault, tmp_path: Path
) -> None:
    for number in range(40):
        vault.put(f"R{number}", "note", "s-1", SALT, CANARY * 20 + str(number))
    kept = vault.put("R0", "note", "s-2", SALT, "stays")
    db = sqlite3.connect(tmp_path / "vault.db")
    sealed = [row[0] for row in db.execute("SELECT sealed FROM value WHERE subject = 's-1'")]
    sealed += [row[0] for row in db.execute("SELECT wrapped FROM subject WHERE subject = 's-1'")]
    db.close()
    shelves = vault.shelves("s-1")
    assert vault.erase(shelves) == 40
    assert vault.erase(shelves) == 0
    assert vault.shelves("s-1") == ()
    disk = everything(tmp_path)
    assert not [blob for blob in sealed if blob[:64] in disk]
    assert vault.open_all("R0") == {kept: Opened("note", "s-2", SALT, "stays")}


def test_a_ciphertext_moved_to_another_place_does_not_open(vault: Vault, tmp_path: Path) -> None:
    vault.put("R", "phone", "s-1", SALT, "x")
    db = sqlite3.connect(tmp_path / "vault.db")
    db.execute("UPDATE value SET run = 'Q'")
    db.commit()
    db.close()
    with pytest.raises(NotVerified, match="does not open"):
        vault.open_all("Q")


def test_files_are_private_kept_and_need_their_key(vault: Vault, tmp_path: Path) -> None:
    vault.put("R", "phone", "s-1", SALT, "x")
    for file in tmp_path.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with pytest.raises(UsageError, match="never overwritten"):
        Vault.create(tmp_path / "vault.db", tmp_path / "vault.key")
    (tmp_path / "other.key").write_text("00" * 32)
    other = Vault.open(tmp_path / "vault.db", tmp_path / "other.key")
    with pytest.raises(NotVerified):
        other.open_all("R")
    other.close()
    (tmp_path / "bad.key").write_text("zz")
    for missing in (
        (tmp_path / "no.db", tmp_path / "vault.key"),
        (tmp_path / "vault.db", tmp_path / "bad.key"),
    ):
        with pytest.raises(SopError):
            Vault.open(*missing)


def test_a_vault_in_memory_keeps_the_same_promises() -> None:
    vault = Vault.in_memory()
    digest = vault.put("R", "phone", "s-1", SALT, "x")
    assert vault.open_all("R")[digest].value == "x"
    assert vault.erase(vault.shelves("s-1")) == 1
    assert vault.open_all("R") == {}
    vault.close()
