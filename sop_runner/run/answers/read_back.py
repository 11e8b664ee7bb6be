"""A read-back: a field typed again, or its last characters, so that a reflex cannot pass."""

from typing import Any

from sop_runner.base.message import msg
from sop_runner.machine.graph import template
from sop_runner.procedure.nodes import Confirmation
from sop_runner.procedure.value_types import UNKNOWN, Sealed, fold
from sop_runner.run.actions import Answer
from sop_runner.run.going import Going, No
from sop_runner.run.recorded import same_value, wire_of

from .common import done, fail, role_of


def answer_read_back(going: Going, action: Answer) -> None:
    """Compare what was typed with the record; another text is refused and the item stays."""
    node = going.node.node
    assert isinstance(node, Confirmation)
    read_back = node.read_back
    assert read_back is not None
    role = role_of(going)
    if action.choice == "declined":
        fail(going, role, msg("'{field}' was not read back", field=read_back.of), (), action.reason)
        return
    if action.choice not in ("done", "affirmed"):
        raise No(msg("'{node}' is typed, not '{choice}'", node=going.run.at, choice=action.choice))
    raw = action.values.get(read_back.of, action.values.get("typed"))
    if raw is None or not str(raw).strip():
        raise No(msg("type '{field}' as the other person reads it back", field=read_back.of))
    if not _matches(going, read_back.of, read_back.last, raw):
        raise No(
            msg("what was read back is not what was recorded for '{field}'; compare both", field=read_back.of)
        )
    done(going, role, ({"kind": "read_back", "of": read_back.of, "last": read_back.last},), action.reason)


def _matches(going: Going, name: str, last: int | None, raw: Any) -> bool:
    env = going.env()
    stored = env.value(name)
    if stored is UNKNOWN:
        raise No(msg("'{field}' is not known, so it cannot be read back", field=name))
    if last is not None:
        clear = stored.value if isinstance(stored, Sealed) else stored
        if clear is UNKNOWN:
            raise No(msg("'{field}' is not kept in clear, so its end cannot be compared", field=name))
        return _squeezed(str(wire_of(clear)))[-last:] == _squeezed(str(raw))
    rules = going.plan.fields.get(template(going.run.scope) + name)
    if rules is None:
        return _squeezed(str(wire_of(stored))) == _squeezed(str(raw))
    return same_value(stored, going.typed(rules, name, raw, env), going.given.opened)


def _squeezed(text: str) -> str:
    return "".join(fold(text).split())
