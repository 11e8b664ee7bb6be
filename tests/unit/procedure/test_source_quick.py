"""The quick reading of clean texts gives what the close one gives, and leaves all others to it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.shapes import realistic
from sop_runner.procedure.source import read_source
from sop_runner.procedure.yaml_subset.characters import Characters
from sop_runner.procedure.yaml_subset.decode import decode
from sop_runner.procedure.yaml_subset.quick import Odd, places_of, quick_tree
from sop_runner.procedure.yaml_subset.tree import MAX_TEXT, TreeReader

FOLDER = Path(__file__).resolve().parents[3] / "procedures"
SHIPPED = sorted(path for path in FOLDER.glob("*.yaml"))
PIECES = (
    "#", " #", "# ", "?", "? ", "{", "}", "[", "]", ",", ": ", ":", "- ", " - ", "\n", "\n  ", "'", '"', "|", ">",
    "&a", "*a", "!t", "<<: ", "%", "---\n", "...\n", "\t", "\u3000", "\u00a0", "\uff1a", "\u201c", "\u201d", "\u202e",
    "yes", "012", "1_0", "0x1", ".5", "1.0", "~", "null", "a: b\n", "\\x00", "\\n", "\u2028", "\x07", "x" * 3,
)  # fmt: skip
TEXT = """\
format: sop/1
title: {en: A title, hu: Egy cím}   # said once
list: [a, "b, c", {d: 1}]
flow:
  - step: one
    do: >
      Fold this
      text.
    say: 'It is "so"'
    when: {a: {is: 2, at_least: 3.5}, b: true}
"""


def agree(text: str) -> bool:
    """Whether the quick reader took a text; if so, both must say the same of it."""
    ready, written, report = decode(text.encode("utf-8", "surrogatepass"), "x")
    if ready is None or report.findings():
        return False
    try:
        data = quick_tree(ready)
    except Odd:
        return False
    tree = TreeReader(ready, report).read()
    Characters(report, tree.spans, len(ready)).scan()
    assert tree.error is None
    assert not tree.stopped
    assert report.findings() == []
    assert repr(data) == repr(tree.data)
    assert places_of(written) == tree.root
    return True


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_of_shipped_files(path: Path) -> None:
    agree(path.read_text(encoding="utf-8"))


def test_most_clean_files_are_read_quickly() -> None:
    assert all(agree(realistic(seed, 20).decode()) for seed in range(5))
    assert agree(TEXT)
    assert agree((FOLDER / "account-change.yaml").read_text(encoding="utf-8"))


def test_a_text_too_long_in_any_style_is_left_to_the_close_reader() -> None:
    for before, behind in (("a: ", ""), ("a: '", "'"), ('a: "', '"'), ("a: |\n  ", ""), ("'", "': a")):
        assert not agree(f"{before}{'x' * (MAX_TEXT + 1)}{behind}\n")


@given(st.lists(st.tuples(st.integers(0, len(TEXT)), st.sampled_from(PIECES)), min_size=1, max_size=3))
def test_of_texts_with_anything_put_in(changes: list[tuple[int, str]]) -> None:
    text = TEXT
    for index, piece in changes:
        text = text[:index] + piece + text[index:]
    agree(text)
    source = read_source(text.encode(), "x")
    assert source.data is not None or source.findings


@given(st.lists(st.sampled_from(PIECES), max_size=12))
def test_of_anything(pieces: list[str]) -> None:
    agree("".join(pieces))
