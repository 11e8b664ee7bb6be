"""Proving procedures of 2,000 nodes, each shape hard in its own way, over reading their files."""

import time
from collections.abc import Sequence

import yaml

from benchmarks.long_shapes import SHAPES
from benchmarks.measure import Row, duration, interleaved, timed
from benchmarks.year_end import year_end
from sop_runner.lint.prove import prove
from sop_runner.machine.plan import Plan, compile_plan
from sop_runner.procedure.library import resolve
from sop_runner.procedure.load import load

TITLE = "(h) Proving a procedure of 2,000 nodes, on one core; the ratio is of 2 s of its time"
NODES, MOST_S = 2_000, 2.0


def main() -> list[Row]:
    """Each shape in turns with the bare read of its files."""
    rows = []
    for name, shape in {**SHAPES, "a year-end close": year_end}.items():
        texts = [_text(tree) for tree in shape(NODES)]
        plan = _plan(texts)
        medians = interleaved(
            {
                "read": timed(
                    lambda texts=texts: [yaml.load(one, yaml.CSafeLoader) for one in texts],
                    clock=time.process_time,
                ),
                "prove": timed(lambda plan=plan: prove(plan), clock=time.process_time),
            },
            3,
        )
        seconds = medians["prove"]
        what = f"{name}: {len(plan.nodes)} nodes, {seconds / medians['read']:.1f} × the bare read"
        rows.append(Row(what, duration(seconds), seconds / MOST_S, 1.0))
    return rows


def _text(tree: object) -> bytes:
    return yaml.dump(tree, Dumper=yaml.CSafeDumper, sort_keys=False).encode()


def _plan(texts: Sequence[bytes]) -> Plan:
    main, *callees = (load(text) for text in texts)
    beside = {one.procedure.procedure: one for one in callees if one.procedure is not None}
    resolved = resolve(main, lambda name, _: beside.get(name))
    assert main.procedure is not None, [one.message for one in main.findings]
    return compile_plan(main.procedure, "", resolved.procedures)
