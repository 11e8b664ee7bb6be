"""A step that is left open in what is called: what the author of the caller can do about it."""

import yaml

from sop_runner.lint.prove import prove
from sop_runner.machine.plan import compile_plan
from sop_runner.procedure.library import resolve
from sop_runner.procedure.load import load

TOP = {
    "format": "sop/1", "revision": 1, "title": "Small", "purpose": "Show one thing.", "effective_from": "2026-01-01",
    "review_by": "2027-01-01", "roles": {"agent": "Acts."}, "by": "agent",
}  # fmt: skip
CALLEE = {
    **TOP,
    "procedure": "callee",
    "flow": [
        {"step": "pause", "do": "Pause it.", "undone_by": "restore"},
        {"step": "work", "do": "Work."},
        {"step": "restore", "do": "Restore it."},
        {"end": "done", "result": "completed", "closes_ticket": False},
    ],
}
CALLER = {
    **TOP,
    "procedure": "caller",
    "flow": [
        {
            "call": "inner", "procedure": "callee", "revision": 1,
            "time": {"limit": "5m", "at_limit": "given-up"},
        },
        {"end": "closed", "result": "completed", "closes_ticket": False},
        {"end": "given-up", "result": "failed"},
    ],
}  # fmt: skip


def test_the_fix_names_the_call_whose_ways_out_have_to_undo_it() -> None:
    main, callee = (load(yaml.safe_dump(tree, sort_keys=False).encode()) for tree in (CALLER, CALLEE))
    assert main.procedure is not None
    plan = compile_plan(main.procedure, "", resolve(main, lambda *_: callee).procedures)
    (found,) = [one for one in prove(plan).findings if one.code == "SOP312"]
    assert "'given-up' can be reached with 'inner/pause' open" in found.message
    assert found.fix == (
        "lead every way out of 'inner' by 'inner/restore'; a limit that jumps away from 'inner' leaves it at once"
    )
