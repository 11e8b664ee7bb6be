"""The loader: a good file becomes a procedure, any other ends in findings, quickly and always."""

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sop_runner.base.finding import Severity
from sop_runner.procedure.load import MAX_FINDINGS, load
from sop_runner.procedure.nodes import Confirmation, Step

ROOT = Path(__file__).parents[3]
GOOD = ROOT / "tests" / "lint" / "ok" / "account-change.yaml"
TEXT = GOOD.read_text(encoding="utf-8")
HEAD = """\
format: sop/1
procedure: sample
revision: 1
title: A sample
purpose: To be checked.
effective_from: 2026-01-01
review_by: 2027-01-01
roles: { agent: Acts. }
by: agent
"""


def test_the_model_file_loads_clean() -> None:
    loaded = load(GOOD.read_bytes(), "account-change.yaml")
    assert loaded.findings == ()
    assert loaded.procedure is not None
    assert loaded.digest is not None
    first, second = loaded.procedure.flow[:2]
    assert isinstance(first, Step)
    assert isinstance(second, Confirmation)
    assert second.evidence == "record"


@pytest.mark.parametrize("path", sorted((ROOT / "procedures").glob("*.yaml")), ids=lambda p: p.stem)
def test_every_procedure_of_the_repository_loads_clean(path: Path) -> None:
    if not path.name.endswith(".scenarios.yaml"):
        assert load(path.read_bytes(), path.name).findings == ()


def test_comments_and_layout_do_not_change_the_digest_and_words_do() -> None:
    plain = load(TEXT.encode())
    spaced = load(("# a comment\n" + TEXT.replace("\nflow:", "\n\n\nflow:")).encode())
    changed = load(TEXT.replace("agreed.", "agreed!").encode())
    assert plain.digest == spaced.digest
    assert plain.digest != changed.digest


def test_one_error_does_not_hide_another() -> None:
    text = TEXT.replace("attempts: 3", "attemps: 3").replace("then: apply-change", "then: aply-change")
    loaded = load(text.encode())
    assert [finding.code for finding in loaded.findings] == ["SOP132", "SOP205"]
    assert loaded.procedure is None


def test_what_follows_from_an_error_is_not_reported() -> None:
    """The field of the wrong type is read in a condition and a text; only its type is told."""
    loaded = load(TEXT.replace("type: choice", "type: chioce").encode())
    assert [finding.message.split(",")[0] for finding in loaded.findings] == ["'type' is 'chioce'"]


@pytest.mark.parametrize("empty", ["only_when:", "otherwise:", "valid_for:", "satisfies:"])
def test_an_empty_key_is_an_error_and_not_a_key_left_out(empty: str) -> None:
    key = empty.rstrip(":")
    flow = f"flow:\n  - confirmation: a\n    {empty}\n    statement: {{ of: customer, text: Is it so. }}\n"
    loaded = load(f"{HEAD}{flow}  - end: closed\n    result: completed\n".encode())
    assert [(f.code, f.message, f.at.line) for f in loaded.findings] == [("SOP134", f"'{key}' is empty", 12)]


def test_the_place_of_an_error_is_that_of_the_source() -> None:
    text = HEAD + "flow:\n  - decision: d\n    decided_by: rule\n    outcomes:\n"
    text += (
        "      - outcome: a\n        when: { all: [{ any: [{ x: { at_leest: 3 } }] }] }\n      - outcome: b\n"
    )
    finding = next(f for f in load(text.encode()).findings if f.code == "SOP136")
    line = text.splitlines()[finding.at.line - 1]
    assert line[finding.at.column - 1 :].startswith("at_leest")
    assert finding.length == len("at_leest")


MANY = 6000


@pytest.mark.parametrize(
    "flow",
    [
        "".join(f"  - step: s{i}\n    do: x\n    keyy{i}: y\n" for i in range(MANY)),
        "".join(f"  - step: s{i}\n    do: x\n    then: t{i}\n" for i in range(MANY)),
        "".join(f"  - step: s{i}\n    do: x\n    only_when: {{ f{i}: 3 }}\n" for i in range(MANY)),
        "".join(f"  - step: s\n    do: x{i}\n" for i in range(MANY)),
    ],
    ids=["keys", "targets", "names", "ids"],
)
def test_a_file_full_of_errors_ends_soon_and_says_that_there_is_more(flow: str) -> None:
    started = time.process_time()  # of this process alone, whatever else the machine has to do
    loaded = load(f"{HEAD}flow:\n{flow}".encode())
    assert time.process_time() - started < 5  # about 0.3 s; the bound only has to catch a quadratic one
    assert len(loaded.findings) == MAX_FINDINGS
    assert "more findings" in loaded.findings[-1].message


def test_a_long_chain_of_derived_names_is_refused_without_recursion() -> None:
    chain = "".join(f"  d{i}: {{ sum: [d{i + 1}, 1] }}\n" for i in range(3000))
    text = f"{HEAD}derive:\n{chain}  d3000: {{ sum: [1] }}\nflow:\n  - end: closed\n    result: completed\n"
    loaded = load(text.encode())
    assert [finding.code for finding in loaded.findings] == ["SOP214"]


LINES = TEXT.splitlines()
STRANGE = [
    "",
    "{",
    "}",
    "[",
    ": ",
    "- ",
    "null",
    "true",
    "12",
    "1.5",
    "'",
    '"',
    "{a: b}",
    "[x]",
    "flow:",
    "\t",
    "é",
    "  ",
]


@settings(max_examples=150)
@given(st.data())
def test_a_changed_file_never_raises(data: st.DataObject) -> None:
    lines = list(LINES)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(lines) - 1))
        line = lines[at]
        match data.draw(st.sampled_from(["drop", "double", "swap", "value", "insert", "indent"])):
            case "drop":
                del lines[at]
            case "double":
                lines.insert(at, line)
            case "swap":
                other = data.draw(st.integers(0, len(lines) - 1))
                lines[at], lines[other] = lines[other], lines[at]
            case "value":
                key, colon, _ = line.partition(":")
                lines[at] = f"{key}{colon} {data.draw(st.sampled_from(STRANGE))}"
            case "insert":
                column = data.draw(st.integers(0, len(line)))
                lines[at] = line[:column] + data.draw(st.sampled_from(STRANGE)) + line[column:]
            case _:
                lines[at] = "  " + line
        if not lines:
            lines = [""]
    text = "\n".join(lines)
    loaded = load(text.encode())
    failed = any(finding.severity is Severity.ERROR for finding in loaded.findings)
    assert (loaded.procedure is None) == failed
    count = text.count("\n") + 1
    for finding in loaded.findings:
        assert 1 <= finding.at.line <= count
        assert finding.at.column >= 1
        assert finding.message
        assert finding.fix


@settings(max_examples=100)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "step",
                        "do",
                        "flow",
                        "when",
                        "any",
                        "fields",
                        "field",
                        "type",
                        "record",
                        "then",
                        "of",
                        "x",
                    ]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    ),
    st.sampled_from(
        [
            "flow",
            "case",
            "derive",
            "controls",
            "defaults",
            "roles",
            "by",
            "expects",
            "history",
            "records",
            "title",
        ]
    ),
)
def test_any_value_under_any_key_ends_in_findings_or_a_procedure(value: object, key: str) -> None:
    import json

    top = [line for line in HEAD.splitlines() if not line.startswith(f"{key}:")]
    flow = [] if key == "flow" else ["flow: [{end: closed, result: completed}]"]
    loaded = load("\n".join([*top, f"{key}: {json.dumps(value)}", *flow, ""]).encode())
    assert loaded.procedure is not None or loaded.findings


@pytest.mark.parametrize("count", [1, 60])
def test_what_is_an_alias_is_not_empty_as_well(count: int) -> None:
    text = "format: sop/1\n" + "".join(f"key{number}: *anchor\n" for number in range(count))
    codes = [finding.code for finding in load(text.encode()).findings]
    assert "SOP105" in codes
    assert "SOP134" not in codes
