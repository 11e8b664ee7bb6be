"""A plan to compare although something that it calls is not at hand: an empty procedure stands in for that."""

from sop_runner.machine.plan import Plan, compile_plan
from sop_runner.procedure.library import Key, Resolved
from sop_runner.procedure.load import Loaded
from sop_runner.procedure.model import Procedure, walk
from sop_runner.procedure.nodes import Call


def comparable(main: Loaded, resolved: Resolved) -> tuple[Plan, frozenset[str]]:
    """Compile what was loaded without errors; with it the scopes (`CALL/`) whose procedure is a stand-in.

    Raises NotCompilable where a call does not fit what it calls.
    """
    procedure = main.procedure
    assert procedure is not None, "the caller has looked for errors"
    known = resolved.procedures
    calls: dict[Key, list[Call]] = {}
    for one in (procedure, *known.values()):
        for _, node, _ in walk(one.flow):
            if isinstance(node, Call) and (node.procedure, node.revision) not in known:
                calls.setdefault((node.procedure, node.revision), []).append(node)
    stand_ins = {key: _stand_in(key, those) for key, those in calls.items()}
    plan = compile_plan(procedure, main.digest or "", {**known, **stand_ins})
    missing = {id(one) for one in stand_ins.values()}
    return plan, frozenset(node.scope for node in plan.nodes.values() if id(node.procedure) in missing)


def _stand_in(key: Key, calls: list[Call]) -> Procedure:
    """A procedure that can come to every end that its callers name, and to one that they do not."""
    ends = [*dict.fromkeys(end for call in calls for end in call.ends)]
    ends.append(_free("completed", ends))
    roles = dict.fromkeys(role for call in calls for role in call.roles) or {"somebody": None}
    start = _free("not-at-hand", ends)
    return Procedure.model_validate(
        {
            "format": "sop/1", "procedure": key[0], "revision": key[1], "title": key[0], "purpose": "Stands in.",
            "effective_from": "2000-01-01", "review_by": "2000-01-01",
            "roles": dict.fromkeys(roles, "Stands in."), "by": next(iter(roles)),
            "flow": [
                {"decision": start, "decided_by": "person", "outcomes": [{"outcome": end, "then": end} for end in ends]},
                *({"end": end, "result": "completed"} for end in ends),
            ],
        }
    )  # fmt: skip


def _free(name: str, taken: list[str]) -> str:
    while name in taken:
        name += "-too"
    return name
