"""The tree that comes out of a file, and the places it remembers."""

from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from sop_runner.base.finding import Position, Severity
from sop_runner.procedure.source import Source, read_source
from sop_runner.procedure.yaml_subset import parsers

SAMPLE = """\
# a comment
title: Bejelentés “x”
roles:
  agent: Handles it.   # who
  'super visor': "Signs: off"
flow:
  - step: one
    do: |
      First.
      Second.
  - { step: két, items: [a, {b: 2}] }
  -
    step: three
empty:
"""


def read(text: str) -> Source:
    return read_source(text.encode(), "x.yaml")


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("true", True),
        ("False", False),
        ("TRUE", True),
        ("tRUE", "tRUE"),
        ("null", None),
        ("~", None),
        ("NULL", None),
        ("", None),
        ("12", 12),
        ("-12", -12),
        ("+12", 12),
        ("0", 0),
        ("-0", 0),
        ("012", "012"),
        ("0o17", 15),
        ("0x1F", 31),
        ("1.5", Decimal("1.5")),
        ("-.5", Decimal("-0.5")),
        ("1.0", 1),
        ("1e3", 1000),
        ("12e-1", Decimal("1.2")),
        ("1.50", Decimal("1.50")),
        ("012.5", "012.5"),
        ("9007199254740991", 2**53 - 1),
        ("yes", "yes"),
        ("No", "No"),
        ("on", "on"),
        ("off", "off"),
        ("y", "y"),
        ("1:30", "1:30"),
        ("2026-01-01", "2026-01-01"),
        ("1_000", "1_000"),
        ("24h", "24h"),
        ("CR-000123", "CR-000123"),
        ("+36 1 234", "+36 1 234"),
        ("1.2.3", "1.2.3"),
        ("'12'", "12"),
        ('"true"', "true"),
        ("''", ""),
        ('"null"', "null"),
        ("'~'", "~"),
        ("|\n  12\n", "12\n"),
        (">-\n  true\n", "true"),
    ],
)
def test_scalars_are_those_of_yaml_1_2(written: str, value: object) -> None:
    source = read(f"key: {written}")
    assert isinstance(source.data, dict)
    assert source.data["key"] == value
    assert type(source.data["key"]) is type(value)


def test_places_of_keys_items_and_values() -> None:
    source = read(SAMPLE)
    assert source.findings == ()
    at = {
        (): ((2, 1), (2, 1)),
        ("title",): ((2, 1), (2, 8)),
        ("roles",): ((3, 1), (4, 3)),
        ("roles", "super visor"): ((5, 3), (5, 18)),
        ("flow", 0): ((7, 5), (7, 5)),
        ("flow", 0, "do"): ((8, 5), (8, 9)),
        ("flow", 1, "items"): ((11, 18), (11, 25)),
        ("flow", 1, "items", 1, "b"): ((11, 30), (11, 33)),
        ("flow", 2, "step"): ((13, 5), (13, 11)),
        ("empty",): ((14, 1), (14, 7)),
    }
    for path, (key, value) in at.items():
        assert source.key_at(path) == Position(*key), path
        assert source.value_at(path) == Position(*value), path
    assert source.line(7) == "  - step: one"
    assert source.line(99) == ""


def test_a_path_past_the_file_gives_the_last_place_on_it() -> None:
    source = read(SAMPLE)
    assert source.key_at(("flow", 1, "nothing", 4)) == source.key_at(("flow", 1))
    assert source.value_at(("flow", 9)) == source.value_at(("flow",))
    assert source.key_at(("title", 0)) == source.key_at(("title",))


def test_columns_count_characters_and_line_breaks_of_all_kinds() -> None:
    for break_ in ("\n", "\r\n", "\r"):
        source = read_source(f"é𝒳: {{ő: 1, 你: 2}}{break_}b: 𝒳 x{break_}c: 3".encode())
        assert source.data == {"é𝒳": {"ő": 1, "你": 2}, "b": "𝒳 x", "c": 3}
        assert source.key_at(("é𝒳", "你")) == Position(1, 12)
        assert source.value_at(("b",)) == Position(2, 4)
        assert source.key_at(("c",)) == Position(3, 1)
        assert source.line(2) == "b: 𝒳 x"


def test_a_byte_order_mark_is_not_counted() -> None:
    source = read_source(b"\xef\xbb\xbfa: 1\n")
    assert source.data == {"a": 1}
    assert source.key_at(("a",)) == Position(1, 1)
    assert [(f.code, f.severity) for f in source.findings] == [("SOP117", Severity.WARNING)]


def test_without_libyaml_the_result_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    fast = read(SAMPLE)
    monkeypatch.setattr(parsers, "CParser", None)
    slow = read(SAMPLE)
    assert slow == fast
    assert slow.root == fast.root
    broken = "a: b: c\nd: 'it's'\n"
    assert read(broken).findings[0].at == Position(1, 5)


def test_block_texts_keep_their_lines_and_hash_signs() -> None:
    source = read("do: |\n  Press # now\n  - x\n\n  a：b\nsay: >\n  one\n  two\n")
    assert source.data == {"do": "Press # now\n- x\n\na：b\n", "say": "one two\n"}
    assert source.findings == ()


def test_every_procedure_that_is_shipped_is_read_as_a_yaml_reader_reads_it() -> None:
    root = Path(__file__).parents[3]
    files = sorted((root / "procedures").glob("*.yaml"))
    for path in files:
        data = path.read_bytes()
        source = read_source(data, path.name)
        assert [f for f in source.findings if f.severity is Severity.ERROR] == []
        strings = yaml.load(data, yaml.BaseLoader)
        assert isinstance(source.data, dict)
        assert list(source.data) == list(strings)
