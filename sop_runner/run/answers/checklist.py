"""A checklist: items answered one by one, completed as a whole."""

from collections.abc import Mapping
from typing import Any

from sop_runner.base.message import msg, quoted
from sop_runner.procedure.evaluate import holds
from sop_runner.procedure.nodes import Checklist, Item
from sop_runner.procedure.value_types import UNKNOWN
from sop_runner.run import events as ev
from sop_runner.run.actions import Answer
from sop_runner.run.going import Going, No

from .common import done, fail, role_of, shown


def answer_checklist(going: Going, action: Answer) -> None:
    """Record the answers given; with `done` judge the whole list."""
    checklist = going.node.node
    assert isinstance(checklist, Checklist)
    items = {item.item: item for item in checklist.items}
    for name, raw in action.values.items():
        if name not in items:
            raise No(msg("'{node}' has no item '{item}'", node=going.run.at, item=name))
        _answer_item(going, checklist, items[name], raw)
    if action.choice in ("", "done"):
        if not action.values:
            role_of(going)
            if action.choice == "":
                raise No(msg("nothing of '{node}' was answered", node=going.run.at))
        if action.choice == "done":
            _complete(going, checklist)
    else:
        raise No(
            msg("'{node}' is completed as done, not as '{choice}'", node=going.run.at, choice=action.choice)
        )


def answers_so_far(going: Going, checklist: Checklist) -> dict[str, Any]:
    """The answers of this round as conditions of later items read them."""
    extra: dict[str, Any] = {f"{checklist.id}.{item.item}": UNKNOWN for item in checklist.items}
    for item in checklist.items:
        own = item.field.field if item.field else None
        piece = going.run.partial.get(item.item)
        if own is not None:
            extra[own] = UNKNOWN
        if piece is None:
            continue
        value = (
            "not_applicable"
            if "not_applicable" in piece
            else piece.get("typed", piece.get("answer", UNKNOWN))
        )
        extra[f"{checklist.id}.{item.item}"] = value
        if own is not None and "not_applicable" not in piece:
            extra[own] = value
    return extra


def is_asked(going: Going, checklist: Checklist, item: Item) -> bool:
    """Whether an item's own condition holds with the answers so far."""
    return item.only_when is None or holds(item.only_when, going.env(answers_so_far(going, checklist)))


def _answer_item(going: Going, checklist: Checklist, item: Item, raw: Any) -> None:
    roles = tuple(going.node.roles.get(role, role) for role in item.by) if item.by else None
    role = role_of(going, roles)
    if not is_asked(going, checklist, item):
        raise No(msg("'{item}' is not asked here: its condition does not hold", item=item.item))
    piece: dict[str, Any] = {"kind": "item", "item": item.item}
    given = raw if isinstance(raw, Mapping) else {"answer": raw}
    if "not_applicable" in given:
        reason = str(given["not_applicable"] or "").strip()
        if item.not_applicable != "reason":
            raise No(msg("'{item}' always applies; answer it", item=item.item))
        if not reason:
            raise No(msg("say why '{item}' does not apply", item=item.item))
        piece["not_applicable"] = reason
    elif item.field is not None:
        name = f"{going.run.scope}{going.node.local}.{item.item}"
        value = going.typed(
            item.field, item.item, given.get("answer"), going.env(answers_so_far(going, checklist))
        )
        if value is None and item.field.required:
            raise No(msg("'{field}' is needed", field=item.item))
        piece.update(going.keep(item.field, value, name))
    else:
        answer = _answer_text(given.get("answer"))
        if answer not in item.answer_ids:
            raise No(
                msg(
                    "'{answer}' is no answer to '{item}'; choose one of {answers}",
                    answer=answer,
                    item=item.item,
                    answers=quoted(item.answer_ids),
                )
            )
        piece["answer"] = answer
    if item.said_by is not None:
        speaker = str(given.get("said_by") or "").strip()
        if not speaker:
            raise No(
                msg(
                    "'{item}' is answered aloud by '{role}': say who answered",
                    item=item.item,
                    role=item.said_by,
                )
            )
        piece["said_by"] = speaker
    going.emit(ev.PART_ANSWERED, role=role, evidence=(piece, shown(going)))


def waived_items(going: Going, checklist: Checklist, values: Mapping[str, Any]) -> list[ev.Evidence]:
    """The fields that a waived checklist still records, as evidence; what was answered already counts."""
    pieces: list[ev.Evidence] = []
    for item in checklist.items:
        if item.field is None or item.item in going.run.partial or not is_asked(going, checklist, item):
            continue
        name = f"{checklist.id}.{item.item}"
        value = going.typed(item.field, item.item, values.get(item.item), going.env())
        if value is None and item.field.required:
            raise No(msg("'{field}' is needed", field=item.item))
        kept = going.keep(item.field, value, going.run.scope + name)
        names = (name, item.field.field) if item.field.field else (name,)
        pieces.extend({"kind": "field", "name": each, **kept} for each in names)
    return pieces


def _answer_text(raw: Any) -> str:
    if isinstance(raw, bool):
        return "yes" if raw else "no"
    return str(raw).strip() if raw is not None else ""


def _is_right(item: Item, piece: Mapping[str, Any]) -> bool:
    return "not_applicable" in piece or not item.expect or piece.get("answer") in item.expect


def _complete(going: Going, checklist: Checklist) -> None:
    role = role_of(going)
    asked = []
    for item in checklist.items:
        if not is_asked(going, checklist, item):
            continue
        if item.item not in going.run.partial:
            raise No(msg("'{item}' of '{node}' is not answered yet", item=item.item, node=going.run.at))
        asked.append(item)
    wrong = [item.item for item in asked if not _is_right(item, going.run.partial[item.item])]
    need = len(asked) if checklist.need is None else checklist.need
    if len(asked) - len(wrong) >= need:
        done(going, role)
        return
    why = msg(
        "'{node}' was not as expected at {items}",
        node=going.run.at,
        items=quoted(wrong),
    )
    fail(going, role, why, ({"kind": "unexpected", "items": wrong},))
