"""Scenarios made many: matrices, tables, and what an empty cell leaves out."""

from sop_runner.authoring.scenario import Do
from sop_runner.authoring.scenario_expand import Case, expand
from sop_runner.authoring.scenario_load import load_scenarios

HEAD = "format: sop-scenarios/1\nprocedure: p\nscenarios:\n"


def cases_of(text: str, **tables: str) -> tuple[Case, ...]:
    loaded = load_scenarios((HEAD + text).encode())
    assert loaded.scenarios is not None, loaded.findings
    cases, found = expand(loaded, lambda name: tables[name].encode() if name in tables else None)
    assert found == ()
    return cases


def complaints(text: str, data: bytes | None = None) -> list[tuple[int, str]]:
    loaded = load_scenarios((HEAD + text).encode())
    return [(f.at.line, f.message) for f in expand(loaded, lambda name: data)[1]]


def test_every_combination_of_a_matrix() -> None:
    cases = cases_of("""
  - scenario: many
    matrix: { colour: [red, blue], n: [1, 2.5] }
    case: { colour: "{colour}", n: "{n}", said: "{n} x {colour}, {{n}}" }
""")
    assert [case.name for case in cases] == [
        "many (colour: red, n: 1)", "many (colour: red, n: 2.5)", "many (colour: blue, n: 1)", "many (colour: blue, n: 2.5)",
    ]  # fmt: skip
    assert cases[0].case == {"colour": "red", "n": 1, "said": "1 x red, {n}"}
    assert {case.of for case in cases} == {"many"}


def test_an_empty_cell_leaves_its_item_out() -> None:
    cases = cases_of(
        """
  - scenario: "{sort} one"
    cases: t
    case: { a: "{a}", b: 2 }
    do:
      - first
      - second: "{answer}"
      - form: { a: "{a}", list: ["{a}", x] }
      - only: { a: "{a}" }
      - "{node}"
      - after: "{time}"
    ends: "{end}"
    never: ["{a}", z]
    know: { a: "{a}", b: 2 }
""",
        t="sort,a,answer,node,time,end\nfull,1,yes,third,5m,closed\nempty,,,,,\n",
    )
    full, empty = cases
    assert (full.name, empty.name) == ("full one", "empty one")
    assert full.case == {"a": "1", "b": 2}
    assert [str(item) for item in full.do] == [
        "first", "second: yes", "form: { a: 1, list: [1, x] }", "only: { a: 1 }", "third", "after: 5m",
    ]  # fmt: skip
    assert (full.ends, full.never, full.know) == ("closed", ("1", "z"), {"a": "1", "b": 2})
    assert empty.case == {"b": 2}
    assert empty.do == (Do("do", "first", None, 0), Do("do", "form", {"list": ["x"]}, 2))
    assert (empty.ends, empty.never, empty.know) == (None, ("z",), {"b": 2})


def test_expectations_may_be_columns() -> None:
    cases = cases_of(
        "  - scenario: t\n    cases: t\n    do: [{ a: '{x}' }]\n",
        t="x,ends,at,never,starts,know total\n1,closed,,b c,2026-11-23T09:00,3\n2,,a,,,\n",
    )
    assert [(c.ends, c.at, c.never, c.starts, c.know) for c in cases] == [
        ("closed", None, ("b", "c"), "2026-11-23T09:00", {"total": "3"}),
        (None, "a", (), None, {}),
    ]


def test_without_a_table_braces_are_text() -> None:
    (case,) = cases_of("  - scenario: t\n    do: [{ note: 'a {b} {{c}}' }]\n")
    assert case.do[0].name == "a {b} {{c}}"


def test_what_is_wrong_with_a_table() -> None:
    table = "  - scenario: t\n    cases: t.csv\n    do: [{ a: '{x}' }]\n"
    assert complaints(table) == [(5, "'t.csv' was not found beside this file")]
    assert complaints(table, b"\xff\xfe") == [(5, "'t.csv' is not UTF-8")]
    assert complaints(table, b"x\n") == [(5, "'t.csv' has no line of names with a case beneath it")]
    assert complaints(table, b"x,x\n1,2\n") == [(5, "'t.csv' has two columns 'x'")]
    assert complaints(table, b"x, ,y\n1,2,3\n") == [(5, "column 2 of 't.csv' has no name")]
    apart = "the cells of 't.csv' are set apart by "
    assert complaints(table, b"x;y\n1;2\n") == [(5, f"{apart}';', expected commas")]
    assert complaints(table, b"x\ty\n1\t2\n") == [(5, f"{apart}tabs, expected commas")]
    unread = "'t.csv' cannot be read up to line "
    assert complaints(table, b'x\n"a\n') == [(5, f"{unread}2: a quote is never closed")]
    ((_, said),) = complaints(table, b'x\n"a"b\n')
    assert said.startswith(f"{unread}2: there is text after a closing quote")
    ((_, said),) = complaints(table, b"x\n" + b"a" * 200_000)
    assert said.startswith(f"{unread}2: ")
    assert complaints(table, b"x\n1,2\n") == [(5, "line 2 of 't.csv' has more cells than there are names")]
    assert complaints(table, b"x\n\n1\n\n1,2\n") == [
        (5, "line 5 of 't.csv' has more cells than there are names")
    ]
    assert complaints(table, b"y\n1\n") == [
        (4, "'{x}' of 't' is neither in its matrix nor a column of its table")
    ]
    outside = complaints("  - scenario: t\n    cases: ../t.csv\n", b"x\n1\n")
    assert outside == [(5, "'../t.csv' is not the plain name of a file beside this one")]
    many = (
        "  - scenario: t\n    matrix: { " + ", ".join(f"n{i}: [1, 2, 3, 4, 5, 6]" for i in range(6)) + " }\n"
    )
    assert complaints(many) == [(5, "'t' makes 46656 cases, at most 10000 are run")]
