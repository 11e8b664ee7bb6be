"""What is wrong with an entry, in a code and a sentence: why an act would have been refused, or what came instead."""

from sop_runner.audit.findings import Code
from sop_runner.machine.plan import Plan
from sop_runner.procedure.nodes import End
from sop_runner.run import events as ev
from sop_runner.run.advance import target_of
from sop_runner.run.events import Event, evidence_of
from sop_runner.run.going import No
from sop_runner.run.guards import missing
from sop_runner.run.state import Run

from .judging import Flaw, Judged
from .who import excluded, may_act

DONE = frozenset((ev.NODE_DONE, ev.STEP_UNDONE))


def entered_without(at: str, absent: tuple[str, ...], stale: tuple[str, ...]) -> str:
    """The sentence on an item whose controls were missing."""
    names = ", ".join((*(f"'{name}'" for name in absent), *(f"'{name}' (stale)" for name in stale)))
    return f"'{at}' was entered without {names}"


def why(judged: Judged, event: Event, refused: No | None) -> Flaw:
    """The code of an act that would have been refused."""
    said = str(refused.message) if refused is not None else f"'{event.type}' at '{event.at}' brings nothing"
    if excluded(judged, event):
        return Flaw(Code.SAME_PERSON, said)
    run = judged.before
    if event.at != run.at and not run.abandoning and event.at is not None and event.type != ev.ITEM_FLAGGED:
        said = f"'{event.type}' is recorded at '{event.at}', the run stood at '{run.at}'"
        return Flaw(Code.ILLEGAL_TRANSITION, said)
    if event.type in DONE and run.hold is None:
        absent, stale = missing(run, judged.node, run.at, event.when)
        if absent or stale:
            return Flaw(Code.CONTROL_SKIPPED, f"done although {entered_without(run.at, absent, stale)}")
        if judged.node.kind in ("checklist", "confirmation") and may_act(judged, event):
            return Flaw(Code.CONTROL_SKIPPED, f"'{event.at}' counts as done and is not: {said}")
    if event.type == ev.FACTOR_CHECKED and "used before" in said:
        return Flaw(Code.FACTOR_REUSED, said)
    return Flaw(Code.ILLEGAL_TRANSITION, said)


def unlike(part: str, wanted: Event, found: Event) -> Flaw:
    """The code of an entry that is another than the one that had to come."""
    where = f"'{found.type}' at '{found.at}'"
    if found.type in (ev.FACTOR_CHECKED, ev.SIGNATURE_GIVEN) and part.startswith("evidence"):
        return Flaw(Code.FACTOR_REUSED, f"{where}: the factors are not what the procedure asks for ({part})")
    if found.type == ev.RUN_ENDED and part.startswith("evidence"):
        return Flaw(
            Code.CONTROL_SKIPPED, f"{where} says otherwise than the procedure whether it closes the ticket"
        )
    if found.type in DONE and part == "type":
        return Flaw(Code.CONTROL_SKIPPED, f"{where} counts as done, where '{wanted.type}' had to come")
    if part == "type":
        said = f"{where} stands where '{wanted.type}' at '{wanted.at}' had to come"
        return Flaw(Code.ILLEGAL_TRANSITION, said)
    if found.type == ev.DECISION_TAKEN and found.actor is None:
        said = f"{where}: the outcome '{found.outcome}' does not follow from the values read ({part})"
        return Flaw(Code.ILLEGAL_TRANSITION, said)
    have, want = getattr(found, part, None), getattr(wanted, part, None)
    told = f"{part} '{have}', expected '{want}'" if part in ("at", "arrow", "to", "outcome", "role") else part
    return Flaw(Code.ILLEGAL_TRANSITION, f"{where} is not what the procedure leads to ({told})")


def false_end(plan: Plan, run: Run, event: Event) -> list[Flaw]:
    """What is wrong with an end that was not foreseen."""
    node = plan.node(run.at).node
    claims = any(piece.get("closes_ticket") is True for piece in evidence_of(event, "end"))
    if not isinstance(node, End) or plan.node(run.at).scope or event.at != run.at:
        if event.outcome == "abandoned" and run.abandoning and not claims:
            return []
        code = Code.CONTROL_SKIPPED if claims else Code.ILLEGAL_TRANSITION
        return [Flaw(code, f"the run ended at '{run.at}', which is no end")]
    if claims != node.closes or event.outcome != node.result:
        return [
            Flaw(Code.CONTROL_SKIPPED, f"the end '{run.at}' says otherwise than the procedure what it closes")
        ]
    return []


def no_such_move(plan: Plan, run: Run, event: Event) -> list[Flaw]:
    """Whether the machine has no such move by rule from where the run stands."""
    arrow = "passed_over" if event.type == ev.NODE_PASSED_OVER else "return"
    if event.type == ev.DECISION_TAKEN:
        arrow = event.outcome or ""
    try:
        if target_of(plan, run, arrow) == (event.arrow, event.to):
            return []
    except (No, LookupError):
        pass
    return [Flaw(Code.ILLEGAL_TRANSITION, f"no way '{event.arrow}' leads from '{event.at}' to '{event.to}'")]
