"""Who acts in a run: who holds its roles, who has acted in which, and who therefore may not act."""

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from .facts import NONE

Pairs = frozenset[tuple[str, str]]


class People(NamedTuple):
    """`holding` are the holders of each role; pairs are a role (or, of rulings, an item) and a person.

    Runs in which the same people act share one of these: see `people`.
    """

    holding: tuple[tuple[str, tuple[str, ...]], ...] = ()
    acted: Pairs = NONE
    barred: Pairs = NONE
    ruled: Pairs = NONE

    def holders(self, role: str) -> tuple[str, ...]:
        """Who holds a role now."""
        for name, persons in self.holding:
            if name == role:
                return persons
        return ()

    def held(self, role: str, persons: tuple[str, ...]) -> "People":
        """The same with other holders of a role."""
        return people(self._replace(holding=tuple({**dict(self.holding), role: persons}.items())))

    def has_acted(self, role: str, person: str, excluded: Iterable[str]) -> "People":
        """The same after an act in a role; the person may not act in the `excluded` ones."""
        barred = self.barred.union((other, person) for other in excluded)
        return people(self._replace(acted=self.acted | {(role, person)}, barred=barred))

    def has_ruled(self, at: str, person: str) -> "People":
        """The same after a ruling on an item."""
        return people(self._replace(ruled=self.ruled | {(at, person)}))


NOBODY = People()


@lru_cache(maxsize=4096)
def people(found: People) -> People:
    """The one that every run with the same people shares."""
    return found


@lru_cache(maxsize=4096)
def after_act(found: People, role: str, person: str, excluded: tuple[str, ...], several: bool) -> People:
    """The same after an act in a role, which others keep too where `several` hold it."""
    if excluded or (role, person) not in found.acted:
        found = found.has_acted(role, person, excluded)
    holders = found.holders(role)
    if person in holders:
        return found
    return found.held(role, (*holders, person) if several else (person,))
