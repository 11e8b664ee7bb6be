"""Every finding of the reader, with its exact place."""

import re

import pytest

from sop_runner.base.finding import Position, Severity
from sop_runner.procedure.source import CODES, NAMES, read_source

E, W, N = Severity.ERROR, Severity.WARNING, Severity.NOTE
Case = tuple[str | bytes, list[tuple[str, Severity, int, int]]]

SUBSET: list[Case] = [
    ("a: &x y2", [("SOP105", E, 1, 4)]),
    ("a: 1\nb: [*x, 2]", [("SOP105", E, 2, 5)]),
    ("a:\n  <<: {b: 1}\n  c: 2", [("SOP105", E, 2, 3)]),
    ("a: !!int 3", [("SOP106", E, 1, 4)]),
    ("a: !Important thing", [("SOP106", E, 1, 4)]),
    ("%YAML 1.2\n---\na: 1", [("SOP106", E, 1, 1)]),
    ("a: 1\n---\nb: 2\n", [("SOP107", E, 2, 1)]),
    ("a: 1\nb: {c: 1, d: 2, c: 3}\na: 2", [("SOP104", E, 2, 17), ("SOP104", E, 3, 1)]),
    ("a: 1\n'a': 2", [("SOP104", E, 2, 1)]),
    ("1.5: a\n~: b\nNull: d", [("SOP109", E, 1, 1), ("SOP109", E, 2, 1), ("SOP109", E, 3, 1)]),
    ("1: a\ntrue: b", [("SOP109", N, 1, 1), ("SOP109", N, 2, 1)]),
    ("[a]: b\n{c: d}: e", [("SOP109", E, 1, 1), ("SOP109", E, 2, 1)]),
    ("a: .inf\nb: -.INF\nc: .nan", [("SOP108", E, 1, 4), ("SOP108", E, 2, 4), ("SOP108", E, 3, 4)]),
    ("a: 9007199254740992\nb: 1e400", [("SOP108", E, 1, 4), ("SOP108", E, 2, 4)]),
    (b"a: 1\nb: \xff\n", [("SOP102", E, 2, 4)]),
    ("a: x".encode("utf-16"), [("SOP102", E, 1, 1)]),
    ("a: x".encode("utf-16-be"), [("SOP102", E, 1, 1)]),
    ("a: x".encode("utf-32"), [("SOP102", E, 1, 1)]),
    (b"a: \xed\xa0\x80", [("SOP102", E, 1, 4)]),
    ("a: b\x00c\nd: \x1b[0m", [("SOP120", E, 1, 5), ("SOP120", E, 2, 4)]),
    ("a: b\u2028c", [("SOP120", E, 1, 5)]),
    ("\ufeff\ufeffa: 1", [("SOP115", E, 1, 1), ("SOP117", W, 1, 1), ("SOP120", E, 1, 1)]),
    ('a: "x\\0"\nb: "\\e[0m"', [("SOP120", E, 1, 4), ("SOP120", W, 2, 4)]),
    (
        "a: re\u00adcord\nb: 'x\u200b\u2060y'\nc: |\n  x\ufeff",
        [("SOP120", W, 1, 6), ("SOP120", W, 2, 6), ("SOP120", W, 4, 4)],
    ),
    ("a: \U0001f469\u200d\U0001f4bb", []),
    ("", [("SOP101", E, 1, 1)]),
    ("# only a comment\n", [("SOP101", E, 1, 1)]),
]

TRAPS: list[Case] = [
    ("do: Press # to continue", [("SOP110", W, 1, 11)]),
    ("flow:\n  - item: Dial *21 #31 now", [("SOP110", W, 2, 20)]),
    ("title: #1 procedure", [("SOP110", W, 1, 8)]),
    ("- Read the first line # and the second", [("SOP110", W, 1, 23)]),
    ("hu: Nyomja meg # gombot", [("SOP110", W, 1, 16)]),
    ("a: {item: x, do: Open it, then close it}", [("SOP111", E, 1, 27)]),
    ("a: {do: Wait 1,000 seconds}", [("SOP111", E, 1, 16)]),
    ("a: {b}", [("SOP111", E, 1, 5)]),
    ("a: { do: Open it, then close it }", [("SOP111", E, 1, 19)]),
    ("a: {ask: Really?, b: 1}", [("SOP112", W, 1, 16)]),
    ("a: [is it?]", [("SOP112", W, 1, 10)]),
    ("? a\n: 1", [("SOP112", E, 1, 1)]),
    ("a: {?b: 1}", [("SOP112", E, 1, 5)]),
    ("a：1\nb: 2", [("SOP113", E, 1, 2)]),
    ("a: 1\nflow:\n  - step：one\n    do: x", [("SOP113", E, 3, 9)]),
    ("a: {item：x, b: 1}", [("SOP113", E, 1, 5)]),
    ("- note：text", [("SOP113", E, 1, 7)]),
    ("a:\n\tb: c", [("SOP114", E, 2, 1)]),
    ("a:\n  b: c\n\td: e", [("SOP114", E, 3, 1)]),
    ("a:\tb", [("SOP114", W, 1, 3)]),
    ("a: one\ttwo", [("SOP114", W, 1, 7)]),
    ("a:\u30001\n", [("SOP115", E, 1, 3)]),
    ("a:\u3000\u30001\n", [("SOP115", E, 1, 3)]),
    ("a: 1\n\u3000b: 2", [("SOP115", E, 2, 1)]),
    ("a: 你好\u3000世界", [("SOP115", W, 1, 6)]),
    ("a: 1\nb:\u3000c\nd: e", [("SOP115", E, 2, 3)]),
    ("say: {name} please\nb: [{a}, {b}] or {c}", [("SOP101", E, 1, 13)]),
    ("a: “yes, please”", [("SOP116", W, 1, 4)]),
    ("a: {b: “x, c: 1}", [("SOP116", W, 1, 8)]),
    ("a: x\u202ey", [("SOP118", W, 1, 5)]),
    ("a: 'x\u2066y'  # \u202e", [("SOP118", W, 1, 6), ("SOP118", W, 1, 13)]),
    ("a: yes\nb: [no, Off]", [("SOP119", N, 1, 4), ("SOP119", N, 2, 5), ("SOP119", N, 2, 9)]),
    ("a: 1:30\nb: 012\nc: 1e3", [("SOP119", W, 1, 4), ("SOP119", W, 2, 4), ("SOP119", W, 3, 4)]),
    ("a: 0x1F\nb: 1_000\nc: 0b11", [("SOP119", W, 1, 4), ("SOP119", W, 2, 4), ("SOP119", W, 3, 4)]),
    ("a: {b: 0,5}\nc: {d: 1,000}", [("SOP111", E, 1, 10), ("SOP111", E, 2, 10)]),
    ("yes: a", [("SOP119", N, 1, 1)]),
    ("a: b\n  - c", [("SOP121", E, 2, 3)]),
]

SYNTAX: list[tuple[str, list[tuple[int, int, str, str]]]] = [
    ("do: Say this: hello", [(1, 13, "': ' inside", "quotes")]),
    ("a: b: c\nd: 1\ne: f: g\n", [(1, 5, "': ' inside", "quotes"), (3, 5, "': ' inside", "quotes")]),
    ("a: 1\nb:c\nd: 2\n", [(2, 2, "no space after the colon of 'b'", "space")]),
    ("a:b\nc: d", [(1, 2, "no space after the colon of 'a'", "space")]),
    ("a: 1\nwords\nb: 2", [(2, 1, "'words' has no colon", "': '")]),
    ("a:\n  – b: c\n    d: e\n", [(2, 3, "'–' (U+2013) is no hyphen", "ordinary hyphen")]),
    ("a: [{b: c，d: e}]", [(1, 10, "the comma in 'c，d' is full-width (，)", "ordinary comma")]),
    ("- a\n-b\n- c: 1", [(2, 1, "no space after the dash of '-b'", "dash")]),
    ("a: 'x\nb: 1\n", [(1, 4, "quote ' that opens", "add '")]),
    ('a: "x\n\n\nb: 1\n', [(1, 4, 'quote " that opens', 'add "')]),
    ("a: 'don't do'", [(1, 9, "after the closing quote", "''")]),
    ('a: "b": c', [(1, 7, "after the closing quote", "quotes")]),
    ("a: [x\nb: 1", [(1, 4, "bracket [ in 'a: [x' is not closed", "add ]")]),
    ("a: {b: c", [(1, 4, "bracket { in 'a: {b: c' is not closed", "add }")]),
    ("a: [x]]\nb: 1", [(1, 7, "']' closes a bracket that is not open", "remove")]),
    ("a: {b: 'x' z}", [(1, 12, "after the closing quote inside", "comma")]),
    ("a: {,}", [(1, 5, "nothing before this comma", "comma")]),
    ("say: {name} please", [(1, 13, "after the closing bracket", "begins with [ or {")]),
    ("a: @x\nb: `x", [(1, 4, "cannot begin with '@'", "quotes"), (2, 4, "cannot begin with '`'", "quotes")]),
    ("a: *b* c", [(1, 4, "cannot begin with '*'", "quotes")]),
    ('a: "x\\q"', [(1, 6, "'\\q' is no escape", "single quotes")]),
    ('a: "x\\ud800\\udc00"', [(1, 6, "'\\ud800' stands for no character", "itself")]),
    ('a: "x\\U00110000"', [(1, 6, "'\\U00110000' stands for no character", "itself")]),
    ('a: "x\\u12 y"', [(1, 6, "'\\u' is followed by 2 hexadecimal digits, expected 4", "all of them")]),
    ("a: - b", [(1, 4, "list begins on the line of its key", "line of its own")]),
    ("a: ? b", [(1, 4, "cannot begin with '? '", "quotes")]),
    ("a: |x\n  y", [(1, 5, "text follows '|'", "next line")]),
    ("a:\n  b: 1\n c: 2\n", [(3, 2, "'c: 2' is indented by 1", "indent")]),
    ("- step: x\n   do: z", [(2, 4, "indented under '- step:', which already has a value", "indent")]),
    (" a: 1\nb: 2", [(2, 1, "'b: 2' is indented by 0", "indent")]),
    ("x:\n  - a\n  b: 1\n", [(3, 3, "does not continue '- a'", "'- '")]),
    ("a: one\n  # two\n  three\n", [(2, 3, "comment ends the text 'one'", "quotes")]),
    ("a: '\n---\n'", [(1, 4, "never closed", "add '")]),
]


@pytest.mark.parametrize(("text", "expected"), SUBSET + TRAPS)
def test_the_finding_its_severity_and_its_place(
    text: str | bytes, expected: list[tuple[str, Severity, int, int]]
) -> None:
    source = read_source(text.encode() if isinstance(text, str) else text, "f.yaml")
    assert [(f.code, f.severity, f.at.line, f.at.column) for f in source.findings] == expected
    for finding in source.findings:
        assert finding.file == "f.yaml"
        assert finding.fix
        assert finding.message
        assert finding.length >= 1


@pytest.mark.parametrize(("text", "expected"), SYNTAX)
def test_syntax_errors_are_sentences_with_a_fix(text: str, expected: list[tuple[int, int, str, str]]) -> None:
    source = read_source(text.encode())
    found = [f for f in source.findings if f.code == "SOP101"]
    assert source.data is None
    assert [(f.at.line, f.at.column) for f in found] == [(line, column) for line, column, _, _ in expected]
    for finding, (_, _, words, fix) in zip(found, expected, strict=True):
        assert words in finding.message
        assert fix in finding.fix
        assert not re.search(r"token|scalar|mapping|flow|block|node|scanning|parsing", finding.message)


@pytest.mark.parametrize(
    "text",
    [
        "by: agent # who acts, unless an item says otherwise",
        "keep: erasable # personal data: the log holds a commitment",
        "do: Read it aloud. # a comment behind a whole sentence",
        "do: 'Press # to continue'",
        "do: |\n  Press # and\twait\n  note：x\n",
        "a: 'tab\there' # and\there",
        "say: “您好”，请讲。",
        "hu: Kérdezze meg: „Ön az?” Majd várjon.".replace(": „", " „"),
        "a: x?\nb: Is it?",
        "a: {b: 'x?', c: \"Open it, then close it\"}",
        "say: OTP：请告诉我\nb: 备注：x",
        "effective_from: 2026-10-15\ntime: 24h",
        "a: '\u3000x'",
        "a: 50% of it\n",
        "a: b - c\n",
        "a: 'yes'\n'no': b\n'1.5': c",
        "---\na: b\n...\n",
        "a: 1.10\nb: 5000.50",
    ],
)
def test_what_is_meant_as_it_is_written_has_no_finding(text: str) -> None:
    source = read_source(text.encode())
    assert source.findings == ()
    assert isinstance(source.data, dict)


def test_a_duplicate_names_the_first_and_keeps_its_value() -> None:
    source = read_source(b"x: 1\nflow:\n  - {a: 1, a: {b: 2}}\nx: [3]\n")
    assert source.data == {"x": 1, "flow": [{"a": 1}]}
    first, second = source.findings
    assert first.related == Position(3, 6)
    assert second.related == Position(1, 1)
    assert "'x' stands twice" in second.message
    assert "line 1" in second.message


def test_refused_constructs_leave_the_rest_to_be_checked() -> None:
    source = read_source(b"a: &x {b: 1}\nc: *x\n<<: *x\n[k]: {d: 1}\ne: 2\n")
    assert source.data == {"a": {"b": 1}, "c": None, "e": 2}
    assert [f.code for f in source.findings] == ["SOP105", "SOP105", "SOP105", "SOP105", "SOP109"]


def test_whole_numbers_and_truth_values_as_keys_are_their_text() -> None:
    assert read_source(b"{1: a, true: b, yes: c, 012: d}").data == {
        "1": "a",
        "true": "b",
        "yes": "c",
        "012": "d",
    }


def test_all_errors_of_a_file_are_reported() -> None:
    text = "a: &x 1\nb: c: d\ne: yes\n\tf: 1\ng: @h\ni: 012\nj:k\nl: 2\nl: 3\n"
    codes = [(f.code, f.at.line) for f in read_source(text.encode()).findings]
    assert ("SOP105", 1) in codes
    assert {("SOP101", 2), ("SOP114", 4), ("SOP101", 5), ("SOP101", 7)} <= set(codes)
    assert ("SOP104", 9) in codes


def test_reading_on_behind_an_error_invents_no_comment() -> None:
    assert [f.code for f in read_source(b"- \tb\n- @c\n-d\n- e: 1").findings] == [
        "SOP114",
        "SOP101",
        "SOP101",
    ]


def test_a_text_is_quoted_as_it_was_written() -> None:
    curly, colon = read_source("say: “Read this: now”".encode()).findings
    assert (curly.code, colon.code) == ("SOP116", "SOP101")
    assert "'“Read this: now”'" in curly.message


def test_a_crowded_code_is_cut_and_says_so() -> None:
    findings = read_source(b"a: [" + b"yes, " * 500 + b"]\nb: &x 1").findings
    assert len(findings) == 52
    assert "more than 50 findings of 'SOP119'" in findings[-1].message
    assert "SOP105" in {f.code for f in findings}


def test_messages_hold_nothing_that_a_terminal_acts_on() -> None:
    text = 'a: "\\e]0;x\\a"\n"k\\e[2J": 1\n"k\\e[2J": 2\nb: \u202ex: y\nc\u202e：d\n'
    for finding in read_source(text.encode()).findings:
        assert finding.message.isprintable()
        assert finding.fix.isprintable()


def test_every_code_has_a_name_and_a_sentence() -> None:
    assert CODES.keys() == NAMES.keys()
    assert len(set(NAMES.values())) == len(NAMES)
    produced = {code for _, expected in SUBSET + TRAPS for code, *_ in expected}
    assert CODES.keys() - produced == {"SOP103"}  # bounds have tests of their own
    for code, sentence in CODES.items():
        assert re.fullmatch(r"SOP1[0-9]{2}", code)
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", NAMES[code])
        assert sentence.endswith(".")
