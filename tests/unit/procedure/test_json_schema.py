"""The JSON Schema: current, valid, and of one mind with the loader about every key."""

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from sop_runner.procedure.json_schema import procedure_schema
from sop_runner.procedure.key_docs import described
from sop_runner.procedure.load import load
from sop_runner.procedure.shape import keys_of, model_at, parts
from sop_runner.procedure.source import read_source

ROOT = Path(__file__).parents[3]
SCHEMA = procedure_schema()
VALIDATOR = Draft202012Validator(SCHEMA)
MODEL_FILE = ROOT / "tests" / "lint" / "ok" / "account-change.yaml"


def plain(value: Any) -> Any:
    """What a JSON reader would see of it."""
    return json.loads(json.dumps(value, default=lambda number: float(Decimal(number))))


def data_of(text: str) -> Any:
    return plain(read_source(text.encode()).data)


def test_the_file_is_current() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "schemas" / "generate.py"), "--check"],
        cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert "x-condition" not in json.dumps(SCHEMA)


def test_every_reference_leads_somewhere() -> None:
    used = {part.split('"')[0] for part in json.dumps(SCHEMA).split("#/$defs/")[1:]}
    assert used <= set(SCHEMA["$defs"])
    assert set(SCHEMA["$defs"]) <= used


@pytest.mark.parametrize("model", parts(), ids=lambda model: model.__name__)
def test_keys_and_required_ones_are_those_of_the_model(model: Any) -> None:
    schema = SCHEMA if model is parts()[0] else SCHEMA["$defs"][model.__name__]
    keys = keys_of(model)
    assert set(schema["properties"]) == set(keys)
    assert set(schema.get("required", ())) == {key for key, field in keys.items() if field.is_required()}
    assert schema["additionalProperties"] is (model.__name__ == "Factor")
    assert all(body["description"] == described(model)[key] for key, body in schema["properties"].items())


@pytest.mark.parametrize(
    "path",
    [MODEL_FILE, *sorted(p for p in (ROOT / "procedures").glob("*.yaml") if "scenarios" not in p.name)],
    ids=lambda path: path.stem,
)
def test_good_files_are_valid(path: Path) -> None:
    assert list(VALIDATOR.iter_errors(data_of(path.read_text(encoding="utf-8")))) == []


EVERY_KEY = sorted({key for model in parts() for key in keys_of(model)} | {"unheard_of"})
PLACES = {
    "top": (),
    "step": ("flow", 0),
    "record": ("flow", 1),
    "identity": ("flow", 2),
    "decision": ("flow", 4),
    "end": ("flow", 9),
    "field": ("flow", 1, "record", "fields", 0),
    "outcome": ("flow", 4, "outcomes", 0),
    "time": ("flow", 2, "time"),
    "evidence": ("flow", 2, "identity"),
    "sign-off": ("flow", 5, "sign_off"),
    "log-review": ("flow", 7, "log_review"),
}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_loader_and_schema_know_the_same_keys(place: tuple[str | int, ...]) -> None:
    """Every key there is, put into a place of a good file: what one takes there the other takes."""
    data = data_of(MODEL_FILE.read_text(encoding="utf-8"))
    part: Any = data
    for step in place:
        part = part[step]
    added = [key for key in EVERY_KEY if key not in part]
    part.update(dict.fromkeys(added, "x"))
    text = json.dumps(data, ensure_ascii=False)  # which is YAML as well
    messages = [finding.message for finding in load(text.encode()).findings if finding.code == "SOP132"]
    starts = ("'{}' is no key", "a step cannot have '{}'")
    refused = {
        key
        for key in added
        for message in messages
        if message.startswith(tuple(s.format(key) for s in starts))
    }
    schema = SCHEMA if not place else SCHEMA["$defs"][_name(data, place)]
    assert refused == {key for key in added if key not in schema["properties"]}


def _name(data: Any, place: tuple[str | int, ...]) -> str:
    model = model_at(data, place)
    assert model is not None
    return model.__name__


GOOD_FLOW = "flow:\n  - step: a\n    do: Something.\n    {}\n  - end: closed\n    result: completed\n"
HEAD = MODEL_FILE.read_text(encoding="utf-8").split("flow:")[0]


@pytest.mark.parametrize(
    "line",
    [
        "only_when: {}", "only_when:", "only_when: { any: [] }", "only_when: { a: { at_leest: 3 } }",
        "only_when: { a: { one_of: x } }", "only_when: { a: { within: soon } }", "only_when: { held: [] }",
        "then: [closed]", "then: { at_most: 1 }", "by: { a: b }", "title: 3", "title: { xx_: a }", "title: ' '",
        "time: { limit: 5 }", "time: 5m", "irreversible: 1", "wait: soon", "wait: { untl: a }", "waivable: x",
        "then: { to: a, at_most: 0 }", "requires: [Big]",
    ],
)  # fmt: skip
def test_both_refuse(line: str) -> None:
    text = HEAD + GOOD_FLOW.format(line)
    assert load(text.encode()).procedure is None
    assert list(VALIDATOR.iter_errors(data_of(text)))


@pytest.mark.parametrize(
    "line",
    [
        "only_when: { all: [{ today: { after: 2026-01-01 } }], not: { today: 2026-02-02 } }",
        "only_when: { any: [{ held: consent }, { today: { known: true, same_day: true, within: 3d } }] }",
        "then: closed", "then: { to: closed, at_most: 2, otherwise: a }", "by: [agent, supervisor]", "ref: 12",
        "title: { en: A, zh-Hans: B, hu: C }", "time: none", "otherwise: none", "wait: 30s", "waivable: { by: agent }",
        "time: { limit: 5m, at_limit: warn }", "requires: consent", "invalidates: [consent]",
    ],
)  # fmt: skip
def test_both_take(line: str) -> None:
    text = HEAD + GOOD_FLOW.format(line)
    assert load(text.encode()).findings == ()
    assert list(VALIDATOR.iter_errors(data_of(text))) == []
