"""The examples of the catalogue, completed to files: what `bad` shows is found, and `good` is silent.

`python -m tests.lint.examples` writes them to `err/rules` and `ok/rules`, with what is found beside each.
"""

import re
from datetime import date
from pathlib import Path

from sop_runner.base.finding import Finding
from sop_runner.lint.accept import Report
from sop_runner.lint.catalogue import RULES
from sop_runner.lint.lint import lint
from sop_runner.lint.rule import Rule
from sop_runner.machine.plan import compile_plan
from sop_runner.procedure.load import load

FOLDER = Path(__file__).parent
ERR, OK = FOLDER / "err" / "rules", FOLDER / "ok" / "rules"
TODAY = date(2026, 11, 26)
WITHOUT_EXAMPLE = {"SOP311"}
"""SOP221 refuses such a file before anything is proved."""

FRAME = """\
format: sop/1
procedure: sample
revision: 1
number: CS-001
title: Sample
purpose: Show one thing.
scope: Everywhere.
owner: operations
author: operations
training: Telephone fraud, renewed each year.
effective_from: 2026-10-15
review_by: 2027-01-15
records: {retain_for: 3y}
roles: {agent: Serves the customer.}
by: agent
case: []
derive: {}
controls: {written-record: The request was written down (OPS 1.1).}
flow:
  - confirmation: request
    record: {fields: [{field: wish, type: text}]}
    satisfies: [written-record]
  - end: closed
    result: completed
    requires: [written-record]
"""


def completed(fragment: str) -> str:
    """A whole procedure with the keys of `fragment`; those it does not give are the frame's."""
    parts = _keys(FRAME)
    for key in re.findall(r"(?m)^# without (.*)$", fragment):
        for name in key.split(", "):
            parts.pop(name)
    for empty in ("case", "derive"):
        parts.pop(empty)
    order = list(_keys(FRAME))
    parts |= _keys(fragment)
    parts = dict(sorted(parts.items(), key=lambda part: order.index(part[0]) if part[0] in order else 99))
    return "".join(parts.values())


def _keys(text: str) -> dict[str, str]:
    blocks = re.split(r"(?m)^(?=[a-z_]+:)", text)
    return {
        block.partition(":")[0]: block.rstrip("\n") + "\n" for block in blocks if re.match(r"[a-z_]+:", block)
    }


def linted(data: bytes, file: str) -> Report:
    """What lint says of one file without callees."""
    loaded = load(data, file)
    if loaded.procedure is None:
        return Report(loaded.findings)
    plan = compile_plan(loaded.procedure, loaded.digest or "", {})
    return lint(
        plan, {(loaded.procedure.procedure, loaded.procedure.revision): loaded}, loaded.findings, TODAY
    )


def told(report: Report) -> str:
    """One line for what is wrong, one for what to do; what the file accepts comes with its reason."""
    lines = []
    for one in report.findings:
        lines += [_line(one), f"    fix: {one.fix}"]
    for accepted in report.accepted:
        lines += ["accepted " + _line(accepted.finding), f"    because: {accepted.because}"]
    return "".join(line + "\n" for line in lines)


def _line(one: Finding) -> str:
    related = f" [{one.related.line}:{one.related.column}]" if one.related else ""
    return f"{one.at.line}:{one.at.column}+{one.length} {one.severity} {one.code} {one.message}{related}"


def examples() -> list[Rule]:
    """The rules with an example."""
    return [rule for rule in RULES if rule.code not in WITHOUT_EXAMPLE]


def write() -> None:
    """Write every example, its completion and what is found."""
    for rule in examples():
        name = f"{rule.code}-{rule.name}.yaml"
        for folder, fragment in ((ERR, rule.bad), (OK, rule.good)):
            path = folder / name
            path.write_text(completed(fragment), encoding="utf-8")
            path.with_suffix(".out").write_text(told(linted(path.read_bytes(), name)), encoding="utf-8")


if __name__ == "__main__":
    write()
