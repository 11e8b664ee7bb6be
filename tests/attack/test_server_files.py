"""A server's own files: no secret and no personal value in clear, ever; and nothing of an erased one once it was vacuumed."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from sop_runner.desk.desk import Desk
from sop_runner.desk.erasing import erase_subject
from sop_runner.desk.layout import user_state
from sop_runner.desk.session import DeskSession
from sop_runner.run.actions import Answer, FactorProof
from sop_runner.stores.postgres_schema import ROLE
from sop_runner.stores.postgres_setup import set_up
from sop_runner.wiring import create_desk, open_desk, opened_people
from tests.attack.canaries import bytes_of, found_in
from tests.postgres import Base, Cluster, a_server
from tests.publishing import FAST
from tests.unit.desk.test_secrets import CARD

PASSPHRASE = "canary of seven boats"
TYPED = {
    "security_code": "739",
    "card_number": "CANARY-CARD-4477",
    "email": "canary@example.org",
    "birthday": "1971-03-14",
}
SECRETS = (PASSPHRASE, "Canary Caller", *(value for value in TYPED.values() if len(value) > 3))
VAULT = "sop_training_vault"
"""What docs/postgresql.md tells an administrator to run after an erasure."""
CLEANED = (
    f"VACUUM FULL {VAULT}.value, {VAULT}.subject",
    "SELECT pg_switch_wal()",
    "CHECKPOINT",
    "SELECT pg_switch_wal()",
    "CHECKPOINT",
)


@pytest.fixture(scope="module")
def server() -> Iterator[Cluster]:
    """A server of its own, whose every file is read."""
    with a_server() as cluster:
        yield cluster


def as_admin(base: Base, *statements: str) -> None:
    with psycopg.connect(base.admin, autocommit=True) as db:
        for statement in statements:
            db.execute(statement)


def worked(desk: Desk) -> None:
    """A run in which each kind of value is typed."""
    desk.sign_in("ana", PASSPHRASE)
    session = desk.start("ana", "card-check", "T-9", {"caller": "Canary Caller"}, "en")
    assert isinstance(session, DeskSession)
    refused = session.perform(Answer("card", values=TYPED | {"security_code": "canary-cvc"}))
    assert not refused.accepted
    assert session.perform(Answer("card", values=TYPED)).accepted
    assert session.perform(Answer("again", values={"card_number": TYPED["card_number"]})).accepted


def holding(folder: Path, secrets: list[bytes]) -> list[str]:
    """The files below a folder in which one of them lies, as bytes or in hex."""
    forms = [form for secret in secrets for form in (secret, secret.hex().encode())]
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [str(path.relative_to(folder)) for path in files if any(f in bytes_of(path) for f in forms)]


def test_what_is_secret_or_erased_is_in_no_file_of_the_server(server: Cluster, tmp_path: Path) -> None:
    base, folder = server.database(), tmp_path / "desk"
    as_admin(base, "ALTER SYSTEM SET wal_recycle = off", "SELECT pg_reload_conf()")
    create_desk(folder, store=base.url)
    (folder / "procedures" / "card-check.yaml").write_text(CARD)
    with opened_people(folder, "os:test", hasher=FAST) as (enrolment, _):
        enrolment.add("ana", "Ana", ["agent"])
        enrolment.passphrase("ana", PASSPHRASE)
    desk = open_desk(folder, training=True)
    worked(desk)
    with psycopg.connect(base.admin, autocommit=True) as db:
        db.execute(f"ANALYZE {VAULT}.value, {VAULT}.subject")  # samples would be copies
        db.execute("CHECKPOINT")
        rows = db.execute(f"SELECT sealed FROM {VAULT}.value UNION ALL SELECT wrapped FROM {VAULT}.subject")
        sealed = [bytes(row[0]) for row in rows]
    assert len(sealed) == 5
    data = server.data.parent
    assert found_in(data, *SECRETS) == [], (
        "in clear nowhere, the server's log and its write-ahead log included"
    )
    assert any("/base/" in name for name in holding(data, sealed)), "what is encrypted is found this way"

    ana = desk.folk.directory().acting("ana")
    proofs = [FactorProof(name, name, True, "") for name in ("knowledge", "possession")]
    (subject,) = {shelf.subject for shelf in desk.context.vault.shelves()}
    erase_subject(desk.context, subject, ana, proofs, "asked for in writing")
    desk.close()
    as_admin(base, *CLEANED)
    assert holding(data, sealed) == []
    assert found_in(data, *SECRETS) == []
    assert found_in(folder, *SECRETS) == []
    assert found_in(user_state(), *SECRETS) == []


def test_a_server_that_took_samples_of_a_vault_is_set_right_by_setting_up_again(server: Cluster) -> None:
    base = server.database()
    sampled = (
        f"SELECT count(*) FROM pg_stats WHERE schemaname = '{VAULT}' AND attname IN ('sealed', 'wrapped')"
    )
    with psycopg.connect(base.admin, autocommit=True) as db:
        for table, column in (("value", "sealed"), ("subject", "wrapped")):  # as they were made before
            db.execute(f"ALTER TABLE {VAULT}.{table} ALTER COLUMN {column} SET STATISTICS -1")
        db.execute(
            f"INSERT INTO {VAULT}.subject SELECT 's-' || n, sha256(n::text::bytea) FROM generate_series(1, 9) AS n"
        )
        db.execute(
            f"INSERT INTO {VAULT}.value (run, name, subject, digest, sealed) SELECT 'R', 'n', subject, subject, wrapped FROM {VAULT}.subject"
        )
        db.execute(f"ANALYZE {VAULT}.value, {VAULT}.subject")
        assert db.execute(sampled).fetchone() == (2,)
        set_up(base.admin, ROLE)
        assert db.execute(sampled).fetchone() == (0,)
        db.execute(f"ANALYZE {VAULT}.value, {VAULT}.subject")
        assert db.execute(sampled).fetchone() == (0,)
