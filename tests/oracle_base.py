"""What the parts of the oracle share."""

import re


class Broken(AssertionError):
    """An invariant does not hold."""


def scope_of(location: str) -> str:
    """The prefix of the names at a location."""
    return location[: location.rfind("/") + 1]


def plain(location: str) -> str:
    """A location without element numbers."""
    return re.sub(r"\[\d+\]", "", location)


def call_of(scope: str) -> str:
    """The call that a scope belongs to, without the element it is at."""
    return re.sub(r"\[\d+\]$", "", scope[:-1])
