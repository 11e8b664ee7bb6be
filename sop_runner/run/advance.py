"""From one item to the next: follow the arrow, then everything that needs no person."""

from sop_runner.base.message import msg
from sop_runner.machine.graph import SPENT, located, template
from sop_runner.machine.plan import Plan
from sop_runner.procedure.evaluate import holds, reads
from sop_runner.procedure.nodes import Decision, End, Outcome

from . import events as ev
from .calls import enter_call, return_from_call
from .counting import counter
from .going import Going, No
from .guards import controls_problem, open_problem
from .setting import read_values, set_field
from .state import Run

MAX_AUTOMATIC = 100_000


def target_of(plan: Plan, run: Run, arrow: str) -> tuple[str, str]:
    """The arrow as it is now (its bound may be spent) and the location it leads to. Raises No where it has run out."""
    node = plan.node(run.at)
    way = node.arrows[arrow]
    name = arrow
    if way.at_most is not None and run.jumps.get(counter(plan, run.at, arrow), 0) >= way.at_most:
        if way.spent is None:
            raise No(
                msg(
                    "'{node}' has led back to '{target}' {count} times, which is all it may; take another way",
                    node=run.at,
                    target=way.target,
                    count=way.at_most,
                )
            )
        name = arrow + SPENT
    return name, located(plan.engine.follow(node.id, name), run.at)


def leave(
    going: Going,
    arrow: str,
    kind: str,
    *,
    role: str | None = None,
    outcome: str | None = None,
    reason: str | None = None,
    evidence: tuple[ev.Evidence, ...] = (),
) -> None:
    """Leave the item by an arrow and go on to the next one that needs a person, or to an end."""
    name, to = target_of(going.plan, going.run, arrow)
    last = going.lazy and template(to) in going.plan.unconditional
    going.emit(
        kind, arrow=name, to=to, role=role, outcome=outcome, reason=reason, evidence=evidence, last=last
    )
    if not last:
        go_on(going)


def go_on(going: Going) -> None:
    """Pass over, decide by rule, enter and leave calls, until a person is needed. Raises No where the way is barred."""
    for _ in range(MAX_AUTOMATIC):
        node, run = going.node, going.run
        if node.only_when is not None and not holds(node.only_when, going.env()):
            name, to = target_of(going.plan, run, "passed_over")
            going.emit(ev.NODE_PASSED_OVER, arrow=name, to=to, by_rule=True)
            continue
        barred = controls_problem(going.plan, run, run.at, going.given.now)
        if barred is None and isinstance(node.node, End):
            barred = open_problem(going.plan, run, run.at)
        if barred is not None:
            raise No(barred)
        if isinstance(node.node, End):
            if not node.scope:
                going.emit(
                    ev.RUN_ENDED,
                    outcome=node.node.result,
                    evidence=({"kind": "end", "closes_ticket": node.node.closes},),
                    by_rule=True,
                )
                return
            return_from_call(going)
        elif node.kind == "call":
            enter_call(going)
        elif isinstance(node.node, Decision) and node.node.decided_by == "rule":
            if not take_outcome(going, rule_outcome(going)):
                return
        else:
            return
    raise No(msg("'{node}' goes round and round without an item for a person", node=going.run.at))


def rule_outcome(going: Going) -> Outcome:
    """The first outcome whose `when` holds; the last one has none."""
    node = going.node.node
    assert isinstance(node, Decision)
    env = going.env()
    return next(o for o in node.outcomes if o.when is None or holds(o.when, env))


def take_outcome(
    going: Going,
    outcome: Outcome,
    *,
    role: str | None = None,
    reason: str | None = None,
    evidence: tuple[ev.Evidence, ...] = (),
) -> bool:
    """Record a decision with the values it read and what it sets, and move along the outcome.

    Says whether the run has to `go_on` from there: not where a person always comes to stand.
    """
    node = going.node.node
    assert isinstance(node, Decision)
    env = going.env()
    read = {}
    for other in node.outcomes:
        if other.when is not None:
            read.update(reads(other.when, env))
        if other is outcome:
            break
    pieces: list[ev.Evidence] = [*evidence]
    if read:
        pieces.append({"kind": "read", "values": read_values(going, read)})
    for name, value in outcome.sets.items():
        pieces.append(set_field(going, name, value))
    name, to = target_of(going.plan, going.run, outcome.outcome)
    last = going.lazy and template(to) in going.plan.unconditional
    going.emit(
        ev.DECISION_TAKEN,
        arrow=name,
        to=to,
        role=role,
        outcome=outcome.outcome,
        reason=reason,
        evidence=pieces,
        by_rule=node.decided_by == "rule",
        last=last,
    )
    return not last
