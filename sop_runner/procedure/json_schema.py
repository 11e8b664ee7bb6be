"""The JSON Schema of a procedure file, for editors: made from the model, so that both know the same keys."""

from collections.abc import Mapping
from typing import Any

from .base_types import DURATION, VALUE_SCHEMA, Strict
from .evidence import EVIDENCE
from .key_docs import described
from .model import Procedure
from .nodes import KINDS
from .shape import parts
from .texts import TEXT_SCHEMA
from .when import COMPARISONS, CONDITION_SCHEMA, FLAGS, LISTS

Schema = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def procedure_schema() -> Schema:
    """The schema of `sop/1` (JSON Schema, draft 2020-12), with a sentence for every key."""
    raw = Procedure.model_json_schema(by_alias=True)
    definitions = raw.pop("$defs")
    models = {model.__name__: model for model in parts()}
    schema = _part(raw, Procedure)
    schema["$defs"] = {name: _part(body, models[name]) for name, body in sorted(definitions.items())}
    schema["$defs"].update(_CONDITIONS)
    schema["$defs"]["Text"] = {**TEXT_SCHEMA, "description": "A sentence, or a map of language to sentence."}
    for name, rule in _RULES.items():
        schema["$defs"][name].update(rule)
    return {"$schema": DIALECT, "title": "Procedure, sop/1", **schema}


def _part(raw: Schema, model: type[Strict]) -> Schema:
    """One part of the model: its keys described, the kind of a node first."""
    schema: Schema = _plain(raw)
    sentences = described(model)
    first = [key for key in (getattr(model, "kind", None),) if key is not None]
    order = [*first, *(key for key in sentences if key not in first)]
    schema["properties"] = {
        key: {**schema["properties"][key], "description": sentences[key]} for key in order
    }
    if "flow" in schema["properties"]:
        schema["properties"]["flow"]["items"] = {**_FLOW, "defaultSnippets": _SNIPPETS}
    schema["description"] = (model.__doc__ or "").strip().split("\n")[0]
    return schema


def _plain(node: Any) -> Any:
    """Without what says nothing to an author: titles made of names, and null, which no key may be."""
    if isinstance(node, list):
        return [_plain(inner) for inner in node]
    if not isinstance(node, dict):
        return node
    if node == CONDITION_SCHEMA:
        return {"$ref": "#/$defs/Condition"}
    kept: Schema = {
        key: {name: _plain(inner) for name, inner in value.items()} if key == "properties" else _plain(value)
        for key, value in node.items()
        if not (key == "title" and isinstance(value, str))
        and not (key == "default" and value in (None, [], {}, ()))
        and key != "discriminator"
    }
    if "anyOf" in kept:
        forms = [form for form in kept.pop("anyOf") if form != {"type": "null"}]
        if forms == TEXT_SCHEMA["anyOf"]:
            return {"$ref": "#/$defs/Text", **kept}
        kept = {**forms[0], **kept} if len(forms) == 1 else {"anyOf": forms, **kept}
    return kept


_FLOW: Schema = {"oneOf": [{"$ref": f"#/$defs/{model.__name__}"} for model in KINDS.values()]}

_BODIES: Mapping[str, Mapping[str, Any]] = {
    "step": {"step": "${1:open-ticket}", "do": "${2:What the person does.}"},
    "checklist": {
        "checklist": "${1:before-you-start}",
        "items": [{"item": "${2:line}", "ask": "${3:Is it so?}", "answers": ["yes", "no"], "expect": "yes"}],
    },
    "confirmation": {
        "confirmation": "${1:consent}",
        "statement": {"of": "${2:customer}", "text": "${3:What is affirmed.}"},
        "satisfies": ["${4:consent}"],
    },
    "decision": {
        "decision": "${1:which-way}",
        "ask": "${2:Which way?}",
        "decided_by": "person",
        "outcomes": [{"outcome": "${3:one}"}, {"outcome": "${4:other}"}],
    },
    "call": {"call": "${1:identity}", "procedure": "${2:identity-check}", "revision": 1},
    "end": {"end": "${1:closed}", "result": "completed", "requires": ["${2:consent}"]},
    "section": {"section": "${1:intake}", "title": "${2:Intake}", "flow": []},
}
_SNIPPETS = [
    {"label": kind, "description": (KINDS[kind].__doc__ or "").split("\n")[0], "body": dict(body)}
    for kind, body in _BODIES.items()
]

_CONDITION = {"$ref": "#/$defs/Condition"}
_CONDITIONS: Schema = {
    "Condition": {
        "description": "A map whose entries must all hold; an entry is read only where those before it hold.",
        "type": "object",
        "minProperties": 1,
        "properties": {
            "all": {
                "type": "array",
                "minItems": 1,
                "items": _CONDITION,
                "description": "Each of these holds.",
            },
            "any": {
                "type": "array",
                "minItems": 1,
                "items": _CONDITION,
                "description": "One of these holds.",
            },
            "not": {**_CONDITION, "description": "This does not hold."},
            "held": {
                "anyOf": [
                    {"type": "string"},
                    {"type": "array", "minItems": 1, "items": {"type": "string"}},
                ],
                "description": "These controls are gained and fresh.",
            },
        },
        "additionalProperties": {"$ref": "#/$defs/Comparison"},
    },
    "Comparison": {
        "description": "What the name must be: a value, {field: NAME}, or a map of comparisons.",
        "anyOf": [
            *VALUE_SCHEMA["anyOf"],
            {
                "type": "object",
                "minProperties": 1,
                "additionalProperties": False,
                "properties": {
                    **dict.fromkeys(COMPARISONS, VALUE_SCHEMA),
                    **{key: {"type": "array", "minItems": 1, "items": VALUE_SCHEMA} for key in LISTS},
                    **{key: {"type": "boolean"} for key in FLAGS},
                    "within": {"type": "string", "pattern": DURATION},
                },
            },
        ],
    },
}

# What the model's validators ask beyond keys and types.
_RULES: Mapping[str, Schema] = {
    "Step": {"anyOf": [{"required": ["do"]}, {"required": ["say"]}]},
    "Item": {
        "anyOf": [{"required": ["ask"]}, {"required": ["do"]}],
        "not": {"required": ["field"], "anyOf": [{"required": ["answers"]}, {"required": ["expect"]}]},
    },
    "Confirmation": {"oneOf": [{"required": [evidence]} for evidence in EVIDENCE]},
    "Derive": {"minProperties": 1, "maxProperties": 1},
    "Age": {
        "oneOf": [
            {"required": ["for"]},
            {"required": ["same_day"], "properties": {"same_day": {"const": True}}},
        ]
    },
}
