"""Before a run: who is there, what is open, what to begin."""

from collections.abc import Mapping
from typing import Any

from sop_runner.base.clock import Clock
from sop_runner.base.errors import SopError
from sop_runner.base.message import msg
from sop_runner.base.textsafe import fold_input
from sop_runner.desk.port import DeskPort, Performed, PersonInfo, ProcedureInfo, Session
from sop_runner.run.naming import labelled

from . import show
from .asking import ask, find_field
from .commands import Quit
from .record import is_not_asked
from .talk import Back, Command, Option, Talk
from .words import roles_said

_TRIES = 3
_NEW, _LEAVE = ":new", ":leave"


def obey_before(talk: Talk, command: Command) -> bool:
    """The commands that there are before a run is open: help, and leaving."""
    if command.name in ("q", "quit"):
        raise Quit
    if command.name in ("x", "0"):
        raise Back
    if command.name in ("", "?", "h", "help"):
        talk.say(
            talk.t._(
                "Answer with the number or the word of a choice; text as it is. An empty line answers nothing."
            )
        )
        talk.say(
            talk.t._(":x goes back to the board, :q leaves. In a run, :h lists everything that can be done.")
        )
        return True
    return False


def greet(talk: Talk, desk: DeskPort) -> None:
    """Which desk this is."""
    t = talk.t
    talk.say(t._("{desk}, TRAINING", desk=desk.name) if desk.training else desk.name)
    for line in desk.demo_hint:
        talk.say(line, "  ")


def sign_in(talk: Talk, desk: DeskPort, person: str | None) -> PersonInfo | None:
    """Ask for person and passphrase; None where they did not belong together too often."""
    t = talk.t
    people = [Option(one.id, t.aside(one.name, roles_said(t, one.roles))) for one in desk.people()]
    for _ in range(_TRIES):
        name = person or talk.pick(t._("Who are you?"), people)
        passphrase = talk.text(t._("Passphrase of {person}:", person=name), secret=True)
        talk.say(t._("Checking …"))
        found = desk.sign_in(fold_input(name), passphrase)
        if isinstance(found, PersonInfo):
            talk.say(t._("Signed in: {name}, {roles}", name=found.name, roles=roles_said(t, found.roles)))
            return found
        talk.say(found)
    return None


def board(talk: Talk, desk: DeskPort, clock: Clock) -> str:
    """Say what is open and ask what to do: a run to resume, or `:new`, or `:leave`."""
    t, now = talk.t, clock.now().wall
    rows = [row for row in desk.board() if row.state != "ended"]
    options = [Option(row.run, show.board_row(talk, row, now), (row.ticket,)) for row in rows]
    options.append(Option(_NEW, t._("start a procedure"), ("new", "start")))
    options.append(Option(_LEAVE, t._("leave"), ("quit",)))
    talk.say()
    for notice in desk.notices():
        talk.say(notice)
    return talk.pick(t._("Board: {count} open", count=len(rows)), options)


def is_new(choice: str) -> bool:
    """Whether the board's answer was to start a procedure."""
    return choice == _NEW


def is_leave(choice: str) -> bool:
    """Whether the board's answer was to leave."""
    return choice == _LEAVE


def find_procedure(talk: Talk, desk: DeskPort, wanted: str | None) -> ProcedureInfo | None:
    """A procedure that can be started, by id or part of its title; None where `wanted` is none of them."""
    t = talk.t
    known = list(desk.procedures(t.language))
    if wanted is not None:
        return next((info for info in known if info.id == wanted), None)
    while True:
        typed = fold_input(
            talk.text(t._("Which procedure? Part of its title, its number or its id:")), casefold=True
        )
        fitting = [
            info
            for info in known
            if typed in fold_input(f"{info.title} {info.id} {info.number}", casefold=True)
        ]
        if not fitting:
            talk.say(t._("None fits. There are:"))
            for info in known:
                talk.say(_procedure_words(talk, info), "  ")
            continue
        chosen = fitting[0]
        if len(fitting) > 1:
            options = [
                Option(info.key, _procedure_words(talk, info), (info.id,), _why_not(talk, info))
                for info in fitting
            ]
            wanted_key = talk.pick(t._("Which of these?"), options)
            chosen = next(info for info in fitting if info.key == wanted_key)
        if chosen.runnable:
            return chosen
        talk.say(
            t._("'{procedure}' cannot be started: {why}", procedure=chosen.title, why=_why_not(talk, chosen))
        )


def _procedure_words(talk: Talk, info: ProcedureInfo) -> str:
    number = f"{info.number} r{info.revision}" if info.number else f"r{info.revision}"
    return talk.t.aside(talk.t.run_on((info.title, number)), info.id)


def _why_not(talk: Talk, info: ProcedureInfo) -> str:
    return "" if info.runnable else talk.t(info.why_not or talk.t._("it has errors"))


def start(
    talk: Talk,
    desk: DeskPort,
    person: PersonInfo,
    info: ProcedureInfo | None,
    wanted: str,
    ticket: str | None,
    case: Mapping[str, Any] | None,
) -> Session | Performed:
    """Ask for ticket and case, and open the run. What is refused for want of a field asks that field."""
    t = talk.t
    title = info.title if info is not None else wanted
    talk.say(t._("Starting: {title}", title=title))
    if info is not None and info.purpose:
        talk.say(info.purpose)
    if info is not None and info.review_due:
        talk.say(t._("The review of this procedure is overdue."))
    prompts = info.case if info is not None else ()
    values: dict[str, Any] = dict(case or {})
    given = ticket if ticket is not None else talk.text(t._("Ticket:"))
    todo = [prompt for prompt in prompts if prompt.id not in values]
    if todo and not case and _type_case(talk):
        for prompt in todo:
            values[prompt.id] = ask(talk, prompt, _no_extract)
    while True:
        filled = {name: value for name, value in values.items() if value is not None}
        begun = desk.start(person.id, wanted, given, filled, t.language)
        if not isinstance(begun, Performed):
            return begun
        talk.say(t._("Refused: {why}", why=labelled(begun.message, prompts)))
        named = find_field(begun.message, prompts)
        if named is None:
            return begun
        if is_not_asked(begun.message):
            values.pop(named.id, None)
        else:
            values[named.id] = ask(talk, named, _no_extract)


def _type_case(talk: Talk) -> bool:
    t = talk.t
    options = (Option("ticket", t._("the ticket has it")), Option("type", t._("type it now")))
    return talk.pick(t._("What is known of the case:"), options) == "type"


def _no_extract(path: object) -> Mapping[str, Any]:
    raise SopError(msg("'{path}' is not asked for here", path=str(path)))
