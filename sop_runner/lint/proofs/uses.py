"""Where a name is used: what a node reads that must be known by then."""

from collections.abc import Iterator

from sop_runner.machine.graph import GraphNode
from sop_runner.procedure.base_types import FieldRef
from sop_runner.procedure.fields import FieldRules
from sop_runner.procedure.model import Path
from sop_runner.procedure.nodes import Call, Checklist, Confirmation, Decision, Node, Step
from sop_runner.procedure.text import parse_text
from sop_runner.procedure.texts import Text
from sop_runner.procedure.timing import Time, Until
from sop_runner.procedure.when import Condition

Use = tuple[str, Path]
"""A name and where in the node it is used."""
TEXTS = ("title", "caution", "do", "say", "ask")
SHOWN = (*TEXTS, "statement", "log_review")
"""The keys of a node under which stand texts that are shown as it is entered."""


def conditions_of(node: GraphNode) -> Iterator[tuple[Condition, Path, int]]:
    """The conditions read while somebody stands at the node, with how many outcomes of a rule come before."""
    match node.node:
        case Decision(outcomes=outcomes, decided_by=decided_by):
            for index, outcome in enumerate(outcomes):
                if outcome.when is not None:
                    yield outcome.when, ("outcomes", index, "when"), index if decided_by == "rule" else 0
        case _:
            pass


def plain_uses(node: GraphNode) -> Iterator[Use]:
    """Names that are copied, compared, read back, waited for or put into a text, whatever else is the case."""
    spec = node.node
    match spec:
        case Decision(outcomes=outcomes):
            for index, outcome in enumerate(outcomes):
                for name, value in outcome.sets.items():
                    if isinstance(value, FieldRef):
                        yield value.name, ("outcomes", index, "sets", name)
        case Confirmation(record=record, read_back=read_back, sign_off=sign_off):
            for index, field in enumerate(record.fields if record else ()):
                yield from _compared(field, ("record", "fields", index))
            if read_back is not None:
                yield read_back.of, ("read_back", "of")
            for index, name in enumerate(sign_off.blind if sign_off else ()):
                yield name, ("sign_off", "blind", index)
        case Checklist(items=items):
            for index, item in enumerate(items):
                if item.field is not None:
                    yield from _compared(item.field, ("items", index, "field"))
        case Call(for_each=for_each):
            for name, source in for_each.items():
                yield source.partition(".")[0], ("for_each", name)
        case Step(wait=Until(until=until)):
            yield until, ("wait", "until")
        case _:
            pass
    time = getattr(spec, "time", None)
    if isinstance(time, Time) and time.until and time.limit is None:
        yield time.until, ("time", "until")
    for path, text in _texts(spec):
        for _, words in text.by_locale:
            if "{" in words:
                yield from ((name, path) for name in parse_text(words).names)


def uses_before(node: GraphNode) -> Iterator[Use]:
    """Plain uses, but for what the node records itself by then: its texts are shown before it does."""
    yield from (
        (name, path) for name, path in plain_uses(node) if name not in node.records or path[0] in SHOWN
    )


def _compared(rules: FieldRules, path: Path) -> Iterator[Use]:
    if isinstance(rules.equals, FieldRef) and rules.only_when is None:
        yield rules.equals.name, (*path, "equals")


def _texts(node: Node) -> Iterator[tuple[Path, Text]]:
    """What is shown at a node; what belongs to one item or outcome may never be shown."""
    for key in TEXTS:
        if (text := getattr(node, key, None)) is not None:
            yield (key,), text
    if isinstance(node, Confirmation) and node.statement is not None:
        yield ("statement", "text"), node.statement.text
    if isinstance(node, Confirmation) and node.log_review is not None:
        for index, check in enumerate(node.log_review.checks):
            yield ("log_review", "checks", index), check


def given_uses(node: GraphNode, callee: GraphNode) -> Iterator[Use]:
    """What a call gives to fields that cannot do without."""
    assert isinstance(node.node, Call)
    required = {spec.field for spec in callee.procedure.case if spec.required}
    for name, value in node.node.given.items():
        if isinstance(value, FieldRef) and name in required:
            yield value.name, ("given", name)
