"""Every text that a file holds, those of choices, documents and revisions among them."""

from collections.abc import Iterator
from dataclasses import dataclass

from sop_runner.procedure.fields import FieldRules
from sop_runner.procedure.model import Path, Procedure, every_node
from sop_runner.procedure.nodes import Checklist
from sop_runner.procedure.texts import Text
from sop_runner.procedure.walks import fields, texts


@dataclass(frozen=True, slots=True)
class Written:
    """One text, where it stands, and whether it is a title or a label: a few words on one line."""

    path: Path
    text: Text
    short: bool

    def place(self, locale: str) -> Path:
        """Where its wording in one language stands."""
        return (*self.path, locale) if locale else self.path


def written(procedure: Procedure) -> Iterator[Written]:
    """Every text of the file: what is read in a run, then choices, related documents and history."""
    for place in texts(procedure):
        yield Written(place.path, place.text, place.path[-1] in ("title", "label"))
    for field in fields(procedure):
        yield from _choices(field.rules, field.path)
    for path, node, _ in every_node(procedure):
        if isinstance(node, Checklist):
            for index, item in enumerate(node.items):
                for name, text in item.answers:
                    if text is not None:
                        yield Written((*path, "items", index, "answers", name), text, short=True)
    for index, document in enumerate(procedure.related):
        yield Written(("related", index, "title"), document.title, short=True)
    for index, entry in enumerate(procedure.history):
        yield Written(("history", index, "change"), entry.change, short=False)


def _choices(rules: FieldRules, path: Path) -> Iterator[Written]:
    for name, text in rules.choices or ():
        if text is not None:
            yield Written((*path, "choices", name), text, short=True)
