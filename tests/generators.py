"""Small random procedures with every construct of the format, in odd company.

`sample(seed)` is the plain generator and `procedures()` the hypothesis strategy over it. A sample
is a tree of dicts for each file; what it holds is valid by the rules of the loader, but nobody has
proved it: requirements may be out of reach and names not known yet, so that the run core has
something to refuse.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import Any

import yaml
from hypothesis import assume
from hypothesis import strategies as st

from sop_runner.base.finding import Severity
from sop_runner.machine.plan import Plan, compile_plan
from sop_runner.procedure.library import resolve
from sop_runner.procedure.load import Loaded, load
from tests.generated_fields import derived, field
from tests.generated_nodes import FlowMaker, Names

Tree = dict[str, Any]
CONTROLS = ("control-a", "control-b", "control-c", "control-d")


@dataclass(frozen=True)
class Sample:
    """A procedure and what it calls, as trees; `seed` makes them again."""

    seed: int
    main: Tree
    callees: tuple[Tree, ...]

    def text(self, tree: Tree | None = None) -> bytes:
        """One of the files as YAML (the main one where none is named)."""
        return yaml.dump(
            tree or self.main, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=90
        ).encode()


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def sample(seed: int) -> Sample:
    """The procedure of a seed."""
    rng = Random(seed)
    callees: list[Tree] = []
    exports: list[Names] = []
    for number in range(rng.choice((0, 0, 1, 1, 2))):
        tree, names = _procedure(rng, f"callee-{number}", callees[:number], exports[:number], inner=True)
        callees.append(tree)
        exports.append(names)
    main, _ = _procedure(rng, "main", callees, exports, inner=False)
    return Sample(seed, main, tuple(callees))


def _procedure(
    rng: Random, name: str, callees: list[Tree], exports: list[Names], *, inner: bool
) -> tuple[Tree, Names]:
    roles = ["agent", "checker"] if inner else ["agent", "supervisor", "manager"]
    names = Names(roles=roles, controls=list(CONTROLS))
    case = []
    for number in range(rng.randint(1 if inner else 0, 2)):
        spec = field(rng, f"given_{number}", names, keep=not inner, simple=inner)
        if inner:
            spec["required"] = rng.random() < 0.5
        case.append(spec)
        names.add(spec)
    names.case = case
    maker = FlowMaker(rng, names, list(zip(callees, exports, strict=True)), inner=inner)
    flow = maker.flow(rng.randint(2, 6) if inner else rng.randint(4, 11))
    tree: Tree = {
        "format": "sop/1",
        "procedure": name,
        "revision": 1,
        "title": f"Generated {name}",
        "purpose": "Hold the run core to its rules.",
        "effective_from": "2026-01-01",
        "review_by": "2027-01-01",
        "roles": {role: f"Acts as {role}." for role in roles},
        "by": "agent" if rng.random() < 0.8 else ["agent", roles[1]],
    }
    if case:
        tree["case"] = case
    if derive := derived(rng, names):
        tree["derive"] = derive
        maker.use_derived(flow)
    tree["controls"] = {control: f"The rule of {control}." for control in CONTROLS}
    if inner and rng.random() < 0.3:
        tree["expects"] = [rng.choice(CONTROLS)]
    defaults: Tree = {}
    if rng.random() < 0.2:
        defaults["otherwise"] = rng.choice(maker.ends)
    if rng.random() < 0.2:
        defaults["waivable"] = {"by": roles[1]}
    if rng.random() < 0.2:
        defaults["time"] = {"expect": "1m", "limit": "10m"}
    if defaults:
        tree["defaults"] = defaults
    tree["flow"] = flow
    return tree, names


@dataclass(frozen=True)
class Compiled:
    """A sample as the product reads it: `plan` is None where `findings` has an error."""

    sample: Sample
    plan: Plan | None
    findings: tuple[str, ...]


@lru_cache(maxsize=256)
def compiled(seed: int) -> Compiled:
    """Load, resolve and compile the procedure of a seed."""
    made = sample(seed)
    loaded = {
        (tree["procedure"], 1): load(made.text(tree), f"{tree['procedure']}.yaml") for tree in made.callees
    }
    main = load(made.text(), "main.yaml")
    resolved = resolve(main, lambda name, revision: loaded.get((name, revision)))
    files: list[Loaded] = [main, *loaded.values()]
    found = [f for one in files for f in one.findings] + list(resolved.findings)
    errors = tuple(f"{f.code} {f.message}" for f in found if f.severity is Severity.ERROR)
    if errors or main.procedure is None or main.digest is None:
        return Compiled(made, None, errors)
    pins = tuple(sorted((*key, one.digest or "") for key, one in resolved.callees.items()))
    return Compiled(made, compile_plan(main.procedure, main.digest, resolved.procedures, pins), ())


@st.composite
def procedures(draw: st.DrawFn) -> Compiled:
    """Generated procedures that load without a finding, compiled; a failure prints the seed."""
    found = compiled(draw(st.integers(0, 2**20)))
    assume(found.plan is not None)
    return found


def plan_of(trees: Mapping[str, Tree] | Tree) -> Plan:
    """Compile one tree that calls nothing; its findings fail the test."""
    loaded = load(yaml.dump(dict(trees), Dumper=_Dumper, sort_keys=False).encode(), "main.yaml")
    assert loaded.procedure is not None, [f.message for f in loaded.findings]
    return compile_plan(loaded.procedure, loaded.digest or "", {})
