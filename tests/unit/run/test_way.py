"""The way keeps little, and gives back all: every earlier state of the facts, down to the value."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sop_runner.run.facts import NO_FACTS, NONE, Facts, Frame, Gain, Recorded, Taken
from sop_runner.run.packed import Packed
from sop_runner.run.way import Visit, Way

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
NAMES = ("amount", "size", "who")


def row(part: int, number: int) -> Any:
    """Some row of a part of the facts; few different ones, so that equal rows come up again and again."""
    node, when = ("a", "CALL[2]/b")[number % 2], START + timedelta(minutes=number % 3)
    return (
        lambda: Recorded((1, True, "x", ("x",))[number % 4], node),
        lambda: Gain(when, node, None if number % 3 else when, date(2026, 11, 2) if number % 2 else None),
        lambda: number,
        lambda: Taken(("yes", "no")[number % 2], ("written",), ()),
        lambda: Frame(NONE, number),
    )[part]()


CHANGES = st.lists(
    st.tuples(st.integers(0, 4), st.sampled_from(NAMES), st.none() | st.integers(0, 7)), max_size=4
)
"""Each a part of the facts, a name, and which row it gets, or that it goes."""


def put(rows: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """What a plain map is like after the changes."""
    for name, new in changes.items():
        if new is None:
            rows.pop(name, None)
        else:
            rows[name] = new
    return rows


def changed(facts: Facts, changes: list[tuple[int, str, int | None]]) -> tuple[Facts, list[list[Any]]]:
    """The facts with what one event changes in each part, and what plain maps would be like then."""
    parts: list[Any] = [*facts]
    wanted = plain(facts)
    for at, part in enumerate(parts[:]):
        rows = {name: None if new is None else row(at, new) for where, name, new in changes if where == at}
        parts[at] = part.changed(rows) if isinstance(part, Packed) else put({**part}, rows)
        wanted[at] = [*put({**part}, rows).items()]
    return Facts(*parts), wanted


def plain(facts: Facts) -> list[list[tuple[str, Any]]]:
    """In order too: a reviewer reads what was recorded in the order in which it was."""
    return [[*part.items()] for part in facts]


@given(st.lists(st.tuples(CHANGES, st.integers(0, 9)), min_size=1, max_size=8))
def test_every_visit_gives_back_the_facts_it_was_entered_with(steps: list[Any]) -> None:
    way, facts, entered = Way(), NO_FACTS, []
    for serial, (changes, back) in enumerate(steps):
        if changes:
            facts, wanted = changed(facts, changes)
            assert plain(facts) == wanted
        entered.append(plain(facts))
        way = way.entered(f"node-{serial}", serial, facts)
        if back < len(way):
            index = back
            gone, entered = entered[index], entered[:index]
            way, serial, facts = way.cut(index)
            assert plain(facts) == gone
            entered.append(gone)
            way = way.entered(f"node-{serial}", serial, facts)
    assert [plain(way.facts(index)) for index in range(len(way))] == entered
    assert len(way) == len(entered)
    assert way[-1] == [*way][-1] == way[:][-1]


def test_runs_that_went_the_same_way_share_what_they_have_in_common() -> None:
    rows: dict[str, Any] = {"amount": Recorded(1, "record"), "size": Recorded("small", "decision")}
    one, other = (NO_FACTS.fields.changed({**rows, "who": Recorded(who, "record")}) for who in "ab")
    assert one != other
    assert one.kind is other.kind


@given(st.lists(st.dictionaries(st.sampled_from(NAMES), st.sampled_from((None, 1, True, "x"))), max_size=5))
def test_what_a_node_records_is_its_rows(steps: list[dict[str, Any]]) -> None:
    fields, rows = NO_FACTS.fields, NO_FACTS.fields
    for number, values in enumerate(steps):
        node = f"node-{number}"
        fields = fields.recorded(values, node)
        rows = rows.changed(
            {name: None if value is None else Recorded(value, node) for name, value in values.items()}
        )
        assert [(name, repr(row)) for name, row in fields.items()] == [(n, repr(r)) for n, r in rows.items()]
        assert fields.kind is rows.kind


def test_facts_that_both_grew_from_the_same_are_told_apart_by_value() -> None:
    before = NO_FACTS.fields.recorded({"amount": 1}, "a")
    one, other = (NO_FACTS._replace(fields=before.recorded({"size": size}, "b")) for size in (1, True))
    for newest in (other, one._replace(fields=other.fields.recorded({"who": "x"}, "c"))):
        for _ in range(2):  # what leads back is told the same when it is asked again
            way = Way().entered("b", 0, one).entered("c", 1, newest)
            assert repr(way.facts(0).fields["size"].value) == "1"


def test_a_way_is_what_it_leads_back_to() -> None:
    fields = NO_FACTS.fields
    facts, same = (
        NO_FACTS._replace(fields=fields.changed({"amount": Recorded(int("1000"), "record")})) for _ in "ab"
    )
    after = facts._replace(fields=facts.fields.changed({"size": Recorded("small", "decision")}))
    assert Way().entered("a", 0, facts).entered("b", 1, after) == Way().entered("a", 0, same).entered(
        "b", 1, after
    )
    assert Way().entered("a", 0, facts) != Way().entered("a", 0, NO_FACTS)
    assert Way().entered("a", 0, facts)[:] == (Visit("a", 0),)


@given(st.dictionaries(st.sampled_from((*NAMES, "C/amount", "C/size")), st.sampled_from(NAMES)))
def test_rows_are_put_under_other_names_as_they_are(names: dict[str, str]) -> None:
    gains = NO_FACTS.controls.changed({name: row(1, number) for number, name in enumerate(NAMES)})
    again, rows = gains.put_again(names), gains.changed({name: gains[old] for name, old in names.items()})
    assert [*again.items()] == [*rows.items()]
    assert again.kind is rows.kind


def test_what_grew_in_several_steps_leads_back_like_what_grew_in_one() -> None:
    def grown(who: str) -> Way:
        facts = NO_FACTS._replace(fields=NO_FACTS.fields.recorded({"amount": who}, "a"))
        way = Way().entered("a", 0, facts)
        fields = facts.fields.recorded({"size": who}, "b").recorded({"who": who}, "b")
        return way.entered("b", 1, facts._replace(fields=fields))

    one, other = grown("x"), grown("y")
    assert one._flat[2] is other._flat[2]  # what runs share of it is not public
    assert [*one.facts(0).fields.items()] == [("amount", Recorded("x", "a"))]
