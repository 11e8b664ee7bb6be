"""What `--fix` mends, what it leaves alone, and that mending twice is mending once."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sop_runner.lint.fix import fixed
from sop_runner.procedure.digest import digest
from sop_runner.procedure.load import load
from sop_runner.procedure.source import read_source
from tests.lint.examples import completed

WHOLE = completed("")


def with_line(old: str, new: str) -> str:
    assert old in WHOLE
    return WHOLE.replace(old, new, 1)


MENDED = {
    "a byte order mark": ("\ufeff" + WHOLE, WHOLE, ["SOP117"]),
    "a full-width colon": (
        with_line("number: CS-001", "number：CS-001"),
        with_line("number: CS-001", "number: CS-001"),
        ["SOP113"],
    ),
    "a full-width colon in a map": (
        with_line("{retain_for: 3y}", "{retain_for：3y}"),
        with_line("{retain_for: 3y}", "{retain_for: 3y}"),
        ["SOP113"],
    ),
    "tabs that indent": (
        with_line("  - end: closed\n    result", "\t- end: closed\n\t\tresult").replace("    requires", "\t\trequires"),
        WHOLE,
        ["SOP114", "SOP114", "SOP114"],
    ),
    "one line of a deeper map that a tab indents": (
        with_line("  - end: closed\n    result", "  - end: closed\n\tresult"),
        WHOLE,
        ["SOP114"],
    ),
    "a tab behind a colon": (
        with_line("revision: 1", "revision:\t1"),
        with_line("revision: 1", "revision: 1"),
        ["SOP114"],
    ),
    "an ideographic space": (
        with_line("    result: completed", "\u3000\u3000result: completed"),
        WHOLE,
        ["SOP115"],
    ),
    "curly quotes": (
        with_line("title: Sample", "title: “Sample”"),
        with_line("title: Sample", 'title: "Sample"'),
        ["SOP116"],
    ),
    "a hash that is no comment": (
        with_line("purpose: Show one thing.", "purpose: Show line #3 of it"),
        with_line("purpose: Show one thing.", 'purpose: "Show line #3 of it"'),
        ["SOP110"],
    ),
    "a word that others take for a boolean": (
        with_line("owner: operations", "owner: off # who knows"),
        with_line("owner: operations", 'owner: "off" # who knows'),
        ["SOP119"],
    ),
    "questions inside brackets": (
        with_line("  - end: closed", "  - checklist: line\n    items: [{item: lamp, ask: Is it lit?}, {item: box, ask: Open? Or shut?}]\n  - end: closed"),
        with_line("  - end: closed", '  - checklist: line\n    items: [{item: lamp, ask: "Is it lit?"}, {item: box, ask: "Open? Or shut?"}]\n  - end: closed'),
        ["SOP112", "SOP112"],
    ),
    "a number that is a key": (
        with_line("type: text", "type: choice, choices: {1: one, 2: two}"),
        with_line("type: text", 'type: choice, choices: {"1": one, "2": two}'),
        ["SOP109", "SOP109"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", MENDED)
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_what_leaves_no_doubt_is_mended(what: str, ends: str) -> None:
    before, after, codes = (
        text.replace("\n", ends) if isinstance(text, str) else text for text in MENDED[what]
    )
    assert isinstance(before, str)
    assert isinstance(after, str)
    done = fixed(before.encode())
    assert done.data.decode() == after
    assert [one.code for one in done.done] == codes
    assert load(done.data).procedure is not None
    assert fixed(done.data) == type(done)(done.data, ())


LEFT = {
    "a number whose meaning quotes would change": with_line("revision: 1", "revision: 1e0"),
    "a number in a form that is no number here": with_line("revision: 1", "revision: 012"),
    "a list that stands as a key": WHOLE + "? [a, b]\n",
    "a remark behind a sentence": with_line("purpose: Show one thing.", "purpose: Show one thing # really"),
    "a wide space inside a sentence": with_line("purpose: Show one thing.", "purpose: Show　one thing."),
    "curly quotes with others inside": with_line("title: Sample", 'title: “A "B" C”'),
    "a comma that split a text": with_line("{wish: {en: a}}", "") if "{wish" in WHOLE else with_line(
        "roles: {agent: Serves the customer.}", "roles: {agent: Serves, the customer.}"
    ),
    "a duplicate key": WHOLE + "title: Again\n",
    "a direction mark inside a text": with_line("title: Sample", "title: Sam\u202eple"),
    "no YAML at all": "[[[",
    "nothing": "",
    "clean": WHOLE,
}  # fmt: skip


@pytest.mark.parametrize("what", LEFT)
def test_what_leaves_a_doubt_is_not_touched(what: str) -> None:
    data = LEFT[what].encode()
    assert fixed(data) == type(fixed(data))(data, ())


def test_more_than_are_told_at_once_are_mended_as_well() -> None:
    before = with_line("revision: 1", "revision: 1\n" + "".join(f"# {n}\n" for n in range(3)))
    many = "".join(f"  r{n}:\tActs.\n" for n in range(120))
    before = before.replace("roles: {agent: Serves the customer.}\n", "roles:\n  agent: Serves.\n" + many)
    done = fixed(before.encode())
    assert done.data.decode() == before.replace("\t", " ")
    assert len(done.done) == 120


def test_comments_and_layout_stay() -> None:
    before = "# A remark\n" + with_line("by: agent", "by:   agent   # aligned\n\n\n# kept") + "\n# the end"
    done = fixed(("\ufeff" + before).encode())
    assert done.data.decode() == before


def test_bytes_that_are_no_text_are_not_touched() -> None:
    for data in (b"\xff\xfe\x00a", b"\xef\xbb\xbftitle: \xff", b"\x00" * 40):
        assert fixed(data).data == data


PIECES = ["\t", "\u3000", "：", "“", "”", " #", "#x", "on", "010", '"', "'", "\n", "  ", "- ", "{", "}", ": ", "a", "\ufeff", "?", "\u202e"]  # fmt: skip


@settings(max_examples=150)
@given(st.lists(st.sampled_from(PIECES), max_size=8).map("".join), st.integers(0, len(WHOLE)))
def test_whatever_stands_in_a_file_mending_makes_it_no_worse(put: str, at: int) -> None:
    data = (WHOLE[:at] + put + WHOLE[at:]).encode()
    before, done = read_source(data), fixed(data)
    after = read_source(done.data)
    assert fixed(done.data).data == done.data
    errors = [one for one in after.findings if one.severity == "error"]
    wrong = [one for one in before.findings if one.severity == "error"]
    assert len(errors) <= len(wrong)
    if not wrong and not {one.code for one in done.done} & {"SOP110", "SOP116"}:
        assert digest(after.data) == digest(before.data)
