"""What a rule finds, before anybody knows which file its node came from."""

from dataclasses import dataclass

from sop_runner.procedure.place import Problem


@dataclass(frozen=True, slots=True)
class Fault:
    """A problem at the node whose id is `node`, callees' nodes under their call."""

    node: str
    problem: Problem
