"""Entries in words: what happened, for a recap and for whoever reads the log."""

from collections.abc import Mapping, Sequence

from sop_runner.audit.entry import Entry
from sop_runner.base.message import Message, Param, listing, msg
from sop_runner.base.message_data import message_of
from sop_runner.machine.plan import Plan
from sop_runner.run import events as ev
from sop_runner.run.wording import words

from .board import title_of
from .port import RecapLine
from .wire import event_of

_SAID: Mapping[str, Message] = {
    ev.RUN_STARTED: msg("the run was opened"),
    ev.NODE_DONE: msg("'{item}' is done"),
    ev.DECISION_TAKEN: msg("'{item}': {outcome}"),
    ev.OTHERWISE_TAKEN: msg("'{item}' was left by its other way, to '{target}'"),
    ev.LIMIT_TAKEN: msg("the time of '{item}' was over: on to '{target}'"),
    ev.NODE_PASSED_OVER: msg("'{item}' was passed over"),
    ev.CALL_ENTERED: msg("'{item}' was begun"),
    ev.CALL_RETURNED: msg("'{item}' ended: {outcome}"),
    ev.ELEMENT_STARTED: msg("'{item}': on to the next one"),
    ev.PART_ANSWERED: msg("a part of '{item}' was answered"),
    ev.FACTOR_CHECKED: msg("a factor was checked at '{item}': {outcome}"),
    ev.SIGNATURE_GIVEN: msg("'{item}' was signed"),
    ev.NODE_FAILED: msg("'{item}' failed and is answered again"),
    ev.REFUSED: msg("refused at '{item}'"),
    ev.RUN_HELD: msg("put on hold"),
    ev.RUN_RESUMED: msg("resumed"),
    ev.WENT_BACK: msg("went back to '{target}'"),
    ev.HAND_OVER_OFFERED: msg("a hand-over was offered to '{taker}'"),
    ev.HAND_OVER_ACCEPTED: msg("the hand-over was accepted"),
    ev.HAND_OVER_DECLINED: msg("the hand-over was declined"),
    ev.ROLE_TAKEN: msg("'{role}' was taken over from {people}"),
    ev.NOTE_ADDED: msg("a note"),
    ev.DEVIATION_RECORDED: msg("a deviation at '{item}'"),
    ev.ITEM_FLAGGED: msg("'{item}' was flagged to its author"),
    ev.WAIVER_RULED: msg("ruling on '{item}': {outcome}"),
    ev.OVERRUN_NOTED: msg("a time of '{item}' has passed"),
    ev.RUN_ABANDONED: msg("the run is being abandoned"),
    ev.STEP_UNDONE: msg("'{item}' undid what was open"),
    ev.UNDO_CHOSEN: msg("'{item}' is to undo what is open"),
    ev.LEFT_OPEN: msg("'{item}' was left open"),
    ev.RUN_ENDED: msg("the run ended: {outcome}"),
}

# What a factor, a ruling and an end are called; other outcomes have the author's titles.
_OUTCOMES: Mapping[str, Mapping[str, Message]] = {
    ev.FACTOR_CHECKED: {"right": msg("right"), "wrong": msg("wrong")},
    ev.WAIVER_RULED: {"waived": msg("waived"), "again": msg("again"), "stop": msg("stop")},
    ev.RUN_ENDED: {
        "completed": msg("completed"),
        "failed": msg("failed"),
        "refused": msg("refused"),
        "withdrawn": msg("withdrawn"),
        "transferred": msg("transferred"),
        "abandoned": msg("abandoned"),
    },
}


def line_of(plan: Plan, entry: Entry, language: str) -> RecapLine:
    """One entry of a run as a line; values stay in the log, reasons are told."""
    event = event_of(entry)
    about = dict(event.evidence[0]) if event.evidence else {}
    params: dict[str, Param] = {
        "item": _title(plan, event.at, language),
        "target": _title(plan, event.to, language),
        "outcome": _outcome(plan, event, language),
        "taker": str(about.get("taker", "")),
        "role": _role(plan, about.get("role"), language),
        "people": listing(about.get("from", ())),
    }
    template = _SAID.get(event.type, msg("{type}", type=event.type))
    used = tuple((name, value) for name, value in params.items() if "{" + name + "}" in template.text)
    said = Message(template.text, (*template.params, *used))
    return RecapLine(entry.seq, event.when, event.actor or "", said, _detail(event))


def lines_of(plan: Plan, entries: Sequence[Entry], language: str) -> tuple[RecapLine, ...]:
    """Entries of a run as lines, in order."""
    return tuple(line_of(plan, entry, language) for entry in entries)


def _detail(event: ev.Event) -> Message | str:
    """What a person wrote, as it is; what the product said, for every reader in their language."""
    for piece in event.evidence:
        if piece.get("kind") == "deviation":
            return f"{piece['expected']} / {piece['happened']} / {piece['decided']}"
        if piece.get("kind") in ("refusal", "why") and (said := message_of(piece)) is not None:
            return said
    return event.reason or ""


def _outcome(plan: Plan, event: ev.Event, language: str) -> Message | str:
    if event.type == ev.DECISION_TAKEN and event.at:
        node = plan.node(event.at)
        for outcome in getattr(node.node, "outcomes", ()):
            if outcome.outcome == event.outcome and outcome.title is not None:
                return str(outcome.title.unfilled(language, node.procedure.language))
    outcome = event.outcome or ""
    return _OUTCOMES.get(event.type, {}).get(outcome, outcome)


def _role(plan: Plan, role: object, language: str) -> str:
    named = plan.procedure.roles.get(str(role))
    return (
        named.title.unfilled(language, plan.procedure.language) if named and named.title else words(str(role))
    )


def _title(plan: Plan, location: str | None, language: str) -> str:
    if not location:
        return ""
    try:
        return title_of(plan, location, language)
    except KeyError:
        return location
