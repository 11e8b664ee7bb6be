"""Patterns of `matches`: Python's regular expressions, matched in bounded time.

Python's own matcher backtracks and can hang on an innocent-looking pattern such as `(a|a)*b`.
This one remembers every state it has tried (Cox, "Regular Expression Matching: the Virtual Machine
Approach", 2009), so its work is at most states times characters; what cannot be matched so
(backreferences and the like) is refused when the procedure is loaded.
"""

import re
from functools import lru_cache

from .pattern_parser import Alt, Atom, Look, Node, Repeat, Unsupported, parse_pattern

MAX_STATES = 5_000
MAX_TRIES = 500_000

_ATOM, _SPLIT, _LOOK, _DONE = range(4)
_State = tuple[int, "re.Pattern[str] | int | None", int, int]


class _Program:
    """A pattern as states: (kind, atom or first target, next, 1 for a character or a negation)."""

    def __init__(self, tree: Node) -> None:
        self.states: list[_State] = []
        self.start = self._build(tree, self._add((_DONE, None, 0, 0)))

    def _add(self, state: _State) -> int:
        if len(self.states) >= MAX_STATES:
            raise Unsupported("it is too large", "repeat less, or describe the value with 'max_length'")
        self.states.append(state)
        return len(self.states) - 1

    def _build(self, node: Node, then: int) -> int:
        """Add states that match `node` and go on at `then`; returns where they start."""
        match node:
            case Atom(known, width):
                return self._add((_ATOM, known, then, width))
            case Alt(parts):
                start = self._build(parts[-1], then)
                for part in reversed(parts[:-1]):
                    start = self._add((_SPLIT, self._build(part, then), start, 0))
                return start
            case Look(part, negative):
                inner = self._build(part, self._add((_DONE, None, 0, 0)))
                return self._add((_LOOK, inner, then, int(negative)))
            case Repeat(part, low, high):
                start = then
                if high is None:
                    start = self._add((_SPLIT, None, then, 0))
                    self.states[start] = (_SPLIT, self._build(part, start), then, 0)
                else:
                    for _ in range(high - low):
                        start = self._add((_SPLIT, self._build(part, start), then, 0))
                for _ in range(low):
                    start = self._build(part, start)
                return start
            case _:
                for part in reversed(node):
                    then = self._build(part, then)
                return then


@lru_cache(maxsize=512)
def _program(pattern: str) -> _Program:
    return _Program(parse_pattern(pattern))


def pattern_problem(pattern: str) -> str | None:
    """Why `pattern` cannot stand under `matches` and what to write instead; None where it can."""
    try:
        _program(pattern)
    except Unsupported as problem:
        return f"{problem.why}; {problem.fix}"
    return None


def matches(pattern: str, text: str) -> bool | None:
    """Whether the whole of `text` fits `pattern` (as `re.fullmatch`); None where it takes too long to say.

    Raises Unsupported for a pattern with a `pattern_problem`.
    """
    program = _program(pattern)
    try:
        return _Attempt(program.states, text).reaches(program.start, 0, whole=True)
    except _TooLong:
        return None


class _TooLong(Exception):
    pass


class _Attempt:
    """One text held against one program; every try counts towards one bound."""

    def __init__(self, states: list[_State], text: str) -> None:
        self.states, self.text, self.left = states, text, MAX_TRIES

    def reaches(self, start: int, position: int, *, whole: bool) -> bool:
        states, text, end = self.states, self.text, len(self.text)
        waiting = [(start, position)]
        tried: set[tuple[int, int]] = set()
        while waiting:
            here = waiting.pop()
            if here in tried:
                continue
            tried.add(here)
            self.left -= 1
            if self.left < 0:
                raise _TooLong
            number, at = here
            kind, first, then, flag = states[number]
            if kind == _ATOM:
                assert isinstance(first, re.Pattern)
                if (not flag or at < end) and first.match(text, at):
                    waiting.append((then, at + flag))
            elif kind == _SPLIT:
                assert isinstance(first, int)
                waiting.append((then, at))
                waiting.append((first, at))
            elif kind == _LOOK:
                assert isinstance(first, int)
                if self.reaches(first, at, whole=False) != bool(flag):
                    waiting.append((then, at))
            elif not whole or at == end:
                return True
        return False
