"""What is known of the form of evidence says of other evidence of that form what parsing it says."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sop_runner.audit.bodies import HEAD, fields_in, read_body, said_in
from sop_runner.audit.entry import ZERO
from sop_runner.audit.heads import NotCanonical
from sop_runner.base.canonical import canonical_bytes
from sop_runner.review.payloads import commitments

NAMES = st.sampled_from(["commitment", "kind", "named", "ref", "ticket", "value"])
SMALL = (
    st.none() | st.booleans() | st.integers(-3, 2**53 - 1) | st.sampled_from(["", "a", "b", "}", '"', "é"])
)
PIECES = st.lists(
    st.dictionaries(
        NAMES,
        st.recursive(
            SMALL, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=2)
        ),
        max_size=4,
    ),
    max_size=3,
)


def body_with(evidence: Any) -> bytes:
    body = {
        "actor": "ana", "arrow": None, "at": "open", "evidence": evidence, "key": "0f" * 16, "log": "5e" * 16,
        "outcome": None, "prev": ZERO, "procedure": None, "reason": None, "role": "agent", "run": "7F3K-22QM",
        "run_prev": ZERO, "run_seq": 1, "seq": 1, "to": "end", "type": "NodeDone", "v": 1,
        "ts": {"boot": "b", "mono_ns": "12", "wall": "2026-11-26T10:00:00.000000Z"},
    }  # fmt: skip
    return canonical_bytes(body)


@given(PIECES)
def test_evidence_is_read_as_by_any_parser(pieces: Any) -> None:
    fields = fields_in(body_with(pieces))
    assert said_in(fields)["evidence"] == pieces
    head = fields[HEAD]
    assert json.loads(head.text) == pieces


@given(PIECES)
def test_no_commitment_is_overlooked(pieces: Any) -> None:
    head = fields_in(body_with(pieces))[HEAD]
    there = commitments(pieces)
    assert head.form.sealed or not there
    if head.body is None:
        assert sorted(head.commitments) == sorted(there)


@pytest.mark.parametrize("before", ['"value":"a"', '"value":3', '"named":{"agent":["ana"]}'])
@pytest.mark.parametrize(
    "after",
    ['"value":03', '"value":-0', '"value":9007199254740992', '"value":"a\tb"', '"value":"\\u0061"', '"value":3.5',
     '"named":{"b":[],"a":[]}', '"named":{"a":[], "b":[]}', '"named":{"a":[NaN]}', '"named":{"é":[]}', '"named":{]}'],
)  # fmt: skip
def test_a_known_form_lets_no_other_spelling_pass(before: str, after: str) -> None:
    good = body_with([{"kind": "field", "value": "VALUE"}]).replace(b'"value":"VALUE"', before.encode())
    assert read_body(good) == json.loads(good)
    with pytest.raises((NotCanonical, ValueError, TypeError, StopIteration)):
        read_body(good.replace(before.encode(), after.encode()))
