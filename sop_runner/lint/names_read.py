"""Which names a file reads, wherever names are read."""

from collections.abc import Iterable, Iterator

from sop_runner.machine.graph import GraphNode
from sop_runner.procedure.base_types import FieldRef
from sop_runner.procedure.model import Procedure
from sop_runner.procedure.nodes import Call
from sop_runner.procedure.text import parse_text
from sop_runner.procedure.walks import conditions, fields
from sop_runner.procedure.when import names

from .proofs.uses import plain_uses
from .texts import Written


def names_read(procedure: Procedure, nodes: Iterable[GraphNode], texts: Iterable[Written]) -> Iterator[str]:
    """Every name that the file reads, in conditions, texts, values that are copied, times and proofs."""
    for place in conditions(procedure):
        yield from names(place.condition)
    for text in texts:
        for _, words in text.text.by_locale:
            if "{" in words:
                yield from parse_text(words).names
    for node in nodes:
        yield from (name for name, _ in plain_uses(node))
        spec = node.node
        if isinstance(spec, Call):
            yield from (value.name for value in spec.given.values() if isinstance(value, FieldRef))
        for time in (node.time, node.valid_for):
            yield from filter(None, (getattr(time, "from_", None), getattr(time, "until", None)))
    for field in fields(procedure):
        for value in (field.rules.equals, field.rules.differs):
            if isinstance(value, FieldRef):
                yield value.name
    for way in procedure.derive.values():
        yield from (str(operand).partition(".")[0] for operand in way.operands)
