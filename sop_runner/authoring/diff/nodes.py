"""Two nodes of one name compared: evidence, guards, people, time, and what they gain and take away."""

from sop_runner.machine.graph import GraphNode
from sop_runner.procedure.nodes import Call, Checklist, Confirmation, Decision, End, Step
from sop_runner.procedure.timing import Time, Until

from .change import Kind, Told
from .compare import allowed, less_is_stronger, members, more_is_stronger, one_of, other, present, ranked
from .conditions import narrowed
from .decisions import compare_outcomes
from .evidence import compare_evidence, compare_items
from .gains import compare_age, gains
from .sides import Asked, Sides

_EVIDENCED = ("confirmation", "checklist")


def compare_nodes(told: Told, sides: Sides, asked: Asked, old: GraphNode, new: GraphNode) -> None:
    """Everything about a node but its arrows, its texts and its place."""
    if old.kind != new.kind:
        _kind(told, old, new)
    else:
        _own(told, sides, asked, old, new)
    _controls(told, asked, old, new)
    _people(told, old, new)
    _guards(told, sides, old, new)
    _time(told, old.time, new.time)


def _kind(told: Told, old: GraphNode, new: GraphNode) -> None:
    sentence = f"was a {old.kind}, is a {new.kind} now"
    if old.kind in _EVIDENCED and new.kind not in _EVIDENCED:
        told.add("weaker", sentence, old.kind, new.kind)
    elif new.kind in _EVIDENCED and old.kind not in _EVIDENCED:
        told.add("stronger", sentence, old.kind, new.kind)
    else:
        told.add("changed", sentence, old.kind, new.kind, unsettled=True)


def _own(told: Told, sides: Sides, asked: Asked, old: GraphNode, new: GraphNode) -> None:
    match old.node, new.node:
        case Confirmation() as one, Confirmation() as two:
            compare_evidence(told, sides, one, two)
        case Checklist() as one, Checklist() as two:
            compare_items(told, sides, one, two)
        case Step() as one, Step() as two:
            _step(told, one, two)
        case Decision(), Decision():
            compare_outcomes(told, sides, asked, old, new)
        case Call() as one, Call() as two:
            _call(told, one, two)
        case End() as one, End() as two:
            _end(told, one, two)


def _step(told: Told, old: Step, new: Step) -> None:
    if isinstance(old.wait, Until) or isinstance(new.wait, Until):
        words = [f"until {w.until}" if isinstance(w, Until) else w for w in (old.wait, new.wait)]
        present(told, "wait", *words)
    else:
        ranked(told, "wait", old.wait, new.wait, more_is_stronger)
    if bool(old.undone_by) != bool(new.undone_by):
        present(told, "undone by", old.undone_by, new.undone_by)
    else:
        allowed(told, "undone by", old.undone_by, new.undone_by)


def _call(told: Told, old: Call, new: Call) -> None:
    other(told, "procedure called", old.procedure, new.procedure, unsettled=True)
    other(told, f"revision of '{new.procedure}'", old.revision, new.revision)
    for what, one, two in (("given", old.given, new.given), ("for each", old.for_each, new.for_each)):
        for key in dict.fromkeys((*one, *two)):
            other(told, f"{what} '{key}'", one.get(key), two.get(key), unsettled=True)
    for key in dict.fromkeys((*old.returns, *new.returns)):
        other(told, f"returned as '{key}'", old.returns.get(key), new.returns.get(key))


def _end(told: Told, old: End, new: End) -> None:
    ranked(told, "closes the ticket", old.closes, new.closes, one_of(True, False))
    if old.result != new.result:
        ranks = [float(result != "completed") for result in (old.result, new.result)]
        kind: Kind = "weaker" if ranks[1] < ranks[0] else "stronger" if ranks[1] > ranks[0] else "changed"
        told.add(kind, f"result {old.result} before, {new.result} now", old.result, new.result)


def _controls(told: Told, asked: Asked, old: GraphNode, new: GraphNode) -> None:
    members(told, sorted(old.requires), sorted(new.requires), "no longer requires {}", "requires {} as well")
    gains(told, asked, old.satisfies, new.satisfies)
    members(
        told, sorted(old.invalidates), sorted(new.invalidates), "no longer invalidates {}", "invalidates {}"
    )
    ranked(told, "irreversible", old.irreversible, new.irreversible, one_of(False, True))
    if old.satisfies and new.satisfies:
        compare_age(told, old.valid_for, new.valid_for)


def _people(told: Told, old: GraphNode, new: GraphNode) -> None:
    if old.by != new.by:
        allowed(told, "done by", old.by, new.by)
    members(told, old.not_by, new.not_by, "no longer excludes who acted as {}", "excludes who acted as {}")
    if old.waivable_by and new.waivable_by:
        other(told, "waivable by", old.waivable_by, new.waivable_by, unsettled=True)
    elif new.waivable_by:
        told.add("weaker", f"can be waived by '{new.waivable_by}'", "", new.waivable_by)
    elif old.waivable_by:
        told.add("stronger", f"can no longer be waived by '{old.waivable_by}'", old.waivable_by)


def _guards(told: Told, sides: Sides, old: GraphNode, new: GraphNode) -> None:
    before, after = old.only_when, new.only_when
    demanding = old.kind in (*_EVIDENCED, "call") or new.kind in (*_EVIDENCED, "call")
    narrower: Kind = "weaker" if demanding else "changed"
    narrowed(told, "asked", sides, before, after, narrower=narrower, unsettled=demanding)


def _time(told: Told, old: Time | None, new: Time | None) -> None:
    one, two = old or Time(), new or Time()
    other(told, "expected time", one.expect, two.expect)
    ranked(told, "time limit", one.limit, two.limit, less_is_stronger)
    other(told, "time counted from", one.from_, two.from_, unsettled=True)
    other(told, "time limit at", one.until, two.until, unsettled=True)
    if _warns(one) != _warns(two):
        told.add("changed", "warns at the limit" if _warns(two) else "no longer warns at the limit")


def _warns(time: Time) -> bool:
    return time.at_limit is not None and time.at_limit.to == "warn"
