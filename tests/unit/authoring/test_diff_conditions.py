"""One condition implies another only where no values say otherwise."""

from datetime import UTC, date, datetime
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sop_runner.authoring.diff.implies import implies, ratio
from sop_runner.procedure.evaluate import UNKNOWN, holds
from sop_runner.procedure.when import parse_condition

WORDS = ("email", "Email", "phone")
NUMBERS = (1, 2, 3)


class Desk:
    """Everything that a condition below can read."""

    now = datetime(2026, 11, 21, tzinfo=UTC)
    today = date(2026, 11, 21)
    zone = ZoneInfo("UTC")

    def __init__(self, word: object, number: object, held: bool) -> None:
        self._values = {"word": word, "number": number}
        self._held = held

    def value(self, name: str) -> object:
        return self._values[name]

    def held(self, control: str) -> bool:
        return self._held


DESKS = [Desk(*values) for values in product((*WORDS, UNKNOWN), (*NUMBERS, UNKNOWN), (True, False))]

_tests: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.builds(lambda w: {"word": w}, st.sampled_from(WORDS)),
    st.builds(lambda o, w: {"word": {o: w}}, st.sampled_from(["one_of", "none_of"]), st.lists(st.sampled_from(WORDS), min_size=1)),
    st.builds(lambda w: {"word": {"is_not": w}}, st.sampled_from(WORDS)),
    st.builds(
        lambda o, n: {"number": {o: n}},
        st.sampled_from(["is", "is_not", "at_least", "at_most", "more_than", "less_than"]), st.sampled_from(NUMBERS),
    ),
    st.builds(lambda n, k: {n: {"known": k}}, st.sampled_from(["word", "number"]), st.booleans()),
    st.just({"held": ["seen"]}),
)  # fmt: skip
_conditions = st.recursive(
    _tests,
    lambda inner: st.one_of(
        st.builds(lambda key, parts: {key: parts}, st.sampled_from(["all", "any"]), st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda part: {"not": part}, inner),
    ),
    max_leaves=5,
)  # fmt: skip


@given(_conditions, _conditions)
@settings(max_examples=300)
def test_what_is_implied_holds_wherever_the_first_one_does(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    first, second = parse_condition(one), parse_condition(other)
    assert implies(first, first)
    if implies(first, second):
        assert all(holds(second, desk) for desk in DESKS if holds(first, desk))


@pytest.mark.parametrize(
    ("old", "new", "how"),
    [
        ({"n": {"at_least": 10}}, {"n": {"at_least": 20}}, "narrower"),
        ({"n": {"more_than": 10}}, {"n": {"at_least": 10}}, "wider"),
        ({"n": {"at_most": 2}}, {"n": 1}, "narrower"),
        ({"d": {"before": "2026-02-01"}}, {"d": {"before": "2026-01-01"}}, "narrower"),
        ({"c": {"one_of": ["a", "b"]}}, {"c": {"one_of": ["b", "c"]}}, "unsettled"),
        ({"c": {"one_of": ["a", "b"]}}, {"c": "b"}, "narrower"),
        ({"any": [{"c": "a"}, {"n": 1}]}, {"any": [{"n": 1}, {"c": "a"}]}, "same"),
        ({"c": "a", "n": 1}, {"n": 1}, "wider"),
        ({"not": {"c": "a"}}, {"not": {"c": {"one_of": ["a", "b"]}}}, "narrower"),
        ({"held": ["x"]}, {"held": ["x", "y"]}, "narrower"),
        ({"t": {"within": "8h"}}, {"t": {"within": "9h"}}, "wider"),
        ({"n": {"is": {"field": "m"}}}, {"n": {"is_not": {"field": "k"}}}, "unsettled"),
    ],
)
def test_conditions_compared(old: dict[str, Any], new: dict[str, Any], how: str) -> None:
    assert ratio(parse_condition(old), parse_condition(new)) == how


def test_no_condition_always_holds() -> None:
    some = parse_condition({"c": "a"})
    assert ratio(None, some) == "narrower"
    assert ratio(some, None) == "wider"
    assert ratio(None, None) == "same"
