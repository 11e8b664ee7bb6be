"""A log of real runs, taken away once for many tests."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from sop_runner.audit.note import VerifierKey
from sop_runner.authoring.rehearse import rehearse
from sop_runner.desk.exporting import export_log
from sop_runner.desk.layout import Layout
from sop_runner.wiring import create_desk, open_desk, rehearsal_stage
from tests.unit.authoring.stages import scenarios_of

REAL = Path(__file__).parents[1] / "procedures"


@dataclass(frozen=True)
class Taken:
    """A desk whose training ledger holds runs, its export and the key that signs it."""

    desk: Path
    folder: Path
    key: VerifierKey


def played(desk: Path, name: str, *, most: int | None = None) -> None:
    """Make a desk if there is none, and rehearse the scenarios of a shipped procedure on it."""
    if not desk.exists():
        create_desk(desk)
    loaded, cases = scenarios_of(REAL / f"{name}.scenarios.yaml")
    with rehearsal_stage(desk, REAL / f"{name}.yaml") as make:
        for case in cases[:most]:
            assert rehearse(case, make(), loaded.source).deviation is None, case.name


def taken(desk: Path, folder: Path) -> Taken:
    """The training ledger of a desk, exported whole."""
    opened = open_desk(desk, training=True, reading=True)
    key = opened.context.ledger.opening.key
    opened.close()
    _, written = export_log(Layout(desk, training=True), folder, ("csv", "xes", "ocel"), lambda *_: None)
    written.complete()
    return Taken(desk, folder, key)


def verify_py(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """Run the export's own program as its reader does, with nothing of ours importable."""
    command = [sys.executable, "-I", str(folder / "verify.py"), str(folder), *args]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
