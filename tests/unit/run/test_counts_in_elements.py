"""Bounded jumps in a call for each element: every element counts its own, however often somebody goes back and on."""

from datetime import timedelta

import pytest
import yaml

from sop_runner.machine.plan import Plan, compile_plan
from sop_runner.procedure.library import resolve
from sop_runner.procedure.load import load
from sop_runner.run import actions as do
from sop_runner.run.decide import decide
from sop_runner.run.going import Accepted
from sop_runner.run.start import decide_start
from sop_runner.run.state import Run
from tests.answers import NAMED, actor
from tests.unit.lint.exhaustive import Tree, procedure
from tests.walker import START

FAY = actor("fay")


def _plan() -> Plan:
    """`again` leads back to `act` once, then to `off`; each element has a node in front of that loop."""
    again: Tree = {"outcome": "again", "then": {"to": "act", "at_most": 1, "otherwise": "off"}}
    inner: list[Tree] = [
        {"step": "before", "do": "Look."},
        {"step": "act", "do": "Act."},
        {"decision": "ask", "ask": "Again?", "decided_by": "answer", "outcomes": [again, {"outcome": "enough"}]},
        {"end": "on", "result": "completed"},
        {"end": "off", "result": "failed"},
    ]  # fmt: skip
    callee = {**procedure("callee", inner), "case": [{"field": "line", "type": "yes-no"}]}
    rows: Tree = {
        "field": "rows",
        "type": "list",
        "of": [{"field": "line", "type": "yes-no"}],
        "at_most": 2,
    }
    outer: list[Tree] = [
        {"confirmation": "given", "record": {"fields": [rows]}},
        {"call": "each", "procedure": "callee", "revision": 1, "for_each": {"line": "rows.line"}, "ends": {"off": "failed"}},
        {"end": "closed", "result": "completed"},
        {"end": "failed", "result": "failed"},
    ]  # fmt: skip
    main, called = (
        load(yaml.safe_dump(tree, sort_keys=False).encode())
        for tree in (procedure("main", outer), {**callee, "controls": {}})
    )
    assert main.procedure is not None
    return compile_plan(main.procedure, "", resolve(main, lambda *_: called).procedures)


def _played(plan: Plan, *those: str) -> Run:
    """The run after these: a node is gone back to, `again` and `enough` are chosen, and `on` is what is done."""
    started = decide_start(
        plan, do.Start("run-1", "CR-1", "UTC", {}, NAMED, training=True), do.Given(FAY, START, bytes(32))
    )
    assert isinstance(started, Accepted)
    run = started.run
    rows = {"rows": [{"line": True}, {"line": False}]}
    for one in ("given", *those):
        action: do.Action = do.Answer(run.at, one if one in ("again", "enough") else "done")
        if "/" in one:
            action = do.GoBack(one, "because")
        elif one == "given":
            action = do.Answer(run.at, "done", rows)
        judged = decide(plan, run, action, do.Given(FAY, run.last + timedelta(seconds=1), bytes(32)))
        assert isinstance(judged, Accepted), judged.message
        run = judged.run
    return run


SPENT = ("on", "on", "again", "on")
"""An element with its jump used."""


@pytest.mark.parametrize(
    "those",
    [
        (*SPENT, "enough", "on", "each[1]/ask"),
        (*SPENT, "enough", "on", "on", "each[1]/before", "on", "on"),
        ("on", "on", "enough", *SPENT, "each[1]/before", "on", "on", "enough", "on", "on"),
        ("on", "on", "enough", *SPENT, "each[1]/act", "on", "enough", "on", "on"),
    ],
)
def test_a_jump_of_an_element_stays_used_after_going_back(those: tuple[str, ...]) -> None:
    """Neither going on with the next element nor leaving one behind starts the count of another again."""
    run = _played(_plan(), *those)
    assert run.at.endswith("/ask")
    assert _played(_plan(), *those, "again").end == "failed"


def test_elements_count_apart() -> None:
    run = _played(_plan(), *SPENT, "enough", *SPENT)
    assert run.at == "each[2]/ask"
    assert run.status == "open"
