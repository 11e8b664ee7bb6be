"""Values: from what people type, through the log, to the screen."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sop_runner.base.canonical import canonical_bytes
from sop_runner.base.message import Message
from sop_runner.procedure.base_types import FieldRef
from sop_runner.procedure.fields import FieldRules
from sop_runner.procedure.value_types import UNKNOWN, Sealed
from sop_runner.procedure.values import check, from_wire, masked, parse, show, to_wire

BUDAPEST = ZoneInfo("Europe/Budapest")


def field(kind: str, **rules: Any) -> FieldRules:
    return FieldRules.model_validate({"type": kind, **rules})


def read(kind: str, raw: object, **rules: Any) -> object:
    return parse(field(kind, **rules), raw, zone=BUDAPEST)


def nothing(_: FieldRef) -> object:
    return UNKNOWN


LIST = {
    "of": [{"field": "check", "type": "text"}, {"field": "minutes", "type": "integer", "required": False}]
}


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        ("text", "  Kovács Áron\r\n", "Kovács Áron"),
        ("text", "e\u0301", "é"),
        ("text", "１２３", "１２３"),  # text keeps what was typed
        ("text", 12345, "12345"),
        ("integer", "１２３", 123),
        ("integer", "1 234", 1234),
        ("integer", "1\u202f234", 1234),
        ("integer", "−5", -5),
        ("integer", Decimal("3.0"), 3),
        ("number", "1 234,50", Decimal("1234.50")),
        ("number", "12,5", Decimal("12.5")),
        ("number", "0,125", Decimal("0.125")),
        ("number", "1,2345", Decimal("1.2345")),
        ("number", "1,234.5", Decimal("1234.5")),
        ("number", "1.234,5", Decimal("1234.5")),
        ("number", "1,234,567", Decimal(1234567)),
        ("number", "1.234.567", Decimal(1234567)),
        ("number", "1.234", Decimal("1.234")),
        ("number", 900, Decimal(900)),
        ("number", Decimal("1E+3"), Decimal(1000)),
        ("money", "1\u2009234,50", Decimal("1234.50")),
        ("money", "９００．５０", Decimal("900.50")),
        ("yes-no", "Igen", True),
        ("yes-no", "否", False),
        ("yes-no", "ｙ", True),
        ("yes-no", False, False),
        ("date", "2026-11-21", date(2026, 11, 21)),
        ("date", "2026.11.21.", date(2026, 11, 21)),
        ("date", "2026. 11. 21.", date(2026, 11, 21)),
        ("date", "2026. 1. 2", date(2026, 1, 2)),
        ("date", "2026年11月21日", date(2026, 11, 21)),
        ("date", "２０２６－１１－２１", date(2026, 11, 21)),
        ("time", "14：30", time(14, 30)),
        ("time", "0:00", time(0, 0)),
        ("datetime", "2026-11-21 14:30", datetime(2026, 11, 21, 13, 30, tzinfo=UTC)),
        ("datetime", "2026-07-21T14:30", datetime(2026, 7, 21, 12, 30, tzinfo=UTC)),
        ("datetime", "2026. 11. 21. 14:30:05", datetime(2026, 11, 21, 13, 30, 5, tzinfo=UTC)),
        ("datetime", "2026年11月21日 14:30", datetime(2026, 11, 21, 13, 30, tzinfo=UTC)),
        ("datetime", "2026-11-21T14:30:00.25Z", datetime(2026, 11, 21, 14, 30, 0, 250000, tzinfo=UTC)),
        ("datetime", "2026-11-21 14:30 -05:00", datetime(2026, 11, 21, 19, 30, tzinfo=UTC)),
        ("duration", "15m", timedelta(minutes=15)),
        ("duration", "1h 30m", timedelta(minutes=90)),
        ("duration", "１５ｍ", timedelta(minutes=15)),
        ("duration", "0s", timedelta()),
        ("email", "Kovacs＠example。org", "Kovacs@example.org"),
        ("phone", "＋36 (1) 234-5678", "+3612345678"),
        ("link", "https://example.org/a?b=1", "https://example.org/a?b=1"),
    ],
)  # fmt: skip
def test_what_people_type(kind: str, raw: object, value: object) -> None:
    found = read(kind, raw)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("kind", "raw", "said"),
    [
        ("number", "1,234", "two ways: type 1234 for thousands"),
        ("integer", "1,234", "two ways"),
        ("money", "-1,234", "two ways"),
        ("number", "1,23,456", "Type a number"),
        ("number", "1 23", "Type a number"),
        ("number", "1e5", "Type a number"),
        ("number", "NaN", "Type a number"),
        ("number", Decimal("Infinity"), "Type a number"),
        ("number", Decimal("1E+400"), "more than 30 digits"),
        ("number", "9" * 31, "more than 30 digits"),
        ("number", "9" * 5000, "more than 30 digits"),
        ("number", "٣", "Type a number"),
        ("integer", "12.5", "whole number"),
        ("integer", str(2**53), "too large; the largest is 9007199254740991"),
        ("integer", True, "no value of the type 'integer'"),
        ("money", "12.345", "at most 2 decimals"),
        ("yes-no", "maybe", "yes or no"),
        ("yes-no", 1, "yes or no"),
        ("date", "2026-02-30", "year first"),
        ("date", "11/21/2026", "year first"),
        ("date", "0026-11-21", "year first"),
        ("date", datetime(2026, 1, 1, tzinfo=UTC), "no value of the type 'date'"),
        ("time", "24:00", "24 hours"),
        ("time", "2:30 pm", "24 hours"),
        ("datetime", "2026-11-21", "a date and a time"),
        ("datetime", "2026-11-21 14:30 CET", "offset"),
        ("datetime", "2026-03-29 02:30", "does not exist"),
        ("datetime", "9999-12-31 23:59 -10:00", "year first"),
        ("duration", "15", "such as 15m"),
        ("duration", "30m 1h", "such as 15m"),
        ("duration", "2000y", "such as 15m"),
        ("email", "nobody", "name@example.org"),
        ("email", "a@b@c.org", "name@example.org"),
        ("email", "a@example..org", "name@example.org"),
        ("phone", "12", "3 to 15 digits"),
        ("phone", "call me", "3 to 15 digits"),
        ("link", "javascript://example.org/%0aalert(1)", "https://"),
        ("text", "a\x00b", "cannot be stored"),
        ("text", "\ud800", "cannot be stored"),
        ("text", True, "no value of the type 'text'"),
        ("text", " \n", "needs an answer"),
        ("text", {"a": 1}, "no value of the type 'text'"),
    ],
)  # fmt: skip
def test_what_is_refused_says_how_to_type_it(kind: str, raw: object, said: str) -> None:
    found = read(kind, raw)
    assert isinstance(found, Message)
    assert said in str(found)


def test_a_time_that_happens_twice_is_the_first_unless_its_offset_says_otherwise() -> None:
    assert read("datetime", "2026-10-25 02:30") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert read("datetime", "2026-10-25 02:30 +01:00") == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_money_knows_its_currency() -> None:
    assert read("money", "EUR 900", currency="EUR") == Decimal(900)
    assert read("money", "1 234,50 eur", currency="EUR") == Decimal("1234.50")
    assert read("money", "1.5", currency="KWD") == Decimal("1.5")
    assert "JPY has no decimals" in str(read("money", "900.5", currency="JPY"))
    assert isinstance(read("money", "USD 900", currency="EUR"), Message)


def test_a_choice_is_named_by_its_id_or_its_text_in_any_language() -> None:
    choices = {"email": {"en": "E-mail", "zh-Hans": "电子邮件", "hu": "E-mail-cím"}, "1": {"en": "One"}}
    for raw in ("email", "ＥＭＡＩＬ", "e-mail", "电子邮件", "E-MAIL-CÍM"):
        assert read("choice", raw, choices=choices) == "email"
    assert read("choice", 1, choices=choices) == "1"
    assert str(read("choice", "fax", choices=choices)) == "Choose one of email, 1."
    assert isinstance(read("choice", "same", choices={"a": "Same", "b": "Same"}), Message)


def test_refusals_never_repeat_what_was_typed() -> None:
    """A refusal is recorded, and the field may be one that is never kept."""
    secret = "hunter2-１２３"
    for kind in (
        "integer",
        "number",
        "money",
        "yes-no",
        "date",
        "time",
        "datetime",
        "duration",
        "email",
        "phone",
        "link",
    ):
        assert "hunter2" not in str(read(kind, secret))
    spec = field("text", matches="[0-9]+", equals="x")
    assert "hunter2" not in str(check(spec, secret, nothing))


def test_an_empty_optional_value_is_none() -> None:
    assert read("integer", "", required=False) is None
    assert read("list", None, required=False, **LIST) is None
    assert check(field("text", required=False), None, nothing) is None
    assert check(field("text"), None, nothing) is not None


def test_a_list_reads_each_row() -> None:
    rows = [{"check": "lights", "minutes": "１５"}, {"check": "doors"}]
    assert read("list", rows, **LIST) == (
        {"check": "lights", "minutes": 15}, {"check": "doors", "minutes": None}
    )  # fmt: skip
    one = {"of": [{"field": "name", "type": "text"}]}
    assert read("list", ["a", "b"], **one) == ({"name": "a"}, {"name": "b"})
    assert str(read("list", [{"check": "x"}, {"check": "y", "minutes": "z"}], **LIST)) == (
        "Row 2, 'minutes': Type a number such as 1234 or 12.50."
    )
    assert "Row 1 has no 'hours'" in str(read("list", [{"check": "x", "hours": 1}], **LIST))
    assert "at most 1 rows, there are 2" in str(read("list", rows, at_most=1, **LIST))
    assert "as a list" in str(read("list", "lights", **LIST))


CHECKS = [
    (field("text", matches="CR-[0-9]{6}"), "CR-000123", None),
    (field("text", matches="CR-[0-9]{6}"), "CR-０００１２３", None),
    (field("text", matches="（[0-9]）"), "（1）", None),
    (field("text", matches="CR-[0-9]{6}"), "CR-000123\nx", "the form CR-[0-9]{6}"),
    (field("text"), "x" * 4000, None),
    (field("text"), "x" * 4001, "4001 characters, at most 4000"),
    (field("text", max_length=3), "abcd", "at most 3"),
    (field("text", max_length=5000), "x" * 5000, None),
    (field("text", lines=2), "a\nb", None),
    (field("text", lines=2), "a\nb\nc", "at most 2 lines"),
    (field("integer", at_least=1, at_most=5), 5, None),
    (field("integer", at_least=1), 0, "at least 1"),
    (field("money", at_most=Decimal("99.50")), Decimal("99.51"), "at most 99.50"),
    (field("text", equals="YES"), "ＹＥＳ", None),
    (field("text", equals="YES"), "NO", "not the value that is expected"),
    (field("number", equals={"field": "other"}), Decimal("12.50"), None),
    (field("number", equals={"field": "other"}), Decimal("12.51"), "must equal 'other'"),
    (field("number", differs={"field": "other"}), Decimal("12.5"), "must differ from 'other'"),
    (field("number", equals={"field": "missing"}), Decimal(1), "'missing', which is not recorded"),
    (field("number", differs={"field": "missing"}), Decimal(1), None),
    (field("number", equals={"field": "erased"}), Decimal(1), "can no longer be read"),
    (field("number", differs={"field": "erased"}), Decimal(1), "can no longer be read"),
    (field("text", equals={"field": "sealed"}), "x@example.org", None),
    (field("text", differs={"field": "sealed"}), "x@example.org", "must differ from 'sealed'"),
    (field("yes-no", equals=True), False, "not the value"),
    (field("list", at_most=1, **LIST), ({"check": "a", "minutes": 1},) * 2, "at most 1 rows"),
    (
        field("list", of=[{"field": "a", "type": "text"}, {"field": "b", "type": "text", "differs": {"field": "a"}}]),
        ({"a": "x", "b": "y"}, {"a": "x", "b": "x"}),
        "Row 2, 'b': This must differ from 'a'",
    ),
]  # fmt: skip
OTHERS = {"other": Decimal("12.5"), "erased": Sealed("c0ffee"), "sealed": Sealed("c0ffee", "x@example.org")}


@pytest.mark.parametrize(("spec", "value", "said"), CHECKS)
def test_what_a_field_asks_of_its_value(spec: FieldRules, value: Any, said: str | None) -> None:
    problem = check(spec, value, lambda ref: OTHERS.get(ref.name, UNKNOWN))
    assert (problem is None) if said is None else said in str(problem)


def test_the_wire_holds_no_floats() -> None:
    assert to_wire(Decimal("900")) == "900"
    assert to_wire(Decimal("12.50")) == "12.50"
    assert to_wire(Decimal("-0.0")) == "0.0"
    assert to_wire(timedelta(minutes=15)) == "900s"
    assert to_wire(datetime(2026, 11, 21, 13, 30, tzinfo=UTC)) == "2026-11-21T13:30:00.000000Z"
    assert to_wire(({"check": "a", "minutes": None},)) == [{"check": "a", "minutes": None}]
    assert to_wire(2**60) == str(2**60)
    for spec, wire in (
        (field("integer"), "x"),
        (field("number"), "NaN"),
        (field("duration"), "9" * 30 + "s"),
        (field("text"), 1),
        (field("date"), "x"),
    ):
        with pytest.raises(ValueError, match=r"."):
            from_wire(spec, wire)


MOMENTS = st.datetimes(datetime(1980, 1, 1), datetime(2100, 1, 1))  # noqa: DTZ001
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30).filter(
    str.strip
)
DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**9), max_value=10**9)
ROW = st.fixed_dictionaries({"check": TEXTS, "minutes": st.one_of(st.none(), st.integers(-99, 99))})
TYPED = st.one_of(
    st.tuples(st.just(field("text")), TEXTS),
    st.tuples(st.just(field("integer")), st.integers(-(2**53) + 1, 2**53 - 1)),
    st.tuples(st.just(field("number")), DECIMALS),
    st.tuples(st.just(field("money", currency="EUR")), DECIMALS),
    st.tuples(st.just(field("yes-no")), st.booleans()),
    st.tuples(st.just(field("date")), st.dates(date(1000, 1, 1))),
    st.tuples(st.just(field("time")), st.times()),
    st.tuples(st.just(field("datetime")), MOMENTS.map(lambda m: m.replace(tzinfo=UTC))),
    st.tuples(st.just(field("duration")), st.integers(0, 10**9).map(lambda s: timedelta(seconds=s))),
    st.tuples(st.just(field("choice", choices=["a", "b"])), st.sampled_from(["a", "b"])),
    st.tuples(st.just(field("list", **LIST)), st.lists(ROW, max_size=4)),
)


@settings(max_examples=300)
@given(TYPED)
def test_what_is_stored_comes_back(case: tuple[FieldRules, Any]) -> None:
    spec, raw = case
    value = parse(spec, raw, zone=BUDAPEST)
    assert not isinstance(value, Message)
    wire = to_wire(value)
    canonical_bytes(wire)
    assert from_wire(spec, wire) == value
    assert to_wire(from_wire(spec, wire)) == wire
    assert parse(spec, value, zone=BUDAPEST) == value


@settings(max_examples=300)
@given(TYPED)
def test_what_is_shown_can_be_typed(case: tuple[FieldRules, Any]) -> None:
    spec, raw = case
    if spec.type == "list":
        return
    value = parse(spec, raw, zone=BUDAPEST)
    assert not isinstance(value, Message)
    if isinstance(value, datetime):
        value = value.replace(microsecond=0)
    for language in ("en", "hu", "zh-Hans"):
        assert parse(spec, show(value, spec, language, zone=BUDAPEST), zone=BUDAPEST) == value


@settings(max_examples=300)
@given(
    st.sampled_from(["text", "integer", "number", "money", "yes-no", "date", "time", "datetime", "duration", "email", "phone", "link"]),
    st.one_of(st.text(max_size=20), st.text("0123456789.,:- +TZ年月日smh", max_size=20), st.integers(), st.booleans(), st.decimals()),
)  # fmt: skip
def test_nothing_typed_raises(kind: str, raw: object) -> None:
    value = read(kind, raw)
    if value is not None and not isinstance(value, Message):
        canonical_bytes(to_wire(value))  # type: ignore[arg-type]
        assert parse(field(kind), value, zone=BUDAPEST) == value


def test_shown_in_the_readers_language() -> None:
    choices = field("choice", choices={"email": {"en": "E-mail", "zh-Hans": "电子邮件"}})
    assert show("email", choices, "zh-Hans") == "电子邮件"
    assert show("email", choices, "en") == "E-mail"
    assert show(True, field("yes-no"), "hu") == "igen"
    assert show(Decimal("12.5"), field("money", currency="EUR"), "en") == "12.50 EUR"
    assert show(Decimal("900"), field("money", currency="EUR"), "en") == "900 EUR"
    assert show(Decimal("9" * 28 + ".5"), field("money"), "en") == "9" * 28 + ".50"
    moment = datetime(2026, 11, 21, 13, 30, tzinfo=UTC)
    assert show(moment, field("datetime"), "en", zone=BUDAPEST) == "2026-11-21 14:30 +01:00"
    assert show(timedelta(minutes=90), field("duration"), "en") == "1h 30m"
    assert show(None, field("text"), "en") == ""


def test_masks_never_give_away_more_than_half() -> None:
    assert masked("HU42117730161111101800000000") == "****0000"
    assert masked("12345", last=4) == "****45"
    assert masked("1") == "****"
    assert masked("") == "****"
    assert masked("secret", last=0) == "****"
