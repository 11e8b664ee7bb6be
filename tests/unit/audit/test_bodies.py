"""Reading bodies back: whatever way is taken, what is not canonical is refused, to the last byte."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sop_runner.audit.bodies import read_body
from sop_runner.audit.entry import ZERO
from sop_runner.base.canonical import canonical_bytes

BODY: dict[str, Any] = {
    "actor": "ana", "arrow": None, "at": "open", "evidence": [{"kind": "shown", "language": "en"}], "key": "0f" * 16,
    "log": "5e" * 16, "outcome": None, "prev": ZERO, "procedure": {"id": "x", "revision": 3, "digest": "ab"},
    "reason": "as agreed – 再见", "role": "agent", "run": "7F3K-22QM", "run_prev": ZERO, "run_seq": 1, "seq": 1,
    "to": "end", "ts": {"boot": "b", "mono_ns": "12", "wall": "2026-11-26T10:00:00.000000Z"}, "type": "NodeDone", "v": 1,
}  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "key", "prev"]), inner),
    max_leaves=8,
)
REFUSED = (ValueError, KeyError, TypeError, AttributeError, StopIteration)


def refused(body: bytes) -> bool:
    try:
        read_body(body)
    except REFUSED:
        return True
    return False


def test_a_body_is_read_as_it_is_by_any_parser() -> None:
    body = canonical_bytes(BODY)
    assert read_body(body) == json.loads(body)


@given(
    name=st.sampled_from(["actor", "at", "reason", "to", "outcome"]), text=st.none() | st.text(), rest=JSON
)
def test_whatever_a_program_writes_is_read_back(name: str, text: str | None, rest: Any) -> None:
    body = canonical_bytes(
        {**BODY, name: text, "evidence": [rest], "run_seq": None, "run": None, "run_prev": None}
    )
    assert read_body(body) == json.loads(body)


@given(at=st.integers(0, 10_000), with_=st.binary(max_size=2), gone=st.integers(0, 2))
def test_no_other_bytes_pass_for_canonical(at: int, with_: bytes, gone: int) -> None:
    body = canonical_bytes(BODY)
    at %= len(body)
    changed = body[:at] + with_ + body[at + gone :]
    if not refused(changed):
        assert canonical_bytes(json.loads(changed)) == changed


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'"v":1}', b'"v":true}'),
        (b'"v":1}', b'"v":2}'),
        (b'"v":1}', b'"v":1,"w":1}'),
        (b'"seq":1,', b'"seq":true,'),
        (b'"seq":1,', b'"seq":01,'),
        (b'"seq":1,', b'"seq":9007199254740992,'),
        (b'"run_seq":1,', b'"run_seq":true,'),
        (b'"revision":3', b'"revision":9007199254740992'),
        (b'"revision":3', b'"revision":3.0'),
        (b'"language":"en"', b'"language":90071992547409921'),
        (b'"language":"en"', b'"language":NaN'),
        (b'"kind":"shown","language":"en"', b'"language":"en","kind":"shown"'),
        (b'"language":"en"', '"l\xe4nguage":"en"'.encode()),
        (b'"kind":"shown","language":"en"', b'"kind":"shown","kind":"shown","language":"en"'),
        (b'[{"kind"', b'[ {"kind"'),
        (b'"actor":"ana"', b'"actor":"\\u0061na"'),
        (b'"actor":"ana"', b'"actor":"a\tna"'),
        (b'"to":"end"', b'"to":"e\\/nd"'),
    ],
)
def test_another_form_of_the_same_is_refused(before: bytes, after: bytes) -> None:
    body = canonical_bytes(BODY)
    assert before in body
    assert refused(body.replace(before, after))
