import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sop_runner.base.lookalike import shapes, skeleton

NAMES = st.text(
    st.sampled_from("abcilmnorsuvwxABCIEOP019 -éőаеорсАВЕΑΒον\u200b王一ー"), min_size=1, max_size=12
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ana", "Аna"),  # Cyrillic A
        ("ana", "ANA"),
        ("Béla", "Be\u0301la"),
        ("Ｂéla", "béla"),
        ("Iona", "lona"),  # capital i, small L
        ("Bob", "ВОВ"),  # all Cyrillic
        ("Nina", "Νina"),  # Greek N
        ("Arnold", "Amold"),
        ("Ana Kovács", "ana-kovács"),
        ("Ana", "A\u200bna"),
        ("O'Neil", "0’Neil"),
        ("王一", "王ー"),
        ("ﬁona", "fiona"),
    ],
)
def test_look_alikes_are_one(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other)
    assert shapes(one) & shapes(other)


@pytest.mark.parametrize(
    ("one", "other"), [("Béla", "Bela"), ("Ana", "Anna"), ("王伟", "王维"), ("Ödön", "Ődőn")]
)
def test_different_names_stay_different(one: str, other: str) -> None:
    assert not shapes(one) & shapes(other)


@given(NAMES)
def test_case_form_and_repetition_do_not_matter(name: str) -> None:
    shape = skeleton(name)
    assert skeleton(shape) == shape
    assert shapes(name) & shapes(name.upper())
    assert shapes(name) & shapes(name.lower())
    assert skeleton(unicodedata.normalize("NFD", name)) == shape


def test_greek_and_cyrillic_names_in_capitals_are_the_same_names() -> None:
    assert shapes("ΝΙΚΟΣ") & shapes("Νίκος".replace("ί", "ι"))
    assert shapes("НИНА") & shapes("нина")
