"""Small flows written by hand: what is recorded and asked for, with a control that two ends tell apart."""

from typing import Any

import yaml

from sop_runner.machine.plan import Plan, compile_plan
from sop_runner.procedure.library import resolve
from sop_runner.procedure.load import load
from tests.unit.lint.exhaustive import Tree, procedure

CONSENT: Tree = {
    "confirmation": "consent",
    "statement": {"of": "customer", "text": "I agree."},
    "satisfies": ["a"],
}
ENDS: list[Tree] = [
    {"end": "closed", "result": "completed", "requires": ["a"]},
    {"end": "failed", "result": "failed"},
]


def planned(flow: list[Tree], **more: Any) -> Plan:
    tree = {**procedure("main", [*flow, CONSENT, *ENDS]), **more}
    loaded = load(yaml.dump(tree, Dumper=_Plain, sort_keys=False).encode())
    assert loaded.procedure is not None, [one.message for one in loaded.findings]
    return compile_plan(loaded.procedure, "", resolve(loaded, lambda *_: None).procedures)


class _Plain(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def record(name: str, **fields: str) -> Tree:
    return {
        "confirmation": name,
        "record": {"fields": [{"field": f, "type": kind} for f, kind in fields.items()]},
    }


def rule(name: str, when: Tree, yes: str, no: str) -> Tree:
    outcomes = [{"outcome": "up", "when": when, "then": yes}, {"outcome": "down", "then": no}]
    return {"decision": name, "ask": "Which?", "decided_by": "rule", "outcomes": outcomes}
