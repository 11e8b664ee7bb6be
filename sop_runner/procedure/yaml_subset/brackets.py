"""What is said of an error between brackets."""

from sop_runner.procedure.yaml_subset.case import Case, Cause
from sop_runner.procedure.yaml_subset.report import shown

QUOTE = "put the whole text in quotes"
_WIDE_COMMAS = "，、"


def open_bracket(case: Case) -> Cause:
    """A bracket without its partner, or something after a quoted text inside brackets."""
    index = case.opened if case.opened is not None else case.context if case.context is not None else case.at
    bracket = shown(case.text[index : index + 1])
    partner = "}" if bracket == "{" else "]"
    same_line = case.line(index) == case.line(case.at) and case.char not in ("", "\n", "\r")
    if same_line and case.last.kind == "scalar" and case.last.style:
        message = (
            f"there is text after the closing quote inside {bracket} {partner}, expected ',' or '{partner}'"
        )
        return Cause(case.at, message, f"{QUOTE}, or add a comma", related=index)
    if same_line and case.char == ",":
        message = f"there is nothing before this comma inside {bracket} {partner}"
        return Cause(case.at, message, "remove the comma, or put the text in quotes", related=index)
    if same_line and case.char == "?":
        message = f"'?' in an unquoted text inside {bracket} {partner} cannot be read"
        return Cause(case.at, message, QUOTE, related=index)
    if same_line and case.char == ":" and case.last.kind == "scalar" and (wide := _wide_comma(case)):
        return wide
    if same_line:
        message = f"'{shown(case.char)}' does not belong here inside {bracket} {partner}, expected ',' or '{partner}'"
        return Cause(
            case.at, message, f"close the bracket with {partner}, or put the text in quotes", related=index
        )
    message = f"the bracket {bracket} in '{case.name(index)}' is not closed, expected '{partner}'"
    fix = f"add {partner} where the list or map ends; to begin a text with {bracket} put it in quotes"
    return Cause(index, message, fix, related=case.at)


def _wide_comma(case: Case) -> Cause | None:
    """A comma of another keyboard between two keys inside brackets."""
    start, end = case.last.start, case.last.end
    at = max(case.text.rfind(comma, start, end) for comma in _WIDE_COMMAS)
    if at < 0:
        return None
    message = f"the comma in '{shown(case.text[start:end])}' is full-width ({case.text[at]}), expected ', '"
    return Cause(at, message, "type an ordinary comma and a space", patch=(at, ","))
