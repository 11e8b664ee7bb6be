"""The current item as data: what it asks for, and the ways on from it."""

from collections.abc import Mapping
from typing import Any

from sop_runner.base.message import Message, listing, msg
from sop_runner.procedure.nodes import Confirmation, Decision

from .answers.decision import offered
from .going import Going
from .guards import controls_problem, undoing
from .timing import only_way, running, waits_until
from .view_prompts import EXTRAS
from .views import Clock, Fact, ItemView, Way
from .wording import Wording, words


def item_view(going: Going, wording: Wording, facts: tuple[Fact, ...]) -> ItemView:
    """The item at hand."""
    node, run = going.node, going.run
    evidence = node.node.evidence if isinstance(node.node, Confirmation) else ""
    spec: Any = node.node
    extra = EXTRAS[evidence or node.kind](going, wording, facts) if (evidence or node.kind) in EXTRAS else {}
    section = node.sections[-1] if node.sections else None
    base: dict[str, Any] = {
        "node": run.at,
        "kind": node.kind,
        "evidence": evidence,
        "title": wording.title(node),
        "ref": spec.ref or "",
        "section": wording.text(section.title, words(section.id)) if section else "",
        "caution": wording.text(spec.caution),
        "do": wording.text(spec.do),
        "say": wording.text(spec.say),
        "ask": wording.text(spec.ask),
        "by": node.by,
        "prompts": (),
        "shows": (),
        "ways": _ways(going, wording),
        "clocks": item_clocks(going, wording),
        "waivable_by": node.waivable_by or "",
        "irreversible": node.irreversible,
        "role_titles": tuple(
            (role, wording.role(role)) for role in (*node.by, *filter(None, (node.waivable_by,)))
        ),
    }
    extra["words"] = (*_also_undoing(going, wording), *extra.get("words", ()))
    return ItemView(**{**base, **extra})


def _also_undoing(going: Going, wording: Wording) -> tuple[Message, ...]:
    """While abandoning: which other items would undo it just as well."""
    others = [node for node in undoing(going.plan, going.run) if node != going.run.at]
    titles = listing(wording.title(going.plan.node(node)) for node in others)
    return (msg("Another item can undo it as well: {items}", items=titles),) if others else ()


def item_clocks(going: Going, wording: Wording) -> tuple[Clock, ...]:
    """The clocks of the item: waits, expected times, limits."""
    now = going.given.now
    found = [
        Clock(clock.kind, wording.title(going.plan.node(clock.node)), clock.since, clock.due, now > clock.due)
        for clock in running(going.plan, going.run, now)
    ]
    ready = waits_until(going.plan, going.run, now)
    if ready is not None:
        found.insert(0, Clock("wait", wording.title(going.node), going.run.entered, ready, now >= ready))
    return tuple(found)


_PRIMARY: Mapping[str, Message] = {
    "step": msg("Done"),
    "checklist": msg("Complete the checklist"),
    "record": msg("Write it down"),
    "log_review": msg("Complete the review"),
    "read_back": msg("Compare"),
}


def _ways(going: Going, wording: Wording) -> tuple[Way, ...]:
    node, run = going.node, going.run
    due = only_way(going.plan, run, going.given.now)
    if due is not None and due.arrow is not None:
        target = going.plan.graph.nodes[node.arrows[due.arrow].target]
        return (Way("at_limit", msg("The time is over: go on"), wording.title(target), primary=True),)
    barred = controls_problem(going.plan, run, run.at, going.given.now)
    ways = list(_answers(going, wording, barred))
    if "otherwise" in node.arrows and not run.abandoning:
        target = going.plan.graph.nodes[node.arrows["otherwise"].target]
        ways.append(
            Way(
                "otherwise", msg("Not possible: take the other way"), wording.title(target), needs_reason=True
            )
        )
    if run.abandoning:
        ways.append(Way("leave", msg("Leave it open"), "", needs_reason=True))
    return tuple(ways)


def _answers(going: Going, wording: Wording, barred: Message | None) -> tuple[Way, ...]:
    node = going.node.node
    key = node.evidence if isinstance(node, Confirmation) else going.node.kind
    if key in _PRIMARY:
        refused = barred
        ready = waits_until(going.plan, going.run, going.given.now)
        if refused is None and ready is not None and going.given.now < ready:
            refused = msg("the wait is not over yet")
        return (Way("done", _PRIMARY[key], primary=True, refused=refused),)
    if key == "statement":
        return (Way("affirmed", msg("Affirmed"), refused=barred), Way("declined", msg("Declined")))
    if key == "sign_off":
        assert isinstance(node, Confirmation)
        assert node.sign_off is not None
        required = node.sign_off.reason == "required"
        return (
            Way("approved", msg("Approve"), needs_reason=required, refused=barred),
            Way("declined", msg("Decline"), needs_reason=True),
        )
    if isinstance(node, Decision):
        reason = node.decided_by == "person"
        return tuple(
            Way(
                o.outcome,
                msg("Choose"),
                wording.text(o.title, words(o.outcome)),
                needs_reason=reason,
                refused=barred,
            )
            for o in offered(going)
        )
    return ()
