"""Beginnings of ways on which every try stuck: as tries are the same every time, whoever begins so sticks there too."""

from typing import Any

from sop_runner.lint.proofs.ground import Step

from .tries import Way

_HERE = None


class Stuck:
    """What is known of the ways of one plan."""

    def __init__(self) -> None:
        self._begun: dict[Any, dict[Any, Any]] = {}

    def add(self, way: Way, at: int) -> None:
        """On this way no try came past that leg, where it is one."""
        if at < len(way.legs):
            here = self._begun.setdefault((way.opening, way.apart), {})
            for leg in way.legs[: at + 1]:
                here = here.setdefault(leg, {})
            here[_HERE] = {}

    def along(self, way: Way) -> Step | None:
        """The step at which the tries for another way stuck that begins like this one."""
        here = self._begun.get((way.opening, way.apart), {})
        for leg in way.legs:
            here = here.get(leg, {})
            if _HERE in here:
                return leg.step
        return None
