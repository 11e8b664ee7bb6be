"""Questions and answers: one line each way, commands behind a colon at any time."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sop_runner.base.errors import SopError
from sop_runner.base.i18n import Translator
from sop_runner.base.message import Message
from sop_runner.base.textsafe import fold_input

from .console import Console, Watch

SKIP = ":-"
"""What is typed to leave an answer empty where that is allowed."""
_SHORT = 2
"""A colon and a letter: never a passphrase, so a command even where nothing is shown."""
_CANCEL = frozenset({"x", "0"})


class Back(Exception):
    """The person put a question away without answering it."""


class Moved(Exception):
    """The run stands elsewhere now; what was being asked no longer matters."""


@dataclass(frozen=True, slots=True)
class Option:
    """One of several answers: `id` is what it means, `words` further ways to type it."""

    id: str
    label: str
    words: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Command:
    """What was typed behind the colon: a name or number, and the rest of the line."""

    name: str
    rest: str


class Talk:
    """One conversation. `obey` runs a command and says whether there is one of that name; `supply`
    gives what a command answers in the person's place, such as a code from a sample inbox."""

    def __init__(self, console: Console, t: Translator) -> None:
        self.console = console
        self.t = t
        self.watch: Watch | None = None
        self.obey: Callable[[Command], bool] = lambda command: False
        self.supply: Callable[[Command], str | None] = lambda command: None
        self._inside = 0

    def say(self, text: Message | str = "", lead: str = "") -> None:
        """Say a sentence of the product, or a text as it is."""
        self.console.say(self.t(text), lead)

    def error(self, error: SopError) -> None:
        """Say what went wrong and what to do next."""
        self.say(self.t._("Problem: {what}", what=error.message))
        if error.hint:
            self.say(error.hint)

    @contextmanager
    def dialogue(self) -> Iterator[None]:
        """Questions of a command: in here a colon only cancels, so that commands do not nest."""
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1

    def answer(
        self, question: Callable[[], None], *, secret: bool = False, skippable: bool = False
    ) -> str | None:
        """Ask until something is answered; None where it was left empty with `:-`.

        An empty line never answers. Raises Back, Moved, EndOfInput and Lost.
        """
        question()
        while True:
            raw = self.console.read(secret=secret, watch=self.watch)
            folded = fold_input(raw)
            if not folded:
                self.say(self.t._("An empty line answers nothing."))
            elif folded == SKIP and skippable:
                return None
            elif folded.startswith("::"):
                return raw.strip()[1:]
            elif folded.startswith(":") and (supplied := self.supply(_command_of(folded))) is not None:
                return supplied
            elif folded.startswith(":") and self._command(_command_of(folded), secret):
                question()
            elif not folded.startswith(":") or (secret and len(folded) > _SHORT):
                return raw

    def _command(self, command: Command, secret: bool) -> bool:
        """Obey a line that begins with a colon; False where the question need not be said again."""
        if self._inside:
            if command.name in _CANCEL:
                raise Back
            if not secret or len(command.name) <= 1:
                self.say(self.t._("Finish this first, or type :x to put it away."))
            return False
        if self.obey(command):
            return True
        if not secret or len(command.name) <= 1:
            self.say(
                self.t._(
                    "':{name}' is no command; :h lists them. An answer that begins with a colon takes two.",
                    name=command.name,
                )
            )
        return False

    def text(self, label: str, *, secret: bool = False) -> str:
        """Ask for one line of text."""
        typed = self.answer(lambda: self.say(label), secret=secret)
        assert typed is not None
        return typed

    def lines(self, question: Callable[[], None], *, skippable: bool = False) -> str | None:
        """Ask for several lines, ended by a lone dot; None where it was left empty."""

        def ask() -> None:
            question()
            self.say(self.t._("Several lines; a line with a dot alone ends them."))

        first = self.answer(ask, skippable=skippable)
        if first is None:
            return None
        found = []
        line = first
        while fold_input(line) != ".":
            found.append(line)
            line = self.console.read(watch=self.watch)
        return "\n".join(found)

    def choose(
        self, question: Callable[[], None], options: Sequence[Option], *, skippable: bool = False
    ) -> str | None:
        """Ask for one of `options`, by number or by word; None where it was left empty."""

        def ask() -> None:
            question()
            for number, option in enumerate(options, 1):
                self.say(self.t.aside(option.label, option.note), f"  {number}  ")

        again: Callable[[], None] = ask
        while True:
            typed = self.answer(again, skippable=skippable)
            if typed is None:
                return None
            found = _chosen(options, typed)
            if found is not None:
                return found
            if len(options) == 1:
                self.say(self.t._("Type 1, or the word."))
            else:
                self.say(self.t._("Type a number from 1 to {most}, or the word.", most=len(options)))
            again = _silent

    def pick(self, label: str, options: Sequence[Option]) -> str:
        """Ask for one of `options` that has to be chosen."""
        found = self.choose(lambda: self.say(label), options)
        assert found is not None
        return found

    def yes_no(self, question: Callable[[], None], *, skippable: bool = False) -> bool | None:
        """Ask for yes or no; None where it was left empty."""
        options = (Option("yes", self.t._("yes")), Option("no", self.t._("no")))
        found = self.choose(question, options, skippable=skippable)
        return None if found is None else found == "yes"


def _command_of(folded: str) -> Command:
    name, _, rest = folded[1:].strip().partition(" ")
    return Command(name.casefold(), rest.strip())


def _silent() -> None:
    """Asks again without repeating what stands just above."""


def _chosen(options: Sequence[Option], typed: str) -> str | None:
    folded = fold_input(typed, casefold=True)
    if folded.isdecimal():
        number = int(folded) if len(folded) < 6 else 0
        if 1 <= number <= len(options):
            return options[number - 1].id
    words = [
        {fold_input(word, casefold=True) for word in (option.id, option.label, *option.words) if word}
        for option in options
    ]
    exact = [option.id for option, said in zip(options, words, strict=True) if folded in said]
    begun = [
        option.id
        for option, said in zip(options, words, strict=True)
        if any(word.startswith(folded) for word in said)
    ]
    for found in (exact, begun):
        if len(found) == 1:
            return found[0]
    return None
