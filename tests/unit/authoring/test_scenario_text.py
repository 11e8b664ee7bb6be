"""A scenario written out reads back as itself."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sop_runner.authoring.scenario import Do
from sop_runner.authoring.scenario_expand import Case, expand
from sop_runner.authoring.scenario_load import load_scenarios
from sop_runner.authoring.scenario_text import duration, scenario_text

HEAD = "format: sop-scenarios/1\nprocedure: p\nscenarios:\n"
CASE = Case("one", 0, {"agent": ("ana",)}, {}, None, (), "closed", None, (), {}, "one")


def read(text: str) -> Case:
    loaded = load_scenarios((HEAD + text).encode())
    assert loaded.scenarios is not None, (text, loaded.findings)
    (case,), found = expand(loaded, lambda name: None)
    assert found == ()
    return case


def test_every_kind_of_item_reads_back() -> None:
    do = (
        Do("do", "open"),
        Do("do", "form", {"a": 1, "b": "yes", "c": True, "rows": [{"x": "1:30"}]}, 1),
        Do("do", "who", {"code": "fail"}, 2),
        Do("after", "20m", None, 3),
        Do("refused", 'it\'s: a "message" # here', None, 4),
        Do("waive", "form", {"a": 2}, 5),
        Do("waive", "form", "again", 6),
        Do("deviation", "", {"expected": "a", "happened": "b", "decided": "c"}, 7),
        Do("abandon", "", None, 8),
        Do("abandon", "they hung up", None, 9),
        Do("restart", "", None, 10),
    )
    case = Case(
        "a: b",
        0,
        {"agent": ("ana", "bela")},
        {"x": "012"},
        "2026-11-23T09:00",
        do,
        None,
        "form",
        ("end",),
        {"n": -1},
        "a: b",
    )
    assert read(scenario_text(case)) == case


TEXTS = st.text(
    st.characters(blacklist_categories=("Cs", "Cc", "Cf", "Cn", "Zl", "Zp", "Co")), min_size=1, max_size=12
).filter(str.strip)


@given(TEXTS)
def test_any_text_reads_back(text: str) -> None:
    from dataclasses import replace

    case = replace(CASE, case={"x": text}, do=(Do("note", text.strip()),))
    back = read(scenario_text(case))
    assert (back.case, back.do) == (case.case, case.do)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0, "0d"), (1, "1s"), (60, "1m"), (90, "90s"), (3600, "1h"), (86_400, "1d"), (0.2, "1s"), (60.1, "61s")],
)
def test_a_duration_is_never_too_short(seconds: float, expected: str) -> None:
    assert duration(timedelta(seconds=seconds)) == expected
