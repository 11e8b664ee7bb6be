"""What Python says of a pattern that it cannot read, in words of somebody who writes procedures."""

import re

_EXAMPLE = "write one such as CR-[0-9]{6}: letters as they are, [0-9] for a digit, {6} for how often"

# In the words of Python's `re`; `{sign}` is the part of the pattern that it points at.
_SAID: tuple[tuple[str, str, str], ...] = (
    ("unterminated character set", "the bracket [ is never closed", "add ] behind the characters of which one may stand there"),
    ("missing ), unterminated", "the bracket ( is never closed", "add ) where the group ends, or write \\( for a bracket"),
    ("unbalanced parenthesis", "the bracket ) closes nothing", "add ( before it, or write \\) for a bracket"),
    ("nothing to repeat", "'{sign}' repeats what stands before it, and nothing does", "put before it what is repeated, or write \\{sign} for the sign"),
    ("multiple repeat", "'{sign}' follows another sign that repeats", "keep one of the two, or write \\{sign} for the sign"),
    ("min repeat greater than max", "the first number in {{ }} is more than the second", "write the smaller one first"),
    ("bad escape (end of pattern)", "it ends in a single \\", "write \\\\ for a backslash"),
    ("bad escape", "'{two}' means nothing", "leave the \\ out, or write \\\\ for a backslash"),
    ("bad character range", "a range in [ ] runs backwards", "write the earlier character first, such as [a-z]"),
    ("look-behind requires fixed-width", "what is looked back at has no fixed length", "leave the look back out"),
    ("invalid group reference", "it refers to a group that it does not have", "leave the reference out"),
)  # fmt: skip


def in_plain_words(error: Exception, pattern: str) -> tuple[str, str]:
    """What is wrong, with the place in the pattern counted from one, and what to do."""
    words = str(error)
    at = error.pos if isinstance(error, re.error) else None
    place = "" if at is None else f" (character {at + 1} of it)"
    for known, what, fix in _SAID:
        if known in words:
            named = {"sign": pattern[at : at + 1], "two": pattern[at : at + 2]} if at is not None else {}
            named = {"sign": "", "two": "", **named}
            return f"{what.format(**named)}{place}", fix.format(**named)
    return f"it is no regular expression{place}", _EXAMPLE
