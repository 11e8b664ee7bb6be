"""Sentences on record: said again in every language, small, and never more than a template with names."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sop_runner.base.i18n import Translator
from sop_runner.base.message import Listing, Message, listing, msg, quoted
from sop_runner.base.message_data import MAX_ITEMS, MAX_TEXT, data_of, message_of

_TEXTS = st.text(max_size=12)
_LEAVES = st.one_of(_TEXTS, st.integers(-5, 5))


def _messages(params: st.SearchStrategy[object]) -> st.SearchStrategy[Message]:
    names = st.sampled_from(("node", "field", "what"))
    given_ = st.dictionaries(names, params, max_size=3).map(lambda found: tuple(found.items()))
    return st.builds(Message, st.sampled_from(("'{node}' needs {what}", "{field}", "no names")), given_)


_PARAMS = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        _messages(inner),
        st.builds(
            Listing, st.lists(st.one_of(_TEXTS, _messages(inner)), max_size=3).map(tuple), st.booleans()
        ),
    ),
    max_leaves=5,
)


@settings(max_examples=200)
@given(_messages(_PARAMS))
def test_what_is_recorded_is_json_and_reads_back_the_same(message: Message) -> None:
    read = message_of(json.loads(json.dumps(data_of(message))))
    assert read is not None
    assert str(read) == str(message)


def test_a_recorded_sentence_is_said_in_the_readers_language() -> None:
    said = msg("'{node}' still needs {what}", node="consent", what=quoted(("a", "b")))
    told = msg("'{asked}' is not the current item, '{node}' is", asked="one", node="two")
    read = message_of(data_of(told))
    assert read is not None
    assert Translator("zh-Hans")(read) == "“one”不是当前事项，当前为“two”"
    assert str(said) == "'consent' still needs 'a', 'b'"


def test_it_stays_small_and_says_nothing_that_the_sentence_does_not() -> None:
    many = msg("{items} at {node}", items=listing(f"i{n}" for n in range(500)), node="x" * 5000)
    data = data_of(many)
    assert len(json.dumps(data)) < 1500
    assert data["params"]["node"] == "x" * (MAX_TEXT - 1) + "…"
    assert len(data["params"]["items"]["items"]) == MAX_ITEMS + 1
    deep: Message = msg("deep")
    for _ in range(50):
        deep = msg("{what}", what=deep)
    assert message_of(data_of(deep)) is not None


@pytest.mark.parametrize(
    "data",
    [
        None,
        "text",
        {},
        {"text": 1, "params": {}},
        {"text": "{name.__class__}", "params": {"name": "x"}},
        {"text": "{name:>999999999}", "params": {"name": "x"}},
        {"text": "{", "params": {}},
        {"text": "{name}", "params": {"name": None}},
        {"text": "{name}", "params": {"name": {"items": [["x"]]}}},
        {"text": "{name}", "params": {"name": {"text": "{0}", "params": {}}}},
    ],
)
def test_a_record_that_is_no_sentence_is_not_rendered(data: object) -> None:
    assert message_of(data) is None
