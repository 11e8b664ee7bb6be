"""Bodies: canonical to the byte, in NFC, bounded, and never with what has no canonical form."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from sop_runner.audit.chain import Place, Ready, chain
from sop_runner.audit.commitment import commitment
from sop_runner.audit.entry import BODY_KEYS, ZERO, Draft, Entry, NotRecordable, ProcedureRef
from sop_runner.audit.tree import leaf_hash
from sop_runner.base.canonical import text_checked
from sop_runner.base.clock import Stamp
from sop_runner.base.errors import NotVerified

STAMP = Stamp(datetime(2026, 3, 1, 9, 0, 0, 7, tzinfo=UTC), 2**60, "boot")
PLACE = Place("ab" * 16, 5, "cd" * 32, "7F3K-22QM", 2, "ef" * 32)

texts = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=30)
scalars = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | texts
names = st.text(st.characters(max_codepoint=126, min_codepoint=32), max_size=8)
objects = st.dictionaries(
    names,
    st.recursive(
        scalars, lambda v: st.lists(v, max_size=3) | st.dictionaries(names, v, max_size=3), max_leaves=8
    ),
    max_size=4,
)


def draft(**fields: Any) -> Draft:
    return Draft(**({"type": "StepDone", "key": "aa", "ts": STAMP} | fields))


@settings(max_examples=150)
@given(reason=st.none() | texts, actor=st.none() | texts, evidence=st.lists(objects, max_size=3))
def test_bodies_are_what_the_reference_encoder_gives(
    reason: str | None, actor: str | None, evidence: list[dict[str, Any]]
) -> None:
    (entry,) = chain(PLACE, (draft(reason=reason, actor=actor, evidence=tuple(evidence)),))
    raw = json.loads(entry.body)
    assert entry.body == rfc8785.dumps(raw)
    assert text_checked(raw).encode() == entry.body
    assert raw.keys() == BODY_KEYS
    assert Entry.parse(entry.body) == entry


def test_a_body_holds_its_place_and_times_as_text() -> None:
    first, second = chain(PLACE, (draft(procedure=ProcedureRef("p", 4, "00")), draft()))
    raw = json.loads(first.body)
    assert raw["ts"] == {"wall": "2026-03-01T09:00:00.000007Z", "mono_ns": str(2**60), "boot": "boot"}
    assert raw["procedure"] == {"id": "p", "revision": 4, "digest": "00"}
    assert (raw["v"], raw["seq"], raw["run_seq"], raw["evidence"]) == (1, 5, 2, [])
    assert (second.seq, second.prev, second.run_seq, second.run_prev) == (
        6,
        first.leaf.hex(),
        3,
        first.leaf.hex(),
    )
    assert first.ts == STAMP
    (desk,) = chain(Place("ab" * 16, 0, ZERO), (draft(),))
    assert (desk.run, desk.run_seq, desk.run_prev) == (None, None, None)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"reason": "a\0b"}, r"'reason' contains U\+0000"),
        ({"reason": "\ud800"}, "'reason' contains half a character"),
        ({"evidence": ({"a": [1.5]},)}, "1.5"),
        ({"evidence": ({"a": 2**53},)}, "9007199254740992"),
        ({"evidence": ({"ä": 1},)}, "not ASCII"),
        ({"evidence": ({1: 1},)}, "not ASCII"),
        ({"evidence": ({"a": b"x"},)}, "bytes"),
        ({"evidence": ({"a\0": 1},)}, "not ASCII"),
        ({"procedure": ProcedureRef("a\0", 1, "00")}, "'procedure'"),
        ({"type": ""}, "type"),
        ({"key": ""}, "key"),
    ],
)
def test_refuses_what_has_no_lasting_form(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(NotRecordable, match=said):
        draft(**fields)


def test_refuses_endless_nesting_and_bodies_that_are_too_long() -> None:
    deep: list[Any] = []
    for _ in range(40):
        deep = [deep]
    with pytest.raises(NotRecordable, match="levels"):
        draft(evidence=({"a": deep},))
    with pytest.raises(NotRecordable, match="65,535"):
        chain(PLACE, (draft(reason="é" * 33_000),))
    with pytest.raises(NotRecordable, match="NFC"):
        chain(Place("ab", 0, ZERO, "e\u0301", 0, ZERO), (draft(),))


@settings(max_examples=50)
@given(reason=st.none() | texts, evidence=st.lists(objects, max_size=3))
def test_what_another_process_made_ready_is_what_it_is_here(
    reason: str | None, evidence: list[dict[str, Any]]
) -> None:
    made = Ready.of(draft(reason=reason, evidence=tuple(evidence)))
    assert Ready.read(made.text) == made


@pytest.mark.parametrize(
    ("good", "other"),
    [
        ('"reason":"é"', '"reason":"e\u0301"'),
        ('"reason":"é"', '"reason":"\\u0000"'),
        ('"reason":"é"', '"reason":"\\u00e9"'),
        ('"reason":"é"', '"reason": "é"'),
        ('"reason":"é"', '"reason":1.5'),
        ('"reason":"é"', '"reason":9007199254740992'),
        ('"reason":"é"', '"reason":NaN'),
        ('"reason":"é",', ""),
        ('"reason":"é"', '"reason":"é","reason":"é"'),
        ('"reason":"é"', '"reason":"é","reasons":"é"'),
        ('"seq":"\\u0000"', '"seq":7'),
        ('"seq":"\\u0000",', ""),
        ('"prev":"\\u0000"', '"prev":"\\u0000","prev":"\\u0000"'),
        ('"reason":"é"', '"reason":"\\ud800"'),
        ('"v":1', '"v":2'),
        ('"v":1', '"v":true'),
        ('"key":"aa"', '"key":""'),
        ('"type":"StepDone"', '"type":null'),
        ('"evidence":[]', '"evidence":' + 9_000 * "[" + 9_000 * "]"),
        ('{"actor"', '[{"actor"'),
    ],
)  # fmt: skip
def test_what_no_draft_gives_is_not_written_for_another_process(good: str, other: str) -> None:
    text = Ready.of(draft(reason="é")).text
    assert text.count(good) == 1
    with pytest.raises((ValueError, AttributeError, RecursionError)):
        Ready.read(text.replace(good, other))


def test_a_draft_does_not_change_with_what_it_was_made_of() -> None:
    fact = {"typed": ["e\u0301"]}
    made = draft(evidence=(fact,))
    fact["typed"].append("later")
    assert made.evidence == ({"typed": ["é"]},)


@pytest.mark.parametrize("body", [b"", b"{}", b"[1]", b'{"v":2}', b"\xff", b"[" * 100_000, b'{"v":1,"ts":3}'])
def test_what_is_no_entry_is_not_read_as_one(body: bytes) -> None:
    with pytest.raises(NotVerified):
        Entry.parse(body)


@pytest.mark.parametrize("change", ["{} ", " {}", "{}{{}}", '{{"more":1,{}', "\ufeff{}"])
def test_more_than_an_entry_is_none(change: str) -> None:
    (entry,) = chain(PLACE, (draft(),))
    body = entry.body.decode()
    with pytest.raises(NotVerified):
        Entry.parse(change.format(body[1:] if "more" in change else body).encode())


def test_an_entry_without_one_of_its_keys_is_none() -> None:
    (entry,) = chain(PLACE, (draft(),))
    for name in BODY_KEYS:
        raw = json.loads(entry.body)
        raw["other"] = raw.pop(name)
        with pytest.raises(NotVerified):
            Entry.parse(json.dumps(raw).encode())


def test_commitments_bind_salt_and_value() -> None:
    salt = bytes(range(16))
    # echo -n over the bytes 00..0f followed by "+36 1 555" in quotes, sha256sum
    import hashlib

    assert commitment(salt, "+36 1 555") == hashlib.sha256(salt + b'"+36 1 555"').hexdigest()
    assert commitment(salt, {"b": 1, "a": None}) == hashlib.sha256(salt + b'{"a":null,"b":1}').hexdigest()
    with pytest.raises(ValueError, match="16"):
        commitment(b"short", "x")


SHOWN = draft(
    procedure=ProcedureRef("p", 4, "00"), reason="as agreed – 再见", evidence=({"kind": "shown", "n": 1},)
)


@settings(max_examples=500)
@given(
    at=st.integers(0, 10_000),
    with_=st.sampled_from(
        [b"", b'"', b",", b"{", b"}", b"[", b"]", b"\\", b"0", b"\t", b"\xff", b"],[", b'"x":1,']
    ),
    gone=st.integers(0, 2),
)
def test_bytes_known_by_their_look_are_read_as_any_parser_reads_them(
    at: int, with_: bytes, gone: int
) -> None:
    (entry,) = chain(PLACE, (SHOWN,))
    at %= len(entry.body)
    changed = entry.body[:at] + with_ + entry.body[at + gone :]
    try:
        found = Entry.parse(changed)
    except NotVerified:
        return
    raw = json.loads(changed)  # in another form than the one that is known by its look
    assert found._replace(body=b"", leaf=b"") == Entry.parse(json.dumps(raw).encode())._replace(
        body=b"", leaf=b""
    )
    assert (found.body, found.leaf) == (changed, leaf_hash(changed))
