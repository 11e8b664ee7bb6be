"""Two desks whose files an attacker owns: a live one with runs under an approved text, and a training one."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sop_runner.audit.findings import AuditFinding
from sop_runner.authoring.rehearse import rehearse
from sop_runner.desk.erasing import erase_subject
from sop_runner.desk.layout import Layout
from sop_runner.desk.session import DeskSession
from sop_runner.desk.verified import verify_desk
from sop_runner.run.actions import Answer
from sop_runner.stores.keys import KeyFile
from sop_runner.wiring import create_demo, create_desk, open_desk, opened_people, rehearsal_stage
from tests.attack.rewriting import bodies_in, rewritten
from tests.publishing import FAST, approve_all, proofs
from tests.unit.authoring.stages import scenarios_of

REAL = Path(__file__).parents[2] / "procedures"
CHANGE = REAL / "account-change.scenarios.yaml"
PASSPHRASE = "seven quiet boats"
Rows = list[dict[str, Any]]
Edit = Callable[[Rows], Any]
Place = tuple[str, int | None]

NOTE = """\
format: sop/1
procedure: take-a-note
revision: 1
title: Take a note
purpose: Note what a customer says.
effective_from: 2026-01-01
review_by: 2030-01-01
records: {retain_for: 0s}
roles: {agent: Notes it.}
by: agent
controls: {heard: The customer was heard.}
case:
  - {field: customer_id, type: text}
flow:
  - confirmation: hear
    do: Hear the customer.
    record:
      fields:
        - {field: who, type: text, keep: erasable}
        - {field: topic, type: text}
    satisfies: [heard]
  - end: closed
    result: completed
    requires: [heard]
"""


def live_desk(folder: Path) -> Path:
    """Two customers were heard on two tickets, at the second try; then the values of the first were erased."""
    create_desk(folder, hasher=FAST)
    (folder / "procedures" / "take-a-note.yaml").write_text(NOTE)
    with opened_people(folder, "keeper", hasher=FAST) as (enrolment, _):
        enrolment.add("ana", "Ana", ["agent"])
        enrolment.passphrase("ana", PASSPHRASE)
        enrolment.token("ana", "test")
    approve_all(folder)
    desk = open_desk(folder)
    desk.sign_in("ana", PASSPHRASE)
    for number in (1, 2):
        session = desk.start("ana", "take-a-note", f"T-{number}", {"customer_id": f"C-{number}"}, "en")
        assert isinstance(session, DeskSession), session
        assert not session.perform(Answer("hear", values={})).accepted
        assert session.perform(Answer("hear", values={"who": f"customer {number}", "topic": "rain"})).accepted
        assert session.view().status == "ended"
    ana = desk.folk.directory().acting("ana")
    erase_subject(desk.context, "C-1", ana, proofs(), "asked for in writing")
    desk.close()
    return folder


def training_desk(folder: Path) -> Path:
    """Account changes: one that closed, one that a supervisor signed, one that was refused."""
    create_demo(folder).close()
    loaded, cases = scenarios_of(CHANGE)
    with rehearsal_stage(folder, REAL / "account-change.yaml") as make:
        for name in (
            "a standard change closes",
            "the second person is another person",
            "the caller cannot prove it now",
        ):
            case = next(case for case in cases if case.name.startswith(name))
            assert rehearse(case, make(), loaded.source).deviation is None
    return folder


def copied(desk: Path, to: Path) -> Path:
    """The attacker's own copy, of which no head tells yet."""
    return Path(shutil.copytree(desk, to))


def rows_of(desk: Path, training: bool = False) -> Rows:
    """The bodies of the log."""
    return bodies_in(Layout(desk, training).ledger)


def forge(desk: Path, edit: Edit, training: bool = False) -> None:
    """Rewrite history with the desk's own key, so that every hash and signature is right."""
    layout = Layout(desk, training)
    rewritten(layout.ledger, KeyFile(layout.key), edit)


def named(desk: Path, training: bool = False) -> list[Place]:
    """Code and place of everything that verification names, the warnings of the clock left out."""
    findings = verify_desk(desk, training).findings
    return [place(one) for one in findings if not str(one.code).startswith("CLOCK")]


def place(finding: AuditFinding) -> Place:
    """Code and index."""
    return str(finding.code), finding.index


def index_of(rows: Rows, kind: str, at: str | None = None, nth: int = 0) -> int:
    """The nth entry of a kind, at an item where one is named."""
    return [n for n, row in enumerate(rows) if row["type"] == kind and at in (None, row["at"])][nth]


def piece(row: dict[str, Any], kind: str) -> dict[str, Any]:
    """The piece of evidence of a kind."""
    return next(one for one in row["evidence"] if one["kind"] == kind)
