"""From a key to the next item on a real terminal, the durable append between them included."""

import sys
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from benchmarks.frame import SOP
from benchmarks.measure import Row, duration
from benchmarks.terminal import Terminal
from sop_runner.desk.demo import PEOPLE
from sop_runner.tui.ui import Ui
from sop_runner.wiring import create_demo

TITLE = "(h) Key press to the next item painted, a walk of 60 items"
ITEMS = 60
P50_S, P95_S = 0.060, 0.120


def main() -> list[Row]:
    """One walk at a demo desk: steps by Enter, every fourth item a record of one field."""
    with TemporaryDirectory() as folder:
        desk = Path(folder) / "desk"
        create_demo(desk).close()
        (desk / "procedures" / "made-up.yaml").write_bytes(_text())
        taken = _walk(desk)
    p50, p95 = median(taken), quantiles(taken, n=20)[-1]
    return [
        Row("fastest", duration(min(taken))),
        Row("p50, of 60 ms", duration(p50), p50 / P50_S, 1.0),
        Row("p95, of 120 ms", duration(p95), p95 / P95_S, 1.0),
        Row("slowest", duration(max(taken))),
    ]


def _walk(desk: Path) -> list[float]:
    who = PEOPLE[0]
    args = ["run", "made-up", "--ticket", "T-1", "--person", who.id, "--training", "--desk", str(desk)]
    terminal = Terminal([sys.executable, "-c", SOP.format(args=args)])
    # A key that comes before an item could be read does nothing.
    readable_s = Ui().settle_s + 0.15
    taken = []
    try:
        terminal.until("assphrase")
        terminal.rest(0.3)
        terminal.type(f"{who.passphrase}\r")
        terminal.until(_words(0))
        for number in range(ITEMS):
            terminal.rest(readable_s)
            if _is_record(number):
                terminal.type("12.50")
                terminal.rest(0.3)
            pressed = terminal.type("\r")
            taken.append(terminal.until(_words(number + 1)) - pressed)
    finally:
        terminal.close()
    return taken


def _words(number: int) -> str:
    """What stands on the screen only while this item is asked."""
    return f"part-{number:03}" if number < ITEMS else "The walk is over"


def _is_record(number: int) -> bool:
    return number % 4 == 2


def _text() -> bytes:
    flow: list[dict[str, Any]] = []
    for number in range(ITEMS):
        told = {"title": f"Item {number}", "do": f"Do {_words(number)} of the walk as this says."}
        if _is_record(number):
            fields = [{"field": f"amount_{number}", "type": "money", "currency": "EUR"}]
            flow.append({"confirmation": f"item-{number}", **told, "record": {"fields": fields}})
        else:
            flow.append({"step": f"item-{number}", **told})
    end = {"end": "closed", "result": "completed", "say": _words(ITEMS)}
    top = {
        "format": "sop/1", "procedure": "made-up", "revision": 1, "title": "Made up", "purpose": "Be measured.",
        "effective_from": "2026-01-01", "review_by": "2027-01-01", "roles": {"agent": "Acts."}, "by": "agent",
        "flow": [*flow, end],
    }  # fmt: skip
    return yaml.safe_dump(top, sort_keys=False).encode()
