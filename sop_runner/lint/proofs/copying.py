"""Which names take which values: literals, or those of other names."""

from collections.abc import Iterable, Iterator

from sop_runner.procedure.base_types import FieldRef
from sop_runner.procedure.nodes import Call, Checklist, Decision

from .names import Vocabulary


def given(words: Vocabulary) -> Iterator[tuple[str, object]]:
    """Each name that takes a value, with that (None for a text), or with the key of the name that it is of."""
    for node in words.plan.graph.nodes.values():
        scope = node.scope
        match node.node:
            case Checklist(items=items):
                for item in items:
                    if item.field is not None and item.field.field:
                        yield scope + item.field.field, f"{scope}{node.local}.{item.item}"
            case Decision(outcomes=outcomes):
                for outcome in outcomes:
                    yield from _taken(words, scope, scope, outcome.sets.items())
            case Call(given=handed, returns=returns, for_each=for_each):
                for inner in words.inside[node.id]:
                    yield from _taken(words, inner, scope, handed.items())
                if not for_each:
                    there = [(name, FieldRef(source)) for name, source in returns.items()]
                    yield from _taken(words, scope, f"{node.id}/", there)
            case _:
                pass


def _taken(
    words: Vocabulary, scope: str, of: str, values: Iterable[tuple[str, object]]
) -> Iterator[tuple[str, object]]:
    for name, value in values:
        if not isinstance(value, FieldRef):
            yield scope + name, None if isinstance(value, str) else value
        elif (source := words.resolve(of, value.name)) is not None:
            yield scope + name, source
