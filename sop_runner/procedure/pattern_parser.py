"""Reads a regular expression into a small tree; single characters stay with Python's `re`."""

import re
from dataclasses import dataclass

from .pattern_words import in_plain_words

MAX_PATTERN = 500
MAX_DEPTH = 40


@dataclass(frozen=True, slots=True)
class Atom:
    """One character (`width` 1) or a condition between two (`width` 0), such as `[0-9]` or `\\b`."""

    known: "re.Pattern[str]"
    width: int


@dataclass(frozen=True, slots=True)
class Alt:
    """One of the parts."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """The part `low` to `high` times; None for any number."""

    part: "Node"
    low: int
    high: int | None


@dataclass(frozen=True, slots=True)
class Look:
    """What follows fits the part, or with `negative` does not."""

    part: "Node"
    negative: bool


Node = Atom | Alt | Repeat | Look | tuple["Node", ...]


class Unsupported(ValueError):
    """The pattern is wrong or cannot be matched in bounded time; `fix` says what to write instead."""

    def __init__(self, why: str, fix: str) -> None:
        super().__init__(why)
        self.why = why
        self.fix = fix


def parse_pattern(pattern: str) -> Node:
    """The tree of `pattern`. Raises Unsupported."""
    if len(pattern) > MAX_PATTERN:
        raise Unsupported(f"it is longer than {MAX_PATTERN} characters", "write a shorter pattern")
    try:
        flags = re.compile(pattern).flags & ~re.UNICODE
    except (re.error, OverflowError, RecursionError, FutureWarning) as error:
        raise Unsupported(*in_plain_words(error, pattern)) from None
    if flags & (re.VERBOSE | re.LOCALE):
        raise Unsupported("it uses the flag 'x' or 'L'", "write it without the flag")
    return _Parser(pattern, flags).alternatives(0)


_QUANTIFIER = re.compile(r"\*|\+|\?|\{(?:(?P<exact>\d+)|(?P<low>\d*),(?P<high>\d*))\}")
_CLASS = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
_ESCAPE = re.compile(
    r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|N\{[^}]*\}|0[0-7]{0,2}|[0-3][0-7]{2}|\D)",
    re.DOTALL,
)
_SCOPED = re.compile(r"\(\?(?P<on>[aimsu]*)(?:-(?P<off>[ims]+))?:")
_NAMED = re.compile(r"\(\?P<\w+>")
_WHOLE = re.compile(r"\(\?[aimsu]+\)")
_COMMENT = re.compile(r"\(\?#[^)]*\)")
_FLAGS = {"a": re.ASCII, "i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL, "u": re.RegexFlag(0)}
_BETWEEN = ("^", "$", "\\b", "\\B", "\\A", "\\Z", "\\z")


class _Parser:
    """A recursive descent over a pattern that `re` has already accepted."""

    def __init__(self, text: str, flags: int) -> None:
        self.text, self.flags, self.at = text, flags, 0

    def _take(self, known: "re.Pattern[str]") -> "re.Match[str] | None":
        found = known.match(self.text, self.at)
        if found:
            self.at = found.end()
        return found

    def alternatives(self, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise Unsupported(f"its groups nest deeper than {MAX_DEPTH}", "nest less")
        parts = [self._sequence(depth)]
        while self.text.startswith("|", self.at):
            self.at += 1
            parts.append(self._sequence(depth))
        return parts[0] if len(parts) == 1 else Alt(tuple(parts))

    def _sequence(self, depth: int) -> Node:
        parts: list[Node] = []
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            part = self._group(depth) if self.text[self.at] == "(" else self._atom()
            if part is not None:
                parts.append(self._repeated(part))
        return tuple(parts)

    def _repeated(self, part: Node) -> Node:
        found = self._take(_QUANTIFIER)
        if not found:
            return part
        if self.text.startswith("+", self.at):
            raise Unsupported("it uses a possessive repeat", f"write '{found[0]}' without the '+' after it")
        if self.text.startswith("?", self.at):
            self.at += 1  # a lazy repeat matches the same whole texts
        match found[0]:
            case "*":
                return Repeat(part, 0, None)
            case "+":
                return Repeat(part, 1, None)
            case "?":
                return Repeat(part, 0, 1)
        if found["exact"]:
            return Repeat(part, int(found["exact"]), int(found["exact"]))
        return Repeat(part, int(found["low"] or 0), int(found["high"]) if found["high"] else None)

    def _group(self, depth: int) -> Node | None:
        if self._take(_COMMENT) or self._take(_WHOLE):
            return None
        opened, flags = self.at, self.flags
        negative: bool | None = None
        if scoped := self._take(_SCOPED):
            for flag in scoped["on"]:
                self.flags |= _FLAGS[flag]
            for flag in scoped["off"] or "":
                self.flags &= ~_FLAGS[flag]
        elif self.text.startswith(("(?=", "(?!"), self.at):
            negative = self.text[self.at + 2] == "!"
            self.at += 3
        elif self.text.startswith("(?", self.at) and not self._take(_NAMED):
            raise Unsupported(
                f"'{self.text[self.at : self.at + 4]}' looks back or locks in what matched",
                "write it without backreferences, lookbehind, conditions and atomic groups",
            )
        if self.at == opened:  # a plain group
            self.at += 1
        inner = self.alternatives(depth + 1)
        self.at += 1  # the closing bracket, which `re` has seen
        self.flags = flags
        return inner if negative is None else Look(inner, negative)

    def _atom(self) -> Atom:
        start = self.at
        if self.text[start] == "\\":
            if not self._take(_ESCAPE):
                raise Unsupported(
                    f"'{self.text[start : start + 2]}' is a backreference", "write the repeated part out"
                )
        elif self.text[start] != "[" or not self._take(_CLASS):
            self.at += 1
        atom = self.text[start : self.at]
        known = re.compile(re.escape(atom) if atom in "{}" else atom, self.flags)
        return Atom(known, 0 if atom in _BETWEEN else 1)
