"""What is asked before a run starts: the case's fields, and what a ticket already says of them."""

from collections.abc import Mapping
from typing import Any, cast

from sop_runner.machine.plan import Plan
from sop_runner.procedure.value_types import UNKNOWN
from sop_runner.run.environment import RunEnv
from sop_runner.run.view_prompts import field_prompt
from sop_runner.run.views import Prompt
from sop_runner.run.wording import Wording

from .tickets import Ticket


class _Nothing:
    """No run yet, so nothing is known."""

    def value(self, name: str) -> Any:
        return UNKNOWN


def case_prompts(plan: Plan, language: str) -> tuple[Prompt, ...]:
    """What each field of the case asks for, in a language."""
    wording = Wording(plan, cast(RunEnv, _Nothing()), "", language)
    return tuple(field_prompt(spec, spec.field, wording) for spec in plan.procedure.case)


def case_of(plan: Plan, ticket: Ticket | None, given: Mapping[str, Any]) -> dict[str, Any]:
    """The values of the case: what was given, then what the ticket says and the procedure asks."""
    asked = {spec.field for spec in plan.procedure.case}
    known = ticket.case if ticket is not None else {}
    typed = {name: value for name, value in given.items() if value not in (None, "")}
    return {**{name: value for name, value in known.items() if name in asked}, **typed}
