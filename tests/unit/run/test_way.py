"""The way keeps little, and gives back all: every earlier state of the facts, down to the value."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sop_runner.run.facts import NO_FACTS, Facts, Gain, Recorded, Taken
from sop_runner.run.way import Visit, Way

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
NAMES = st.sampled_from([f"name_{number}" for number in range(6)])
NODES = st.sampled_from(["a", "CALL[2]/b"])
TIMES = st.integers(0, 5).map(lambda minutes: START + timedelta(minutes=minutes))
ROWS: tuple[st.SearchStrategy[Any], ...] = (
    st.builds(Recorded, st.one_of(st.integers(0, 2), st.text(max_size=2), st.just(("x",))), NODES),
    st.builds(Gain, TIMES, NODES, st.none() | TIMES, st.none() | st.just(date(2026, 11, 2)), st.booleans()),
    st.integers(0, 9),
    st.builds(Taken, st.sampled_from(["yes", "no"]), st.just(("written",)), st.just(())),
    st.integers(0, 2),
)
CHANGE = st.integers(0, 4).flatmap(lambda part: st.tuples(st.just(part), NAMES, st.none() | ROWS[part]))
"""A part of the facts, a name, and its new row, or that it is gone."""


def changed(facts: Facts, changes: list[tuple[int, str, Any]]) -> Facts:
    parts = [dict(part) for part in facts]
    for part, name, row in changes:
        if row is None:
            parts[part].pop(name, None)
        else:
            parts[part][name] = row
    return Facts(*parts)


def plain(facts: Facts) -> list[list[tuple[str, Any]]]:
    """In order too: a reviewer reads what was recorded in the order in which it was."""
    return [[*part.items()] for part in facts]


@given(st.lists(st.lists(CHANGE, max_size=4), min_size=1, max_size=8), st.data())
def test_every_visit_gives_back_the_facts_it_was_entered_with(steps: list[Any], data: st.DataObject) -> None:
    way, facts, entered = Way(), NO_FACTS, []
    for serial, changes in enumerate(steps):
        wanted = changed(facts, changes)
        facts = wanted.packed() if changes else facts
        assert plain(facts) == plain(wanted)
        entered.append(plain(facts))
        way = way.entered(f"node-{serial}", serial, facts)
        if data.draw(st.integers(0, 3)) == 0:
            index = data.draw(st.integers(0, len(way) - 1))
            way, entered = way.before(index + 1), entered[: index + 1]
            facts = way.facts(index)
    assert [plain(way.facts(index)) for index in range(len(way))] == entered
    assert len(way) == len(entered)
    assert way[-1] == [*way][-1] == way[:][-1]


def test_runs_that_went_the_same_way_share_what_they_have_in_common() -> None:
    rows: dict[str, Any] = {"amount": Recorded(1, "record"), "size": Recorded("small", "decision")}
    one, other = (NO_FACTS._replace(fields={**rows, "who": Recorded(who, "record")}).packed() for who in "ab")
    assert one.fields != other.fields
    assert one.fields._names is other.fields._names  # type: ignore[attr-defined]  # what is shared is not public


def test_a_way_is_what_it_leads_back_to() -> None:
    facts = NO_FACTS._replace(fields={"amount": Recorded(int("1000"), "record")}).packed()
    same = NO_FACTS._replace(fields={"amount": Recorded(int("1000"), "record")}).packed()
    more = {**facts.fields, "size": Recorded("small", "decision")}
    after = facts._replace(fields=more).packed()
    assert Way().entered("a", 0, facts).entered("b", 1, after) == Way().entered("a", 0, same).entered(
        "b", 1, after
    )
    assert Way().entered("a", 0, facts) != Way().entered("a", 0, NO_FACTS)
    assert Way().entered("a", 0, facts)[:] == (Visit("a", 0),)
