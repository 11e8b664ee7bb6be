"""Two processes at one run: nothing lost, doubled or reordered, and who comes late is told so."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

from sop_runner.desk.verified import verify_desk
from tests.attack.after import entries_of
from tests.attack.clerk import Clerks, Fault, Told, cannot_trace
from tests.attack.conftest import At

NOTES = 12


def together(*works: Callable[[Barrier], Told]) -> list[Told]:
    """What each says when all are let go at once."""
    gate = Barrier(len(works))
    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(lambda work: work(gate), works))


def test_what_several_write_at_once_is_all_there_in_the_order_of_each(desk_at: At, clerks: Clerks) -> None:
    folder = desk_at("consent")
    names = ("one", "two", "three")
    told = together(
        *(
            lambda gate, name=name: clerks.work(folder, "notes", gate=gate, who=name, notes=NOTES)
            for name in names
        )  # type: ignore[misc]
    )
    assert [(one.errors, one.refused, len(one.acknowledged)) for one in told] == [([], [], NOTES)] * 3
    entries = entries_of(folder)
    notes = [entry for entry in entries if entry.type == "NoteAdded"]
    for name, one in zip(names, told, strict=True):
        own = [entry for entry in notes if str(entry.reason).startswith(f"{name} ")]
        assert [entry.reason for entry in own] == [f"{name} {number}" for number in range(NOTES)]
        assert [entry.seq for entry in own] == one.acknowledged
    assert len(notes) == 3 * NOTES
    assert len({entry.key for entry in notes}) == 3 * NOTES
    assert [entry.seq for entry in entries] == sorted(entry.seq for entry in entries)
    assert verify_desk(folder, training=True).findings == ()


def test_of_two_who_answer_one_item_the_second_is_refused_in_words(desk_at: At, clerks: Clerks) -> None:
    folder = desk_at("change-request")
    told = together(*[lambda gate: clerks.work(folder, "step", gate=gate)] * 2)
    assert [one.errors for one in told] == [[], []]
    (done,) = [one for one in told if one.acknowledged]
    (late,) = [one for one in told if not one.acknowledged]
    assert len(done.acknowledged) == 1
    assert "'change-request' is not the current item" in late.refused[0]
    assert_done_once(folder, "change-request")
    newest = entries_of(folder)[-1]
    assert (newest.type, newest.reason) == ("ActionRefused", late.refused[0])


def test_a_key_pressed_twice_while_the_first_answer_is_lost_counts_once(desk_at: At, clerks: Clerks) -> None:
    """The sync of the folder fails after the journal is gone: the entry is written, its answer is lost."""
    folder = desk_at("consent")
    if cannot_trace():
        told = clerks.work(folder, "step")
    else:
        told = clerks.work(folder, "step", Fault("fdatasync", 5, "error=EIO"))
    assert (told.errors, len(told.acknowledged)) == ([], 1)
    again = clerks.work(folder, "step")
    assert len(again.acknowledged) == 1, "the item after it was answered, not this one again"
    assert_done_once(folder, "consent")


def assert_done_once(folder: Path, item: str) -> None:
    done = [entry for entry in entries_of(folder) if entry.type == "NodeDone" and entry.at == item]
    assert len(done) == 1
    assert verify_desk(folder, training=True).findings == ()
