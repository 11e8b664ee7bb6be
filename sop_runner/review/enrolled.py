"""Who could act at all: people and roles as a live log enrolled them before the entry at hand."""

from collections.abc import Mapping
from typing import Any

from sop_runner.people.directory import CHANGED, ENROLLED


class Enrolled:
    """Every person ever enrolled, with every role they were ever given.

    Whoever lost a role goes on where they act already, so a role once given is not judged again.
    """

    def __init__(self) -> None:
        self._roles: dict[str, set[str]] = {}

    def take(self, body: Mapping[str, Any]) -> None:
        """Note what an entry outside any run says of people."""
        if body["type"] not in (ENROLLED, CHANGED):
            return
        for piece in body["evidence"]:
            if isinstance(piece, dict) and piece.get("kind") == "person":
                self._roles.setdefault(str(piece.get("id")), set()).update(map(str, piece.get("roles") or ()))

    def stranger(self, person: str | None, role: str | None) -> str:
        """Why this person could not act in this role; empty where they could."""
        if person is None:
            return ""
        known = self._roles.get(person)
        if known is None:
            return f"'{person}' acted and was never enrolled before"
        if role is not None and role not in known:
            return f"'{person}' acted as '{role}' and was never given that role before"
        return ""
