"""docs/reference.md says what the model says, and its examples are read by it."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sop_runner.procedure.base_types import Strict
from sop_runner.procedure.evidence import EVIDENCE
from sop_runner.procedure.fields import ONLY_FOR, FieldRules
from sop_runner.procedure.shape import keys_of, parts
from sop_runner.procedure.source import read_source
from sop_runner.procedure.when import OPERATORS, parse_condition

ROOT = Path(__file__).parents[3]
TOOLS = ROOT / "tools"

FLOW = [{"end": "done", "result": "failed"}]
# What a part needs beside the key that is shown.
FRAMES: dict[str, dict[str, Any]] = {
    "Procedure": {
        "format": "sop/1", "procedure": "sample", "revision": 1, "title": "Sample", "purpose": "Show a key.",
        "effective_from": "2026-10-15", "review_by": "2027-10-15", "roles": {"agent": "Acts."}, "by": "agent", "flow": FLOW,
    },
    "Related": {"title": "Rules", "href": "DP-002"},
    "HistoryEntry": {"revision": 1, "date": "2026-10-15", "change": "First text.", "author": "Ada"},
    "Accept": {"check": "SOP532", "because": "A reason in words."},
    "Table": {"of": "tariff", "values": {"gold": 1}},
    "Bands": {"of": "amount", "up_to": [[1, "small"]], "above": "large"},
    "Step": {"step": "open-ticket", "do": "Open it."},
    "Until": {"until": "restart_at"},
    "Checklist": {"checklist": "before", "items": [{"item": "line", "ask": "Is it free?"}]},
    "Item": {"item": "line", "ask": "Is it free?"},
    "Confirmation": {"confirmation": "consent"},
    "Identity": {"of": "customer", "factors": [{"factor": "word", "kind": "knowledge"}]},
    "Factor": {"factor": "word", "kind": "knowledge"},
    "Record": {"fields": [{"field": "wish", "type": "text"}]},
    "Statement": {"of": "customer", "text": "I agree."},
    "LogReview": {"source": "billing"},
    "ReadBack": {"of": "number"},
    "FieldSpec": {"field": "wish"},
    "Decision": {"decision": "size", "decided_by": "person", "outcomes": [{"outcome": "large"}]},
    "Outcome": {"outcome": "large"},
    "Call": {"call": "identity", "procedure": "identity-check", "revision": 1},
    "End": {"end": "done", "result": "failed"},
    "Section": {"section": "intake", "flow": FLOW},
    "Jump": {"to": "closed"},
    "Age": {},
    "WaivableBy": {"by": "supervisor"},
}  # fmt: skip


def value_of(text: str) -> Any:
    """The one value of `key: value`, read as a procedure's file is. Anything found is a failure."""
    read = read_source(text.encode())
    assert not read.findings, [str(one) for one in read.findings]
    (value,) = read.data.values()
    return value


def completed(model: type[Strict], key: str, value: Any) -> dict[str, Any]:
    """A whole part of a file with `key`, and what goes with it."""
    frame = dict(FRAMES.get(model.__name__, {}))
    if issubclass(model, FieldRules):
        frame["type"] = min(ONLY_FOR.get(key, {"text"}))
        frame |= {"choice": {"choices": ["a"]}, "list": {"of": [{"field": "a", "type": "text"}]}}.get(
            frame["type"], {}
        )
    if model.__name__ == "Confirmation" and key not in EVIDENCE:
        frame["statement"] = FRAMES["Statement"]
    if model.__name__ == "Item" and key == "expect":
        frame["answers"] = ["free", "engaged"]
    if model.__name__ == "Age" and key == "from":
        frame["for"] = "60m"
    first = getattr(model, "kind", "")
    frame[key] = value
    return {first: frame.pop(first), **frame} if first else frame


@pytest.fixture
def tools(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The generator's own modules."""
    monkeypatch.syspath_prepend(str(TOOLS))
    import reference_examples
    import reference_tail

    return reference_examples, reference_tail


def test_the_page_is_the_one_that_is_generated() -> None:
    tool = [sys.executable, str(TOOLS / "reference.py"), "check"]
    assert subprocess.run(tool, cwd=ROOT, check=False).returncode == 0, "run python tools/reference.py"


def test_every_key_has_an_example_that_the_model_reads(tools: Any) -> None:
    examples, _ = tools
    for model in parts():
        for key in keys_of(model):
            value = value_of(f"{key}: {examples.example(model, key)}\n")
            model.model_validate(completed(model, key, value))
    assert not examples.unused()


def test_every_comparison_has_an_example_that_is_a_condition(tools: Any) -> None:
    _, tail = tools
    assert set(tail._OPERATORS) == set(OPERATORS)
    for _, shown in (*tail._OPERATORS.values(), *tail._JOINS.values()):
        parse_condition(read_source(shown.encode()).data)


def test_every_key_stands_on_the_page() -> None:
    text = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    index = text.partition("## All keys")[2]
    missing = [key for model in parts() for key in keys_of(model) if f"\n| `{key}` |" not in index]
    assert not missing
