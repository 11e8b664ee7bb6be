"""What the names of a procedure are called where its conditions are put into words for who writes and approves it."""

from collections.abc import Iterator

from sop_runner.machine.plan import Plan
from sop_runner.procedure.condition_words import FieldLabels
from sop_runner.procedure.nodes import Checklist, Decision, Item, Node
from sop_runner.procedure.text import Slot, parse_text
from sop_runner.procedure.texts import Text

SHORT = 60
"""A question up to this length names its item where the item has no title."""


def drawn(text: Text, language: str, default: str) -> str:
    """A text on one line as its reader sees it, with `{name}` left where a value comes in."""
    template = parse_text(text.get(language, default))
    pieces = (f"{{{piece.name}}}" if isinstance(piece, Slot) else piece for piece in template.pieces)
    return " ".join("".join(pieces).split())


def labels_of(plan: Plan, language: str, scope: str = "") -> FieldLabels:
    """The labels of the procedure under `scope`, in `language`, else in that of the whole."""
    default = plan.procedure.language
    names: dict[str, str] = {}
    values: dict[tuple[str, str], str] = {}
    for node in plan.nodes.values():
        if node.scope != scope:
            continue
        for name, text in _named(node.node):
            names[name] = drawn(text, language, default)
        for name, value, text in _values(node.node):
            values[name, value] = f"“{drawn(text, language, default)}”"
    fields = {
        name[len(scope) :]: rules
        for name, rules in plan.fields.items()
        if name.startswith(scope) and "/" not in name[len(scope) :]
    }
    return FieldLabels(fields, language, default, names, values)


def _named(node: Node) -> Iterator[tuple[str, Text]]:
    if node.title is not None:
        yield node.id, node.title
    for item in node.items if isinstance(node, Checklist) else ():
        if (text := _of_item(item)) is not None:
            yield f"{node.id}.{item.item}", text


def _of_item(item: Item) -> Text | None:
    if item.title is not None:
        return item.title
    asked = item.ask or item.do
    short = asked is not None and all(len(said) <= SHORT for _, said in asked.by_locale)
    return asked if short else None


def _values(node: Node) -> Iterator[tuple[str, str, Text]]:
    if isinstance(node, Decision):
        for outcome in node.outcomes:
            if outcome.title is not None:
                yield node.id, outcome.outcome, outcome.title
    for item in node.items if isinstance(node, Checklist) else ():
        for answer, said in item.answers:
            if said is not None:
                yield f"{node.id}.{item.item}", answer, said
