"""Conditions: what holds, independent of order, and how it is said."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sop_runner.procedure.evaluate import UNKNOWN, FieldLabels, Sealed, equal, holds, in_words, reads
from sop_runner.procedure.fields import FieldRules
from sop_runner.procedure.when import OPERATORS, parse_condition
from tests.counting import opcodes

BUDAPEST = ZoneInfo("Europe/Budapest")
NOW = datetime(2026, 11, 21, 23, 30, tzinfo=UTC)  # half past midnight on the 22nd in Budapest


@dataclass
class Desk:
    values: Mapping[str, object]
    controls: frozenset[str] = frozenset()
    now: datetime = NOW
    today: date = date(2026, 11, 20)
    zone: ZoneInfo = field(default=BUDAPEST)

    def value(self, name: str) -> object:
        return self.values.get(name, UNKNOWN)

    def held(self, control: str) -> bool:
        return control in self.controls


VALUES = {
    "change": "email",
    "level": "3",
    "wide": "ＣＲ－１",
    "recent_reset": True,
    "account_value": Decimal("9999.50"),
    "items": 3,
    "born": date(1990, 5, 1),
    "called": datetime(2026, 11, 21, 20, 0, tzinfo=UTC),
    "opens": time(8, 0),
    "down": timedelta(minutes=90),
    "rows": ({"a": 1},),
    "empty": None,
    "answer": "yes",
    "clear": Sealed("c1", "x@example.org"),
    "erased": Sealed("c1"),
    "other_erased": Sealed("c2"),
}
DESK = Desk(VALUES, frozenset({"consent", "four-eyes"}))

TRUE: list[dict[str, Any]] = [
    {"change": "email"},
    {"change": {"is": "ｅｍａｉｌ"}},
    {"change": {"is_not": "phone"}},
    {"change": {"one_of": ["phone", "email"]}},
    {"change": {"none_of": ["phone", "postal-address"]}},
    {"level": 3},
    {"level": {"one_of": [2, 3]}},
    {"wide": "CR-1"},
    {"recent_reset": True},
    {"recent_reset": "yes"},
    {"recent_reset": {"is_not": False}},
    {"answer": True},
    {"account_value": Decimal("9999.5")},
    {"account_value": {"at_least": Decimal("9999.50"), "less_than": 10000}},
    {"account_value": {"at_most": "9999.50"}},
    {"items": Decimal("3.0")},
    {"items": {"more_than": 2}},
    {"born": "1990-05-01"},
    {"born": {"before": {"field": "today"}}},
    {"born": {"before": {"field": "called"}}},
    {"called": {"after": "2026-11-21 20:59"}},
    {"called": {"after": "2026-11-21T19:59:59Z"}},
    {"called": {"at_most": "2026-11-21"}},
    {"called": "2026-11-21"},
    {"called": {"within": "4h"}},
    {"called": {"same_day": False}},
    {"opens": {"before": "8:01", "after": "07:59"}},
    {"down": "1h 30m"},
    {"down": {"more_than": "89m"}},
    {"today": "2026-11-20"},
    {"today": {"within": "2d"}},
    {"change": {"known": True}},
    {"missing": {"known": False}},
    {"empty": {"known": False}},
    {"erased": {"known": True}},
    {"rows": {"known": True}},
    {"clear": "x@example.org"},
    {"clear": {"is": {"field": "erased"}}},
    {"erased": {"is": {"field": "erased"}}},
    {"held": ["consent"]},
    {"not": {"held": ["log-review"]}},
    {"not": {"missing": "x"}},
    {"any": [{"missing": 1}, {"change": "email"}]},
    {"all": [{"items": 3}, {"change": "email"}]},
]
FALSE: list[dict[str, Any]] = [
    {"change": "Email"},
    {"change": True},
    {"change": {"at_least": 3}},
    {"change": {"before": "2026-11-21"}},
    {"change": {"is_not": True}},
    {"level": {"at_least": 2}},
    {"level": "03"},
    {"recent_reset": 1},
    {"recent_reset": {"is_not": "perhaps"}},
    {"account_value": {"before": 10000}},
    {"account_value": "many"},
    {"account_value": {"at_least": Decimal("NaN")}},
    {"account_value": {"none_of": [1, "many"]}},
    {"born": {"after": {"field": "today"}}},
    {"born": {"before": "1990-05-01"}},
    {"born": {"before": {"field": "missing"}}},
    {"born": "1990"},
    {"called": {"within": "3h"}},
    {"called": {"same_day": True}},
    {"called": {"after": "2026-11-21"}},
    {"opens": {"within": "8h"}},
    {"down": {"after": "1m"}},
    {"missing": "x"},
    {"missing": {"is_not": "x"}},
    {"missing": {"none_of": ["x"]}},
    {"missing": {"known": True}},
    {"missing": {"same_day": False}},
    {"empty": {"is_not": "x"}},
    {"change": {"is": {"field": "missing"}}},
    {"change": {"is_not": {"field": "missing"}}},
    {"rows": {"at_least": 1}},
    {"rows": "a"},
    {"erased": "x@example.org"},
    {"erased": {"is_not": "x@example.org"}},
    {"erased": {"is_not": {"field": "other_erased"}}},
    {"erased": {"before": "2030-01-01"}},
    {"erased": {"within": "8h"}},
    {"held": ["consent", "log-review"]},
    {"any": [{"missing": 1}, {"change": "phone"}]},
    {"change": "email", "items": 4},
]


@pytest.mark.parametrize("raw", TRUE, ids=str)
def test_holds(raw: dict[str, Any]) -> None:
    assert holds(parse_condition(raw), DESK) is True


@pytest.mark.parametrize("raw", FALSE, ids=str)
def test_does_not_hold(raw: dict[str, Any]) -> None:
    assert holds(parse_condition(raw), DESK) is False


ENTRIES = [entry for entry in (*TRUE, *FALSE) if len(entry) == 1]


@settings(max_examples=60)
@given(st.lists(st.sampled_from(ENTRIES), min_size=2, max_size=4))
def test_the_order_of_entries_never_matters(entries: list[dict[str, Any]]) -> None:
    entry = {name: value for one in entries for name, value in one.items()}
    answers = {
        (
            holds(parse_condition(dict(order)), DESK),
            holds(parse_condition({"all": [{n: v} for n, v in order]}), DESK),
            holds(parse_condition({"any": [{n: v} for n, v in order]}), DESK),
        )
        for order in itertools.permutations(entry.items())
    }
    assert len(answers) == 1


ANYTHING = st.one_of(st.text(max_size=12), st.integers(), st.decimals(allow_nan=False), st.booleans())


@settings(max_examples=300)
@given(st.sampled_from([*VALUES, "missing", "today"]), st.sampled_from(OPERATORS[:8]), ANYTHING)
def test_no_literal_raises_and_the_orderings_agree(name: str, operator: str, literal: Any) -> None:
    def says(operator: str) -> bool:
        return holds(parse_condition({name: {operator: literal}}), DESK)

    says(operator)
    assert not (says("is") and says("is_not"))
    assert says("at_least") + says("less_than") == says("at_most") + says("more_than") <= 1
    assert says("is") == holds(parse_condition({name: {"one_of": [literal]}}), DESK)
    assert says("is_not") == holds(parse_condition({name: {"none_of": [literal]}}), DESK)


def test_a_decision_keeps_what_it_read() -> None:
    condition = parse_condition(
        {"any": [{"change": "x"}, {"born": {"before": {"field": "today"}}}], "missing": 1}
    )
    assert reads(condition, DESK) == {
        "change": "email", "born": date(1990, 5, 1), "today": date(2026, 11, 20), "missing": UNKNOWN,
    }  # fmt: skip


def test_sealed_values_are_equal_through_their_commitment_only() -> None:
    assert equal(Sealed("c1"), Sealed("c1", "x"), UTC) is True
    assert equal(Sealed("c1"), Sealed("c2"), UTC) is None
    assert equal(Sealed("c1", "x"), Sealed("c2", "x"), UTC) is True
    assert equal(Sealed("c1", "x"), "y", UTC) is False
    assert equal(Sealed("c1"), "x", UTC) is None


RISK = {
    "any": [
        {"change": {"one_of": ["email", "payout-account"]}},
        {"recent_reset": True},
        {"account_value": {"at_least": 10000}},
    ]
}


def test_a_condition_is_quick() -> None:
    condition = parse_condition(RISK)
    desk = Desk({"change": "phone", "recent_reset": False, "account_value": Decimal(900)})
    # Three entries, each a look-up and a comparison: some 15 µs where nothing else runs.
    assert opcodes(lambda: holds(condition, desk)) < 1500


FIELDS = {
    "change": FieldRules.model_validate(
        {
            "type": "choice",
            "label": {"en": "What changes", "zh-Hans": "变更内容"},
            "choices": {"email": {"en": "e-mail", "zh-Hans": "电子邮件"}, "payout-account": {"en": "payout account", "zh-Hans": "收款账户"}},
        }
    ),
    "account_value": FieldRules.model_validate({"type": "number", "label": "Account value (EUR)"}),
    "recent_reset": FieldRules.model_validate({"type": "yes-no", "label": "Recent reset"}),
}  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (RISK, "“What changes” is e-mail or payout account, “Recent reset” is yes, or “Account value (EUR)” is at least 10000"),
        ({"change": "email", "recent_reset": False}, "“What changes” is e-mail and “Recent reset” is no"),
        ({"change": {"none_of": ["email", "payout-account", "x"]}}, "“What changes” is not e-mail, payout account or x"),
        ({"any": [{"change": "email", "recent_reset": True}, {"held": "consent"}]},
         "(“What changes” is e-mail and “Recent reset” is yes), or “consent” is met"),
        ({"not": {"change": "email"}}, "not (“What changes” is e-mail)"),
        ({"started": {"within": "90m"}}, "“Start of the work” is within 1h 30m of now"),
        ({"started": {"same_day": True, "known": True}}, "“Start of the work” is today and “Start of the work” is known"),
        ({"born": {"before": {"field": "today"}}}, "“born” is before the date of the run"),
        ({"change": {"is_not": {"field": "born"}}}, "“What changes” is not that of “born”"),
    ],
)  # fmt: skip
def test_said_in_plain_words(raw: dict[str, Any], said: str) -> None:
    labels = FieldLabels(FIELDS, names={"started": "Start of the work"})
    assert str(in_words(parse_condition(raw), labels)) == said


def test_every_piece_of_it_translates() -> None:
    chinese = {
        "“{name}” is {value}": "“{name}”为{value}",
        "“{name}” is at least {value}": "“{name}”不低于{value}",
        "{first} or {second}": "{first}或{second}",
        "{first}, {second}": "{first}，{second}",
        "{list}, or {last}": "{list}，或{last}",
        "yes": "是",
        "{value}": "{value}",
    }
    said = in_words(parse_condition(RISK), FieldLabels(FIELDS, "zh-Hans"))
    assert said.render(chinese.__getitem__) == (
        "“变更内容”为电子邮件或收款账户，“Recent reset”为是，或“Account value (EUR)”不低于10000"
    )


@pytest.mark.parametrize("raw", [*TRUE, *FALSE], ids=str)
def test_every_condition_can_be_said(raw: dict[str, Any]) -> None:
    said = str(in_words(parse_condition(raw), FieldLabels({})))
    assert said
    assert "{" not in said
