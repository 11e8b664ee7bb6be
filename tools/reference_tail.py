"""Two parts of docs/reference.md whose keys are no part of the procedure's model: conditions and scenarios."""

from sop_runner.authoring.scenario import ScenarioFile
from sop_runner.authoring.scenario_schema import scenarios_schema
from sop_runner.procedure.base_types import VERBS
from sop_runner.procedure.when import OPERATORS

_OPERATORS = {
    "is": ("It is this value; `change: phone` is the short form.", "change: { is: phone }"),
    "is_not": ("It is another value.", "change: { is_not: phone }"),
    "one_of": ("It is one of these.", "change: { one_of: [phone, email] }"),
    "none_of": ("It is none of these.", "change: { none_of: [phone, email] }"),
    "at_least": ("It is this much or more.", "amount: { at_least: 100 }"),
    "at_most": ("It is this much or less.", "amount: { at_most: 100 }"),
    "more_than": ("It is more than this.", "amount: { more_than: 100 }"),
    "less_than": ("It is less than this.", "amount: { less_than: { field: limit } }"),
    "before": ("It is earlier than this.", "received_on: { before: 2026-10-15 }"),
    "after": ("It is later than this.", "received_on: { after: { field: billed_on } }"),
    "within": ("It is no longer ago than this.", "last_change: { within: 24h }"),
    "same_day": ("It is today, or with `false` it is not.", "received_on: { same_day: true }"),
    "known": ("It has a value, or with `false` it has none.", "refund: { known: true }"),
}
_JOINS = {
    "all": ("Each of these conditions holds.", "all: [{ change: phone }, { risky: true }]"),
    "any": ("One of these conditions holds.", "any: [{ change: phone }, { risky: true }]"),
    "not": ("This condition does not hold.", "not: { change: phone }"),
    "held": ("These controls are gained and fresh.", "held: [consent]"),
}
_VERBS = {
    "after": ("Moves the clock on.", "after: 20m"),
    "refused": (
        "The action before this line was refused, and its message has these words.",
        "refused: consent",
    ),
    "hold": ("The run is put on hold, for this reason.", "hold: the line went dead"),
    "resume": ("The run goes on.", "resume"),
    "go_back": ("Goes back to a node.", "go_back: change-request"),
    "hand_over": ("Another person takes the run.", "hand_over: bela"),
    "take_over": (
        "Who acts takes over the role of somebody who has left, for this reason.",
        "take_over: her shift is over",
    ),
    "waive": ("The node is waived; with an answer what it records stands there.", "waive: call-back"),
    "deviation": (
        "What was expected, what happened, what was decided.",
        "deviation: { expected: a call, happened: nobody answered, decided: we write }",
    ),
    "note": ("A note is written.", "note: the caller is in a hurry"),
    "abandon": ("The run is abandoned; what it left open is undone next.", "abandon: the customer hung up"),
    "leave": ("While abandoning: this step stays open, for this reason.", "leave: the office is closed"),
    "through": ("Sample answers by the shortest way, this node included.", "through: consent"),
    "by": ("Who does the next action.", "by: bela"),
    "restart": ("The process dies and the run is opened again.", "restart"),
}
_KEYS = {
    "format": "format: sop-scenarios/1",
    "procedure": "procedure: account-change",
    "scenarios": "scenarios: [{ scenario: a quiet case, do: [open-ticket], at: consent }]",
    "scenario": "scenario: a stolen telephone is not enough",
    "as": "as: { agent: ana, supervisor: bela }",
    "case": "case: { account: C-10000001 }",
    "starts": "starts: 2026-11-23T09:00",
    "matrix": "matrix: { change: [phone, email] }",
    "cases": "cases: account-change.risk.csv",
    "do": "do: [open-ticket, consent: affirmed]",
    "ends": "ends: closed",
    "at": "at: consent",
    "never": "never: [apply-change]",
    "know": "know: { takeover-risk: high }",
}
SCENARIOS = tuple(_KEYS)


def conditions() -> str:
    """The section on what a condition may say."""
    rows = [(key, *_OPERATORS[key]) for key in OPERATORS] + [(key, *rest) for key, rest in _JOINS.items()]
    return (
        "## Conditions\n\nStand in `when` and `only_when`. A condition is a map, and each of its entries must hold. Names "
        "are fields, derived\nvalues, a decision (its outcome), `CHECKLIST.item` (its answer), a sign-off (`approved`, "
        "`declined`), a step that\nmust be undone (`open`, `closed`) and `today`. A test of something unknown does not "
        "hold.\n\n" + _table("key", rows)
    )


def scenarios() -> str:
    """The section on scenario files: their keys, and the verbs of `do`."""
    schema = scenarios_schema()
    sentences = {
        key: str(body["description"])
        for part in (schema, schema["$defs"]["Scenario"])
        for key, body in part["properties"].items()
    }
    assert set(sentences) == set(_KEYS), "each key of a scenario needs its example"
    rows = [(key, sentences[key], _KEYS[key]) for key in _KEYS]
    needed = ", ".join(f"`{name}`" for name in (*ScenarioFile.model_fields, "scenario"))
    return (
        f"## Scenarios\n\nThe keys of `NAME.scenarios.yaml`. Needed are {needed}.\n\n"
        + _table("key", rows)
        + "\nAn item of `do` is a node's id, `id: answer`, or one of these verbs:\n\n"
        + _table("verb", [(verb, *_VERBS[verb]) for verb in VERBS])
    )


def _table(what: str, rows: list[tuple[str, str, str]]) -> str:
    lines = [f"| `{key}` | {means} | `{shown}` |" for key, means, shown in rows]
    return f"| {what} | means | example |\n|---|---|---|\n" + "\n".join(lines) + "\n"
