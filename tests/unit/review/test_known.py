"""What is known of entries judged before finds what judging each of them finds: in what happened, and in forgeries."""

import copy
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from functools import cache
from itertools import chain
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sop_runner.audit.bodies import fields_in, said_in
from sop_runner.audit.findings import Code
from sop_runner.audit.heads import NotCanonical
from sop_runner.audit.log import LedgerKind
from sop_runner.base.canonical import text_checked
from sop_runner.base.clock import utc_text
from sop_runner.machine.plan import Plan
from sop_runner.review import deriving, learning, remembered
from sop_runner.review.beyond import Looking
from sop_runner.review.replay import Replay
from sop_runner.run.actions import Opened
from sop_runner.run.events import OVERRUN_NOTED, Event
from sop_runner.run.state import Run
from tests.attack.logs import Desk, bodies
from tests.unit.authoring.stages import scenarios_of
from tests.unit.review.forging import Body, at_other_times, forged, with_other_values

PROCEDURES = Path(__file__).parents[3] / "procedures"
NAMES = ("account-change", "factor-reset", "plan-change", "refund", "system-outage", "technical-fault")
BUSY = "international-roaming-dispute"
READING = (NotCanonical, ValueError, KeyError, TypeError, AttributeError, RecursionError, StopIteration)
Forge = Callable[[list[Body], list[Body], Random], list[Body]]


class Log:
    """Every run of the scenarios of one procedure."""

    def __init__(self, name: str) -> None:
        self.desk = Desk(PROCEDURES)
        path = PROCEDURES / f"{name}.scenarios.yaml"
        for case in scenarios_of(path)[1]:
            self.desk.play(path, case)
        self.runs: dict[str, list[Body]] = {}
        for body in bodies(self.desk.ledger):
            if body["run"] is not None:
                self.runs.setdefault(body["run"], []).append(body)
        self.values = {run: self.desk.opened(run) for run in self.runs}

    def procedures(self) -> Iterable[tuple[str, bytes]]:
        return self.desk.ledger.procedures()

    def rows(self) -> Iterable[Any]:
        raise NotImplementedError  # entries are handed over one by one

    def opened(self, run: str) -> Mapping[str, Opened]:
        return self.values[run.partition("~")[0]]

    def replay(self) -> Replay:
        return Replay(self, LedgerKind.TRAINING, self.opened)

    def taught(self) -> Replay:
        """A replay that has judged every run, and finds most of what comes known."""
        found = self.replay()
        for rows in self.runs.values():
            take(found, rows, "~taught")
        assert found.findings == []
        return found


@cache
def log_of(name: str) -> Log:
    return Log(name)


def take(replay: Replay, rows: Iterable[Body], mark: str, *, judging_each: bool = False) -> None:
    for index, body in enumerate(rows):
        marked = {**body, "run": f"{body['run']}{mark}"}
        if judging_each:
            replay.take(index, marked)
            continue
        try:
            fields = fields_in(text_checked(marked).encode())
        except READING:
            replay.take(index, marked)  # the integrity of the log stops there
            continue
        if not replay.knows(index, fields):
            replay.take(index, fields)


def outcome(replay: Replay, mark: str) -> tuple[Any, ...]:
    """What was found of a run that was marked so, under its own name."""

    def unmarked(found: Iterable[Any]) -> list[Any]:
        return [tuple(part.replace(mark, "") if type(part) is str else part for part in one) for one in found]

    findings = [(one.code, one.index, one.run, one.message) for one in replay.finish()]
    return unmarked(findings), unmarked(replay.uses), unmarked(replay.turns)


@pytest.mark.parametrize("name", NAMES)
def test_runs_that_do_the_same_again_are_known_and_clean(name: str) -> None:
    log = log_of(name)
    replay = log.taught()
    before = replay.known
    for rows in log.runs.values():
        take(replay, rows, "~again")
    assert replay.finish() == ()
    assert replay.known - before > 0.95 * sum(map(len, log.runs.values()))


def test_what_followed_on_the_same_values_is_not_found_out_again(monkeypatch: pytest.MonkeyPatch) -> None:
    log, found = log_of("refund"), list[Event]()

    def told(plan: Plan, run: Run, act: Event, opened: Mapping[str, Opened]) -> deriving.Derived:
        found.append(act)
        return deriving.derived(plan, run, act, opened)

    monkeypatch.setattr(remembered, "derived", told)
    replay = log.taught()
    assert found
    for mark in ("~again", "~and-again"):
        found.clear()
        for rows in log.runs.values():
            take(replay, rows, mark)
    assert not found


def test_an_act_on_the_same_values_is_not_done_again(monkeypatch: pytest.MonkeyPatch) -> None:
    log, found = log_of(BUSY), list[Event]()

    def told(plan: Plan, run: Run, event: Event, opened: Mapping[str, Opened]) -> bool:
        found.append(event)
        return deriving.acted_so(plan, run, event, opened)

    monkeypatch.setattr(learning, "acted_so", told)
    replay = log.taught()
    for mark in ("~again", "~and-again"):
        for rows in log.runs.values():
            take(replay, rows, mark)
    assert found
    found.clear()
    for rows in log.runs.values():
        take(replay, rows, "~once-more")
    assert not found


@pytest.mark.parametrize("seconds", [-1, 1])
def test_how_late_an_overrun_says_it_was_is_counted_again(seconds: int) -> None:
    log = log_of(BUSY)
    replay = log.taught()
    for rows in log.runs.values():
        take(replay, rows, "~again")
    rows, at = next(
        (rows, at)
        for rows in log.runs.values()
        for at, row in enumerate(rows)
        if row["type"] == OVERRUN_NOTED
    )
    row = copy.deepcopy(rows[at])
    (piece,) = [piece for piece in row["evidence"] if "over_s" in piece]
    piece["over_s"] += seconds
    assert replay.findings == []
    take(replay, [*rows[:at], row], "~forged")
    assert [(one.code, one.index) for one in replay.findings] == [(Code.ILLEGAL_TRANSITION, at)]


def test_overruns_that_are_noted_at_once_are_known_and_none_of_them_can_be_forged() -> None:
    log = log_of("system-outage")
    replay = log.taught()
    rows, at = next(
        (rows, at)
        for rows in log.runs.values()
        for at in range(1, len(rows))
        if rows[at - 1]["type"] == rows[at]["type"] == OVERRUN_NOTED and rows[at - 1]["ts"] == rows[at]["ts"]
    )
    before = replay.known
    take(replay, rows[: at + 1], "~again")
    assert (replay.known - before, replay.findings) == (at + 1, [])
    first, second = rows[at - 1], rows[at]
    forgeries = [
        [first],
        [second],
        [second, first],
        [first, first],
        [first, second, second],
        [first, _at_another_time(second)],
        [_at_another_time(first), second],
        [_at_another_time(first), _at_another_time(second)],
        [first, _so_much_later(second, 1)],
        [_so_much_later(first, -1), second],
        [first, {**second, "actor": "p1"}],
    ]
    for number, forgery in enumerate(forgeries):
        forgery += rows[at + 1 :]
        results = []
        for judging_each in (False, True):
            other = replay if not judging_each else log.replay()
            for kept in (other.findings, other.uses, other.turns):
                kept.clear()
            mark = f"~{number}{judging_each}"
            take(other, [*rows[: at - 1], *forgery], mark, judging_each=judging_each)
            results.append(outcome(other, mark))
            other._open.clear()
            other._others.clear()
        assert results[0] == results[1]
        assert results[0][0]


def _at_another_time(row: Body) -> Body:
    wall = datetime.fromisoformat(row["ts"]["wall"]) + timedelta(seconds=1)
    return {**row, "ts": {**row["ts"], "wall": utc_text(wall)}}


def _so_much_later(row: Body, seconds: int) -> Body:
    found = copy.deepcopy(row)
    for piece in found["evidence"]:
        if "over_s" in piece:
            piece["over_s"] += seconds
    return found


def test_personal_values_are_looked_for_in_runs_that_are_known_as_well() -> None:
    log = log_of("account-change")
    found = []
    for by_fields in (True, False):
        looking = Looking(
            log, log.desk.ledger.opening, frozenset(), lambda run: dict(log.values.get(run, {}))
        )
        index = 0
        for mark in ("", "~copy", "~another"):
            for rows in log.runs.values():
                for body in rows:
                    fields = fields_in(text_checked({**body, "run": f"{body['run']}{mark}"}).encode())
                    looking.take(index, fields if by_fields else said_in(fields))
                    index += 1
        found.append(looking.finish())
    assert found[0].known > 400
    assert found[0]._replace(known=0) == found[1]
    assert {one.run[-5:] for one in found[0].findings if one.run and one.code is Code.PAYLOAD_MISSING} >= {
        "~copy"
    }


@settings(max_examples=60)
@given(
    name=st.sampled_from((*NAMES, BUSY)),
    forge=st.sampled_from((forged, with_other_values, at_other_times)),
    seed=st.integers(0, 2**32),
)
def test_a_forged_run_is_found_out_as_if_each_entry_was_judged(name: str, forge: Forge, seed: int) -> None:
    log, random = log_of(name), Random(seed)
    rows = forge(random.choice(list(log.runs.values())), [*chain(*log.runs.values())], random)
    results = []
    # Twice by what is known: the second time what was learnt of the first is gone by.
    for mark, judging_each in (("~forged", False), ("~again", False), ("~judged", True)):
        replay = taught(name) if not judging_each else log.replay()
        for kept in (replay.findings, replay.uses, replay.turns):
            kept.clear()
        take(replay, rows, mark, judging_each=judging_each)
        results.append(outcome(replay, mark))
        replay._open.clear()  # what is open of it is no part of the next example
        replay._others.clear()
    assert results[0] == results[2]
    assert results[1] == results[2]


@cache
def taught(name: str) -> Replay:
    return log_of(name).taught()
