"""Whatever the bytes are, reading them ends, soon and in bounded memory."""

import gc
import json
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sop_runner.base.finding import Severity
from sop_runner.procedure.source import Source, read_source
from sop_runner.procedure.yaml_subset import parsers

MIB = 1 << 20
VALID = """\
format: sop/1
title: {en: "A title", hu: Cím, zh-Hans: 标题：一}
roles: {agent: Handles it., supervisor: 'Signs off.'}
flow:
  - step: open # who
    do: |
      Open the ticket.
      Ask: what?
    then: {to: end, at_most: 2}
  - decision: risk
    outcomes:
      - {outcome: low, when: {amount: {at_most: 1.50}}, then: end}
      - outcome: high
        imposes: [four-eyes, "x"]
"""

# Each is cut to a mebibyte; the code is one that must be among its findings, or "" for none.
HOSTILE: dict[str, tuple[bytes, str]] = {
    "brackets": (b"[" * MIB, "SOP103"),
    "braces": (b"{a: " * (MIB // 4), "SOP103"),
    "dashes": (b"- " * (MIB // 2), "SOP103"),
    "questions": (b"? " * (MIB // 2), "SOP103"),
    "list of maps of lists": (b"[{" * (MIB // 2), "SOP103"),
    "steps to the right": (b"\n".join(b" " * i + b"a:" for i in range(1400)), "SOP103"),
    "one huge text": (b"a: " + b"x" * MIB, "SOP103"),
    "one huge quoted text": (b'a: "' + b"x" * (MIB - 10) + b'"', "SOP103"),
    "one huge block text": (b"a: |\n" + b" x\ty\n" * (MIB // 5), "SOP103"),
    "an open quote": (b"a: '" + b"x\n" * (MIB // 2), "SOP101"),
    "one long line": (b"[" + b"a," * (MIB // 2), "SOP103"),
    "lists without end": (b"[" + b"[]," * (MIB // 3), "SOP103"),
    "many keys": (b"".join(b"k%d: 1\n" % i for i in range(99_000)), "SOP103"),
    "one key many times": (b"a: 1\n" * 49_000, "SOP104"),
    "a directive a line": (b"".join(b"%%TAG !%d! x\n" % i for i in range(60_000)), "SOP106"),
    "documents": (b"---\n" * (MIB // 4), "SOP107"),
    "laughs": (
        b"a: &a [x,x,x,x,x,x,x,x,x]\n"
        + b"".join(
            b"%c: &%c [%s]\n" % (98 + i, 98 + i, b",".join([b"*%c" % (97 + i)] * 9)) for i in range(9)
        ),
        "SOP105",
    ),
    "merge keys": (b"a: &a {b: 1}\n" + b"c: {<<: [*a, *a, *a]}\n" * 20, "SOP105"),
    "anchors": (b"- &a b\n" * (MIB // 7), "SOP105"),
    "tags": (b"- !a b\n" * (MIB // 7), "SOP106"),
    "line breaks": (b"\n" * MIB, "SOP101"),
    "line breaks in a text": (b"a: b" + b"\n" * (MIB - 10) + b" c", "SOP103"),
    "carriage returns": (b"a: b\r" * (MIB // 5), "SOP104"),
    "spaces": (b" " * MIB, "SOP101"),
    "tabs": (b"a\t" * (MIB // 2), "SOP114"),
    "tabs behind a comment": (b"['#', " + b"'#', " * 50_000 + b"#" + b"\t " * 300_000, "SOP101"),
    "comments": (b"a #\n" * (MIB // 4), "SOP101"),
    "cut texts": (b"- a b #d\n" * (MIB // 9), "SOP110"),
    "colons": (b"a: b: c\n" * 12_000, "SOP101"),
    "colons behind much": (
        b"".join(b"a%d: [%s]\n" % (i, b"[]," * 2000) for i in range(6)) + b"b: c: d\n" * 99,
        "SOP101",
    ),
    "full-width colons": ("a：\n".encode() * (MIB // 5), "SOP113"),
    "ideographic spaces": ("a\u3000".encode() * (MIB // 4), "SOP115"),
    "bidirectional controls": ("\u202e".encode() * (MIB // 3), "SOP118"),
    "curly quotes": ("- “a\n".encode() * (MIB // 7), "SOP116"),
    "booleans": (b"[" + b"yes," * 90_000 + b"]", "SOP119"),
    "numbers": (b"- 1e9\n" * (MIB // 6), "SOP119"),
    "a long number": (b"a: " + b"9" * (MIB - 5), "SOP108"),
    "a large exponent": (b"a: 1e999999999", "SOP108"),
    "control characters": (b"\x07" * MIB, "SOP120"),
    "nul bytes": (b"\x00" * MIB, "SOP102"),
    "nul bytes in text": (b"a: b\x00" * (MIB // 5), "SOP120"),
    "not utf-8": (b"a: \xff" * (MIB // 4), "SOP102"),
    "utf-16": ("a: b\n".encode("utf-16") * 10_000, "SOP102"),
    "surrogates": (b"a: \xed\xa0\x80\xed\xb0\x80", "SOP102"),
    "escaped surrogates": (b'a: "\\ud800"', "SOP101"),
}


@contextmanager
def own_garbage_alone() -> Iterator[None]:
    """What other tests left in memory is not looked through again and again while this one is measured."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_ends_in_a_finding_within_a_second(name: str) -> None:
    data, code = HOSTILE[name]
    with own_garbage_alone():
        begun = time.process_time()
        source = read_source(data[:MIB])
        taken = time.process_time() - begun
    assert code in {finding.code for finding in source.findings}
    assert taken < 1.0


def test_a_file_of_more_than_a_mebibyte_is_not_read() -> None:
    source = read_source(b"a" * (MIB + 1), "big.yaml")
    assert source.data is None
    assert [finding.code for finding in source.findings] == ["SOP103"]
    assert "larger than the 1,048,576 bytes" in source.findings[0].message


def test_all_of_them_fit_into_200_mb() -> None:
    """One process reads them all with 200 MB of address space more than the interpreter has."""
    code = textwrap.dedent(
        """
        import json, pathlib, re, resource, sys
        from sop_runner.procedure.source import read_source
        pages = int(pathlib.Path("/proc/self/statm").read_text().split()[0])
        limit = pages * resource.getpagesize() + 200 * 2**20
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        done = []
        for line in sys.stdin:
            done.append(len(read_source(bytes.fromhex(line)).findings))
        print(json.dumps(done))
        """
    )
    if not sys.platform.startswith("linux"):
        pytest.skip("needs /proc")
    lines = "\n".join(data[:MIB].hex() for data, _ in HOSTILE.values())
    result = subprocess.run(
        [sys.executable, "-c", code], input=lines, capture_output=True, text=True, timeout=60
    )
    assert result.returncode == 0, result.stderr
    assert all(count > 0 for count in json.loads(result.stdout))


def test_nothing_hangs_the_slow_parser_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsers, "CParser", None)
    for name in ("brackets", "dashes", "questions", "merge keys", "laughs", "an open quote", "colons"):
        data, code = HOSTILE[name]
        found = {finding.code for finding in read_source(data[:20_000]).findings}
        assert found & {code, "SOP101"}, name


def whole(source: Source) -> None:
    """Every finding and every place of a source can be shown."""
    for finding in source.findings:
        assert 1 <= finding.at.line <= len(source.lines)
        assert 1 <= finding.at.column <= len(source.line(finding.at.line)) + 1
        assert finding.message.isprintable()
        assert finding.fix.isprintable()
    if source.data is None:
        return
    todo: list[tuple[object, tuple[str | int, ...]]] = [(source.data, ())]
    while todo:
        value, path = todo.pop()
        assert source.key_at(path) <= source.value_at(path) or not path
        if isinstance(value, dict):
            todo += [(item, (*path, key)) for key, item in value.items()]
        elif isinstance(value, list):
            todo += [(item, (*path, index)) for index, item in enumerate(value)]


@settings(max_examples=150, deadline=1000)
@given(st.binary(max_size=200))
def test_any_bytes_are_read(data: bytes) -> None:
    whole(read_source(data))


STRUCTURE = [
    "a",
    "b: ",
    ": ",
    "- ",
    "\n",
    "\n  ",
    "\n    ",
    "[",
    "]",
    "{",
    "}",
    ", ",
    "'",
    '"',
    "# ",
    " #",
    "|\n",
    ">-\n",
]
REFUSED = [
    "&x ",
    "*x",
    "!t ",
    "<<: ",
    "%YAML",
    "---\n",
    "...\n",
    "? ",
    "\t",
    "：",
    "\u3000",
    "“",
    "”",
    "\u202e",
    "\\",
]
ODDITIES = [
    "yes",
    "012",
    "1e3",
    ".nan",
    "~",
    "\r",
    "\r\n",
    "\u2028",
    "\x00",
    "é𝒳",
    "@",
    "`",
    "\ufeff",
    "\\u0000",
]
YAML_PIECES = st.sampled_from(STRUCTURE + REFUSED + ODDITIES)


@settings(max_examples=400, deadline=1000)
@given(st.lists(YAML_PIECES, max_size=25).map("".join))
def test_any_text_of_yaml_pieces_is_read(text: str) -> None:
    whole(read_source(text.encode()))


@settings(max_examples=250, deadline=1000)
@given(st.data())
def test_any_slip_of_the_hand_is_read(data: st.DataObject) -> None:
    text = VALID
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = min(len(text), start + data.draw(st.integers(0, 5)))
        text = text[:start] + data.draw(YAML_PIECES | st.just("")) + text[end:]
    source = read_source(text.encode())
    whole(source)
    if source.data is None:
        assert any(finding.severity is Severity.ERROR for finding in source.findings)


def test_5000_lines_take_well_under_150_ms() -> None:
    steps = "".join(f"  - step: s{i}\n    do: Do it, then wait. # {i}\n    by: agent\n" for i in range(1700))
    data = f"title: Große Liste\nflow:\n{steps}".encode()
    times = []
    with own_garbage_alone():
        for _ in range(3):
            begun = time.process_time()
            source = read_source(data)
            times.append(time.process_time() - begun)
    assert source.findings == ()
    assert min(times) < 0.15
