"""`sop --help` over bare Python."""

import subprocess
import sys

from benchmarks.measure import Case, Row, duration, interleaved, timed

TITLE = "(e) Start-up"
MOST_S = 0.120
BARE, HELP = "python -c pass", "sop --help"


def main() -> list[Row]:
    """Whole processes, in turns."""
    command = [
        sys.executable,
        "-c",
        "import sys; sys.argv = ['sop', '--help']; from sop_runner.cli.main import main; main()",
    ]
    medians = interleaved({BARE: _process([sys.executable, "-c", "pass"]), HELP: _process(command)}, 15)
    more = medians[HELP] - medians[BARE]
    rows = [Row(name, duration(seconds)) for name, seconds in medians.items()]
    return [*rows, Row("more than bare Python, of 120 ms", duration(more), more / MOST_S, 1.0)]


def _process(command: list[str]) -> Case:
    return timed(lambda: subprocess.run(command, stdout=subprocess.DEVNULL, check=True))
