"""What is said about time, `within` and `same_day`, tells how old a value is, and that it only grows."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations

from sop_runner.procedure.when import Test, tests

from .conditions import conditions
from .copying import given
from .names import TODAY, Variable, Vocabulary
from .regions import CHANGING, Regions
from .stretches import SAME_DAY, SAMENESS, Aged, Question, question, stretches

MOST_ALIKE = 5
"""Names that are copied from each other of which any two may be known to be one value; of more only copies are."""


def add_ages(words: Vocabulary) -> None:
    """How old each name is that is asked about time, or that such a one may be copied from."""
    asked: dict[str, set[Question]] = {}
    for scope, condition in conditions(words.plan):
        for test in tests(condition):
            if isinstance(test, Test) and test.operator in CHANGING:
                of = words.resolve(scope, test.name)
                if of is not None:
                    asked.setdefault(of, set()).add(question(test))
    if not asked:
        return
    # A day that is held against today is told by it how old it may be.
    beside_today = {one for pair in words.pairs if TODAY in pair for one in pair} & {*asked}
    beside_today = {one for one in beside_today if always(words, one, "date")}
    if beside_today:
        asked.setdefault(TODAY, set()).add(SAME_DAY)
    copies: dict[str, set[str]] = {}
    for key, source in (*given(words), *words.cells.items()):
        if isinstance(source, str) and key != source and source in words.known:
            copies.setdefault(key, set()).add(source)
    aged = _reached(asked, copies)
    words.aged_from = {key: frozenset(those) for key, those in copies.items() if key in aged}
    for key in beside_today - {TODAY}:
        words.aged_from[key] = words.aged_from.get(key, frozenset()) | {TODAY}
    for those in _together(aged, words.aged_from):
        questions = frozenset().union(*(asked.get(key, ()) for key in those))
        found = stretches(questions, days=all(always(words, key, "date") for key in those))
        for key in those:
            aged_as = f"?age {key}"
            words.ages[key] = Aged(aged_as, found)
            _told_of(words, aged_as, (key,), found)
        few = len(those) <= MOST_ALIKE
        for one, other in combinations(those, 2):
            if few or one in words.aged_from.get(other, ()) or other in words.aged_from.get(one, ()):
                words.alike[one, other] = f"?same {one} {other}"
                _told_of(words, words.alike[one, other], (one, other), SAMENESS)


def _told_of(words: Vocabulary, key: str, of: tuple[str, ...], regions: Regions) -> None:
    """Something that is known of names until one of them, or what it is computed from, is recorded again."""
    cone = frozenset().union(*(words.known[name].cone or (name,) for name in of))
    words.known[key] = Variable(
        key, {regions.kind}, cone=cone, leaves=(key,), free=True, regions=regions, possible=regions.known, asked_of=of[0]
    )  # fmt: skip


def always(words: Vocabulary, key: str, kind: str) -> bool:
    """Whether whatever a name holds is of one type: a date is one without a time."""
    return all(words.known[base].kinds == {kind} for base in (words.known[key].cone or (key,)))


def _reached(starts: Iterable[str], onward: Mapping[str, Iterable[str]]) -> set[str]:
    found, waiting = set(starts), list(starts)
    while waiting:
        for to in onward.get(waiting.pop(), ()):
            if to not in found:
                found.add(to)
                waiting.append(to)
    return found


def _together(names: Iterable[str], edges: Mapping[str, Iterable[str]]) -> Iterator[list[str]]:
    """The names that are copied from each other, directly or through others."""
    both: dict[str, set[str]] = {}
    for one, others in edges.items():
        for other in others:
            both.setdefault(one, set()).add(other)
            both.setdefault(other, set()).add(one)
    left = set(names)
    for one in sorted(names):
        if one in left:
            those = _reached({one}, both)
            left -= those
            yield sorted(those)
