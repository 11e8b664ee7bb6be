from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sop_runner.base.canonical import canonical_bytes
from sop_runner.base.errors import RefusedError, UsageError
from sop_runner.base.lookalike import shapes
from sop_runner.people.directory import Directory, Draft, change, disable, enrol, factor_enrolled, fold
from sop_runner.people.person import Person

EMPTY = Directory()
ANA = enrol(EMPTY, "ana", "Kovács Ana", ["agent"], actor="ana", language="hu")


def with_ana() -> Directory:
    return fold([ANA])


def test_a_person_is_what_their_entries_say() -> None:
    directory = with_ana()
    drafts = [ANA]

    def add(draft: Draft) -> Directory:
        canonical_bytes(draft)
        drafts.append(draft)
        assert fold([draft], directory) == fold(drafts), "going on equals starting over"
        return fold(drafts)

    directory = add(enrol(directory, "bela", "Béla", ["supervisor", "agent"], actor="ana"))
    directory = add(change(directory, "ana", roles=["agent", "reviewer"], actor="bela", reason="new duty"))
    directory = add(factor_enrolled(directory, "ana", "totp", "possession", actor="ana"))
    directory = add(disable(directory, "bela", actor="ana", reason="left"))
    assert directory.people["ana"] == Person(
        "ana", "Kovács Ana", frozenset({"agent", "reviewer"}), True, "hu", frozenset({"totp"})
    )
    assert not directory.people["bela"].active
    assert [p.id for p in directory] == ["ana", "bela"]
    assert [p.id for p in directory.in_role("agent")] == ["ana"]
    back = add(change(directory, "bela", active=True, actor="ana", reason="returned"))
    assert back.people["bela"].active


def test_other_entries_are_passed_over() -> None:
    moved = {"type": "Moved", "evidence": [{"kind": "person", "id": "eve", "name": "Eve", "roles": []}]}
    assert fold([moved, {"type": "LogOpened"}]) == EMPTY
    assert fold([{"type": "PersonDisabled", "evidence": [{"kind": "person", "id": "eve"}]}]) == EMPTY


def test_an_id_never_changes_hands() -> None:
    forged = {**ANA, "evidence": [{"kind": "person", "id": "ana", "name": "Eve", "roles": ["supervisor"]}]}
    assert fold([ANA, forged]).people["ana"].name == "Kovács Ana"


@pytest.mark.parametrize("typed", ["ana", "ANA", "ａｎａ", " Kovács Ana ", "kova\u0301cs ana"])
def test_a_person_is_found_as_typed(typed: str) -> None:
    assert with_ana().acting(typed).id == "ana"


def test_strangers_and_disabled_people_do_not_act() -> None:
    with pytest.raises(UsageError, match=r"'eve⟨U\+202E⟩' is nobody") as refusal:
        with_ana().acting("eve\u202e")
    assert "ana" in str(refusal.value.hint)
    gone = fold([disable(with_ana(), "ana", actor="ana", reason="left")], with_ana())
    with pytest.raises(UsageError, match="'ana' is disabled"):
        gone.acting("ana")


@pytest.mark.parametrize(
    ("person_id", "name"),
    [
        ("ana2", "Kovács Аna"),  # Cyrillic А
        ("ana2", "KOVÁCS ANA"),
        ("ana2", "Kova\u0301cs Ana"),
        ("ana2", "KovácsAna"),
        ("ana2", "Ana"),  # the other's id
        ("a-na", "Somebody Else"),
        ("kovacs", "Αnа"),  # Greek and Cyrillic
    ],
)
def test_look_alikes_are_never_two_people(person_id: str, name: str) -> None:
    with pytest.raises(RefusedError, match=r"looks like 'Kovács Ana' \(ana\)"):
        enrol(with_ana(), person_id, name, ["agent"], actor="ana")


def test_renaming_to_a_look_alike_is_refused_too() -> None:
    directory = fold([enrol(with_ana(), "bela", "Béla", ["agent"], actor="ana")], with_ana())
    with pytest.raises(RefusedError, match="looks like"):
        change(directory, "bela", name="kovács ana", actor="ana", reason="typo")
    renamed = change(directory, "ana", name="KOVÁCS Ana", actor="ana", reason="spelling")
    assert fold([renamed], directory).people["ana"].name == "KOVÁCS Ana"


@pytest.mark.parametrize("person_id", ["", "Ana", "а", "ana k", "-ana", "ana--k", "a" * 41, "ana\n"])
def test_ids_are_stable_ascii(person_id: str) -> None:
    with pytest.raises(RefusedError, match="is no id for a person"):
        enrol(EMPTY, person_id, "Somebody", [], actor="ana")


@pytest.mark.parametrize("name", ["", "  ", "--", "x" * 121, "An\u200ba", "Ana\nBéla", "\u202eana"])
def test_names_are_readable(name: str) -> None:
    with pytest.raises(RefusedError, match=r"is no name|hidden character"):
        enrol(EMPTY, "eve", name, [], actor="ana")


@pytest.mark.parametrize(
    ("draft", "says"),
    [
        (lambda d: enrol(d, "ana", "Somebody Else", [], actor="ana"), "'ana' is enrolled already"),
        (lambda d: change(d, "eve", actor="ana", reason="x"), "'eve' is nobody"),
        (lambda d: change(d, "ana", actor="ana", reason="x"), "nothing changes"),
        (lambda d: factor_enrolled(d, "eve", "totp", "possession", actor="ana"), "'eve' is nobody"),
        (
            lambda d: disable(
                fold([disable(d, "ana", actor="ana", reason="x")], d), "ana", actor="ana", reason="x"
            ),
            "disabled already",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_words(draft: Callable[[Directory], Draft], says: str) -> None:
    with pytest.raises(RefusedError, match=says) as refusal:
        draft(with_ana())
    assert refusal.value.hint


NAMES = st.text(st.sampled_from("aаAАeеoоilI1O0 béB"), min_size=1, max_size=4)


@given(st.lists(NAMES, max_size=8))
def test_whoever_is_enrolled_no_two_look_alike(names: list[str]) -> None:
    directory = EMPTY
    for number, name in enumerate(names):
        try:
            draft = enrol(directory, f"xz{number}q", name, [], actor="x")
        except RefusedError:
            continue
        directory = fold([draft], directory)
    seen: set[str] = set()
    for person in directory:
        own = shapes(person.name)
        assert not own & seen
        seen |= own
