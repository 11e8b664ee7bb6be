"""Duty: which roles a person may take, and who is named for each role when a run starts."""

from collections.abc import Iterable, Mapping

from sop_runner.machine.plan import Plan
from sop_runner.people.directory import Directory
from sop_runner.people.person import Person
from sop_runner.run.actions import Actor

from .port import PersonInfo


def actor_of(person: Person) -> Actor:
    """The person as the run core judges them."""
    return Actor(person.id, person.roles)


def info_of(person: Person) -> PersonInfo:
    """The person as screens show them."""
    roles, factors = tuple(sorted(person.roles)), tuple(sorted(person.factors))
    return PersonInfo(person.id, person.name, roles, factors, person.language)


def takers(people: Iterable[PersonInfo], giver: str, offered: Iterable[str]) -> list[PersonInfo]:
    """To whom these roles can be handed over: who has them all; where nobody has, everybody else, to be told why not."""
    others = [person for person in people if person.id != giver]
    return [person for person in others if set(offered) <= set(person.roles)] or others


def named_for(directory: Directory, plan: Plan) -> Mapping[str, tuple[str, ...]]:
    """Who is named for each role of the procedure: the active people that have it, by id."""
    return {role: tuple(person.id for person in directory.in_role(role)) for role in plan.procedure.roles}
