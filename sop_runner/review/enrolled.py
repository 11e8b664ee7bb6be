"""Who could act at all: people and roles as a live log enrolled them before the entry at hand."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from sop_runner.people.directory import CHANGED, DISABLED, ENROLLED, FACTOR
from sop_runner.run.events import SIGNATURE_GIVEN, WAIVER_RULED

_MOMENT = timedelta(minutes=1)
"""How long after a person was disabled, or given a factor, an act of theirs may still come: it was judged just before."""


SIGNED = frozenset((SIGNATURE_GIVEN, WAIVER_RULED))
"""What a person signs in a run; outside runs anything may be signed."""


class Enrolled:
    """Every person ever enrolled, with the roles and factors they were ever given, and who is disabled.

    Whoever lost a role goes on where they act already, so a role once given is not judged again.
    """

    def __init__(self) -> None:
        self._roles: dict[str, set[str]] = {}
        self._factors: dict[str, dict[str, datetime]] = {}
        self._disabled: dict[str, datetime] = {}

    def take(self, body: Mapping[str, Any]) -> None:
        """Note what an entry outside any run says of people."""
        if body["type"] not in (ENROLLED, CHANGED, DISABLED, FACTOR):
            return
        for piece in body["evidence"]:
            if isinstance(piece, dict) and piece.get("kind") == "person":
                person = str(piece.get("id"))
                if body["type"] == FACTOR:
                    self._factors.setdefault(person, {}).setdefault(str(piece.get("factor")), _when(body))
                elif body["type"] == ENROLLED and person in self._roles:
                    continue  # as at the desk: an old identity is given to nobody else
                elif body["type"] == DISABLED or piece.get("active") is False:
                    self._disabled.setdefault(person, _when(body))
                else:
                    self._roles.setdefault(person, set()).update(map(str, piece.get("roles") or ()))
                    if piece.get("active") is True:
                        self._disabled.pop(person, None)

    def is_known(self, person: str | None, role: str | None) -> bool:
        """Whether somebody who signs nothing could act, which is certain at once of who was never disabled."""
        if person is None:
            return True
        known = self._roles.get(person)
        return known is not None and person not in self._disabled and (role is None or role in known)

    def stranger(self, body: Mapping[str, Any]) -> str:
        """Why whoever acted in an entry could not, in the role it names; empty where they could."""
        person, role = body["actor"], body["role"]
        if person is None:
            return ""
        known = self._roles.get(str(person))
        if known is None:
            return f"'{person}' acted and was never enrolled before"
        since = self._disabled.get(str(person))
        if since is not None and _when(body) - since > _MOMENT:
            return f"'{person}' acted and had been disabled before"
        if role is not None and str(role) not in known:
            return f"'{person}' acted as '{role}' and was never given that role before"
        if body["run"] is None or body["type"] in SIGNED:
            for factor in _factors_in(body["evidence"]):
                if factor not in self._factors.get(str(person), ()):
                    return f"'{person}' signed with '{factor}', which was never enrolled for them before"
        return ""

    def factors_of(self, body: Mapping[str, Any]) -> int:
        """How many factors whoever acted had when they did: each of another kind, and none is ever taken away."""
        since = self._factors.get(str(body["actor"]), {}).values()
        return sum(_when(body) - when > _MOMENT for when in since)


def _factors_in(evidence: Iterable[Any]) -> Iterator[str]:
    for piece in evidence:
        factors = piece.get("factors") if isinstance(piece, dict) else None
        for one in factors if isinstance(factors, list) else ():
            if isinstance(one, dict):
                yield str(one.get("factor"))


def _when(body: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(body["ts"]["wall"])
