"""What must hold before an act: controls, roles, what is open. Each answers with a sentence or nothing."""

from datetime import datetime

from sop_runner.base.message import Listing, Message, listing, msg
from sop_runner.machine.graph import GraphNode, scope_of, template
from sop_runner.machine.plan import Plan
from sop_runner.procedure.nodes import End

from .actions import Actor
from .state import Run


def required(run: Run, node: GraphNode, at: str) -> frozenset[str]:
    """The controls that a node asks for now, with what was imposed on irreversible nodes and completed ends."""
    scope = scope_of(at)
    completed = isinstance(node.node, End) and node.node.result == "completed"
    if run.facts.decisions and (node.irreversible or completed):
        return node.requires | run.imposed(scope)
    return node.requires


def missing(run: Run, node: GraphNode, at: str, now: datetime) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The controls a node asks for that were not gained, and those that have gone stale.

    An act asks whether a control holds now; an end whether it was gained, whatever its age.
    """
    needed = required(run, node, at)
    if not needed:
        return (), ()
    scope = scope_of(at)
    controls = run.facts.controls
    absent = tuple(sorted(name for name in needed if scope + name not in controls))
    if isinstance(node.node, End):
        return absent, ()
    stale = (name for name in needed if scope + name in controls and not run.is_fresh(scope + name, now))
    return absent, tuple(sorted(stale))


def renewing(plan: Plan, scope: str, control: str) -> tuple[str, ...]:
    """The items that gain `control` for those of `scope`: of the same procedure, else of the one that calls it."""
    while True:
        plain = template(scope)
        found = tuple(scope + name[len(plain) :] for name in plan.gainers.get((plain, control), ()))
        if found or not scope:
            return found
        scope = scope_of(scope[:-1])  # what a caller holds it hands in


def controls_problem(plan: Plan, run: Run, at: str, now: datetime) -> Message | None:
    """Why the node at `at` can be neither entered nor reported done: each control with what renews it."""
    node = plan.node(at)
    if not (node.requires or node.irreversible or node.kind == "end"):
        return None
    absent, stale = missing(run, node, at, now)
    if not absent and not stale:
        return None

    def listed(controls: tuple[str, ...]) -> Listing:
        return listing(
            msg(
                "'{control}' (← {items})", control=c, items=listing(renewing(plan, scope_of(at), c) or ("?",))
            )
            for c in controls
        )

    if absent and stale:
        return msg(
            "'{node}' still needs {absent}, and these have gone stale: {stale}. Go back to the items named and confirm them",
            node=at,
            absent=listed(absent),
            stale=listed(stale),
        )
    if stale:
        return msg(
            "'{node}' needs fresh confirmations, these have gone stale: {stale}. Go back to the items named and confirm them again",
            node=at,
            stale=listed(stale),
        )
    return msg(
        "'{node}' still needs {absent}. Go back to the items named and confirm them",
        node=at,
        absent=listed(absent),
    )


def undoing(plan: Plan, run: Run) -> tuple[str, ...]:
    """While abandoning: the nodes any one of which undoes the newest open step."""
    if not run.abandoning or not run.open:
        return ()
    return _undone_by(plan, run.open[-1].node)


def _undone_by(plan: Plan, step: str) -> tuple[str, ...]:
    node = plan.node(step)
    return tuple(scope_of(step) + name[len(node.scope) :] for name in node.undone_by)


def open_problem(plan: Plan, run: Run, at: str) -> Message | None:
    """Why an end cannot be reached: a step that must be undone is open. Says what undoes it."""
    scope = scope_of(at)
    steps = [step.node for step in run.open if step.node.startswith(scope)]
    if not steps:
        return None
    told = (msg("'{node}' (← {items})", node=step, items=listing(_undone_by(plan, step))) for step in steps)
    return msg(
        "'{node}' cannot be reached while something is open: {steps}. Undo it first",
        node=at,
        steps=listing(told),
    )


def acting_role(
    run: Run,
    by: tuple[str, ...],
    not_by: tuple[str, ...],
    actor: Actor,
    at: str,
    *,
    signing: bool = False,
    ruling: bool = False,
) -> str | Message:
    """The role in which `actor` may act, or why not.

    `signing`: a sign-off may take a role over. `ruling`: on an item, not at it.
    """
    for role in not_by:
        if (role, actor.id) in run.people.acted:
            return msg(
                "'{person}' has acted as '{role}' in this run and cannot act at '{node}': a different person has to",
                person=actor.id,
                role=role,
                node=at,
            )
    if not ruling and (at, actor.id) in run.people.ruled:
        return msg("'{person}' has ruled on '{node}' and cannot act at it", person=actor.id, node=at)
    refusal: Message | None = None
    if not_by:
        # To act in an excluded role is to have acted in it.
        by = tuple(role for role in by if role not in not_by)
    if len(by) > 1:
        by = tuple(sorted(by, key=lambda role: actor.id not in run.people.holders(role)))
    for role in by:
        holders = run.people.holders(role)
        if (role, actor.id) in run.people.barred:
            refusal = refusal or msg(
                "'{person}' has acted where '{role}' is excluded and cannot act as '{role}' in this run",
                person=actor.id,
                role=role,
            )
        elif actor.id in holders:
            return role
        elif role not in actor.roles:
            refusal = refusal or msg(
                "'{node}' is for the role '{role}', which '{person}' does not have",
                node=at,
                role=role,
                person=actor.id,
            )
        elif holders and not signing:
            refusal = refusal or msg(
                "'{holder}' acts as '{role}' in this run: they hand it over, or it is taken over while the run is on hold",
                holder=listing(holders),
                role=role,
            )
        else:
            return role
    return refusal or msg("nobody may act at '{node}'", node=at)
