"""Patterns match what `re.fullmatch` does, and none can hang."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sop_runner.procedure.pattern import matches, pattern_problem

SMALL = st.recursive(
    st.sampled_from(["a", "b", ".", "[ab]", "[^a]", r"\d", r"\w", r"\b", "^", "$", "1", r"\.", r"\x61", "[]a]", r"[\]b]", "{", "}"]),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"(?:{'|'.join(parts)})"),
        inner.map(lambda part: f"({part})"),
        inner.map(lambda part: f"(?={part})"),
        inner.map(lambda part: f"(?!{part})"),
        inner.map(lambda part: f"(?i:{part})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{1,}", "{,2}", "{1,3}", "*?"])).map(
            lambda pair: f"(?:{pair[0]}){pair[1]}"
        ),
    ),
    max_leaves=6,
)  # fmt: skip


@settings(max_examples=400)
@given(SMALL, st.lists(st.text("abAB1.{}\n", max_size=7), min_size=1, max_size=5))
def test_it_agrees_with_python(pattern: str, texts: list[str]) -> None:
    for text in texts:
        assert matches(pattern, text) is bool(re.fullmatch(pattern, text)), (pattern, text)


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("CR-[0-9]{6}", "CR-000123", "CR-00012"),
        ("[a-z0-9]+(?:-[a-z0-9]+)*", "payout-account", "payout-"),
        (r"(\d{1,3}\.){3}\d{1,3}", "10.0.0.255", "10.0.0"),
        (r"(?i)hu[0-9]{26}", "HU42117730161111101800000000", "HU42"),
        (r"(?P<area>\d{2})-\d{4}", "01-2345", "1-2345"),
        (r"(?!0000)\d{4}", "0001", "0000"),
        (r"\d{4}年\d{2}月", "2026年11月", "2026-11"),
        ("a|", "", "b"),
    ],
)  # fmt: skip
def test_patterns_people_write(pattern: str, yes: str, no: str) -> None:
    assert pattern_problem(pattern) is None
    assert matches(pattern, yes) is True
    assert matches(pattern, no) is False


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("[0-9", "the bracket [ is never closed (character 1 of it)"),
        ("CR-(a", "the bracket ( is never closed (character 4 of it)"),
        ("ab)", "the bracket ) closes nothing (character 3 of it)"),
        ("*a", "'*' repeats what stands before it, and nothing does"),
        ("a{2,1}", "the first number in { } is more than the second"),
        (r"\p{L}", r"'\p' means nothing"),
        ("[z-a]", "runs backwards"),
        ("(?", "no regular expression (character 3 of it)"),
        (r"(a)\1", "backreference"),
        ("(?<=a)b", "looks back"),
        ("(?>a+)b", "looks back or locks"),
        ("(?P<x>a)(?P=x)", "looks back"),
        ("(a)?(?(1)b|c)", "looks back"),
        ("a++b", "possessive"),
        ("(?x) a b", "flag"),
        ("a{5000}", "too large"),
        ("(?:a{1000}){1000}", "too large"),
        ("(" * 60 + "a" + ")" * 60, "nest deeper"),
        ("a" * 501, "longer than"),
    ],
)  # fmt: skip
def test_what_cannot_be_bounded_is_refused_at_load(pattern: str, why: str) -> None:
    problem = pattern_problem(pattern)
    assert problem is not None
    assert why in problem.partition("; ")[0]
    assert problem.partition("; ")[2]


@pytest.mark.parametrize(
    "pattern",
    ["(a+)+b", "(a|a)*b", "(a|aa)+b", "(?:a*)*b", r"(\w+\s?)*!", "a*a*a*a*b", "(.*.*)*x", "((a?){20}){20}b",
     "(?:(?=.*x)a)*", ".*.{0,2000}x"],
)  # fmt: skip
def test_catastrophic_patterns_answer_in_time(pattern: str) -> None:
    started = time.process_time()
    assert matches(pattern, "a" * 4000) in (False, None)
    assert time.process_time() - started < 4
