"""Who is who: a directory folded from audit entries, and the drafts that change it.

Pure: it reads entry bodies and returns payloads; the desk appends them, and only then are they
true. Nobody is ever removed, so an id or a name once given stays with its person.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from sop_runner.audit import outside
from sop_runner.base.errors import RefusedError, UsageError
from sop_runner.base.lookalike import shapes, skeleton
from sop_runner.base.message import listing, msg
from sop_runner.base.textsafe import fold_input, nfc, visible

from .person import MAX_ID, MAX_NAME, PERSON_ID, Person

Draft = dict[str, Any]
"""The payload of one entry: `type`, `actor`, `evidence`, `reason`."""

ENROLLED, CHANGED = outside.PERSON_ENROLLED, outside.PERSON_CHANGED
DISABLED, FACTOR = outside.PERSON_DISABLED, outside.FACTOR_ENROLLED
TYPES = outside.PEOPLE


@dataclass(frozen=True, slots=True)
class Directory:
    """Everybody ever enrolled at this desk, by id."""

    people: Mapping[str, Person] = field(default_factory=lambda: MappingProxyType({}))

    def __iter__(self) -> Iterator[Person]:
        return iter(sorted(self.people.values(), key=lambda person: person.id))

    def find(self, typed: str) -> Person | None:
        """The person whose id or whole name was typed, in any case and normal form."""
        wanted = fold_input(typed, casefold=True)
        for person in self:
            if wanted in (person.id, fold_input(person.name, casefold=True)):
                return person
        return None

    def acting(self, typed: str) -> Person:
        """The active person of that id or name. Raises UsageError for anybody else."""
        person = self.find(typed)
        if person is None:
            known = [p.id for p in self if p.active]
            raise UsageError(
                msg("'{person}' is nobody at this desk", person=visible(typed, lines=False)),
                hint=msg(
                    "Enrolled are: {known}. 'sop people add' enrols somebody.",
                    known=listing(known) if known else msg("nobody yet"),
                ),
            )
        if not person.active:
            raise UsageError(
                msg("'{person}' is disabled", person=person.id),
                hint=msg("Ask who keeps the people of this desk."),
            )
        return person

    def in_role(self, role: str) -> tuple[Person, ...]:
        """The active people who may act in `role`."""
        return tuple(person for person in self if person.active and role in person.roles)


def fold(bodies: Iterable[Mapping[str, Any]], onto: Directory | None = None) -> Directory:
    """Fold entry bodies, in order, into a directory; entries of other types are passed over."""
    people = dict(onto.people) if onto else {}
    for body in bodies:
        kind = body.get("type")
        if kind not in TYPES:
            continue
        for item in body.get("evidence", ()):
            if item.get("kind") == "person":
                _apply(people, str(kind), item)
    return Directory(MappingProxyType(people))


def _apply(people: dict[str, Person], kind: str, item: Mapping[str, Any]) -> None:
    known = people.get(item["id"])
    if kind == ENROLLED:
        # A second enrolment of one id would give an old identity to somebody else.
        if known is None:
            people[item["id"]] = Person(
                item["id"], item["name"], frozenset(item["roles"]), True, item.get("language", "en")
            )
    elif known is None:
        return
    elif kind == CHANGED:
        people[known.id] = replace(
            known,
            name=item["name"],
            roles=frozenset(item["roles"]),
            language=item.get("language", known.language),
            active=item.get("active", known.active),
        )
    elif kind == FACTOR:
        people[known.id] = replace(known, factors=known.factors | {item["factor"]})
    else:
        people[known.id] = replace(known, active=False)


def enrol(
    directory: Directory, person_id: str, name: str, roles: Iterable[str], *, actor: str, language: str = "en"
) -> Draft:
    """Draft the entry that enrols a person. Raises RefusedError for look-alikes and ids that do not fit."""
    if len(person_id) > MAX_ID or not PERSON_ID.fullmatch(person_id):
        raise RefusedError(
            f"'{visible(person_id, lines=False)}' is no id for a person",
            hint=f"Use up to {MAX_ID} of a-z, 0-9 and single hyphens between them, such as 'ana-k'.",
        )
    if person_id in directory.people:
        raise RefusedError(
            f"'{person_id}' is enrolled already",
            hint="'sop people list' shows who that is; choose another id.",
        )
    person = Person(person_id, _fitting_name(name), frozenset(roles), language=language)
    _refuse_look_alikes(directory, person)
    return _draft(ENROLLED, actor, _state(person))


def change(
    directory: Directory,
    person_id: str,
    *,
    actor: str,
    reason: str,
    name: str | None = None,
    roles: Iterable[str] | None = None,
    language: str | None = None,
    active: bool | None = None,
) -> Draft:
    """Draft the entry that changes what is given; `active=True` takes a disabled person back."""
    person = _known(directory, person_id)
    changed = replace(
        person,
        name=person.name if name is None else _fitting_name(name),
        roles=person.roles if roles is None else frozenset(roles),
        language=language or person.language,
        active=person.active if active is None else active,
    )
    if changed == person:
        raise RefusedError(f"nothing changes for '{person.id}'", hint="Say other roles, name or language.")
    _refuse_look_alikes(directory, changed)
    return _draft(CHANGED, actor, {**_state(changed), "active": changed.active}, reason)


def disable(directory: Directory, person_id: str, *, actor: str, reason: str) -> Draft:
    """Draft the entry after which a person cannot act; their id and name stay taken."""
    person = _known(directory, person_id)
    if not person.active:
        raise RefusedError(f"'{person.id}' is disabled already", hint="There is nothing left to do.")
    return _draft(DISABLED, actor, _state(person), reason)


def factor_enrolled(directory: Directory, person_id: str, factor: str, kind: str, *, actor: str) -> Draft:
    """Draft the entry that says a person enrolled a factor (`passphrase`, `totp`), never its secret."""
    person = _known(directory, person_id)
    evidence = {"kind": "person", "id": person.id, "factor": factor, "factor_kind": kind}
    return _draft(FACTOR, actor, evidence)


def _known(directory: Directory, person_id: str) -> Person:
    person = directory.people.get(person_id)
    if person is None:
        raise RefusedError(
            f"'{visible(person_id, lines=False)}' is nobody at this desk",
            hint="'sop people list' names them.",
        )
    return person


def _fitting_name(name: str) -> str:
    name = nfc(name).strip()
    if not skeleton(name) or len(name) > MAX_NAME:
        raise RefusedError(
            f"'{visible(name[:MAX_NAME], lines=False)}' is no name",
            hint=f"Give the name as people know it, at most {MAX_NAME} characters.",
        )
    if visible(name, lines=False) != name:
        raise RefusedError(
            f"the name '{visible(name, lines=False)}' holds a hidden character",
            hint="Type the name instead of pasting it.",
        )
    return name


def _refuse_look_alikes(directory: Directory, person: Person) -> None:
    own = shapes(person.id) | shapes(person.name)
    for other in directory:
        if other.id == person.id:
            continue  # one's own name may change to a look-alike of itself
        if own & (shapes(other.id) | shapes(other.name)):
            raise RefusedError(
                f"'{person.name}' ({person.id}) looks like '{other.name}' ({other.id}), who is enrolled already",
                hint="Add what tells them apart, such as a middle name or the team. Names that look alike"
                " or differ only in case can never be two people.",
            )


def _state(person: Person) -> dict[str, Any]:
    return {
        "kind": "person",
        "id": person.id,
        "name": person.name,
        "roles": sorted(person.roles),
        "language": person.language,
    }


def _draft(kind: str, actor: str, evidence: dict[str, Any], reason: str = "") -> Draft:
    return {"type": kind, "actor": actor, "evidence": [evidence], "reason": nfc(reason)}
