"""The oracle's list of who did what in which role."""

from collections.abc import Mapping

from sop_runner.machine.graph import GraphNode
from sop_runner.machine.plan import Plan
from sop_runner.run import events as ev
from sop_runner.run.events import Event
from tests.oracle_base import Broken

ACTS = frozenset(
    (
        ev.NODE_DONE, ev.DECISION_TAKEN, ev.PART_ANSWERED, ev.FACTOR_CHECKED, ev.SIGNATURE_GIVEN, ev.STEP_UNDONE,
        ev.WAIVER_RULED,
    )
)  # fmt: skip


def excluded(node: GraphNode) -> set[str]:
    """The roles that must not act at a node, as the outermost run calls them."""
    return {node.roles.get(name, name) for name in getattr(node.node, "not_by", ())}


class Roles:
    """Who acted as what and where, who rules, and who holds which role."""

    def __init__(self, plan: Plan, people: Mapping[str, frozenset[str]]) -> None:
        self.plan = plan
        self.people = people
        self.acts: list[tuple[str, str, str]] = []
        self.ruled: set[tuple[str, str]] = set()
        self.holders: dict[str, set[str]] = {}
        self.offer: tuple[tuple[str, ...], str, str] = ((), "", "")

    def acted(self, event: Event) -> None:
        """A person acted; Broken where that person must not."""
        if event.actor is None or event.type not in ACTS:
            return
        if event.type == ev.NODE_DONE and ev.evidence_of(event, "waiver"):
            return  # what the ruling before it brings, and no other act
        person, role, at = event.actor, str(event.role), str(event.at)
        node = self.plan.node(at)
        for before, who, where in self.acts:
            if who == person and before in excluded(node):
                raise Broken(f"{person} acts at {at} and acted as {before}")
            if who == person and role in excluded(self.plan.node(where)):
                raise Broken(f"{person} acts as {role} and acted at {where}, which excludes it")
        if role in excluded(node):
            raise Broken(f"{person} acts as {role} at {at}, which excludes it")
        if event.type == ev.WAIVER_RULED:
            self.ruled.add((at, person))
        elif (at, person) in self.ruled:
            raise Broken(f"{person} ruled on {at} and acts at it")
        self._holds(person, role, node, event)
        self.acts.append((role, person, at))

    def _holds(self, person: str, role: str, node: GraphNode, event: Event) -> None:
        """The first to act in a role holds it until a hand-over or a new sign-off in it."""
        if role not in self.people[person]:
            raise Broken(f"{person} acts as {role} and is none")
        sign_off = getattr(node.node, "sign_off", None)
        held = self.holders.setdefault(role, set())
        if sign_off is not None and sign_off.people != 1 and event.type != ev.WAIVER_RULED:
            held.add(person)
        elif sign_off is not None or event.type == ev.WAIVER_RULED:
            if person not in held:
                self.holders[role] = {person}
        elif held and person not in held:
            raise Broken(f"{person} acts as {role}, which {held} hold")
        else:
            held.add(person)

    def offered(self, event: Event) -> None:
        """Roles were offered to another person."""
        about = event.evidence[0]
        self.offer = (tuple(about["roles"]), str(event.actor), about["taker"])

    def taken(self, event: Event) -> None:
        """A role was taken over; Broken where that person must not hold it, or nobody did."""
        role, taker = event.evidence[0]["role"], str(event.actor)
        if role not in self.people[taker] or not self.holders.get(role):
            raise Broken(f"{taker} takes over {role}, held by {self.holders.get(role)}")
        for _, who, where in self.acts:
            if who == taker and role in excluded(self.plan.node(where)):
                raise Broken(f"{taker} takes over {role} and acted at {where}, which excludes it")
        self.holders[role] = {taker}

    def accepted(self, event: Event) -> None:
        """The other person took them; Broken where that person must not hold one."""
        roles, giver, taker = self.offer
        if event.actor != taker:
            raise Broken(f"{event.actor} accepts what was offered to {taker}")
        for role in roles:
            for _, who, where in self.acts:
                if who == taker and role in excluded(self.plan.node(where)):
                    raise Broken(f"{taker} takes over {role} and acted at {where}, which excludes it")
            self.holders[role] = (self.holders[role] - {giver}) | {taker}
