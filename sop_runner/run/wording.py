"""Texts of a procedure for one reader: in the reader's language, with values put in."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sop_runner.base.message import Message, msg
from sop_runner.machine.graph import GraphNode, scope_of, template
from sop_runner.machine.plan import Plan
from sop_runner.procedure.nodes import Checklist, Decision
from sop_runner.procedure.text import Slot, Template, parse_text
from sop_runner.procedure.texts import Text
from sop_runner.procedure.value_types import UNKNOWN, Sealed
from sop_runner.procedure.values import show

from .environment import RunEnv
from .recorded import wire_of

HIDDEN = "•••"
"""Stands for a value that may not or cannot be shown."""

_template: Any = lru_cache(maxsize=8192)(parse_text)


STANDARD: Mapping[str, Message] = {"done": msg("done"), "yes": msg("yes"), "no": msg("no")}
"""Answers that most checklists share: said by the front end where the author gave no text."""
RULINGS: Mapping[str, Message] = {"approved": msg("approved"), "declined": msg("declined")}
"""What becomes of a sign-off; the author gives it no text."""


class Wording:
    """Says things about one run in one language; `hidden` are scoped names that must not be shown."""

    def __init__(
        self, plan: Plan, env: RunEnv, scope: str, language: str, hidden: frozenset[str] = frozenset()
    ) -> None:
        self._plan = plan
        self._env = env
        self._scope = scope
        self._hidden = hidden
        self.language = language
        self._default = plan.procedure.language

    def text(self, text: Text | None, default: str = "") -> str:
        """A text with its `{name}`s filled in; a name that is not known shows as `…`."""
        if text is None:
            return default
        parsed: Template = _template(text.get(self.language, self._default))
        return "".join(
            self._value(piece.name) if isinstance(piece, Slot) else piece for piece in parsed.pieces
        )

    def text_of(self, scope: str, text: Text | None, default: str = "") -> str:
        """A text of what stands in `scope`: filled in where that is the one this was made for."""
        mine = template(scope) == template(self._scope)
        return self.text(text, default) if mine else self.plain(text, default)

    def _value(self, name: str) -> str:
        value = self._env.value(name)
        return "…" if value is UNKNOWN else self.shown(self._scope + name, value)

    def shown(self, name: str, value: Any) -> str:
        """A value of the scoped `name` as a reader sees it."""
        if name in self._hidden:
            return HIDDEN
        if isinstance(value, Sealed):
            value = value.value
        if value is UNKNOWN or value is None:
            return HIDDEN
        node = self._plan.graph.nodes.get(template(name))
        if node is not None and isinstance(node.node, Decision):
            outcome = next((o for o in node.node.outcomes if o.outcome == value), None)
            return self.plain(outcome.title, words(str(value))) if outcome else str(value)
        rules = self._plan.fields.get(template(name))
        if rules is None:
            return self._answer(template(name), str(wire_of(value)))
        return show(value, rules, self.language, zone=self._env.zone)

    def _answer(self, name: str, answer: str) -> str:
        """An answer of the item `NODE.ITEM` in the words of its text."""
        node_id, _, item_id = name.rpartition(".")
        node = self._plan.graph.nodes.get(node_id)
        if node is not None and isinstance(node.node, Checklist):
            for item in node.node.items:
                if item.item == item_id:
                    return self.plain(dict(item.answers).get(answer), answer)
        return answer

    def fact(self, name: str, value: Any) -> Message | str:
        """A recorded value as it stands among others."""
        shown = self.shown(name, value)
        node = self._plan.graph.nodes.get(template(name))
        if node is not None and getattr(node.node, "sign_off", None) is not None:
            return RULINGS.get(shown, shown)
        untold = shown in STANDARD and shown == value and template(name) not in self._plan.fields
        return STANDARD[shown] if untold and "." in name else shown

    def plain(self, text: Text | None, default: str = "") -> str:
        """A text without filling anything in; `…` stands where a value would come."""
        return default if text is None else text.unfilled(self.language, self._default)

    def title(self, node: GraphNode) -> str:
        """A node's title, or its id in words."""
        return self.text_of(node.scope, node.node.title, words(node.local))

    def role(self, role: str) -> str:
        """The short name of a role of the outermost run; its id in words."""
        named = self._plan.procedure.roles.get(role)
        return self.plain(named.title if named is not None else None, words(role))

    def label(self, name: str) -> str:
        """The label of a scoped name: of a field as written, of an item or a node its title."""
        rules = self._plan.fields.get(template(name))
        local = name[len(scope_of(name)) :]
        if rules is not None and rules.label is not None:
            return self.text_of(scope_of(name), rules.label, words(local))
        node_id, _, item_id = template(name).rpartition(".")
        node = self._plan.graph.nodes.get(node_id or template(name))
        if node is None:
            return words(local)
        for item in getattr(node.node, "items", ()):
            if item.item == item_id:
                asked = item.title or item.ask or item.do
                return self.text_of(node.scope, asked, words(item_id))
        return self.title(node)


@lru_cache(maxsize=8192)
def words(identifier: str) -> str:
    """An id in words: `caller-identity` → `caller identity`."""
    return identifier.rpartition("/")[2].replace("-", " ").replace("_", " ")


def hidden_names(plan: Plan, at: str) -> frozenset[str]:
    """The scoped names that a blind sign-off at `at` must not show."""
    sign_off = getattr(plan.node(at).node, "sign_off", None)
    return frozenset(scope_of(at) + name for name in sign_off.blind) if sign_off is not None else frozenset()
