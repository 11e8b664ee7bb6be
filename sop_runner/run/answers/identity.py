"""Identity: factors of different kinds, checked one after another, a bounded number of times."""

from sop_runner.base.message import msg, quoted
from sop_runner.procedure.nodes import Confirmation
from sop_runner.run import events as ev
from sop_runner.run.actions import Answer, FactorProof
from sop_runner.run.going import Going, No

from .common import done, fail, role_of, shown


def answer_identity(going: Going, action: Answer) -> None:
    """Record each factor's result; enough right ones of different kinds confirm, too many wrong ones or a no fail."""
    node = going.node.node
    assert isinstance(node, Confirmation)
    identity = node.identity
    assert identity is not None
    role = role_of(going)
    if action.choice == "declined":
        fail(going, role, msg("'{subject}' declined", subject=identity.of), (), action.reason)
        return
    if action.choice not in ("", "done", "affirmed"):
        raise No(
            msg(
                "'{node}' is confirmed by factors, not by '{choice}'", node=going.run.at, choice=action.choice
            )
        )
    if not action.factors:
        raise No(
            msg(
                "'{node}' is confirmed by {need} factors of different kinds; check one of {factors}",
                node=going.run.at,
                need=identity.need,
                factors=quoted(factor.factor for factor in identity.factors),
            )
        )
    known = {factor.factor: factor for factor in identity.factors}
    start = going.run.at
    for proof in action.factors:
        if proof.factor not in known:
            raise No(msg("'{node}' has no factor '{factor}'", node=going.run.at, factor=proof.factor))
        if going.run.attempts.get(going.run.at, 0) >= identity.attempts:
            raise No(msg("no attempts are left at '{node}'; only its `otherwise` is", node=going.run.at))
        _check(going, proof, known[proof.factor].kind, role)
        used = going.run.attempts.get(going.run.at, 0)
        if used >= identity.attempts:
            fail(going, role, msg("the {count} attempts at '{node}' have run out", count=used, node=start))
            return
        if _kinds(going) >= identity.need:
            done(going, role)
            return


def _check(going: Going, proof: FactorProof, kind: str, role: str) -> None:
    if (
        proof.right
        and proof.ref
        and any(
            piece.get("ref") == proof.ref
            for piece in going.run.partial.values()
            if piece.get("kind") == "factor"
        )
    ):
        raise No(msg("this proof of '{factor}' was used before; ask for a new one", factor=proof.factor))
    piece = {"kind": "factor", "factor": proof.factor, "factor_kind": kind, "right": proof.right}
    if proof.ref:
        piece["ref"] = proof.ref
    if proof.note:
        piece["note"] = proof.note
    going.emit(
        ev.FACTOR_CHECKED,
        role=role,
        outcome="right" if proof.right else "wrong",
        evidence=(piece, shown(going)),
    )


def _kinds(going: Going) -> int:
    """How many different kinds are proved so far."""
    return len(
        {piece["factor_kind"] for piece in going.run.partial.values() if piece.get("kind") == "factor"}
    )
