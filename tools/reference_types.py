"""What a key takes, in an author's words: read from the JSON Schema of the language."""

from typing import Any

from sop_runner.procedure.base_types import DURATION, FIELD_ID, NODE_ID, VALUE_SCHEMA

Schema = dict[str, Any]
_NAME = {"type": ["string", "integer"]}
_PATTERNS = {NODE_ID: "id", FIELD_ID: "field name", DURATION: "duration", "^SOP[0-9]{3}$": "code of a check"}
LINKS = {
    "Text": "[text](#words-used-here)",
    "Condition": "[condition](#conditions)",
    "Jump": "[jump](#a-jump)",
}


def takes(schema: Schema, titles: dict[str, str]) -> str:
    """The kind of value that `schema` stands for; parts of the language are links to their sections."""
    if reference := schema.get("$ref"):
        part = reference.rpartition("/")[2]
        return LINKS.get(part) or f"[{titles[part]}](#{anchor(titles[part])})"
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return ", ".join(f"`{one}`" for one in schema["enum"])
    if schema.get("anyOf") == VALUE_SCHEMA["anyOf"]:
        return "[value](#words-used-here)"
    if "anyOf" in schema:
        return _either(schema["anyOf"], titles)
    if "oneOf" in schema:
        return "[node](#nodes) or [section](#section)"
    if schema.get("type") == ["string", "integer"]:
        return "name"
    return _plain(schema, titles)


def _either(forms: list[Schema], titles: dict[str, str]) -> str:
    if any("sentence" in form.get("properties", {}) for form in forms):
        return "[sentence](#a-role-or-a-control)"
    if {"type": "string"} in forms and any(form.get("type") == "array" for form in forms):
        items = next(form["items"] for form in forms if form.get("type") == "array")
        one = "control" if items.get("pattern") == NODE_ID else "name"
        return f"{one}, or a list of them"
    if {"$ref": "#/$defs/Jump"} in forms:
        return LINKS["Jump"]
    if any(form.get("additionalProperties") == {"$ref": "#/$defs/Text"} for form in forms):
        return "list of ids, or a map of id to text"
    return " or ".join(takes(form, titles) for form in forms)


def _plain(schema: Schema, titles: dict[str, str]) -> str:
    match schema.get("type"):
        case "string" if schema.get("format") == "date":
            return "date"
        case "string":
            return _PATTERNS.get(schema.get("pattern", ""), "text in one language")
        case "integer":
            return f"whole number from {schema['minimum']}"
        case "number":
            return "number"
        case "boolean":
            return "`true` or `false`"
        case "array" if "prefixItems" in schema:
            return "pair of names"
        case "array" if (items := schema["items"]).get("prefixItems"):
            return "list of pairs `[number, value]`"
        case "array":
            return f"list: {takes(items, titles)}" if items else "list of names and numbers"
        case "object":
            (inner,) = schema.get("patternProperties", {}).values() or [schema["additionalProperties"]]
            return "map of value to value" if inner is True else f"map of name to {takes(inner, titles)}"
        case _:
            return "any value"


def anchor(title: str) -> str:
    """The link to a heading, as pages of the repository are shown."""
    kept = "".join(char for char in title.lower() if char.isalnum() or char in " -_")
    return kept.replace(" ", "-")
