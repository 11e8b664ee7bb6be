"""Obligations: what each requirement of a control comes to, as findings."""

from collections.abc import Iterator

from sop_runner.lint.fault import Fault
from sop_runner.lint.proofs.result import told
from sop_runner.lint.proofs.telling import NOT_WALKED
from sop_runner.lint.subject import Subject
from sop_runner.machine.graph import GraphNode
from sop_runner.procedure.model import Path
from sop_runner.procedure.place import Problem


def obligations(subject: Subject) -> Iterator[Fault]:
    """Each obligation that does not hold, at the place that asks for the control; of one way one fault."""
    failing: dict[tuple[str, str, str], list[str]] = {}
    unwalked: dict[tuple[str, str], list[str]] = {}
    for one in subject.obligations:
        if one.verdict == "unsettled" and one.path:
            unwalked.setdefault((one.node, told(one.path)), []).append(one.control)
        elif one.verdict == "unsettled":
            message = f"whether every path to '{one.node}' holds '{one.control}' could not be settled"
            path = _place(subject.plan.nodes[one.node], one.control)
            fix = "make the conditions before it simpler"
            yield Fault(one.node, Problem("SOP303", message, path, fix, about=one.control))
        elif one.verdict == "fails":
            failing.setdefault((one.node, one.kind, told(one.path)), []).append(one.control)
    for (name, way), controls in unwalked.items():
        names = [*dict.fromkeys(controls)]
        yield Fault(name, _not_walked(subject, subject.plan.nodes[name], way, names))
    for (name, kind, way), controls in failing.items():
        yield Fault(name, _problem(subject, subject.plan.nodes[name], kind, way, controls))


def _problem(subject: Subject, node: GraphNode, kind: str, way: str, controls: list[str]) -> Problem:
    asked = list(getattr(node.node, "requires", ()))
    controls.sort(key=lambda control: asked.index(control) if control in asked else len(asked))
    path = _place(node, controls[0])
    asks = f"'{node.id}' requires {_and(controls)}"
    fix = _fix(subject, node, kind, controls)
    if kind == "closure":
        never = "never gains it" if len(controls) == 1 else "gains none of them"
        return Problem("SOP301", f"{asks}, and this path {never}: {way}", path, fix, about=controls[0])
    lost = "it is lost" if len(controls) == 1 else "they are lost"
    fix = f"{fix}, or keep {_and(controls)} from being lost"
    return Problem("SOP302", f"{asks}, and on this path {lost} again: {way}", path, fix, about=controls[0])


def _not_walked(subject: Subject, node: GraphNode, way: str, controls: list[str]) -> Problem:
    asks = f"whether every path to '{node.id}' holds {_and(controls)} could not be settled"
    message = f"{asks}: this one seems not to, and could not be walked: {way}"
    fix = f"{_fix(subject, node, 'closure', controls)}, or make what it asks on the way simpler"
    return Problem(NOT_WALKED, message, _place(node, controls[0]), fix, about=controls[0])


def _fix(subject: Subject, node: GraphNode, kind: str, controls: list[str]) -> str:
    """Through what the path has to lead, and what nothing gains so far."""
    gained = {control: sorted(subject.plan.gainers.get((node.scope, control), ())) for control in controls}
    by = [" or ".join(f"'{name}'" for name in names) for names in gained.values() if names]
    never = [control for control, names in gained.items() if not names]
    through = " and ".join(dict.fromkeys(by))
    lead = (
        f"lead every path through {through}"
        if kind == "closure"
        else f"lead the path through {through} again"
    )
    return " and ".join(
        [*([lead] if by else []), *([f"let a confirmation satisfy {_and(never)}"] if never else [])]
    )


def _and(names: list[str]) -> str:
    quoted = [f"'{name}'" for name in names]
    return " and ".join(filter(None, (", ".join(quoted[:-1]), quoted[-1])))


def _place(node: GraphNode, control: str) -> Path:
    """The entry under `requires`; what is imposed stands at the node itself."""
    asked = list(getattr(node.node, "requires", ()))
    return (*node.path, "requires", asked.index(control)) if control in asked else node.path
