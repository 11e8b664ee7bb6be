"""What a desk in use does for its anchors: placing begins when a ticket has closed, and what failed is said.

Apart from `anchoring`, whose network libraries a terminal does not have to load.
"""

import os
import subprocess
import sys
import threading
from pathlib import Path

import sop_runner
from sop_runner.anchors.placing import Outcome, Result, read_outcomes
from sop_runner.base.message import Message, msg

from .layout import Layout

_LATER = """
import sys
from pathlib import Path
from sop_runner.base.clock import SystemClock
from sop_runner.desk.anchoring import place_heads
place_heads(Path(sys.argv[1]), SystemClock(), patient=False)
"""


def start_placing(folder: Path) -> None:
    """Place the newest head in a process of its own, which nobody waits for; what fails there is kept for the board."""
    command = [sys.executable, "-P", "-c", _LATER, str(folder.absolute())]
    path = os.pathsep.join(
        filter(None, (str(Path(sop_runner.__file__).parents[1]), os.environ.get("PYTHONPATH")))
    )
    quiet = subprocess.DEVNULL
    try:
        running = subprocess.Popen(  # noqa: S603  # our own interpreter and words; no shell
            command,
            stdin=quiet,
            stdout=quiet,
            stderr=quiet,
            env={**os.environ, "PYTHONPATH": path},
            start_new_session=True,  # it outlives this terminal
        )
    except OSError:
        return  # the entry is durable; it only lacks these anchors until the next time
    threading.Thread(target=running.wait, daemon=True).start()


def notices(folder: Path) -> tuple[Message, ...]:
    """What people at the desk should know of its anchors: those that failed when they were last asked."""
    return tuple(_notice(one) for one in read_outcomes(Layout(folder).anchors) if not one.good)


def _notice(outcome: Outcome) -> Message:
    if outcome.result is Result.CONTRADICTS:
        return msg(
            "'{place}' has seen another audit log than this desk now has. Please tell whoever keeps the desk at once.",
            place=outcome.where,
        )
    return msg(
        "The state of the audit log could not be noted at '{place}'. Please go on, and tell whoever keeps the desk.",
        place=outcome.where,
    )
