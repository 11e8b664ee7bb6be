"""Writes docs/reference.md from the model of the language; `check` only says whether it is current."""

import sys
from collections.abc import Iterator
from pathlib import Path

from reference_examples import example
from reference_tail import SCENARIOS, conditions, scenarios
from reference_types import Schema, anchor, takes

from sop_runner.procedure.base_types import Strict
from sop_runner.procedure.fields import ONLY_FOR, FieldRules
from sop_runner.procedure.json_schema import procedure_schema
from sop_runner.procedure.key_docs import described
from sop_runner.procedure.nodes import KINDS, Common
from sop_runner.procedure.shape import keys_of, parts

PAGE = Path(__file__).parents[1] / "docs" / "reference.md"
HEAD = """\
# Reference of keys

Every key of a procedure file: where it may stand, what it takes, what holds where it is left out, what it means,
and how it is written. Made from the program's own model by `tools/reference.py`: edit that. How the keys work
together says [the language](language.md); hard cases have [pages of their own](how-to/README.md). To find a key, go
to the [list of all keys](#all-keys) at the end.

## Words used here

| word | is |
|---|---|
| needed | the key must be there |
| id | small letters, digits and hyphens: `open-ticket` |
| field name | letters, digits and underscores: `new_number` |
| name | an id, a field name, a role: whatever it refers to |
| text | a sentence, or one for each language: `{en: Good day., hu: Jó napot.}`; `{new_number}` inside puts a value in |
| duration | a number and `s`, `m`, `h`, `d` or `y`: `30s`, `15m`, `3y` |
| date | `2026-10-15` |
| value | a bare value such as `12`, `true` or `phone`, or `{field: NAME}` for what a field holds |
"""
# The parts of a file in the order of the page, with their headings.
TITLES = {
    "Procedure": "Top of the file",
    "Titled": "A role or a control",
    "Related": "A related document",
    "HistoryEntry": "An entry of the history",
    "Records": "Keeping of records",
    "Defaults": "What nodes take by default",
    "Accept": "An accepted finding",
    "Derive": "A derived value",
    "Table": "A table",
    "Bands": "Bands",
    "Common": "Nodes",
    "Step": "Step",
    "Until": "A wait for a time",
    "Checklist": "Checklist",
    "Item": "An item of a checklist",
    "ItemField": "The field of an item",
    "Confirmation": "Confirmation",
    "Identity": "Identity",
    "Factor": "A factor",
    "Record": "Record",
    "Statement": "Statement",
    "SignOff": "Sign-off",
    "LogReview": "Log review",
    "ReadBack": "Read-back",
    "FieldSpec": "A field",
    "Decision": "Decision",
    "Outcome": "An outcome",
    "Call": "Call",
    "End": "End",
    "Section": "Section",
    "Jump": "A jump",
    "Age": "How long a control is fresh",
    "Time": "Time",
    "WaivableBy": "Who may waive",
}
NOTES = {
    "Factor": "Two such options are `document: NAME` and `question: NAME`: which one of those on file.",
    "Common": "The kinds below add keys of their own.",
    "Step": "A step says `do` or `say`. It has no evidence, so it gains no control.",
    "Item": "An item says `ask` or `do`, and has `answers` or a `field`, not both.",
    "ItemField": "It has the keys of [a field](#a-field).",
    "Derive": "Exactly one of these keys stands there. A value that depends on something unknown is unknown.",
    "Jump": "A node's id alone is the short form: `then: closed`.",
    "Age": "A duration alone is the short form: `valid_for: 15m`. Either `for` or `same_day` stands there.",
}
LEFT_OUT = {
    "Common.title": "the id, in words",
    "Common.by": "`by` of the file",
    "Common.then": "the next node",
    "Outcome.then": "`then` of the decision",
    "Item.by": "`by` of the checklist",
    "Item.answers": "`[done]`",
    "Item.expect": "every answer",
    "Checklist.need": "all of them",
    "End.closes_ticket": "`true` for `completed`",
    "Factor.title": "the id, in words",
    "Jump.at_most": "no bound",
    "ReadBack.last": "all of it",
}
HAND_WRITTEN = {
    "Titled": """\
A sentence alone, or a short name and the sentence. The short name stands where there is no room for a sentence.

| key | takes | left out | means | example |
|---|---|---|---|---|
| `title` | [text](#words-used-here) | the id, in words | The short name. | `title: Consent` |
| `sentence` | [text](#words-used-here) | needed | What it means, with the rule it comes from. | `sentence: The account holder agreed (CS 2.1).` |
""",
}


def _lower(title: str) -> str:
    return title[0].lower() + title[1:]


_NAMED = {name: _lower(title) for name, title in TITLES.items()}
_NODES = [model.__name__ for model in KINDS.values() if issubclass(model, Common)]


def page() -> str:
    """The page as it should be."""
    schema = procedure_schema()
    models: dict[str, type[Strict]] = {model.__name__: model for model in parts()} | {"Common": Common}
    assert set(models) == set(TITLES) - set(HAND_WRITTEN), "each part needs its heading in TITLES"
    bodies: dict[str, Schema] = {**schema["$defs"], "Procedure": schema}
    bodies["Common"] = schema["$defs"]["Step"]
    found = [HEAD]
    for name, title in TITLES.items():
        found.append(f"## {title}\n")
        if name in HAND_WRITTEN:
            found.append(HAND_WRITTEN[name])
            continue
        model = models[name]
        found += _introduction(name, model, bodies)
        if rows := [_row(model, key, bodies[name]) for key in _own(model)]:
            found.append(
                "| key | takes | left out | means | example |\n|---|---|---|---|---|\n"
                + "\n".join(rows)
                + "\n"
            )
    found += [conditions(), scenarios(), _index(models)]
    return "\n".join(found)


def _own(model: type[Strict]) -> list[str]:
    """The keys told under a part: those of every node and of every field are told once."""
    if issubclass(model, FieldRules) and model.__name__ != "FieldSpec":
        return []
    keys = list(described(model))
    if issubclass(model, Common) and model is not Common:
        keys = [key for key in keys if key not in keys_of(Common)]
    first = "field" if issubclass(model, FieldRules) else getattr(model, "kind", "")
    return sorted(keys, key=lambda key: key != first)


def _introduction(name: str, model: type[Strict], bodies: dict[str, Schema]) -> Iterator[str]:
    sentence = " ".join((model.__doc__ or "").strip().split())
    yield f"{sentence} {NOTES[name]}\n" if name in NOTES else f"{sentence}\n"
    if places := _places(name, bodies):
        yield f"Stands in: {', '.join(places)}.\n"


def _places(name: str, bodies: dict[str, Schema]) -> list[str]:
    """The keys that take this part, each with where it stands."""
    found = []
    for owner, body in bodies.items():
        if owner not in TITLES or (owner in _NODES and owner != "Common" and name in ("Time", "WaivableBy")):
            continue
        for key, inner in body["properties"].items():
            if f"'#/$defs/{name}'" in repr(inner) and key != "flow" and key in _told(owner, body):
                found.append(f"`{key}` of [{_NAMED[owner]}](#{anchor(TITLES[owner])})")
    return [] if name == "Jump" else found


def _told(owner: str, body: Schema) -> set[str]:
    common = set(keys_of(Common))
    if owner == "Common":
        return common
    return set(body["properties"]) - (common if owner in _NODES else set())


def _row(model: type[Strict], key: str, body: Schema) -> str:
    schema = body["properties"][key]
    only = (
        f" Only for {', '.join(f'`{one}`' for one in sorted(ONLY_FOR[key]))}." if _limited(model, key) else ""
    )
    shown = f"{key}: {example(model, key)}"
    cells = (
        f"`{key}`",
        takes(schema, _NAMED),
        _left_out(model, key, body),
        described(model)[key] + only,
        f"`{shown}`",
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _limited(model: type[Strict], key: str) -> bool:
    return issubclass(model, FieldRules) and key in ONLY_FOR


def _left_out(model: type[Strict], key: str, body: Schema) -> str:
    if model is not Common and key in body.get("required", ()):
        return "needed"
    if said := LEFT_OUT.get(f"{model.__name__}.{key}"):
        return said
    default = body["properties"][key].get("default")
    if default is None or isinstance(default, dict):
        return "–"
    return f"`{str(default).lower()}`"


def _index(models: dict[str, type[Strict]]) -> str:
    """Each key with the parts where it may stand."""
    homes: dict[str, list[str]] = {}
    for name in TITLES:
        if name in models:
            for key in _own(models[name]):
                homes.setdefault(key, []).append(f"[{_NAMED[name]}](#{anchor(TITLES[name])})")
    for key in SCENARIOS:
        homes.setdefault(key, []).append("[scenarios](#scenarios)")
    rows = [f"| `{key}` | {', '.join(homes[key])} |" for key in sorted(homes)]
    return "## All keys\n\n| key | stands in |\n|---|---|\n" + "\n".join(rows) + "\n"


def main(words: list[str]) -> int:
    """Write the page, or with `check` say whether it is current."""
    if words == ["check"]:
        return 0 if PAGE.exists() and PAGE.read_text(encoding="utf-8") == page() else 1
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
