"""`sop audit export` as a reviewer uses it, and the export checked with tools that everybody has."""

import json
import shutil
import subprocess
import sys
from base64 import b64decode
from pathlib import Path

import pytest

from sop_runner.audit.note import VerifierKey
from tests.e2e.sop_process import sop
from tests.exported import played, verify_py


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export") / "desk"
    played(folder, "account-change", most=1)
    return folder


def test_the_export_is_on_record_and_checks_itself(desk: Path, tmp_path: Path) -> None:
    target = tmp_path / "évidence"
    done = sop("audit", "export", str(target), "--training", "--desk", str(desk), "--json")
    told = json.loads(done.stdout)
    assert done.returncode == 0
    assert told["entry"] == told["entries"]
    checked = verify_py(target)
    assert (checked.returncode, checked.stdout.split(",")[0]) == (0, "CLEAN")
    assert sop("audit", "verify", "--training", "--desk", str(desk)).returncode == 0
    entry = sop("audit", "show", str(told["entry"]), "--training", "--desk", str(desk)).stdout
    assert "AuditExported" in entry
    assert told["trailer"] in entry


def test_a_python_that_cannot_check_signatures_says_so(desk: Path, tmp_path: Path) -> None:
    target = tmp_path / "out"
    sop("audit", "export", str(target), "--training", "--desk", str(desk))
    command = [sys.executable, "-I", "-S", str(target / "verify.py"), str(target)]
    checked = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (checked.returncode, checked.stderr) == (5, "")
    assert "UNVERIFIABLE: this Python has no package 'cryptography'" in checked.stdout


def test_a_folder_that_holds_something_is_refused(desk: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    done = sop("audit", "export", str(tmp_path), "--training", "--desk", str(desk))
    assert done.returncode == 2
    assert "is not empty" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_tables_can_be_left_out(desk: Path, tmp_path: Path) -> None:
    options = ("--training", "--desk", str(desk))
    assert sop("audit", "export", str(tmp_path / "a"), "--table", "none", *options).returncode == 0
    assert not list((tmp_path / "a").glob("*.csv"))
    assert sop("audit", "export", str(tmp_path / "b"), "--table", "csv", *options).returncode == 0
    assert [path.name for path in (tmp_path / "b").glob("*.csv")] == ["entries.csv"]
    assert sop("audit", "export", str(tmp_path / "c"), "--table", "pdf", *options).returncode == 2


def test_a_leaf_by_sha256sum_and_the_checkpoint_by_openssl(desk: Path, tmp_path: Path) -> None:
    if not shutil.which("openssl") or not shutil.which("sha256sum"):
        pytest.skip("neither openssl nor sha256sum is installed")
    target = tmp_path / "taken"
    sop("audit", "export", str(target), "--training", "--desk", str(desk))
    line = (target / "entries.jsonl").read_bytes().split(b"\n")[0]
    hashed = subprocess.run(["sha256sum"], input=b"\0" + line, capture_output=True, check=True).stdout
    (tile,) = (target / "tile" / "0").rglob("*.p/*")
    assert hashed.split()[0].decode() == tile.read_bytes()[:32].hex()
    text, _, signatures = (target / "checkpoint").read_bytes().rpartition(b"\n\n")
    (tmp_path / "signed").write_bytes(text + b"\n")
    (tmp_path / "signature").write_bytes(b64decode(signatures.split()[2])[4:])
    key = VerifierKey.parse((target / "keys.txt").read_text())
    prefix = bytes.fromhex("302a300506032b6570032100")  # RFC 8410: SubjectPublicKeyInfo of Ed25519
    (tmp_path / "key.der").write_bytes(prefix + key.public)
    command = ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER", "-inkey"]
    command += [
        str(tmp_path / "key.der"),
        "-in",
        str(tmp_path / "signed"),
        "-sigfile",
        str(tmp_path / "signature"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, "Success" in done.stdout) == (0, True), done.stderr
