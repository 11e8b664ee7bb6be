"""The JSON Schema of `sop-scenarios/1`, for editors: made from the model that reads the file."""

from typing import Any

from .scenario import ScenarioFile

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_SENTENCES = {
    "format": "The format of this file: sop-scenarios/1.",
    "procedure": "The id of the procedure that the scenarios test.",
    "scenarios": "What the procedure does, told as cases.",
    "scenario": "A name of its own: what is shown by it, in a sentence.",
    "as": "Who acts: a person, or several, for each role.",
    "case": "The values of the procedure's case fields.",
    "starts": "When the clock starts, such as 2026-11-23T09:00; without an offset in the desk's zone.",
    "matrix": "Names with their values: the scenario is run for every combination, {name} puts a value in.",
    "cases": "A CSV file beside this one: the scenario is run for every line, {name} puts a cell in.",
    "do": "What is done, in order: nodes with their answers, and verbs.",
    "ends": "The end that must be reached, or abandoned.",
    "at": "The node where the run must stand, still open.",
    "never": "Nodes that must not be entered; passed over is not entered.",
    "know": "Values that must be known: fields, derived names, decisions, CALL/NAME.",
}


def scenarios_schema() -> dict[str, Any]:
    """The schema of a scenario file (JSON Schema, draft 2020-12), with a sentence for every key."""
    raw = ScenarioFile.model_json_schema(by_alias=True)
    scenario = _part(raw.pop("$defs")["Scenario"])
    return {
        "$schema": DIALECT,
        "title": "Scenarios, sop-scenarios/1",
        **_part(raw),
        "$defs": {"Scenario": scenario},
    }


def _part(raw: dict[str, Any]) -> dict[str, Any]:
    keys = {
        name: {**_plain(body), "description": _SENTENCES[name]} for name, body in raw["properties"].items()
    }
    return {**{k: v for k, v in raw.items() if k not in ("title", "properties")}, "properties": keys}


def _plain(node: Any) -> Any:
    """Without titles made of names, defaults, and null, which no key may be."""
    if isinstance(node, list):
        return [_plain(inner) for inner in node if inner != {"type": "null"}]
    if not isinstance(node, dict):
        return node
    kept = {key: _plain(value) for key, value in node.items() if key not in ("title", "default")}
    branches = kept.pop("anyOf", None)
    if branches is not None:
        kept.update(branches[0] if len(branches) == 1 else {"anyOf": branches})
    return kept
