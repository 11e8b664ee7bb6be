"""A decision by a person: by judgement, with a reason, or by what was seen or said."""

from sop_runner.base.message import msg, quoted
from sop_runner.procedure.evaluate import holds
from sop_runner.procedure.nodes import Decision, Outcome
from sop_runner.run.actions import Answer
from sop_runner.run.advance import go_on, take_outcome
from sop_runner.run.going import Going, No
from sop_runner.run.guards import controls_problem
from sop_runner.run.setting import set_field

from .common import done, role_of, shown


def offered(going: Going) -> tuple[Outcome, ...]:
    """The outcomes that can be chosen now."""
    node = going.node.node
    assert isinstance(node, Decision)
    env = going.env()
    return tuple(o for o in node.outcomes if o.when is None or holds(o.when, env))


def answer_decision(going: Going, action: Answer) -> None:
    """Take an outcome that is offered."""
    node = going.node.node
    assert isinstance(node, Decision)
    role = role_of(going)
    choices = offered(going)
    outcome = next((o for o in choices if o.outcome == action.choice), None)
    if outcome is None:
        raise No(
            msg(
                "'{node}' does not offer '{choice}'; choose one of {choices}",
                node=going.run.at,
                choice=action.choice,
                choices=quoted(o.outcome for o in choices) if choices else "-",
            )
        )
    if node.decided_by == "person" and not action.reason.strip():
        raise No(msg("'{node}' is a judgement: give the reason", node=going.run.at))
    barred = controls_problem(going.plan, going.run, going.run.at, going.given.now)
    if barred is not None:
        raise No(barred)
    if going.run.abandoning:
        sets = [set_field(going, name, value) for name, value in outcome.sets.items()]
        done(going, role, sets, action.reason)
        return
    if take_outcome(going, outcome, role=role, reason=action.reason, evidence=(shown(going),)):
        go_on(going)
