"""The names of a procedure: where they come from, what type they have, what may not be said of them."""

from pathlib import Path

import pytest

from sop_runner.procedure.load import load
from sop_runner.procedure.model import Procedure
from sop_runner.procedure.names import NameTable

ROOT = Path(__file__).parents[3]
TOP = """\
format: sop/1
procedure: {id}
revision: 1
title: A sample
purpose: To be checked.
effective_from: 2026-01-01
review_by: 2027-01-01
roles: {{ agent: Acts. }}
by: agent
"""
CALLEE = (
    TOP.format(id="inner")
    + """\
case:
  - { field: price, type: money, currency: EUR }
derive:
  half: { product: [price, 0.5] }
flow:
  - confirmation: look
    record:
      fields:
        - { field: seen, type: choice, choices: [yes-it-is, no-it-is-not], internal: true }
  - end: closed
    result: completed
"""
)
CALLER = (
    TOP.format(id="outer")
    + """\
case:
  - { field: amount, type: money, currency: EUR, internal: true }
  - { field: rows, type: list, of: [{ field: price, type: money, currency: EUR }, { field: ok, type: yes-no }] }
derive:
  total: { sum: [rows.price] }
  twice: { product: [amount, 2] }
  both: { sum: [twice, 1] }
  size: { count: rows }
  later: { max: [today, today] }
  level: { bands: { of: total, up_to: [[10, low]], above: high } }
  points: { table: { of: way, values: { fast: 2, slow: 1 } } }
flow:
  - checklist: before
    items:
      - { item: lamp, ask: Is it on., answers: [lit, dark], not_applicable: reason }
      - { item: count, ask: How many., field: { field: lamps, type: integer } }
  - step: open
    do: Open it.
    undone_by: shut
  - decision: which-way
    decided_by: person
    outcomes:
      - { outcome: quick, sets: { way: fast, copied: { field: amount } } }
      - { outcome: careful, sets: { way: slow } }
  - confirmation: agree
    sign_off: {}
  - confirmation: consent
    statement: { of: customer, text: Is it so., field: agreed }
  - call: one
    procedure: inner
    revision: 1
    given: { price: { field: amount } }
    returns: { got: seen, part: half }
  - call: each
    procedure: inner
    revision: 1
    for_each: { price: rows.price }
    returns: { many: seen }
  - step: shut
    do: Shut it.
  - end: closed
    result: completed
"""
)


def procedure(text: str) -> Procedure:
    loaded = load(text.encode())
    assert loaded.findings == ()
    assert loaded.procedure is not None
    return loaded.procedure


@pytest.fixture(scope="module")
def table() -> NameTable:
    inner = procedure(CALLEE)
    return NameTable.of(procedure(CALLER), lambda name, _: inner if name == "inner" else None)


@pytest.mark.parametrize(
    ("name", "origin", "kind", "choices"),
    [
        ("today", "today", "date", ()),
        ("amount", "case", "money", ()),
        ("rows", "case", "list", ()),
        ("total", "derived", "money", ()),
        ("twice", "derived", "number", ()),
        ("size", "derived", "number", ()),
        ("later", "derived", "date", ()),
        ("level", "derived", "choice", ("low", "high")),
        ("points", "derived", "integer", ()),
        ("way", "set", "choice", ("fast", "slow")),
        ("copied", "set", "money", ()),
        ("before.lamp", "answer", "choice", ("lit", "dark", "not_applicable")),
        ("before.count", "answer", "integer", ()),
        ("lamps", "recorded", "integer", ()),
        ("open", "undoable", "choice", ("open", "closed")),
        ("which-way", "decision", "choice", ("quick", "careful")),
        ("agree", "sign-off", "choice", ("approved", "declined")),
        ("agreed", "recorded", "yes-no", ()),
        ("got", "returned", "choice", ("yes-it-is", "no-it-is-not")),
        ("part", "returned", "number", ()),
        ("many", "returned", "list", ()),
    ],
)
def test_origin_and_type(
    table: NameTable, name: str, origin: str, kind: str, choices: tuple[str, ...]
) -> None:
    found = table[name]
    assert (found.origin, found.type, found.choices) == (origin, kind, choices)


def test_nothing_else_can_be_read(table: NameTable) -> None:
    assert {"consent", "shut", "before", "rows.price", "one", "closed"}.isdisjoint(table)


def test_columns_of_lists(table: NameTable) -> None:
    price, seen = table.column("rows.price"), table.column("many")
    assert price is not None
    assert price.type == "money"
    assert seen is not None
    assert seen.choices == ("yes-it-is", "no-it-is-not")
    assert table.column("rows") is None  # several fields: which one is not said
    assert table.column("amount") is None


def test_what_is_internal_stays_so(table: NameTable) -> None:
    internal = {name for name, found in table.items() if found.internal}
    assert internal == {"amount", "twice", "both", "copied", "got", "many"}


def test_without_the_callee_its_values_have_no_type() -> None:
    table = NameTable.of(procedure(CALLER))
    assert table["got"].type is None
    assert table["many"].type == "list"


def test_inside_a_list_its_fields_come_first(table: NameTable) -> None:
    inner = table.with_fields(table["rows"].fields)
    assert inner["ok"].type == "yes-no"
    assert "ok" not in table
