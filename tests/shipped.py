"""The procedures that ship, compiled."""

from functools import cache
from pathlib import Path

from sop_runner.machine.plan import Plan, compile_plan
from sop_runner.procedure.library import resolve
from sop_runner.procedure.load import Loaded, load

FOLDER = Path(__file__).parents[1] / "procedures"
NAMES = tuple(sorted(p.stem for p in FOLDER.glob("*.yaml") if not p.name.endswith(".scenarios.yaml")))


@cache
def _loaded(name: str) -> Loaded:
    path = FOLDER / f"{name}.yaml"
    return load(path.read_bytes(), str(path))


@cache
def shipped(name: str) -> Plan:
    """The plan of one of NAMES; its findings fail the test."""
    main = _loaded(name)
    assert main.procedure is not None, [f.message for f in main.findings]
    resolved = resolve(main, lambda callee, _: _loaded(callee) if callee in NAMES else None)
    assert not resolved.findings
    pins = tuple(sorted((*key, one.digest or "") for key, one in resolved.callees.items()))
    return compile_plan(main.procedure, main.digest or "", resolved.procedures, pins)


def _runs_alone(name: str) -> bool:
    procedure = _loaded(name).procedure
    return procedure is None or not procedure.expects


ALONE = tuple(filter(_runs_alone, NAMES))
"""Those of NAMES that start a run; the others expect controls of a caller."""


def tree_of(name: str) -> object:
    """The same file as the tree that was read."""
    return _loaded(name).source.data
