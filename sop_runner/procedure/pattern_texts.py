"""Patterns of `matches` that few texts fit, such as `[0-9]` or `Mr|Ms`: they are a choice, and these are what there is to choose."""

import re
import sys
from collections.abc import Iterator
from functools import lru_cache
from itertools import count, islice

from .pattern import matches
from .pattern_parser import Alt, Atom, Look, Node, Repeat, Unsupported, parse_pattern
from .value_types import fold

MAX_TRIES = 2_000
MAX_RARE = 200


@lru_cache(maxsize=512)
def all_texts(pattern: str, most: int) -> frozenset[str] | None:
    """Every text that fits, in the form in which texts are compared; None for more than `most`, or for too many to try."""
    found: set[str] = set()
    try:
        for tries, text in enumerate(_written(parse_pattern(pattern))):
            fits = matches(pattern, text) if tries < MAX_TRIES else None
            if fits:
                found.add(fold(text))
            if fits is None or len(found) > most:
                return None
    except (Unsupported, _TooMany):
        return None
    return frozenset(found)


def _written(node: Node) -> Iterator[str]:
    """The texts of a pattern, whatever has to follow or to stand around a part of it."""
    match node:
        case Atom(known, width):
            yield from _characters(known) if width else ("",)
        case Alt(parts):
            for part in parts:
                yield from _written(part)
        case Look():
            yield ""
        case Repeat(part, low, high):
            for times in count(low) if high is None else range(low, high + 1):
                yield from _in_a_row((part,) * times)
        case _:
            yield from _in_a_row(node)


def _in_a_row(parts: tuple[Node, ...]) -> Iterator[str]:
    if not parts:
        yield ""
        return
    for start in _written(parts[0]):
        for rest in _in_a_row(parts[1:]):
            yield start + rest


def _characters(known: re.Pattern[str]) -> Iterator[str]:
    """Every character that fits, those that are usual first."""
    yield from known.findall(_USUAL)
    rare = _rare(known)
    yield from rare[:MAX_RARE]
    if len(rare) > MAX_RARE:
        raise _TooMany


class _TooMany(Exception):
    pass


_USUAL = "".join(map(chr, range(1, 128)))


@lru_cache(maxsize=1)
def _others() -> str:
    halves = range(0xD800, 0xE000)  # of a pair; no text holds them
    return "".join(chr(one) for one in range(128, sys.maxunicode + 1) if one not in halves)


@lru_cache(maxsize=512)
def _rare(known: re.Pattern[str]) -> tuple[str, ...]:
    """The other characters that fit; one more than are gone through where there are more."""
    return tuple(one[0] for one in islice(known.finditer(_others()), MAX_RARE + 1))
