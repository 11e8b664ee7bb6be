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


def wrong_cells(text: str, data: bytes) -> list[tuple[str, int, int, str]]:
    loaded = load_scenarios((HEAD + text).encode())
    return [(f.file, f.at.line, f.at.column, f.message) for f in expand(loaded, lambda name: data)[1]]


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
    """Told at its place in the table; what no place of it stands for, where the table is named."""
    table = "  - scenario: t\n    cases: t.csv\n    do: [{ a: '{x}' }]\n"
    assert complaints(table) == [(5, "'t.csv' was not found beside this file")]
    assert complaints(table, b"x\n") == [(5, "'t.csv' has no line of names with a case beneath it")]
    assert wrong_cells(table, b"x\na\xc3\xa1\xff\n") == [("t.csv", 2, 3, "'t.csv' is not UTF-8")]
    assert wrong_cells(table, b"x, x\n1,2\n") == [("t.csv", 1, 3, "there are two columns 'x'")]
    assert wrong_cells(table, b"x, ,y\n1,2,3\n") == [("t.csv", 1, 3, "column 2 has no name")]
    apart = "the cells of 't.csv' are set apart by "
    assert wrong_cells(table, b"x;y\n1;2\n") == [("t.csv", 1, 1, f"{apart}';', expected commas")]
    assert wrong_cells(table, b"x\ty\n1\t2\n") == [("t.csv", 1, 1, f"{apart}tabs, expected commas")]
    unread = "'t.csv' cannot be read up to here: "
    assert wrong_cells(table, b'x\n"a\n') == [("t.csv", 2, 1, f"{unread}a quote is never closed")]
    ((_, line, _, said),) = wrong_cells(table, b'x\n"a"b\n')
    assert line == 2
    assert said.startswith(f"{unread}there is text after a closing quote")
    ((_, line, _, said),) = wrong_cells(table, b"x\n" + b"a" * 200_000)
    assert line == 2
    assert said.startswith(unread)
    many = "this line has more cells than there are names"
    assert wrong_cells(table, b"x\n1,2\n") == [("t.csv", 2, 3, many)]
    assert wrong_cells(table, b'x\n\n"1\r\n\n"\n\n"1,",2\n') == [("t.csv", 7, 6, many)]
    assert complaints(table, b"y\n1\n") == [
        (4, "'{x}' of 't' is neither in its matrix nor a column of its table")
    ]
    outside = complaints("  - scenario: t\n    cases: ../t.csv\n", b"x\n1\n")
    assert outside == [(5, "'../t.csv' is not the plain name of a file beside this one")]
    many = (
        "  - scenario: t\n    matrix: { " + ", ".join(f"n{i}: [1, 2, 3, 4, 5, 6]" for i in range(6)) + " }\n"
    )
    assert complaints(many) == [(5, "'t' makes 46656 cases, at most 10000 are run")]


def test_each_value_that_is_put_in_is_known_by_its_place() -> None:
    cases = cases_of(
        """
  - scenario: t
    cases: t
    matrix: { n: [one, 2] }
    do: [{ a: "{x}" }, { form: { of: "{x}", n: "{n}" } }]
    ends: closed
""",
        t='\ufeff note,x\r\n"a, ""b""\nc", é\r\n\r\nplain\r\n',
    )
    spots = [
        {name: (s.file, s.at.line, s.at.column, s.text) for name, s in case.spots.items()} for case in cases
    ]
    assert spots[0] == {
        "note": ("t", 2, 1, 'a, "b"\nc'), "x": ("t", 3, 4, "é"), "n": ("", 7, 19, "one"),
    }  # fmt: skip
    assert spots[3] == {"note": ("t", 5, 1, "plain"), "x": ("t", 5, 1, ""), "n": ("", 7, 24, "2")}
