"""What every kind of item shares: whose act it is, counting as done, failing."""

from collections.abc import Sequence

from sop_runner.base.message import Message, msg, quoted
from sop_runner.base.message_data import data_of
from sop_runner.run import events as ev
from sop_runner.run.actions import FactorProof
from sop_runner.run.advance import leave
from sop_runner.run.events import Evidence
from sop_runner.run.going import Going, No
from sop_runner.run.guards import acting_role, controls_problem


def role_of(going: Going, by: tuple[str, ...] | None = None, *, signing: bool = False) -> str:
    """The role in which the person acts at the item at hand. Raises No where there is none."""
    node = going.node
    role = acting_role(going.run, by or node.by, node.not_by, going.given.who, going.run.at, signing=signing)
    if isinstance(role, Message):
        raise No(role)
    return role


def shown(going: Going) -> Evidence:
    """In which language the item was shown."""
    return {"kind": "shown", "language": going.given.language}


def done(going: Going, role: str, evidence: Sequence[Evidence] = (), reason: str = "") -> None:
    """The item counts as done: guarded once more, recorded, and left; undone, while abandoning."""
    barred = controls_problem(going.plan, going.run, going.run.at, going.given.now)
    if barred is not None:
        raise No(barred)
    pieces = (*evidence, shown(going))
    if going.run.abandoning:
        going.emit(ev.STEP_UNDONE, role=role, reason=reason, evidence=pieces)
        end_if_nothing_open(going)
    else:
        leave(going, "done", ev.NODE_DONE, role=role, reason=reason, evidence=pieces)


def end_if_nothing_open(going: Going) -> None:
    """An abandoned run ends once everything that was open is undone or left."""
    if not going.run.open:
        left = [{"kind": "left_open", "node": node, "reason": reason} for node, reason in going.run.left]
        going.emit(
            ev.RUN_ENDED, at="", outcome="abandoned", reason=going.run.abandoning, evidence=left, by_rule=True
        )


def fail(going: Going, role: str, why: Message, evidence: Sequence[Evidence] = (), reason: str = "") -> None:
    """The answer was not the right one: take the `otherwise`; without one the item is answered again, whole."""
    text = reason or str(why)
    # What nobody typed is said to every reader in their own language.
    told = ({"kind": "why", **data_of(why)},) if text == str(why) else ()
    pieces = (*evidence, *told, shown(going))
    if "otherwise" in going.node.arrows and not going.run.abandoning:
        leave(going, "otherwise", ev.OTHERWISE_TAKEN, role=role, reason=text, evidence=pieces)
    else:
        going.emit(ev.NODE_FAILED, role=role, reason=text, evidence=pieces)


def check_proofs(
    proofs: Sequence[FactorProof], accepted: Sequence[str], need: int, who: str
) -> list[dict[str, str]]:
    """The right factors of a signer, of as many kinds as needed, as evidence. Raises No otherwise."""
    for proof in proofs:
        if accepted and proof.factor not in accepted:
            raise No(
                msg(
                    "'{factor}' is not accepted here; {accepted} are",
                    factor=proof.factor,
                    accepted=quoted(accepted),
                )
            )
        if not proof.right:
            raise No(
                msg("'{factor}' of '{person}' was not right; try again", factor=proof.factor, person=who)
            )
    kinds = {proof.kind for proof in proofs}
    if len(kinds) < need:
        raise No(
            msg(
                "'{person}' has proved {have} of {need} factors of different kinds",
                person=who,
                have=len(kinds),
                need=need,
            )
        )
    return [{"factor": proof.factor, "factor_kind": proof.kind, "ref": proof.ref} for proof in proofs]
