"""Who acted, in which role: the guards of the run asked again, and which refusals are of one person."""

from sop_runner.base.message import Message
from sop_runner.procedure.nodes import Confirmation
from sop_runner.run.events import Event
from sop_runner.run.going import No
from sop_runner.run.guards import acting_role

from .judging import Judged


def in_role(judged: Judged, event: Event, by: tuple[str, ...], *, signing: bool = False) -> None:
    """Raises No where the actor may not act at the item at hand in the recorded role, one of `by`."""
    node = judged.node
    role = acting_role(judged.run, by, node.not_by, judged.given.who, judged.run.at, signing=signing)
    if isinstance(role, Message):
        raise No(role)
    if role != event.role:
        said = f"'{event.actor}' acts as '{role}' at '{judged.run.at}', not as '{event.role}'"
        raise No(Message("{said}", (("said", said),)))  # for a reviewer, and so in no catalogue


def may_act(judged: Judged, event: Event) -> bool:
    """Whether the recorded role was the actor's to act in, at the item where the run stood."""
    run = judged.before
    node = judged.plan.node(run.at)
    signing = isinstance(node.node, Confirmation) and node.node.sign_off is not None
    role = acting_role(run, node.by, node.not_by, judged.given.who, run.at, signing=signing)
    return role == event.role


def excluded(judged: Judged, event: Event) -> bool:
    """Whether what keeps the actor from this act is something that the same person did before."""
    run, person, at = judged.before, event.actor or "", event.at or ""
    try:
        node = judged.plan.node(at)
    except KeyError:
        return False
    role = event.role or ""
    if any((other, person) in run.people.acted for other in node.not_by) or role in node.not_by:
        return True
    if (role, person) in run.people.barred or (at, person) in run.people.ruled:
        return True
    if event.type != "WaiverRuled":
        return False
    return person in run.here or any(person in run.people.holders(by) for by in node.by)
