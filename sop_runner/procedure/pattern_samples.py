"""Sample texts for a pattern of `matches`, checked by the same matcher that checks people's answers.

Libraries for this (exrex, rstr) read Python's own parse tree and draw at random; ours has a tree
of exactly the patterns that can be used, and needs the same sample every time.
"""

import re
from functools import lru_cache
from itertools import islice, product

from .pattern import matches
from .pattern_parser import Alt, Atom, Look, Node, Repeat, Unsupported, parse_pattern

# What a class of characters is tried with, readable ones first.
_CHARACTERS = (
    "".join(a + b for a, b in zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz", strict=True))
    + "1234567890 -_./:@+,;!?#%&()[]{}<>*=~^$|'\"\\\n\t"
    + "éőűñß中文あ١"
)
MAX_SAMPLES = 400
_MOST_REPEATS = 200


@lru_cache(maxsize=256)
def samples(pattern: str, most: int = 8, tries: int = MAX_SAMPLES) -> tuple[str, ...]:
    """Up to `most` different texts that fit `pattern`; none where none was found in so many `tries`."""
    try:
        tree = parse_pattern(pattern)
    except Unsupported:
        return ()
    found: dict[str, None] = {}
    for shift, extra in islice(product(range(12), range(5)), tries):
        text = "".join(_Writer(shift, extra).write(tree))
        if text not in found and matches(pattern, text):
            found[text] = None
            if len(found) == most:
                break
    return tuple(found)


class _Writer:
    """One way through a pattern: `shift` turns choices and characters, `extra` repeats beyond the least."""

    def __init__(self, shift: int, extra: int) -> None:
        self.shift, self.extra = shift, extra
        self.written = 0

    def write(self, node: Node) -> list[str]:
        match node:
            case Atom(known, width):
                return [self._character(known)] if width else []
            case Alt(parts):
                return self.write(parts[self.shift % len(parts)])
            case Repeat(part, low, high):
                count = low + self.extra if high is None else min(low + self.extra, high)
                return [text for _ in range(min(count, _MOST_REPEATS)) for text in self.write(part)]
            case Look():
                return []
            case _:
                return [text for part in node for text in self.write(part)]

    def _character(self, known: re.Pattern[str]) -> str:
        fitting = [char for char in _CHARACTERS if known.match(char)]
        if not fitting:
            return ""
        self.written += 1
        return fitting[(self.shift * self.written) % len(fitting)]
