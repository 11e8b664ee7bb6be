"""Sample evidence: always what the field's own check accepts, the same every time."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sop_runner.acting.samples import NoSample, accepted, of_length, sample
from sop_runner.procedure.fields import FieldRules
from sop_runner.procedure.pattern import matches, pattern_problem
from sop_runner.procedure.pattern_samples import samples
from sop_runner.procedure.value_types import UNKNOWN

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def unknown(name: str) -> object:
    return UNKNOWN


@pytest.mark.parametrize(
    "pattern",
    [
        "CR-[0-9]{6}", "[A-Z]{2}", "a|b|cde", r"\+36[0-9]{9}", "(ab)+c*", r"[^a-z]{3,5}", r"\d{4}-\d{2}",
        "(?i)abc", r"HU\d{2}( \d{4}){6}", "(?!0)[0-9]{3}", "(?=.*[0-9])[a-z0-9]{4}", "[一-龥]{2}", "",
        r"\w+@\w+\.(com|org)", ".{0,3}", "(foo|bar)-(1|2)?",
    ],
)  # fmt: skip
def test_a_sample_for_a_pattern_fits_it(pattern: str) -> None:
    found = samples(pattern)
    assert found
    assert all(matches(pattern, text) for text in found)
    assert found == samples(pattern)


def test_a_pattern_that_nothing_fits_has_no_sample() -> None:
    assert samples("(?!a)a") == ()
    assert samples(r"(a)\1") == ()


PIECES = st.sampled_from(["a", "[0-9]", "[A-Z]{2}", "x?", "(b|c)", "-", r"\d+", "[^x]", "é", r"\s", "."])


@given(st.lists(PIECES, min_size=1, max_size=8))
@settings(max_examples=80)
def test_whatever_is_put_together_has_a_sample(pieces: list[str]) -> None:
    pattern = "".join(pieces)
    assert pattern_problem(pattern) is None
    assert samples(pattern, 1)


@pytest.mark.parametrize(
    "rules",
    [
        {"type": "text"}, {"type": "text", "max_length": 3}, {"type": "text", "matches": "L-[0-9]{6}", "lines": 1},
        {"type": "integer"}, {"type": "integer", "at_least": 18, "at_most": 18}, {"type": "integer", "at_most": -5},
        {"type": "number", "at_most": 0}, {"type": "money", "currency": "EUR", "at_least": 0},
        {"type": "money", "currency": "JPY", "at_least": 5, "at_most": 6},
        {"type": "choice", "choices": ["b", "a"]}, {"type": "choice", "choices": ["b", "a"], "differs": "b"},
        {"type": "yes-no"}, {"type": "date"}, {"type": "time"}, {"type": "datetime"}, {"type": "duration"},
        {"type": "email"}, {"type": "phone"}, {"type": "phone", "matches": r"\+44[0-9]{10}"}, {"type": "link"},
        {"type": "link", "matches": "https://tickets\\.example\\.org/[0-9]+"}, {"type": "text", "equals": "exactly"},
        {"type": "list", "of": [{"field": "a", "type": "money", "currency": "EUR", "at_least": 3}]},
    ],
)  # fmt: skip
def test_a_sample_keeps_the_rules_of_its_field(rules: dict[str, object]) -> None:
    from decimal import Decimal

    written = {key: Decimal(value) if key.startswith("at_") else value for key, value in rules.items()}  # type: ignore[arg-type]
    spec = FieldRules.model_validate(written)
    value = sample(spec, "x", unknown, NOW, UTC)
    assert accepted(spec, value, unknown, UTC)
    assert value == sample(spec, "x", unknown, NOW, UTC)


def test_equals_and_differs_follow_another_field() -> None:
    same = FieldRules.model_validate({"type": "text", "equals": {"field": "other"}})
    assert sample(same, "x", {"other": "HU-1"}.__getitem__, NOW, UTC) == "HU-1"
    differs = FieldRules.model_validate({"type": "text", "differs": {"field": "other"}})
    assert sample(differs, "x", {"other": "sample"}.__getitem__, NOW, UTC) == "another sample"


def test_no_sample_says_so() -> None:
    with pytest.raises(NoSample, match="no sample fits 'x'; give it a value"):
        sample(FieldRules.model_validate({"type": "text", "matches": "(?!a)a"}), "x", unknown, NOW, UTC)


def test_a_text_of_a_length_is_one_that_a_field_of_that_length_just_takes() -> None:
    rules = FieldRules.model_validate({"type": "text", "max_length": 40})
    for count in (1, 2, 24, 25, 40):
        text = of_length(rules, {"characters": count})
        assert len(text) == count
        assert accepted(rules, text, unknown, UTC)
    assert not accepted(rules, of_length(rules, {"characters": "41"}), unknown, UTC)
    for wrong in ({"characters": 0}, {"characters": "many"}, {"characters": 10**9}, {"letters": 3}):
        assert not accepted(rules, of_length(rules, wrong), unknown, UTC)


def test_a_text_of_a_length_in_a_row_and_nowhere_but_in_texts() -> None:
    rows = FieldRules.model_validate(
        {"type": "list", "at_most": 3, "of": [{"field": "what", "type": "text"}, {"field": "characters", "type": "integer"}]}
    )  # fmt: skip
    assert of_length(rows, [{"what": {"characters": 2}, "characters": 5}, "no row"]) == [
        {"what": "T.", "characters": 5},
        "no row",
    ]
    number = FieldRules.model_validate({"type": "integer"})
    assert of_length(number, {"characters": 2}) == {"characters": 2}
