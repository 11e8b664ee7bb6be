"""A person who acts at this desk; not the customer, who is a subject."""

import re
from dataclasses import dataclass

PERSON_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
"""Stable ASCII, kebab-case: what the log says instead of a name."""
MAX_ID = 40
MAX_NAME = 120


@dataclass(frozen=True, slots=True)
class Person:
    """Who may act: identity is `id` alone, names are for reading.

    `roles` are what this person may act in; `factors` what was enrolled to prove it is them;
    `language` is the locale their screens use.
    """

    id: str
    name: str
    roles: frozenset[str] = frozenset()
    active: bool = True
    language: str = "en"
    factors: frozenset[str] = frozenset()
