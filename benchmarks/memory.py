"""Memory of live runs: freshly started, and half way through the shipped procedure."""

import gc
import tracemalloc
from collections.abc import Callable

from benchmarks.measure import Row
from benchmarks.procedures import account_change, half_way, opened
from sop_runner.machine.plan import Plan
from sop_runner.run.state import Run

TITLE = "(b) Memory of 10,000 live runs of account-change; a run"
RUNS, MOST = 10_000, 2048


def main() -> list[Row]:
    """Bytes that are still held once the runs stand, each with its own texts and values."""
    plan = account_change()
    cases: dict[str, Callable[[Plan, str], Run]] = {
        "freshly started": opened,
        "before the guarded act": half_way,
    }
    return [_row(name, make, plan) for name, make in cases.items()]


def _row(name: str, make: Callable[[Plan, str], Run], plan: Plan) -> Row:
    make(plan, "warm")
    gc.collect()
    tracemalloc.start()
    runs = [make(plan, f"run-{number}") for number in range(RUNS)]
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    each = held / len(runs)
    return Row(name, f"{each:,.0f} B", each / MOST, 1.0)
