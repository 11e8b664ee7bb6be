"""A desk on whose training ledger changes of an account were really made."""

from pathlib import Path

from sop_runner.authoring.rehearse import rehearse
from sop_runner.wiring import create_desk, rehearsal_stage
from tests.unit.authoring.stages import scenarios_of

_REAL = Path(__file__).parents[2] / "procedures"


def play(folder: Path, count: int) -> Path:
    """Make the desk and play so many of the procedure's cases there, one after the other."""
    create_desk(folder)
    loaded, cases = scenarios_of(_REAL / "account-change.scenarios.yaml")
    with rehearsal_stage(folder, _REAL / "account-change.yaml") as make:
        for case in cases[:count]:
            assert rehearse(case, make(), loaded.source).deviation is None
    return folder
