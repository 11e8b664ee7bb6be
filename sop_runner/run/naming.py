"""Sentences about a run as its screen says things: ids replaced by the titles and labels that stand there."""

from collections.abc import Iterable, Iterator, Mapping

from sop_runner.base.message import Listing, Message, Param, msg

from .views import Prompt, RunView

_ITEMS = frozenset({"node", "asked", "target", "done", "call", "steps", "items"})
_ITEM = frozenset({"node", "call"})
_FIELDS = frozenset({"field", "item", "items", "check", "names"})
_CONTROLS = frozenset({"control", "controls"})
_ROLES = frozenset({"role"})
_AT_ITEM = msg("'{node}': {problem}")


def named(message: Message, view: RunView) -> Message:
    """`message` in the words of `view`; what the view does not show keeps its id.

    The item at hand is not named again to whoever has it on the screen.
    """
    values = dict(message.params)
    problem = values.get("problem")
    if message.text == _AT_ITEM.text and isinstance(problem, Message) and view.item is not None:
        message = problem if values["node"] == view.item.node else message
    return _in(message, _names(view))


def labelled(message: Message, prompts: Iterable[Prompt]) -> Message:
    """`message` with fields by the labels under which they are asked."""
    return _in(message, {_FIELDS: _labels(prompts)})


def at_item(node: str, problem: Message) -> Message:
    """`problem` with the item that it is about, where it names none."""
    if not _ITEM.isdisjoint(name for name, _ in problem.params):
        return problem
    return Message(_AT_ITEM.text, (("node", node), ("problem", problem)))


def fields_in(message: Message) -> Iterator[str]:
    """The fields and items of a checklist that a sentence is about, by their ids."""
    for name, value in message.params:
        if isinstance(value, Message):
            yield from fields_in(value)
        elif name in _FIELDS:
            yield from map(str, value.items if isinstance(value, Listing) else (value,))


def _names(view: RunView) -> Mapping[frozenset[str], Mapping[str, str]]:
    prompts = view.item.prompts if view.item is not None else ()
    fields = {fact.name: fact.label for fact in view.facts if fact.label}
    fields |= {column.id: column.label for prompt in prompts for column in prompt.columns if column.label}
    fields |= _labels(prompts)
    return {
        _ITEMS: {row.node: row.title for row in view.outline if row.node and row.title},
        _FIELDS: fields,
        _CONTROLS: {name: row.title for row in view.controls for name in (row.control, _local(row.control))},
        _ROLES: {row.role: row.title for row in view.roles},
    }


def _labels(prompts: Iterable[Prompt]) -> dict[str, str]:
    return {prompt.id: prompt.label for prompt in prompts if prompt.label and _is_named(prompt)}


def _local(control: str) -> str:
    return control.rpartition("/")[2]  # as the sentences of its own procedure say it


def _is_named(prompt: Prompt) -> bool:
    """The checks of a log review have numbers, which say more than a sentence inside a sentence."""
    return prompt.kind != "check"


def _in(message: Message, names: Mapping[frozenset[str], Mapping[str, str]]) -> Message:
    return Message(message.text, tuple((name, _param(name, value, names)) for name, value in message.params))


def _param(name: str, value: Param, names: Mapping[frozenset[str], Mapping[str, str]]) -> Param:
    if isinstance(value, Message):
        return _in(value, names)
    if isinstance(value, Listing):
        items = (_param(name, item, names) for item in value.items)
        return Listing(tuple(item for item in items if isinstance(item, str | Message)), value.quoted)
    for kinds, known in names.items():
        if name in kinds and isinstance(value, str) and value in known:
            return known[value]
    return value
