"""Several who share out the runs of a log find together what one alone finds, also what only shows between runs."""

import copy

import pytest

from sop_runner.review.beyond import Share, look_beyond, together
from sop_runner.run.actions import Opened
from sop_runner.stores.memory import MemoryLedger
from tests.attack.logs import Desk, bodies, resigned
from tests.attack.test_replay_attacks import CHANGE, REAL
from tests.unit.authoring.stages import scenarios_of


@pytest.fixture(scope="module")
def desk() -> Desk:
    desk = Desk(REAL)
    for case in scenarios_of(CHANGE)[1][:6]:
        desk.play(CHANGE, case)
    return desk


def found(desk: Desk, ledger: MemoryLedger, of: int) -> list[tuple[str, int | None, str]]:
    def examine(run: str) -> dict[str, Opened | None]:
        return dict(desk.opened(run))

    parts = [look_beyond(ledger, ledger.opening, frozenset(), examine, Share(n, of)) for n in range(of)]
    return sorted((str(f.code), f.index, f.message) for f in together(parts, examined=True))


def test_clean_is_clean(desk: Desk) -> None:
    assert [found(desk, desk.ledger, of) for of in (1, 2, 5)] == [[], [], []]


def test_the_same_is_found_however_it_is_shared_out(desk: Desk) -> None:
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
    alone = found(desk, ledger, 1)
    assert {code for code, _, _ in alone} >= {"FACTOR_REUSED", "CONTROL_SKIPPED"}
    assert [found(desk, ledger, of) for of in (2, 3, 7)] == [alone] * 3
