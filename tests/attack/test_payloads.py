"""Personal values against their commitments, and erasing them so that no file holds them."""

import json
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pyotp
import pytest

from sop_runner.audit.findings import Outcome, Verdict
from sop_runner.authoring.rehearse import rehearse
from sop_runner.cli.main import main
from sop_runner.desk.layout import Layout, user_state
from sop_runner.desk.verified import verify_desk
from sop_runner.stores.keys import KeyFile
from sop_runner.stores.personal import Opened
from sop_runner.stores.vault import Vault
from sop_runner.wiring import create_demo, rehearsal_stage
from tests.attack.rewriting import bodies_in, rewritten
from tests.unit.authoring.stages import scenarios_of

REAL = Path(__file__).parents[2] / "procedures"
CHANGE = REAL / "account-change.scenarios.yaml"
PASSPHRASE = "seven quiet boats"
Sop = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, tuple[str, str]]:
    """A demo desk on whose training ledger two customers' changes were made."""
    folder = tmp_path_factory.mktemp("original") / "desk"
    create_demo(folder).close()
    loaded, cases = scenarios_of(CHANGE)
    runs = []
    with rehearsal_stage(folder, REAL / "account-change.yaml") as make:
        for case in (cases[0], cases[0]):
            stage = make()
            assert rehearse(case, stage, loaded.source).deviation is None
            assert stage.run is not None
            runs.append(stage.run.id)
    return folder, (runs[0], runs[1])


@pytest.fixture
def desk(original: tuple[Path, tuple[str, str]], tmp_path: Path) -> Path:
    return Path(shutil.copytree(original[0], tmp_path / "desk"))


@pytest.fixture
def runs(original: tuple[Path, tuple[str, str]]) -> tuple[str, str]:
    return original[1]


@pytest.fixture
def sop(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Sop:
    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["sop", *map(str, arguments)])
        code = main()
        read = capsys.readouterr()
        return code, read.out, read.err

    return run


def verified(desk: Path) -> Verdict:
    return verify_desk(desk, training=True)


def places(desk: Path) -> list[tuple[str, str | None]]:
    return [(str(finding.code), finding.run) for finding in verified(desk).findings]


def kept(desk: Path, run: str) -> dict[str, Opened]:
    vault = Vault.open(*Layout(desk, training=True).vault)
    try:
        return vault.open_all(run)
    finally:
        vault.close()


def in_vault(desk: Path, sql: str, *values: object) -> list[tuple[bytes, ...]]:
    db = sqlite3.connect(Layout(desk, training=True).vault[0])
    try:
        rows = db.execute(sql, values).fetchall()
        db.commit()
        return rows
    finally:
        db.close()


def recorded_at(desk: Path, run: str) -> int:
    rows = bodies_in(desk / "training.db")
    return next(n for n, row in enumerate(rows) if row["run"] == run and "commitment" in json.dumps(row))


def test_what_is_kept_is_what_was_committed_to(desk: Path, runs: tuple[str, str]) -> None:
    assert all(kept(desk, run) for run in runs)
    assert verified(desk).findings == ()


def test_a_value_that_is_gone(desk: Path, runs: tuple[str, str]) -> None:
    in_vault(desk, "DELETE FROM value WHERE run = ?", runs[1])
    (finding,) = [f for f in verified(desk).findings if f.code != "UNVERIFIABLE"]
    assert (str(finding.code), finding.run, finding.index) == (
        "PAYLOAD_MISSING",
        runs[1],
        recorded_at(desk, runs[1]),
    )
    assert verified(desk).outcome is Outcome.TAMPERED


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE value SET sealed = zeroblob(length(sealed)) WHERE run = ?",
        "UPDATE value SET digest = 'ab' WHERE run = ?",
        "UPDATE subject SET wrapped = zeroblob(60) WHERE subject IN (SELECT subject FROM value WHERE run = ?)",
    ],
)
def test_a_value_that_was_altered(desk: Path, runs: tuple[str, str], sql: str) -> None:
    in_vault(desk, sql, runs[0])
    found = [f for f in verified(desk).findings if f.code != "UNVERIFIABLE"]
    assert [(str(f.code), f.index) for f in found] == [("PAYLOAD_ALTERED", recorded_at(desk, runs[0]))]


def test_a_value_that_the_owner_of_the_vault_replaced(desk: Path, runs: tuple[str, str]) -> None:
    """Sealed anew under the right key, so that it opens: it is still not what was committed to."""
    ((name, one),) = kept(desk, runs[0]).items()
    in_vault(desk, "DELETE FROM value WHERE run = ?", runs[0])
    vault = Vault.open(*Layout(desk, training=True).vault)
    vault.put(runs[0], one.name, one.subject, one.salt, "somebody else's number")
    vault.close()
    assert name == one.name
    found = [f for f in verified(desk).findings if f.code != "UNVERIFIABLE"]
    assert [str(f.code) for f in found] == ["PAYLOAD_ALTERED"]


def test_a_desk_without_its_vault(desk: Path, runs: tuple[str, str]) -> None:
    vault, key = Layout(desk, training=True).vault
    vault.rename(vault.with_suffix(".away"))
    codes = {code for code, _ in places(desk)}
    assert "PAYLOAD_MISSING" in codes
    vault.with_suffix(".away").rename(vault)
    key.write_text("no key")
    verdict = verified(desk)
    assert verdict.outcome is Outcome.UNVERIFIABLE
    assert any("were not compared" in f.message for f in verdict.findings)


# Erasing


def token(desk: Path) -> str:
    uri = json.loads((desk / "demo.json").read_text())["tokens"]["ana"]
    shown = pyotp.parse_uri(uri)
    assert isinstance(shown, pyotp.TOTP)
    return shown.at(datetime.now(UTC))


def erase(sop: Sop, desk: Path, subject: str, **options: str) -> tuple[int, str, str]:
    secret = desk.parent / "passphrase"
    secret.write_text(options.get("passphrase", PASSPHRASE))
    return sop(
        "audit", "erase", subject, "--by", "ana", "--reason", options.get("reason", "asked for in writing"),
        "--code", options.get("code", token(desk)), "--passphrase-file", secret, "--training", "--desk", desk,
    )  # fmt: skip


def files(*folders: Path) -> Iterator[Path]:
    for folder in folders:
        yield from (path for path in folder.rglob("*") if path.is_file())


def holding(canary: bytes, *folders: Path) -> list[str]:
    return [str(path) for path in files(*folders) if canary in path.read_bytes()]


def test_erased_values_are_in_no_file(desk: Path, runs: tuple[str, str], sop: Sop) -> None:
    subject = f"REHEARSAL-{runs[0]}"
    ((_, one),) = kept(desk, runs[0]).items()
    sealed = [bytes(row[0]) for row in in_vault(desk, "SELECT sealed FROM value WHERE run = ?", runs[0])]
    wrapped = [
        bytes(row[0]) for row in in_vault(desk, "SELECT wrapped FROM subject WHERE subject = ?", subject)
    ]
    assert all(holding(secret, desk) for secret in (*sealed, *wrapped))
    shown = token(desk)  # may be replaced by the next one at any moment
    code, out, _ = erase(sop, desk, subject, code=shown)
    assert (code, out.partition(",")[0]) == (0, f"1 value of {subject} is erased")
    clear = str(one.value).encode()
    for secret in (
        *sealed,
        *wrapped,
        one.salt,
        one.salt.hex().encode(),
        clear,
        clear.decode().encode("utf-16-le"),
    ):
        assert holding(secret, desk, user_state()) == []
    assert kept(desk, runs[0]) == {}
    assert len(kept(desk, runs[1])) == 1
    verdict = verified(desk)
    assert [(str(f.code), f.index) for f in verdict.findings] == [("ERASED_OK", recorded_at(desk, runs[0]))]
    assert (verdict.outcome, verdict.exit_code) == (Outcome.CLEAN, 0)
    entry = bodies_in(desk / "training.db")[-1]
    assert (entry["type"], entry["run"], entry["actor"]) == ("SubjectErased", None, "ana")
    signed = entry["evidence"][-1]
    assert {factor["factor_kind"] for factor in signed["factors"]} == {"knowledge", "possession"}
    assert erase(sop, desk, subject, code=shown)[0] == 3  # the code was used


def test_a_run_over_erased_values_is_shown_without_them(desk: Path, runs: tuple[str, str], sop: Sop) -> None:
    ((_, one),) = kept(desk, runs[0]).items()
    for _ in range(2):
        for at in ("3", "8"):
            code, out, _err = sop("audit", "replay", runs[0], "--at", at, "--training", "--desk", desk)
            assert code == 0
            assert "•••" in out
            assert str(one.value) not in out
            code, out, _err = sop(
                "audit", "replay", runs[0], "--at", at, "--json", "--training", "--desk", desk
            )
            assert str(one.value) not in out
            assert json.loads(out)["screen"]["facts"]
        erase(sop, desk, f"REHEARSAL-{runs[0]}")


@pytest.mark.parametrize(
    "options",
    [{"passphrase": "wrong one here"}, {"code": "000000"}, {"reason": "  "}],
    ids=lambda o: next(iter(o)),
)
def test_an_erasure_that_is_not_signed_off_erases_nothing(
    desk: Path, runs: tuple[str, str], sop: Sop, options: dict[str, str]
) -> None:
    size = len(bodies_in(desk / "training.db"))
    assert erase(sop, desk, f"REHEARSAL-{runs[0]}", **options)[0] == 3
    assert len(bodies_in(desk / "training.db")) == size
    assert len(kept(desk, runs[0])) == 1


def test_an_erasure_that_a_crash_ended_early_is_named(
    desk: Path, runs: tuple[str, str], sop: Sop, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Vault, "erase", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        assert erase(sop, desk, f"REHEARSAL-{runs[0]}")[0] == 130
    assert places(desk) == [("PAYLOAD_ALTERED", runs[0])]
    monkeypatch.setattr("sop_runner.people.credentials.TOTP_DRIFT", 5)
    uri = json.loads((desk / "demo.json").read_text())["tokens"]["ana"]
    shown = pyotp.parse_uri(uri)
    assert isinstance(shown, pyotp.TOTP)
    later = shown.at(datetime.now(UTC), counter_offset=2)
    assert erase(sop, desk, f"REHEARSAL-{runs[0]}", code=later)[0] == 0
    assert places(desk) == [("ERASED_OK", runs[0])]


def test_an_erasure_that_the_log_does_not_tell_of(desk: Path, runs: tuple[str, str], sop: Sop) -> None:
    """Whoever takes the entry out again, with the key, is found by the missing value and by the head."""
    erase(sop, desk, f"REHEARSAL-{runs[0]}")
    signer = KeyFile(Layout(desk, training=True).key)
    rewritten(desk / "training.db", signer, lambda rows: rows[:-1])
    codes = {code for code, _ in places(desk)}
    assert {"PAYLOAD_MISSING", "ROLLED_BACK"} <= codes
