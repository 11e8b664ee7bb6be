"""What a reviewer types is read into terms, and runs are found by them: in a real file, and after it was spoilt."""

from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from sop_runner.base.errors import UsageError
from sop_runner.review.search.query import Days, folded, parse
from sop_runner.stores.run_index import Before, Indexed, RunIndex, Since, Tagged

DAYS = Days(ZoneInfo("Europe/Budapest"), date(2026, 3, 29))


@pytest.mark.parametrize(
    ("line", "terms"),
    [
        ("", ()),
        ("ticket:CR-1 PERSON:Ana", (Tagged(("ticket",), "cr-1"), Tagged(("person",), "ana"))),
        ("refusals overrun", (Tagged(("has",), "refusal"), Tagged(("has",), "overrun"))),
        ("ticket:CR-* ", (Tagged(("ticket",), "cr-", begins=True),)),
        ('ticket:"a b*"', (Tagged(("ticket",), "a b*"),)),
        ('ticket:"not closed', (Tagged(("ticket",), "not closed"),)),
        ("１２３", (Tagged(("ticket", "run", "person", "procedure"), "123", begins=True),)),
        ('"refusal"', (Tagged(("ticket", "run", "person", "procedure"), "refusal", begins=True),)),
        # A day of the desk: in the night to the 29th clocks go forward, so it has 23 hours.
        ("on:today", (Since("2026-03-28T23:00:00.000000Z"), Before("2026-03-29T22:00:00.000000Z"))),
        ("from:2026-03-30", (Since("2026-03-29T22:00:00.000000Z"),)),
        ("to:yesterday", (Before("2026-03-28T23:00:00.000000Z"),)),
    ],
)
def test_words_become_terms(line: str, terms: tuple[object, ...]) -> None:
    assert parse(line, DAYS) == terms


@pytest.mark.parametrize(
    ("line", "said"), [("foo:1", "'foo'"), ("on:soon", "'soon' is no day"), ("to:9999-12-31", "9999")]
)
def test_what_is_no_query_is_said_with_what_there_is(line: str, said: str) -> None:
    with pytest.raises(UsageError, match=said) as raised:
        parse(line, DAYS)
    assert raised.value.hint


def run(number: int, *tags: tuple[str, str], day: int = 1) -> Indexed:
    when = f"2026-03-{day:02d}T10:00:00.000000Z"
    given = frozenset((kind, folded(value)) for kind, value in tags)
    return Indexed(f"R{number}", number, when, when, given, {"run": f"R{number}"})


def names(index: RunIndex, line: str) -> list[str]:
    return [str(facts["run"]) for facts in index.facts(index.find(parse(line, DAYS)))]


@pytest.fixture(params=["file", "memory"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> RunIndex:
    made = RunIndex.open(tmp_path / "deep" / "x.db" if request.param == "file" else None)
    made.put(
        0,
        3,
        b"\1" * 32,
        [
            run(1, ("ticket", "CR-1"), ("person", "ana"), ("has", "refusal")),
            run(2, ("ticket", "CR-10"), ("person", "anabel"), ("has", "refusal"), day=2),
            run(3, ("ticket", "%' OR 1=1 --"), ("person", "ana"), day=3),
        ],
    )
    return made


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("", ["R3", "R2", "R1"]),
        ("person:ana", ["R3", "R1"]),
        ("person:ana*", ["R3", "R2", "R1"]),
        ("cr-1", ["R2", "R1"]),
        ("ticket:CR-1", ["R1"]),
        ("refusal person:ana", ["R1"]),
        ("from:2026-03-02 refusal", ["R2"]),
        ("to:2026-03-01", ["R1"]),
        ('ticket:"%\' or 1=1 --"', ["R3"]),
        ("ticket:%", []),
        ("ticket:", ["R3", "R2", "R1"]),
    ],
)
def test_all_terms_hold_and_the_newest_comes_first(index: RunIndex, line: str, found: list[str]) -> None:
    assert names(index, line) == found
    index.close()


def test_a_run_that_goes_on_is_found_by_what_it_is_now(index: RunIndex) -> None:
    index.put(3, 4, b"\2" * 32, [run(1, ("ticket", "CR-1"), ("has", "ended"), day=4)])
    assert names(index, "refusal") == ["R2"]
    assert names(index, "ended from:2026-03-04") == ["R1"]
    assert index.place() == (4, b"\2" * 32)
    index.put(3, 9, b"\3" * 32, [run(9, ("ticket", "late"))])  # by a process that was overtaken
    assert index.place() == (4, b"\2" * 32)
    index.clear()
    assert (names(index, ""), index.place()) == ([], (0, b""))
    index.close()


def test_a_file_that_is_no_index_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    path.write_bytes(b"no database at all" * 100)
    index = RunIndex.open(path)
    index.put(0, 1, b"\1" * 32, [run(1, ("ticket", "CR-1"))])
    index.close()
    again = RunIndex.open(path)
    assert names(again, "ticket:CR-1") == ["R1"]
    again.close()


def test_a_folder_that_cannot_hold_one_costs_only_time(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file, no folder")
    index = RunIndex.open(tmp_path / "state" / "x.db")
    assert index.place() == (0, b"")
    index.close()
