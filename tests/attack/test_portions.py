"""Several who each look after the runs that begin in their part find together what one alone finds, wherever it is cut."""

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest

from sop_runner.audit.bodies import RUN, fields_in, read_body
from sop_runner.review import replay
from sop_runner.review.beyond import Looking, look_beyond, together
from sop_runner.review.portion import Noted, Portion, fits
from sop_runner.run.actions import Opened
from sop_runner.stores.memory import MemoryLedger
from tests.attack.logs import Desk, bodies, resigned
from tests.attack.test_replay_attacks import CHANGE, REAL
from tests.unit.authoring.stages import scenarios_of

Found = list[tuple[str, int | None, str]]


@pytest.fixture(scope="module")
def desk() -> Desk:
    desk = Desk(REAL)
    for case in scenarios_of(CHANGE)[1][:6]:
        desk.play(CHANGE, case)
    return desk


@dataclass
class Log:
    """A log as one of several reads it."""

    ledger: MemoryLedger

    def of_run(self, run: str | None, stop: int) -> Iterator[tuple[int, bytes, bytes]]:
        for seq, body, leaf, _ in self.ledger.rows():
            if seq < stop and read_body(body)["run"] == run:
                yield seq, body, leaf

    def at(self, places: Sequence[int]) -> Iterator[tuple[int, bytes]]:
        wanted = set(places)
        assert list(places) == sorted(wanted)
        yield from ((seq, body) for seq, body, _, _ in self.ledger.rows() if seq in wanted)


def shared(desk: Desk, ledger: MemoryLedger, cuts: Sequence[int]) -> Found:
    """What is found by those who begin at the start and at each cut."""
    rows = [(seq, fields_in(body)) for seq, body, _, _ in ledger.rows()]
    portions, noted = list[Portion](), list[Noted]()
    for start, stop in pairwise([0, *cuts, len(rows)]):
        looking = Looking(
            ledger, ledger.opening, frozenset(), lambda run: dict[str, Opened | None](desk.opened(run))
        )
        portion = Portion(looking, first=start == 0)
        if start:
            portion.begin(Log(ledger), start)
        begun = {fields[RUN]: seq for seq, fields in rows[:start]}
        portion.along(rows[start:stop], begun)
        portions.append(portion)
        noted.append(portion.noted)
    assert fits(noted)
    parts = [one.finish(Log(ledger), noted[number:]) for number, one in enumerate(portions, 1)]
    return told(together(parts, examined=True))


def told(found: Any) -> Found:
    return sorted((str(f.code), f.index, f.message) for f in found)


def alone(desk: Desk, ledger: MemoryLedger) -> Found:
    found = look_beyond(
        ledger, ledger.opening, frozenset(), lambda run: dict[str, Opened | None](desk.opened(run))
    )
    return told(together([found], examined=True))


def test_clean_is_clean_wherever_it_is_cut(desk: Desk) -> None:
    size = desk.ledger.size()
    assert alone(desk, desk.ledger) == []
    for at in range(1, size):
        assert shared(desk, desk.ledger, [at]) == [], at
    assert shared(desk, desk.ledger, [size // 5, size // 2, size - 3]) == []


def test_the_same_is_found_wherever_it_is_cut(desk: Desk) -> None:
    rows = copy.deepcopy(bodies(desk.ledger))
    proofs = [
        piece
        for row in rows
        for piece in row["evidence"]
        if row["type"] == "FactorChecked" and piece.get("ref") and piece.get("right")
    ]
    assert len(proofs) > 3
    for piece in proofs[1:]:
        piece["ref"] = proofs[0]["ref"]  # one proof in all the runs
    moves = [at for at, row in enumerate(rows) if row["type"] == "NodeDone"]
    del rows[moves[2]], rows[moves[-2] - 1]
    ledger = resigned(desk.ledger, rows)
    whole = alone(desk, ledger)
    assert {code for code, _, _ in whole} >= {"FACTOR_REUSED", "CONTROL_SKIPPED"}
    for at in range(1, len(rows), 3):
        assert shared(desk, ledger, [at]) == whole, at
    assert shared(desk, ledger, range(1, len(rows), 7)) == whole


def test_a_text_that_was_changed_is_named_once(desk: Desk) -> None:
    ledger = copy.copy(desk.ledger)
    ledger.__dict__["_procedures"] = {
        pin: text.replace(b"revision: ", b"revision: 1")
        for pin, text in dict(desk.ledger.procedures()).items()
    }
    whole = alone(desk, ledger)
    assert {code for code, _, _ in whole} == {"PROCEDURE_MISMATCH"}
    assert shared(desk, ledger, [ledger.size() // 2]) == whole


def test_who_took_other_entries_to_come_before_does_not_fit(desk: Desk) -> None:
    outside = [seq for seq, body, _, _ in desk.ledger.rows() if read_body(body)["run"] is None]
    assert outside
    whole = Portion(Looking(desk.ledger, desk.ledger.opening, frozenset(), None), first=True)
    whole.along([(seq, fields_in(body)) for seq, body, _, _ in desk.ledger.rows()], {})
    last = Portion(Looking(desk.ledger, desk.ledger.opening, frozenset(), None), first=False)
    assert not fits([whole.noted, last.noted])
    last.begin(Log(desk.ledger), desk.ledger.size())
    assert fits([whole.noted, last.noted])


def test_runs_that_rest_between_any_two_entries_are_judged_as_others(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = copy.deepcopy(bodies(desk.ledger))
    moves = [at for at, row in enumerate(rows) if row["type"] == "NodeDone"]
    del rows[moves[2]], rows[moves[-2] - 1]
    forged = resigned(desk.ledger, rows)
    usual = alone(desk, desk.ledger), alone(desk, forged)
    monkeypatch.setattr(replay, "LONG", -1)
    woken = list[str]()
    of_run = MemoryLedger.of_run

    def counted(self: MemoryLedger, run: str, stop: int) -> Any:
        woken.append(run)
        return of_run(self, run, stop)

    monkeypatch.setattr(MemoryLedger, "of_run", counted)
    assert (alone(desk, desk.ledger), alone(desk, forged)) == usual
    assert len(woken) > len(rows), "half of all entries, in two logs"


@pytest.mark.parametrize("lie", ["nothing", "one less", "another run"])
def test_a_run_that_rested_and_is_not_found_again_is_no_pass(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, lie: str
) -> None:
    monkeypatch.setattr(replay, "LONG", -1)
    of_run = MemoryLedger.of_run
    other = next(run for seq, body, _, _ in desk.ledger.rows() if (run := read_body(body)["run"]))

    def lying(self: MemoryLedger, run: str, stop: int) -> Any:
        found = list(of_run(self, other if lie == "another run" and run != other else run, stop))
        return {"nothing": [], "one less": found[:-1], "another run": found if run != other else []}[lie]

    monkeypatch.setattr(MemoryLedger, "of_run", lying)
    assert {code for code, _, _ in alone(desk, desk.ledger)} == {"UNVERIFIABLE"}
