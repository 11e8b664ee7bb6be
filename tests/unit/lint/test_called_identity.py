"""A procedure that changes a contact tells the identity check that it calls."""

from sop_runner.lint.lint import lint
from sop_runner.machine.plan import compile_plan
from sop_runner.procedure.library import resolve
from sop_runner.procedure.load import Loaded, load
from tests.lint.examples import TODAY, completed

CHECK = """\
procedure: check
case: [{field: contact_change, type: choice, choices: [nothing, phone]}]
flow:
  - confirmation: caller
    identity:
      of: customer
      factors:
        - {factor: passphrase, kind: knowledge}
        - {factor: one-time-code, kind: possession, send_to: contact-on-file, not_to: contact_change}
    satisfies: [written-record]
    otherwise: refused
  - end: proved
    result: completed
    requires: [written-record]
  - end: refused
    result: refused
"""
CALLER = """\
flow:
  - confirmation: request
    record: {fields: [{field: change, type: choice, choices: [nothing, phone]}]}
  - call: who
    procedure: check
    revision: 1
    given: {contact_change: GIVEN}
    ends: {refused: refused}
    satisfies: [written-record]
  - end: closed
    result: completed
    requires: [written-record]
  - end: refused
    result: refused
"""


def found(given: str, caller: str = CALLER) -> list[str]:
    def read(text: str, name: str) -> Loaded:
        loaded = load(completed(text).encode(), name)
        assert loaded.procedure is not None, loaded.findings
        return loaded

    main, callee = read(caller.replace("GIVEN", given), "main.yaml"), read(CHECK, "check.yaml")
    resolved = resolve(main, lambda name, revision: callee)
    assert main.procedure is not None
    plan = compile_plan(main.procedure, "", resolved.procedures)
    files = {**resolved.callees, ("sample", 1): main}
    return [f"{one.at.line}:{one.at.column} {one.code}" for one in lint(plan, files, (), TODAY).findings]


def test_a_contact_that_changes_is_handed_on() -> None:
    assert found("{field: change}") == []


def test_told_that_nothing_changes_a_callee_would_send_codes_to_the_new_contact() -> None:
    assert found("nothing") == ["23:29 SOP544"]


def test_where_no_contact_changes_there_is_nothing_to_hand_on() -> None:
    assert found("nothing", CALLER.replace("field: change", "field: colour")) == []
