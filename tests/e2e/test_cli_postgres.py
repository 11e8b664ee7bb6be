"""A desk on PostgreSQL from its database to the erasing of a customer: every command as on files."""

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pyotp
import pytest

from sop_runner.desk.layout import Layout
from sop_runner.desk.sealing import seal
from sop_runner.run.actions import FactorProof
from sop_runner.wiring import open_desk, opened_people
from tests.exported import played
from tests.postgres import Base, Cluster
from tests.publishing import FAST, approve_all

from .in_process import Sop

PROCEDURES = Path(__file__).parents[2] / "procedures"
PASSPHRASE = "seven quiet boats"


Ok = Callable[..., str]


@pytest.fixture
def ok(sop: Sop) -> Ok:
    def run(*arguments: object) -> str:
        code, out, err = sop(*arguments)
        assert code == 0, (arguments, out, err)
        return out

    return run


def enrolled(desk: Path) -> pyotp.TOTP:
    with opened_people(desk, "os:test", hasher=FAST) as (enrolment, _):
        enrolment.add("ana", "Ana Kovács", ["agent"])
        enrolment.passphrase("ana", PASSPHRASE)
        uri, _ = enrolment.token("ana", "sop test")
    token = pyotp.parse_uri(uri)
    assert isinstance(token, pyotp.TOTP)
    return token


def test_every_command_works_on_a_server(postgres: Cluster, tmp_path: Path, sop: Sop, ok: Ok) -> None:
    base, desk = postgres.database(ready=False), tmp_path / "desk"
    code, _, err = sop("init", desk, "--store", base.url)
    assert (code, desk.exists()) == (2, False)
    assert "sop store setup" in err
    assert "schema 'sop_live' made" in ok("store", "setup", base.admin)
    assert "schema 'sop_live' is there" in ok("store", "setup", base.admin)
    ok("init", desk, "--store", base.url)
    assert not list(desk.rglob("desk.db")) + list(desk.rglob("vault.db"))
    code, _, err = sop("init", tmp_path / "other", "--store", base.url)
    assert (code, (tmp_path / "other").exists()) == (2, False)
    assert "holds a live log already" in err

    token = enrolled(desk)
    for name in ("account-change.yaml", "account-change.risk.csv"):
        shutil.copy(PROCEDURES / name, desk / "procedures")
    approve_all(desk)
    assert json.loads(ok("audit", "verify", "--desk", desk, "--json"))["verdict"] == "clean"

    played(desk, "account-change", most=1)
    training = ("--training", "--desk", desk)
    (run,) = [row["run"] for row in json.loads(ok("board", "--all", "--json", *training))]
    assert "CLEAN" in ok("audit", "verify", *training)
    assert run in ok("board", "--all", *training)
    before = ok("board", "--all", "--json", *training)
    assert ok("rebuild", *training) == "1 runs\n"
    assert ok("board", "--all", "--json", *training) == before
    assert "closed" in ok("audit", "replay", run, *training)
    ok("audit", "export", tmp_path / "out", *training)
    assert ok("audit", "report", *training)
    assert "1 run with personal values" in ok("audit", "retention", *training)
    _seal(desk, tmp_path / "archive")
    assert "held against the live log" in ok("audit", "check-archive", tmp_path / "archive", *training)
    assert "[log, segment-" in ok("audit", "find", run, "--archive", tmp_path / "archive", *training)

    secret = tmp_path / "passphrase"
    secret.write_text(PASSPHRASE)
    subject = f"REHEARSAL-{run}"
    erased = ok(
        "audit", "erase", subject, "--by", "ana", "--reason", "asked for in writing",
        "--code", token.at(datetime.now(UTC)), "--passphrase-file", secret, *training,
    )  # fmt: skip
    assert erased.startswith(f"1 value of {subject} is erased")
    found = json.loads(ok("audit", "verify", "--json", *training))
    assert [finding["code"] for finding in found["findings"]] == ["ERASED_OK"]
    assert "up to date" in ok("store", "upgrade", base.admin)
    code, _, err = sop("store", "upgrade", "--desk", desk)
    assert (code, "keeps its logs on a server" in err) == (2, True)
    _tamper(base)
    code, out, _ = sop("audit", "verify", "--json", *training)
    assert code == 4
    codes = {finding["code"] for finding in json.loads(out)["findings"]}
    assert codes >= {"SCHEMA_WEAKENED", "FIELD_MODIFIED"}


def _seal(desk: Path, archive: Path) -> None:
    opened = open_desk(desk, training=True)
    proofs = [FactorProof(name, name, True, "") for name in ("knowledge", "possession")]
    ana = opened.folk.directory().acting("ana")
    seal(opened.context, Layout(desk, training=True), archive, ana, proofs, lambda *_: None)
    opened.close()


def _tamper(base: Base) -> None:
    with psycopg.connect(base.admin, autocommit=True) as db:
        db.execute("ALTER TABLE sop_training.entry DISABLE TRIGGER USER")
        db.execute(
            "UPDATE sop_training.entry SET body = jsonb_set(body::jsonb, '{role}', '\"chief\"')::text WHERE seq = 2"
        )


def test_another_machine_joins_with_a_key_of_its_own(
    postgres: Cluster, tmp_path: Path, sop: Sop, ok: Ok
) -> None:
    base, first, second = postgres.database(), tmp_path / "first", tmp_path / "second"
    ok("init", first, "--store", base.url)
    token = enrolled(first)
    shutil.copytree(first, second, ignore=shutil.ignore_patterns("*.key.next", "desk.key", "training.key"))
    key, asked, secret = tmp_path / "mine.key", tmp_path / "mine.json", tmp_path / "passphrase"
    asked.write_text(ok("keys", "new", key, "--machine", "counter-2", "--desk", second))
    secret.write_text(PASSPHRASE)
    code, _, err = sop("people", "add", "bela", "--name", "Béla", "--role", "agent", "--desk", second)
    assert (code, "desk.key" in err) == (2, True)
    ok(
        "keys", "enrol", asked, "--by", "ana", "--reason", "a second counter",
        "--code", token.at(datetime.now(UTC)), "--passphrase-file", secret, "--desk", first,
    )  # fmt: skip
    ok("keys", "use", key, "--desk", second)
    ok("people", "add", "bela", "--name", "Béla", "--role", "agent", "--desk", second)
    ok("people", "add", "cili", "--name", "Cili", "--role", "agent", "--desk", first)
    assert "Béla" in ok("people", "list", "--desk", first)
    assert json.loads(ok("audit", "verify", "--json", "--desk", second))["verdict"] == "clean"
