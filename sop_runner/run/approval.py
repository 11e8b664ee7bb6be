"""Whether a text may run live: approved, within its dates, the newest of its kind, and so all that it calls."""

from collections.abc import Sequence
from datetime import date

from sop_runner.base.message import Message, msg

from .register import Pin, Register, Revision, State


def approved(
    register: Register, main: Pin, callees: Sequence[Pin], today: date, size: int | None = None
) -> Revision | Message:
    """The revision under which the text `main` may be started live on that day, or why it may not.

    `size` is how much of the log had been read when it was started; all that is known without it.
    """
    asked = register.size if size is None else size
    found = fit(register, main, today, asked)
    if isinstance(found, Message):
        return found
    newest = register.in_force(main[0], today, asked)
    if newest is not None and newest.revision != found.revision:
        return msg(
            "revision {newest} of '{procedure}' is in force, not revision {revision}",
            newest=newest.revision,
            procedure=main[0],
            revision=main[1],
        )
    if sorted(callees) != sorted(found.pins):
        return msg("'{procedure}' calls other texts than those it was published with", procedure=main[0])
    for callee in found.pins:
        why = fit(register, callee, today, asked)
        if isinstance(why, Message):
            return msg("'{procedure}' calls '{callee}': {why}", procedure=main[0], callee=callee[0], why=why)
    return found


def fit(register: Register, pin: Pin, today: date, size: int) -> Revision | Message:
    """The approved revision of a text, or why it is none on that day; a callee need not be the newest."""
    name, number, digest = pin
    found = register.find(name, number)
    if found is None or found.published_at >= size:
        return msg(
            "revision {revision} of '{procedure}' is not published; 'sop publish' proposes it",
            revision=number,
            procedure=name,
        )
    if found.digest != digest:
        return msg(
            "this text of '{procedure}' is not the one published as revision {revision}; publish it with a higher number",
            procedure=name,
            revision=number,
        )
    if not found.approved_in(size):
        return _standing(found)
    if found.effective_from > today:
        return msg(
            "'{procedure}' is in force from {day} only",
            procedure=name,
            day=found.effective_from.isoformat(),
        )
    return found


def _standing(found: Revision) -> Message:
    number, name = found.revision, found.id
    if found.state is State.WITHDRAWN:
        return msg("revision {revision} of '{procedure}' was withdrawn", revision=number, procedure=name)
    if found.state is State.DECLINED:
        return msg("revision {revision} of '{procedure}' was declined", revision=number, procedure=name)
    return msg(
        "revision {revision} of '{procedure}' waits for its approval: 'sop approve'",
        revision=number,
        procedure=name,
    )
