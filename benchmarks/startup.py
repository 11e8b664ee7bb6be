"""`sop --help`, and `sop audit verify` on an empty log, over bare Python."""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measure import Case, Row, duration, interleaved, timed
from sop_runner.wiring import create_desk

TITLE = "(e) Start-up"
MOST_S, MOST_VERIFY = 0.120, 10
BARE, HELP, VERIFY = "python -c pass", "sop --help", "sop audit verify, empty log"
SOP = "import sys; sys.argv = ['sop', *{args!r}]; from sop_runner.cli.main import main; main()"


def main() -> list[Row]:
    """Whole processes, in turns."""
    with TemporaryDirectory() as folder:
        desk = Path(folder) / "desk"
        create_desk(desk)
        codes = {
            BARE: "pass",
            HELP: SOP.format(args=["--help"]),
            VERIFY: SOP.format(args=["audit", "verify", "--desk", str(desk)]),
        }
        medians = interleaved({name: _process(code) for name, code in codes.items()}, 15)
    more = medians[HELP] - medians[BARE]
    return [
        Row(BARE, duration(medians[BARE])),
        Row(HELP, duration(medians[HELP])),
        Row("more than bare Python, of 120 ms", duration(more), more / MOST_S, 1.0),
        Row(VERIFY, duration(medians[VERIFY]), medians[VERIFY] / medians[BARE], MOST_VERIFY),
    ]


def _process(code: str) -> Case:
    command = [sys.executable, "-c", code]
    # As installed, with compiled modules: the first round, which does not count, writes them.
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return timed(lambda: subprocess.run(command, stdout=subprocess.DEVNULL, env=env, check=True))
