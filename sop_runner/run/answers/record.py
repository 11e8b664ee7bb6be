"""A record: fields written down, all at once."""

from collections.abc import Mapping
from typing import Any

from sop_runner.base.message import msg
from sop_runner.procedure.evaluate import holds
from sop_runner.procedure.fields import FieldSpec
from sop_runner.procedure.nodes import Confirmation
from sop_runner.procedure.value_types import UNKNOWN
from sop_runner.run.actions import Answer
from sop_runner.run.events import Evidence
from sop_runner.run.going import Going, No

from .common import done, role_of


def answer_record(going: Going, action: Answer) -> None:
    """Write the fields down; every rule of every field holds or nothing is recorded."""
    node = going.node.node
    assert isinstance(node, Confirmation)
    assert node.record is not None
    role = role_of(going)
    if action.choice == "declined":
        raise No(
            msg("a record cannot be declined; write '{node}' down or take another way", node=going.run.at)
        )
    if action.choice not in ("done", "affirmed"):
        raise No(msg("'{node}' is written down, not '{choice}'", node=going.run.at, choice=action.choice))
    done(going, role, record_fields(going, node.record.fields, action.values), action.reason)


def record_fields(going: Going, specs: tuple[FieldSpec, ...], values: Mapping[str, Any]) -> list[Evidence]:
    """The evidence of a record's fields, each checked with those before it. Raises No where one breaks a rule."""
    known = {spec.field for spec in specs}
    for name in values:
        if name not in known:
            raise No(msg("'{node}' has no field '{field}'", node=going.run.at, field=name))
    extra: dict[str, Any] = dict.fromkeys(known, UNKNOWN)
    pieces: list[Evidence] = []
    for spec in specs:
        name = spec.field
        piece: dict[str, Any] = {"kind": "field", "name": name}
        if spec.only_when is not None and not holds(spec.only_when, going.env(extra)):
            if not _is_empty(values.get(name)):
                raise No(msg("'{field}' is not asked here: its condition does not hold", field=name))
            pieces.append({**piece, "value": None})
            continue
        raw = values.get(name)
        value = None if _is_empty(raw) else going.typed(spec, name, raw, going.env(extra))
        if value is None and spec.required:
            raise No(msg("'{field}' is needed", field=name))
        extra[name] = UNKNOWN if value is None else value
        pieces.append({**piece, **going.keep(spec, value, going.run.scope + name)})
    return pieces


def _is_empty(raw: Any) -> bool:
    return raw is None or (isinstance(raw, str) and not raw.strip())
