"""What can be done at any time, behind a colon: by a letter, a number of the list, or a word."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from sop_runner.base.errors import SopError
from sop_runner.base.message import Message, msg

from . import acts, show
from .talk import Back, Command, Moved
from .walker import Walker

_CODE = re.compile(r"[0-9]{4,10}")


class Quit(Exception):
    """The person leaves; the run is held."""


@dataclass(frozen=True, slots=True)
class Known:
    """One command: `letter` and `word` are the same in every language; `can` is what the run must take for it."""

    letter: str
    word: str
    label: Message
    run: Callable[[Walker], None]
    can: tuple[str, ...] = ()


def obeyer(w: Walker) -> Callable[[Command], bool]:
    """What runs a command for this walk; it says whether there is one of that name."""

    def obey(command: Command) -> bool:
        if command.name in ("", "?"):
            _menu(w)
            return True
        known = _find(command.name)
        if known is None:
            return False
        _run(w, known)
        return True

    return obey


def supplier(w: Walker) -> Callable[[Command], str | None]:
    """What answers for a person: `:i 1` or `:i bela` types the code of that line of a sample inbox.

    A real desk has no sample inbox, so nothing is ever typed there but by a person.
    """

    def supply(command: Command) -> str | None:
        if command.name not in ("i", "inbox") or not command.rest:
            return None
        lines = w.session.inbox()
        if command.rest.isdecimal():
            line = dict(enumerate(lines, 1)).get(int(command.rest), "")
        else:
            line = next((line for line in lines if command.rest in line), "")
        codes = _CODE.findall(line)
        return codes[-1] if codes else None

    return supply


def _find(name: str) -> Known | None:
    if name.isdecimal() and len(name) < 4:
        return COMMANDS[int(name) - 1] if 1 <= int(name) <= len(COMMANDS) else None
    return next((known for known in COMMANDS if name in (known.letter, known.word)), None)


def _run(w: Walker, known: Known) -> None:
    if known.can and not set(known.can) & w.view().can:
        w.talk.say(w.talk.t._("Not now: {what}", what=known.label))
        return
    try:
        with w.talk.dialogue():
            known.run(w)
    except Back:
        w.talk.say(w.talk.t._("Put away."))
    except SopError as error:
        w.talk.error(error)


def _menu(w: Walker) -> None:
    """The list, of which one is chosen by its number."""
    _list(w)
    with w.talk.dialogue():
        try:
            typed = w.talk.text(w.talk.t._("Which one? :x for none."))
        except Back:
            return
    known = _find(typed.strip().lstrip(":").casefold())
    if known is None:
        w.talk.say(w.talk.t._("There is no such command."))
    else:
        _run(w, known)


def _list(w: Walker) -> None:
    can = w.view().can
    for number, known in enumerate(COMMANDS, 1):
        possible = not known.can or bool(set(known.can) & can)
        said = f":{known.letter}  {w.talk.t(known.label)}"
        w.talk.say(said if possible else w.talk.t.aside(said, w.talk.t._("not now")), f"  {number:>2}  ")


def _help(w: Walker) -> None:
    t = w.talk.t
    w.talk.say(
        t._("Answer with the number or the word of a choice; text as it is. An empty line answers nothing.")
    )
    w.talk.say(t._("At any question, a colon and a letter, a number of this list or the English word:"))
    _list(w)
    w.talk.say(t._(":x puts away what a command asks. :- leaves an answer empty where that is allowed."))
    w.talk.say(t._("To begin an answer with a colon, type two. Ctrl+D and Ctrl+C hold the run and leave."))


def _repeat(w: Walker) -> None:
    w.shown = ""
    raise Moved


def _outline(w: Walker) -> None:
    show.outline(w.talk, w.view())


def _facts(w: Walker) -> None:
    show.facts(w.talk, w.view())


def _controls(w: Walker) -> None:
    show.controls(w.talk, w.view())


def _recap(w: Walker) -> None:
    view = w.view()
    show.recap(w.talk, w.session.recap(), view.zone)
    show.banners(w.talk, view, w.now())


def _inbox(w: Walker) -> None:
    lines = w.session.inbox()
    for line in lines:
        w.talk.say(line, "  ")
    if not lines:
        w.talk.say(w.talk.t._("There is no sample inbox at this desk, or it is empty."))


def _quit(w: Walker) -> None:
    raise Quit


COMMANDS = (
    Known("h", "help", msg("help"), _help),
    Known("r", "repeat", msg("say the item again"), _repeat),
    Known("l", "outline", msg("outline"), _outline),
    Known("f", "facts", msg("what was recorded"), _facts),
    Known("c", "controls", msg("what closing needs"), _controls),
    Known("s", "recap", msg("recap: what happened so far"), _recap),
    Known("p", "hold", msg("put on hold"), acts.hold, ("hold",)),
    Known("n", "note", msg("write a note"), acts.note, ("note",)),
    Known("b", "back", msg("go back to an item"), acts.go_back, ("go_back",)),
    Known("o", "otherwise", msg("leave the item by its other way"), acts.otherwise, ("otherwise",)),
    Known("t", "limit", msg("take the way of a passed limit"), acts.at_limit, ("at_limit",)),
    Known("d", "deviation", msg("record a deviation"), acts.deviate, ("deviation",)),
    Known("w", "waive", msg("have the item waived"), acts.waive, ("waive",)),
    Known(
        "g",
        "handover",
        msg("hand over: offer, accept, decline"),
        acts.hand_over,
        ("offer", "accept", "decline_offer", "note"),
    ),
    Known(
        "k",
        "takeover",
        msg("take over a role whose holder is not there"),
        acts.take_role,
        ("take_role",),
    ),
    Known("m", "flag", msg("tell the author about an item"), acts.flag, ("flag",)),
    Known("a", "abandon", msg("abandon the run"), acts.abandon, ("abandon",)),
    Known("j", "undo", msg("while abandoning: undo it by another item"), acts.undo_with, ("undo_with",)),
    Known("v", "leave", msg("while abandoning: leave the open step as it is"), acts.leave_open, ("leave",)),
    Known("u", "person", msg("another person acts at this terminal"), acts.change_person),
    Known("i", "inbox", msg("the sample inbox of a demo; with a number or a name, types that code"), _inbox),
    Known("q", "quit", msg("leave; the run is put on hold"), _quit),
)
