"""A sign-off: approval by verified people, with factors, and independent where fields are typed blind."""

from typing import Any

from sop_runner.base.message import msg
from sop_runner.machine.graph import template
from sop_runner.procedure.evidence import SignOff
from sop_runner.procedure.nodes import Confirmation
from sop_runner.procedure.value_types import UNKNOWN, Sealed
from sop_runner.run import events as ev
from sop_runner.run.actions import Answer
from sop_runner.run.going import Going, No
from sop_runner.run.recorded import same_value

from .common import check_proofs, done, fail, role_of, shown


def answer_sign_off(going: Going, action: Answer) -> None:
    """Sign: approved or declined; done once everybody who has to has signed."""
    node = going.node.node
    assert isinstance(node, Confirmation)
    sign_off = node.sign_off
    assert sign_off is not None
    role = role_of(going, signing=True)
    person = going.given.who.id
    if action.choice not in ("approved", "declined", "affirmed", "done"):
        raise No(
            msg("'{node}' is approved or declined, not '{choice}'", node=going.run.at, choice=action.choice)
        )
    approved = action.choice != "declined"
    if f"signer:{person}" in going.run.partial:
        raise No(
            msg(
                "'{person}' has signed '{node}' already; another person has to",
                person=person,
                node=going.run.at,
            )
        )
    if not approved and sign_off.decline == "fails":
        if not action.reason.strip():
            raise No(msg("say why '{node}' is declined", node=going.run.at))
        piece = {"kind": "sign_off", "approved": False}
        fail(going, role, msg("'{person}' declined", person=person), (piece,), action.reason)
        return
    if not action.reason.strip() and (sign_off.reason == "required" or not approved):
        raise No(msg("'{node}' needs a reason", node=going.run.at))
    factors = check_proofs(action.factors, sign_off.factors, sign_off.need, person)
    _check_blind(going, sign_off, action)
    piece = {
        "kind": "sign_off",
        "approved": approved,
        "factors": factors,
        "blind": list(sign_off.blind),
        "shows": list(sign_off.shows),
    }
    going.emit(ev.SIGNATURE_GIVEN, role=role, reason=action.reason, evidence=(piece, shown(going)))
    if signers_missing(going, sign_off, role) == 0:
        result = "approved" if all(p["approved"] for p in _signatures(going)) else "declined"
        done(going, role, ({"kind": "field", "name": going.node.local, "value": result},), action.reason)


def _signatures(going: Going) -> list[Any]:
    return [piece for piece in going.run.partial.values() if piece.get("kind") == "sign_off"]


def signers_missing(going: Going, sign_off: SignOff, role: str) -> int:
    """How many people still have to sign. Raises No where all of a role have to and nobody is named for it."""
    have = {key.partition(":")[2] for key in going.run.partial if key.startswith("signer:")}
    if sign_off.people == "all":
        named = set(going.run.named.get(role, ()))
        if not named:
            raise No(msg("nobody is named for the role '{role}'", role=role))
        return len(named - have)
    return max(0, int(sign_off.people) - len(have))


def _check_blind(going: Going, sign_off: SignOff, action: Answer) -> None:
    """Each blind field is typed again without being shown, and matches what was recorded."""
    env = going.env()
    for name in sign_off.blind:
        raw = action.values.get(name)
        if raw is None or (isinstance(raw, str) and not raw.strip()):
            raise No(msg("type '{field}' yourself, from the source and not from the screen", field=name))
        rules = going.plan.fields.get(template(going.run.scope) + name)
        stored = env.value(name)
        if stored is UNKNOWN or rules is None:
            raise No(msg("'{field}' is not known, so it cannot be compared", field=name))
        if (
            isinstance(stored, Sealed)
            and stored.value is UNKNOWN
            and stored.commitment not in going.given.opened
        ):
            raise No(msg("'{field}' was erased, so it cannot be compared", field=name))
        if not same_value(stored, going.typed(rules, name, raw, env), going.given.opened):
            raise No(
                msg(
                    "what was typed for '{field}' is not what was recorded; compare both with the source",
                    field=name,
                )
            )
