"""What an account gives: another user of the machine reads and writes nothing; the desk's own can be anybody."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from sop_runner.base.message import Message
from sop_runner.desk.layout import user_state
from sop_runner.desk.verified import verify_desk
from sop_runner.people.credentials import CredentialStore
from sop_runner.wiring import open_desk, opened_people
from tests.attack.deceiving import PASSPHRASE, live_desk, named, rows_of, training_desk
from tests.publishing import FAST

PUBLIC = ("procedures", "receipts")  # written rules, and proofs that are made to be handed on


@pytest.fixture
def open_umask() -> Iterator[None]:
    """An account that leaves its files open to others by default."""
    before = os.umask(0)
    yield
    os.umask(before)


def test_another_user_reads_and_writes_nothing(open_umask: None, tmp_path: Path) -> None:
    live_desk(tmp_path / "live")
    training_desk(tmp_path / "training")
    files = [path for top in (tmp_path, user_state()) for path in top.rglob("*") if path.is_file()]
    assert len(files) > 20
    for path in files:
        mode = stat.S_IMODE(path.stat().st_mode)
        public = path.parent.name in PUBLIC
        assert not mode & (0 if public else 0o077), f"{path.name} {mode:o}"


def test_a_new_passphrase_given_by_command_is_on_record(desk: Path) -> None:
    before = len(rows_of(desk))
    with opened_people(desk, "somebody-with-the-account", hasher=FAST) as (enrolment, _):
        enrolment.passphrase("ana", "another phrase here")
    (row,) = rows_of(desk)[before:]
    assert (row["type"], row["actor"]) == ("FactorEnrolled", "somebody-with-the-account")


def test_whoever_owns_the_secrets_of_people_can_be_any_of_them(desk: Path) -> None:
    """Said in the threat model: behind the log's back, with the desk's own key, a phrase is replaced."""
    clean = named(desk)
    CredentialStore.open(desk, FAST).set_passphrase("ana", "known to the thief")
    opened = open_desk(desk)
    assert isinstance(opened.sign_in("ana", PASSPHRASE), Message)
    assert not isinstance(opened.sign_in("ana", "known to the thief"), Message)
    opened.close()
    assert named(desk) == clean
    assert verify_desk(desk).exit_code == 0
