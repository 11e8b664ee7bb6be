"""Placing in the background: after a closing, one process at a time, and never in anybody's way."""

import queue
from itertools import pairwise
from pathlib import Path

import pytest

from sop_runner.anchors.placing import Result, read_outcomes
from sop_runner.anchors.shelf import MOST_HELD, Shelf, name_of, spread
from sop_runner.anchors.turn import turn
from sop_runner.base.clock import SystemClock
from sop_runner.base.errors import UsageError
from sop_runner.desk.after_closing import notices, start_placing
from sop_runner.desk.anchoring import place_heads
from sop_runner.desk.layout import Layout
from sop_runner.stores.keys import KeyFile
from sop_runner.wiring import create_desk, open_desk
from tests.outside import witnessing


@pytest.fixture
def live(tmp_path: Path) -> Path:
    create_desk(tmp_path / "live")
    return tmp_path / "live"


def anchors(live: Path, *lines: str) -> None:
    with (live / "sop.toml").open("a") as file:
        file.write("\n".join(("[anchors]", *lines, "")))


def test_a_process_of_its_own_places_the_head_after_a_closing(live: Path, tmp_path: Path) -> None:
    heard: queue.SimpleQueue[str] = queue.SimpleQueue()
    with witnessing(tmp_path / "witness", KeyFile(Layout(live).key).verifier, tell=heard.put) as (url, key):
        anchors(live, f'witness = [{{url = "{url}", key = "{key}"}}]')
        desk = open_desk(live)
        try:
            desk.context.closed()
            assert '"POST /add-checkpoint HTTP/1.1" 200' in heard.get(timeout=60)
            (outcome,) = place_heads(live, SystemClock())  # waits for its turn behind that process
        finally:
            desk.close()
    assert outcome.result is Result.PRESENT
    assert open_desk(live, training=True).context.closed() is None
    assert heard.empty() or "200" in heard.get()


def test_a_program_that_cannot_be_started_disturbs_nobody(
    live: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", str(live / "no-such-program"))
    start_placing(live)
    assert not (live / "anchors").exists()


def test_one_places_one_waits_and_everybody_else_goes_away(tmp_path: Path) -> None:
    from sop_runner.stores.lock import Lock

    with turn(tmp_path, patient=False) as ours:
        assert ours
        waiting = Lock(tmp_path / "next.lock")
        assert waiting.take(wait=False)  # the place behind the one whose turn it is
        with turn(tmp_path, patient=False) as ours:
            assert not ours
        waiting.release()
    with turn(tmp_path, patient=False) as ours:
        assert ours


def test_what_failed_is_said_at_the_desk_until_it_works(live: Path, tmp_path: Path) -> None:
    anchors(live, 'folder = "../heads"')
    assert notices(live) == ()
    assert [one.result for one in place_heads(live, SystemClock())] == [Result.FAILED]
    (notice,) = open_desk(live).notices()
    assert str(notice).startswith(f"The state of the audit log could not be noted at '{tmp_path / 'heads'}'")
    (tmp_path / "heads").mkdir()
    place_heads(live, SystemClock())
    assert notices(live) == ()


def test_a_key_that_is_none_is_said_and_disturbs_no_work(live: Path) -> None:
    anchors(live, f'witness = [{{url = "http://127.0.0.1:1/", key = "w+00000000+BPL{"A" * 41}="}}]')
    with pytest.raises(UsageError, match="is not that of the key"):
        place_heads(live, SystemClock())
    (notice,) = open_desk(live).notices()
    assert "[anchors]" in str(notice)


def test_a_folder_inside_the_desk_is_no_anchor(live: Path) -> None:
    (live / "heads").mkdir()
    anchors(live, 'folder = "heads"')
    (outcome,) = place_heads(live, SystemClock())
    assert (outcome.result, "put back together with it" in outcome.said) == (Result.FAILED, True)


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"{}", b"[1]", b'[{"anchor": 1, "result": "placed"}]', b"\xff", b"[" * 99_999],
    ids=range(7),
)
def test_outcomes_that_cannot_be_read_are_none(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "outcomes.json").write_bytes(data)
    assert read_outcomes(tmp_path) == ()


def test_outcomes_of_other_types_are_texts(tmp_path: Path) -> None:
    text = (
        '[{"anchor": 1, "where": ["x"], "at": null, "said": {}, "hint": 2, "result": "failed", "size": "3"}]'
    )
    (tmp_path / "outcomes.json").write_text(text)
    (outcome,) = read_outcomes(tmp_path)
    assert (outcome.where, outcome.size, outcome.good) == ("['x']", 3, False)


def test_of_many_heads_the_ends_and_what_lies_evenly_between_are_held(tmp_path: Path) -> None:
    held = spread(list(range(50_000)))
    assert (len(held), held[0], held[-1]) == (MOST_HELD, 0, 49_999)
    assert max(b - a for a, b in pairwise(held)) <= 51
    assert spread([3, 4]) == [3, 4]


def test_a_shelf_is_written_once_and_takes_no_other_files(tmp_path: Path) -> None:
    import os

    shelf = Shelf(tmp_path / "shelf")
    assert shelf.sizes() == []
    shelf.put(7, b"one")
    shelf.put(7, b"two")
    os.mkfifo(tmp_path / "shelf" / f"{9:016d}.checkpoint")
    (tmp_path / "shelf" / "notes.txt").touch()
    assert shelf.sizes() == [7, 9]
    assert (shelf.read(7), shelf.read(8), shelf.read(9)) == (b"one", None, None)


@pytest.mark.parametrize(
    "origin", ["../../etc/passwd", "sop_runner/live/../x", "", "\udc00", "sop_runner/live/AB"]
)
def test_a_log_cannot_choose_where_its_heads_lie(origin: str) -> None:
    assert len(name_of(origin)) == 64
    assert name_of(origin).isalnum()
    assert name_of("sop_runner/live/0123abcd") == "live-0123abcd"
