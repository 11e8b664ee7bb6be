"""All texts of a pattern, where they are few."""

import pytest

from sop_runner.procedure.pattern_texts import all_texts


@pytest.mark.parametrize(
    ("pattern", "texts"),
    [
        ("Mr|Ms", {"Mr", "Ms"}),
        ("(ab?){0,2}", {"", "a", "ab", "aa", "aab", "aba", "abab"}),
        ("(?!b)[a-c]", {"a", "c"}),
        ("(?=x)y", set()),
        ("(?i)k", {"k", "K"}),  # the sign for Kelvin is compared as a K
        ("[０-２]", {"0", "1", "2"}),
        ("[0-9]{2}", None),
        ("a*", None),
        ("(a|a)*b", None),
        ("(?!.*)[^a]*", None),
        ("[^a]", None),
        ("(", None),
    ],
)
def test_all_texts_are_told_where_they_are_few(pattern: str, texts: set[str] | None) -> None:
    assert all_texts(pattern, 24) == texts
