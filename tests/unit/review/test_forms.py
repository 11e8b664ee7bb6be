"""What is sought in evidence is found by its form as it is found in the evidence itself."""

from typing import Any

import pytest

from sop_runner.audit.bodies import HEAD, fields_in
from sop_runner.audit.entry import BODY_KEYS
from sop_runner.audit.heads import Head
from sop_runner.base.canonical import canonical_bytes
from sop_runner.review.between import refs
from sop_runner.review.forms import Sought, values_of

CHECKED = {"factor": "totp", "factor_kind": "possession", "item": "caller", "kind": "item", "right": True}
MARK = "\ue0000\ue000"  # looks as what stands for the first value


def head_of(*evidence: dict[str, Any]) -> Head:
    ts = {"boot": "b", "mono_ns": "1", "wall": "2026-11-26T10:00:00.000000Z"}
    body = dict.fromkeys(BODY_KEYS) | {"ts": ts, "v": 1, "seq": 0, "evidence": list(evidence)}
    body |= dict.fromkeys(("key", "log", "prev", "type"), "x")
    head = fields_in(canonical_bytes(body))[HEAD]
    assert isinstance(head, Head)
    assert head.body is None
    return head


@pytest.mark.parametrize(
    "second",
    [
        {**CHECKED, "ref": "another"},
        {**CHECKED, "ref": ""},
        {**CHECKED, "ref": None},
        {**CHECKED, "ref": MARK},
        {**CHECKED, "item": MARK, "ref": "one"},
        {**CHECKED, "right": False, "ref": "wrong"},
    ],
    ids=["another", "empty", "none", "looks-as-a-mark", "beside-a-mark", "wrong"],
)
def test_proofs_are_found_by_the_form_of_their_evidence(second: dict[str, Any]) -> None:
    sought = Sought(lambda evidence: refs("FactorChecked", evidence))
    first = {**CHECKED, "ref": "the-first"}
    for _ in range(2):
        for pieces in ((first, {**CHECKED, "ref": "other"}), (first, second), (second, first)):
            assert list(sought.of(head_of(*pieces))) == list(refs("FactorChecked", pieces))


def test_a_mark_that_is_no_text_is_refused_although_the_form_was_met() -> None:
    sought = Sought(lambda evidence: refs("FactorChecked", evidence))
    sought.of(head_of({**CHECKED, "ref": "the-first"}))
    with pytest.raises(TypeError):
        sought.of(head_of({**CHECKED, "ref": 7}))


def test_the_texts_that_pieces_record_are_told_by_their_form() -> None:
    head = head_of(
        {"kind": "field", "name": "a", "value": "plain"},
        {"kind": "field", "name": "b", "value": None},
        {"commitment": "c0ffee", "keep": "erasable", "kind": "field", "name": "c"},
        {"kind": "field", "name": "d", "value": 5},
        {"kind": "shown", "language": "en"},
    )
    found = [place and (head.given[place[0]], place[1]) for place in values_of(head.form)]
    assert found == [('"plain"', False), None, ('"c0ffee"', True), None, None]
    assert values_of(head_of({"kind": "field", "name": MARK, "value": "plain"}).form) == (None,)
