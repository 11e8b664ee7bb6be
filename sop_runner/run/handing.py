"""Roles that change hands: offered and accepted, or taken over from somebody who is not there."""

from sop_runner.base.message import listing, msg

from . import events as ev
from .actions import AcceptHandOver, DeclineHandOver, OfferHandOver, TakeRole
from .going import Going, No
from .lifecycle import text_of


def offer(going: Going, action: OfferHandOver) -> None:
    """Offer one's roles to another person."""
    run, who = going.run, going.given.who
    held = tuple(sorted(role for role, people in run.holders.items() if who.id in people))
    roles = (action.role,) if action.role else held
    if not roles:
        raise No(msg("'{person}' has done nothing in this run yet that could be handed over", person=who.id))
    if not set(roles) <= set(held):
        raise No(msg("'{person}' does not act as '{role}' in this run", person=who.id, role=action.role))
    if action.to == who.id:
        raise No(msg("a hand-over goes to another person"))
    if run.offer is not None:
        raise No(msg("a hand-over to '{taker}' is waiting already", taker=run.offer.taker))
    summary = text_of(action.summary, msg("sum up where things stand for '{taker}'", taker=action.to))
    piece = {"kind": "offer", "roles": list(roles), "taker": action.to}
    going.emit(ev.HAND_OVER_OFFERED, reason=summary, evidence=(piece,))


def accept(going: Going, action: AcceptHandOver) -> None:
    """Take what was offered to oneself."""
    run, who = going.run, going.given.who
    if run.offer is None or run.offer.taker != who.id:
        raise No(msg("nothing was offered to '{person}'", person=who.id))
    for role in run.offer.roles:
        _may_hold(going, role)
    going.emit(ev.HAND_OVER_ACCEPTED)


def decline(going: Going, action: DeclineHandOver) -> None:
    """Refuse or take back an offer."""
    run, who = going.run, going.given.who
    if run.offer is None or who.id not in (run.offer.taker, run.offer.giver):
        raise No(msg("nothing was offered to '{person}'", person=who.id))
    going.emit(ev.HAND_OVER_DECLINED, reason=action.reason)


def take_role(going: Going, action: TakeRole) -> None:
    """Take a role over while the run is on hold: the other side of a hand-over by somebody who has gone.

    What its holder did stays theirs: whom `not_by` keeps apart stays apart.
    """
    run, who, role = going.run, going.given.who, action.role
    holders = run.people.holders(role)
    if not holders or who.id in holders:
        raise No(msg("nobody else acts as '{role}' in this run; there is nothing to take over", role=role))
    if run.hold is None:
        raise No(
            msg(
                "'{holder}' acts as '{role}' and the run is not on hold: they hand it over, or put it on hold first",
                holder=listing(holders),
                role=role,
            )
        )
    _may_hold(going, role)
    reason = text_of(action.reason, msg("say why '{role}' is taken over", role=role))
    piece = {"kind": "take_over", "role": role, "from": list(holders)}
    going.emit(ev.ROLE_TAKEN, reason=reason, evidence=(piece,))


def _may_hold(going: Going, role: str) -> None:
    """Raises No where the person may not act in the role in this run."""
    who = going.given.who
    if role not in who.roles:
        raise No(msg("'{person}' does not have the role '{role}'", person=who.id, role=role))
    if (role, who.id) in going.run.people.barred:
        raise No(
            msg(
                "'{person}' has acted where '{role}' is excluded and cannot act as '{role}' in this run",
                person=who.id,
                role=role,
            )
        )
