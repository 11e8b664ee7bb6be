"""Publishing as two terminals see it: the register is read anew, and whoever comes second is told."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sop_runner.audit.entry import Entry
from sop_runner.base.errors import AppendFailed, Conflict, NotApproved, RefusedError
from sop_runner.desk.publishing import Publishing
from sop_runner.desk.verified import verify_desk
from sop_runner.run.register import State
from sop_runner.stores.sqlite import SqliteLedger
from sop_runner.wiring import create_desk, opened_people, opened_publishing
from tests.publishing import (
    APPROVER,
    AUTHOR,
    FAST,
    approve_all,
    approve_file,
    enrol_publishers,
    enrol_signer,
    person,
    proofs,
)

CALLEE = """\
format: sop/1
procedure: greeting
revision: 1
title: Greeting
purpose: A small one.
effective_from: 2026-01-01
review_by: 2027-01-01
roles: {agent: Takes the call.}
by: agent
controls: {greeted: What was said is on record.}
flow:
  - confirmation: words
    title: Words
    record: {fields: [{field: words, label: Words, type: text, max_length: 200}]}
    satisfies: [greeted]
  - end: said
    result: completed
    requires: [greeted]
"""
CALLER = """\
format: sop/1
procedure: call-in
revision: 1
title: Call in
purpose: Calls another.
effective_from: 2026-01-01
review_by: 2027-01-01
roles: {agent: Takes the call.}
by: agent
controls: {greeted: What was said is on record.}
flow:
  - call: greet
    procedure: greeting
    revision: 1
    satisfies: [greeted]
  - end: closed
    result: completed
    requires: [greeted]
"""


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    folder = tmp_path / "desk"
    create_desk(folder, hasher=FAST)
    (folder / "procedures" / "greeting.yaml").write_text(CALLEE)
    (folder / "procedures" / "call-in.yaml").write_text(CALLER)
    enrol_publishers(folder)
    return folder


@pytest.fixture
def publishing(desk: Path) -> Iterator[Publishing]:
    with opened_publishing(desk) as publishing:
        yield publishing


def test_a_caller_comes_after_what_it_calls(publishing: Publishing, desk: Path) -> None:
    author, approver = person(publishing, AUTHOR), person(publishing, APPROVER)
    caller = publishing.examine(publishing.registry.text(desk / "procedures" / "call-in.yaml"))
    with pytest.raises(NotApproved, match="calls 'greeting' revision 1, which is not published"):
        publishing.publish(caller, author, "")
    callee = publishing.examine(publishing.registry.text(desk / "procedures" / "greeting.yaml"))
    publishing.publish(callee, author, "")
    publishing.publish(caller, author, "")
    waiting = publishing.find("call-in", State.WAITING)
    with pytest.raises(RefusedError, match="it calls 'greeting' revision 1, which is waiting"):
        publishing.approve(waiting, caller, approver, proofs(), "", ())
    publishing.approve(publishing.find("greeting@1"), callee, approver, proofs(), "", ())
    publishing.approve(waiting, caller, approver, proofs(), "", ())
    # It runs as it was published, wherever the files have gone.
    for path in (desk / "procedures").iterdir():
        path.unlink()
    plan = publishing.registry.plan(publishing.registry.find("call-in"))
    assert publishing.registry.unapproved(plan) is None
    publishing.withdraw(publishing.find("greeting@1"), approver, proofs(), "a mistake in its words")
    assert "calls 'greeting'" in str(publishing.registry.unapproved(plan))
    assert verify_desk(desk).findings == ()


def test_whoever_approves_second_is_told_and_the_log_stays_clean(publishing: Publishing, desk: Path) -> None:
    with opened_people(desk, "os:test", hasher=FAST) as (enrolment, _):
        enrol_signer(enrolment, "cleo", "Cleo", "approver")
    found = publishing.examine(publishing.registry.text(desk / "procedures" / "greeting.yaml"))
    publishing.publish(found, person(publishing, AUTHOR), "")
    seen = publishing.find("greeting", State.WAITING)
    with opened_publishing(desk) as other:
        other.approve(seen, found, person(other, "cleo"), proofs(), "", ())
    with pytest.raises(Conflict, match="somebody else was faster"):
        publishing.approve(seen, found, person(publishing, APPROVER), proofs(), "", ())
    assert publishing.find("greeting@1").approver == "cleo"
    assert verify_desk(desk).findings == ()


def test_whoever_publishes_second_is_told(publishing: Publishing, desk: Path) -> None:
    found = publishing.examine(publishing.registry.text(desk / "procedures" / "greeting.yaml"))
    with opened_publishing(desk) as other:
        approve_file(other, desk / "procedures" / "greeting.yaml")
    with pytest.raises(RefusedError, match="is published already: revision 1 is approved"):
        publishing.publish(found, person(publishing, AUTHOR), "")


def test_an_older_revision_is_not_approved_behind_a_newer_one(publishing: Publishing, desk: Path) -> None:
    path = desk / "procedures" / "greeting.yaml"
    first = publishing.examine(publishing.registry.text(path))
    publishing.publish(first, person(publishing, AUTHOR), "")
    path.write_text(CALLEE.replace("revision: 1", "revision: 2"))
    approve_file(publishing, path)
    with pytest.raises(RefusedError, match="revision 2 was approved after it"):
        publishing.approve(
            publishing.find("greeting@1"), first, person(publishing, APPROVER), proofs(), "", ()
        )


def test_everything_in_a_folder_can_be_approved(desk: Path) -> None:
    approve_all(desk)
    with opened_publishing(desk) as publishing:
        assert [one.state for one in publishing.registry.register] == [State.APPROVED, State.APPROVED]


def test_another_role_in_the_settings_goes_on_record_with_the_first_ruling_in_it(desk: Path) -> None:
    with opened_publishing(desk) as publishing:
        approve_file(publishing, desk / "procedures" / "greeting.yaml")
    settings = desk / "sop.toml"
    settings.write_text(f'{settings.read_text()}\n[approval]\nrole = "manager"\n')
    with opened_people(desk, "os:test", hasher=FAST) as (enrolment, _):
        enrol_signer(enrolment, "cleo", "Cleo", "manager")
    with opened_publishing(desk) as publishing:
        publishing.withdraw(publishing.find("greeting@1"), person(publishing, "cleo"), proofs(), "a mistake")
        *_, change, ruling = publishing.context.ledger.entries(None)
    assert [change.type, ruling.type] == ["ApproverRoleChanged", "ProcedureWithdrawn"]
    assert (change.actor, change.role, change.evidence[0]["before"]) == ("cleo", "manager", "approver")
    assert verify_desk(desk).findings == ()


@pytest.mark.parametrize("late", [False, True], ids=["nothing was written", "only the answer was lost"])
def test_a_lost_answer_neither_loses_nor_doubles_a_ruling(
    publishing: Publishing, desk: Path, monkeypatch: pytest.MonkeyPatch, late: bool
) -> None:
    append, failing = SqliteLedger.append, list[bool]()

    def flaky(ledger: SqliteLedger, *given: Any) -> tuple[Entry, ...]:
        if not failing:
            return append(ledger, *given)
        if failing.pop():
            append(ledger, *given)
        raise AppendFailed("the answer was lost")

    monkeypatch.setattr(SqliteLedger, "append", flaky)
    author, approver = person(publishing, AUTHOR), person(publishing, APPROVER)
    found = publishing.examine(publishing.registry.text(desk / "procedures" / "greeting.yaml"))
    failing.append(late)
    publishing.publish(found, author, "")
    failing.append(late)
    publishing.approve(publishing.find("greeting", State.WAITING), found, approver, proofs(), "", ())
    failing.append(late)
    publishing.withdraw(publishing.find("greeting@1"), approver, proofs(), "a mistake in its words")
    kinds = [entry.type for entry in publishing.context.ledger.entries(None)]
    assert kinds[-3:] == ["ProcedurePublished", "ProcedureApproved", "ProcedureWithdrawn"]
    assert len([kind for kind in kinds if kind.startswith("Procedure")]) == 3
    assert verify_desk(desk).findings == ()
