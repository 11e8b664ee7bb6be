"""Who acts in a rehearsal: people mapped to roles, and who of them acts at an item."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from sop_runner.base.message import Message
from sop_runner.run.actions import Actor
from sop_runner.run.guards import acting_role
from sop_runner.run.state import Run


class NobodyMapped(Exception):
    """A role that somebody has to act in is not in `as`."""

    def __init__(self, roles: Iterable[str]) -> None:
        named = ", ".join(f"'{role}'" for role in roles)
        super().__init__(f"nobody is mapped to the role {named}; add it to `as`")


@dataclass(frozen=True, slots=True)
class Cast:
    """The people of a scenario: `mapped` by role, and `every` role of the procedure.

    A person in `as` has the roles given there; one who is only named in `by`, `hand_over` or `take_over` is of
    the training ledger, and may take any.
    """

    mapped: Mapping[str, tuple[str, ...]]
    every: frozenset[str]
    limited: frozenset[str] = frozenset()
    extra: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, people: Mapping[str, tuple[str, ...]], every: Iterable[str]) -> "Cast":
        """The cast at the start: whoever is in `as` has the roles given there and no others."""
        return cls(people, frozenset(every), frozenset(p for named in people.values() for p in named))

    def actor(self, person: str) -> Actor:
        """The person as the run core judges them."""
        if person not in self.limited:
            return Actor(person, self.every)
        own = frozenset(role for role, people in self.mapped.items() if person in people)
        return Actor(person, own | self.extra.get(person, frozenset()))

    def people(self, roles: Iterable[str]) -> tuple[str, ...]:
        """Who is mapped to any of the roles, in their order."""
        return tuple(dict.fromkeys(person for role in roles for person in self.mapped.get(role, ())))

    def anybody(self, run: Run | None, roles: Iterable[str]) -> str:
        """Somebody who has a say: mapped to one of the roles, else acting already, else the first of all."""
        for person in (
            *self.people(roles),
            *(person for people in (run.holders.values() if run else ()) for person in people),
            *self.people(self.mapped),
        ):
            return person
        raise NobodyMapped(sorted(self.every))

    def at(self, run: Run, by: tuple[str, ...], not_by: tuple[str, ...], *, signing: bool = False) -> str:
        """Who acts where the roles `by` may: the first who can, else the first who is mapped."""
        mapped = self.people(by) or tuple(p for role in by for p in run.people.holders(role))
        for person in mapped:
            role = acting_role(run, by, not_by, self.actor(person), run.at, signing=signing)
            if not isinstance(role, Message):
                return person
        if not mapped:
            raise NobodyMapped(by)
        return mapped[0]

    def handed(self, roles: tuple[str, ...], giver: str, taker: str) -> "Cast":
        """The cast after a hand-over."""
        mapped = dict(self.mapped)
        for role in roles:
            others = tuple(p for p in mapped.get(role, ()) if p not in (giver, taker))
            mapped[role] = (*others, taker)
        # Who gave a role away still has it, as the directory sees it.
        return replace(self.may_take(giver, roles), mapped=mapped)

    def may_take(self, person: str, roles: Iterable[str]) -> "Cast":
        """The cast once `person` may take `roles` too, as whom a hand-over is offered to can."""
        own = self.extra.get(person, frozenset()) | frozenset(roles)
        return replace(self, extra={**self.extra, person: own})
