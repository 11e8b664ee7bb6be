"""What an item asks for, by its kind: the prompts of each, and whatever else only that kind shows."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from sop_runner.base.message import Message, msg
from sop_runner.machine.graph import scope_of
from sop_runner.procedure.evaluate import holds
from sop_runner.procedure.evidence import Record
from sop_runner.procedure.fields import FieldRules
from sop_runner.procedure.nodes import Checklist, Confirmation, Item
from sop_runner.procedure.value_types import UNKNOWN

from .answers.checklist import is_asked
from .answers.sign_off import signers_missing
from .going import Going, No
from .views import Choice, Fact, Prompt
from .wording import STANDARD, Wording, words


def field_prompt(
    rules: FieldRules, name: str, wording: Wording, answer: str = "", state: str = "open"
) -> Prompt:
    """What a field asks for."""
    kind = "lines" if rules.type == "text" and (rules.lines or 1) > 1 else rules.type
    return Prompt(
        id=name,
        kind=kind,
        label=wording.text(rules.label, words(name)),
        choices=tuple(Choice(i, wording.text(text, words(i))) for i, text in rules.choices or ()),
        columns=tuple(field_prompt(column, column.field, wording) for column in rules.of or ()),
        required=rules.required,
        keep=rules.keep,
        secret=rules.keep == "never",
        state=state,
        answer=answer,
        currency=rules.currency or "",
        conditional=rules.only_when is not None,
    )


def _record(going: Going, wording: Wording, facts: tuple[Fact, ...]) -> dict[str, Any]:
    node = going.node.node
    assert isinstance(node, Confirmation)
    assert node.record is not None
    return {"prompts": record_prompts(going, node.record, wording, {})}


def record_prompts(
    going: Going, record: Record, wording: Wording, values: Mapping[str, Any]
) -> tuple[Prompt, ...]:
    """A record's fields given what is typed so far; one whose condition does not hold yet is `not-asked`."""
    extra: dict[str, Any] = {spec.field: UNKNOWN for spec in record.fields}
    prompts = []
    for spec in record.fields:
        asked = spec.only_when is None or holds(spec.only_when, going.env(extra))
        prompts.append(field_prompt(spec, spec.field, wording, state="open" if asked else "not-asked"))
        raw = values.get(spec.field)
        if not asked or raw is None or raw == "":
            continue
        with suppress(No):
            value = going.typed(spec, spec.field, raw, going.env(extra))
            extra[spec.field] = UNKNOWN if value is None else value
    return tuple(prompts)


def _checklist(going: Going, wording: Wording, facts: tuple[Fact, ...]) -> dict[str, Any]:
    node = going.node.node
    assert isinstance(node, Checklist)
    return {"prompts": tuple(_item(going, node, item, wording) for item in node.items)}


def _item(going: Going, checklist: Checklist, item: Item, wording: Wording) -> Prompt:
    piece = going.run.partial.get(item.item)
    state, answer = "open", ""
    if not is_asked(going, checklist, item):
        state = "not-asked"
    elif piece is not None and "not_applicable" in piece:
        state, answer = "not-applicable", str(piece["not_applicable"])
    elif piece is not None:
        right = not item.expect or piece.get("answer") in item.expect
        state = "right" if item.expect and right else "wrong" if not right else "answered"
        name = f"{scope_of(going.run.at)}{going.node.local}.{item.item}"
        answer = wording.shown(name, piece["typed"]) if "typed" in piece else str(piece.get("answer", ""))
    label = wording.text(item.ask or item.do, words(item.item))
    shared: dict[str, Any] = {
        "help": wording.text(item.do) if item.ask else "",
        "state": state,
        "answer": answer,
        "may_not_apply": item.not_applicable == "reason",
        "said_by": _role(going, wording, item.said_by) if item.said_by else "",
        "by": tuple(_role(going, wording, role) for role in item.by or ()),
    }
    if item.field is not None:
        base = field_prompt(item.field, item.item, wording)
        return Prompt(
            id=item.item, kind=base.kind, label=label, choices=base.choices, columns=base.columns,
            required=base.required, keep=base.keep, secret=base.secret, currency=base.currency, **shared,
        )  # fmt: skip
    choices = tuple(
        Choice(answer, wording.text(text, words(answer)), None if text else STANDARD.get(answer))
        for answer, text in item.answers
    )
    return Prompt(id=item.item, kind="item", label=label, choices=choices, **shared)


def _role(going: Going, wording: Wording, role: str) -> str:
    return wording.role(going.node.roles.get(role, role))


def _identity(going: Going, wording: Wording, facts: tuple[Fact, ...]) -> dict[str, Any]:
    node = going.node.node
    assert isinstance(node, Confirmation)
    identity = node.identity
    assert identity is not None
    prompts = []
    for factor in identity.factors:
        right = f"factor:{factor.factor}" in going.run.partial
        prompts.append(
            Prompt(
                id=factor.factor,
                kind="factor",
                label=wording.text(factor.title, words(factor.factor)),
                state="right" if right else "open",
                factor_kind=factor.kind,
                secret=True,
            )
        )
    used = going.run.attempts.get(going.run.at, 0)
    return {
        "prompts": tuple(prompts),
        "attempts_left": max(0, identity.attempts - used),
        "factors_needed": identity.need,
    }


def _statement(going: Going, wording: Wording, facts: tuple[Fact, ...]) -> dict[str, Any]:
    node = going.node.node
    assert isinstance(node, Confirmation)
    assert node.statement is not None
    return {"statement": wording.text(node.statement.text)}


def _sign_off(going: Going, wording: Wording, facts: tuple[Fact, ...]) -> dict[str, Any]:
    node = going.node.node
    assert isinstance(node, Confirmation)
    sign_off = node.sign_off
    assert sign_off is not None
    scope = going.run.scope
    shown = {scope + name for name in sign_off.shows}
    # What an item records under a field's own name is there under that of the item too.
    twice = {
        f"{scope}{name}.{item.item}"
        for name in sign_off.shows
        for item in getattr(going.plan.node(scope + name).node, "items", ())
        if item.field is not None and item.field.field and scope + item.field.field in {f.name for f in facts}
    }
    prompts = tuple(
        Prompt(id=name, kind="typed", label=wording.label(scope + name), secret=False)
        for name in sign_off.blind
    )
    try:
        missing = signers_missing(going, sign_off, going.node.by[0])
    except No:
        missing = 1
    return {
        "prompts": prompts,
        "shows": tuple(fact for fact in facts if fact.node in shown and fact.name not in twice),
        "signers_needed": missing,
        "factors_needed": sign_off.need,
        "reason_required": sign_off.reason == "required",
    }


def _log_review(going: Going, wording: Wording, facts: tuple[Fact, ...]) -> dict[str, Any]:
    node = going.node.node
    assert isinstance(node, Confirmation)
    review = node.log_review
    assert review is not None
    prompts = []
    for number, check in enumerate(review.checks, 1):
        piece = going.run.partial.get(f"check:{number}")
        state = "open" if piece is None else "right" if piece["right"] else "wrong"
        prompts.append(Prompt(id=str(number), kind="check", label=wording.text(check), state=state))
    extract = going.run.partial.get("extract:")
    prompts.append(
        Prompt(
            id="extract",
            kind="extract",
            label=words(review.source),
            required=review.extract == "required",
            state="open" if extract is None else "answered",
            answer=""
            if extract is None
            else f"{extract['name']} ({extract['lines']}) {extract['digest'][:12]}…",
        )
    )
    found: tuple[Message, ...] = ()
    since = going.run.done_at.get(going.run.scope + review.since) if review.since else None
    if since is not None:
        when = f"{since.astimezone(going.run.zone):%Y-%m-%d %H:%M:%S}"
        found = (msg("Read the log from {time} on", time=when),)
    return {"prompts": tuple(prompts), "words": found}


def _read_back(going: Going, wording: Wording, facts: tuple[Fact, ...]) -> dict[str, Any]:
    node = going.node.node
    assert isinstance(node, Confirmation)
    read_back = node.read_back
    assert read_back is not None
    label = wording.label(going.run.scope + read_back.of)
    found = (msg("The last {count} characters", count=read_back.last),) if read_back.last else ()
    return {"prompts": (Prompt(id=read_back.of, kind="typed", label=label),), "words": found}


EXTRAS = {
    "record": _record,
    "checklist": _checklist,
    "identity": _identity,
    "statement": _statement,
    "sign_off": _sign_off,
    "log_review": _log_review,
    "read_back": _read_back,
}
