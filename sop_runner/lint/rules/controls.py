"""Controls: acts that nothing guards, ages that nobody judges, and controls that only exist on paper."""

from collections.abc import Iterable, Iterator

from sop_runner.base.finding import Severity
from sop_runner.lint.rule import Rule, own
from sop_runner.lint.subject import Subject
from sop_runner.procedure.model import Path
from sop_runner.procedure.nodes import Call, Checklist, Confirmation, Decision, End, Node
from sop_runner.procedure.place import Problem
from sop_runner.procedure.timing import Age
from sop_runner.procedure.walks import conditions
from sop_runner.procedure.when import Held, tests


def unguarded(subject: Subject) -> Iterator[Problem]:
    """An act that cannot be undone asks for a control itself."""
    if subject.procedure.expects:
        return  # whoever calls it holds these before any of its acts
    for node in subject.nodes:
        if getattr(node.node, "irreversible", False) and not node.requires:
            sometimes = " on every path" if subject.model.asks(node) else ""
            message = f"'{node.id}' cannot be undone, and no control guards it{sometimes}"
            fix = "add `requires` with the controls that must be held before it"
            yield Problem("SOP531", message, (*node.path, "irreversible"), fix, on_key=True)


def unjudged_ages(subject: Subject) -> Iterator[Problem]:
    """Where a control has an age, an act asks whether it is still fresh."""
    judged = _judged(subject)
    for _, path, controls, age in gaining(subject):
        if age is not None and (idle := [name for name in controls if name not in judged]):
            names = " and ".join(f"'{name}'" for name in idle)
            message = f"no act ever asks whether {names} is still fresh, so this age means nothing"
            fix = f"add `requires: [{', '.join(idle)}]` to the act it is for (an end asks only whether it was gained), or remove `valid_for`"
            yield Problem("SOP532", message, (*path, "valid_for"), fix, on_key=True)


def _judged(subject: Subject) -> set[str]:
    """The controls that some node requires or a condition asks about, callees among them."""
    found: set[str] = set()
    for node in subject.plan.graph.nodes.values():
        if node.kind != "end":
            found |= subject.model.asks(node)
    return found | set(_held(subject))


def _held(subject: Subject) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for place in conditions(subject.procedure):
        for test in tests(place.condition):
            if isinstance(test, Held):
                for index, control in enumerate(test.controls):
                    found.setdefault(control, (*place.path, *test.path, index))
    return found


def gaining(subject: Subject) -> Iterator[tuple[str, Path, tuple[str, ...], Age | None]]:
    """Each place of the file that satisfies controls: its node, its path, the controls, their age."""
    for path, node, _ in subject.flow:
        if isinstance(node, Checklist | Confirmation | Call) and node.satisfies:
            yield node.id, path, node.satisfies, node.valid_for
        elif isinstance(node, Decision):
            for index, outcome in enumerate(node.outcomes):
                if outcome.satisfies:
                    yield node.id, (*path, "outcomes", index), outcome.satisfies, outcome.valid_for


def idle(subject: Subject) -> Iterator[Problem]:
    """Every control that is declared is gained somewhere, and asked for somewhere."""
    procedure = subject.procedure
    gained = {name for _, _, controls, _ in gaining(subject) for name in controls} | {*procedure.expects}
    held, asked, taken = _held(subject), _asked(subject), _taken(subject)
    calls = [node for _, node, _ in subject.flow if isinstance(node, Call)]
    within = {
        name for call in calls for name in subject.plan.callees[(call.procedure, call.revision)].controls
    }
    # An end that closes without any control is told as SOP304, and names what it should ask for.
    bare = any(isinstance(node, End) and node.closes and not node.requires for _, node, _ in subject.flow)
    for name in procedure.controls:
        if name in gained:
            if name not in asked and name not in held and name not in within and not bare:
                message = f"'{name}' is gained, and neither an act nor an end asks for it"
                fix = "add it to `requires` of the act or the end that it is for"
                yield Problem("SOP535", message, ("controls", name), fix, on_key=True)
        elif name in asked or name in within:
            continue  # SOP301 shows the path, or a callee gains it
        elif name in held:
            message = f"a condition asks whether '{name}' is held, and nothing ever satisfies it"
            yield Problem("SOP533", message, held[name], f"let a confirmation satisfy '{name}'")
        elif name in taken:
            message = f"'{name}' is taken away here, and nothing ever satisfies it"
            yield Problem("SOP533", message, taken[name], f"let a confirmation satisfy '{name}'")
        else:
            message = f"the control '{name}' is declared, and nothing satisfies or requires it"
            yield Problem("SOP534", message, ("controls", name), "let a confirmation satisfy it and an act require it, or remove it", on_key=True)  # fmt: skip


def _asked(subject: Subject) -> set[str]:
    found: set[str] = set()
    for _, node, _ in subject.flow:
        found |= {*node.requires}
        found.update(_imposed(node))
    return found


def _taken(subject: Subject) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for path, node, _ in subject.flow:
        for index, name in enumerate(() if isinstance(node, End) else node.invalidates):
            found.setdefault(name, (*path, "invalidates", index))
    return found


def _imposed(node: Node) -> Iterable[str]:
    if isinstance(node, Decision):
        for outcome in node.outcomes:
            yield from outcome.imposes


_REQUEST = "  - confirmation: request\n    record: {fields: [{field: wish, type: text}]}\n    satisfies: [written-record]\n"
_END = "  - end: closed\n    result: completed\n    requires: [written-record]"
_TWO = "controls: {written-record: Written down., log-review: The log was read.}\n"
RULES = (
    Rule(
        "SOP531",
        "unguarded-act",
        "An act that cannot be undone requires no control.",
        Severity.WARNING,
        own(unguarded),
        "A control that only the end asks for comes too late: the act has happened by then.",
        "flow:\n" + _REQUEST + "  - step: apply\n    do: Make the change.\n    irreversible: true\n" + _END,
        "flow:\n" + _REQUEST + "  - step: apply\n    do: Make the change.\n    irreversible: true\n"
        "    requires: [written-record]\n" + _END,
    ),
    Rule(
        "SOP532",
        "age-nobody-judges",
        "A control has a `valid_for`, and no act ever asks whether it is fresh.",
        Severity.WARNING,
        own(unjudged_ages),
        "An act (`requires` of a node, a `held` condition, an imposed control at an irreversible act) asks whether a "
        "control holds now; an end asks only whether it was gained. Where no act asks, the age has no effect.",
        "flow:\n" + _REQUEST + "    valid_for: 15m\n" + _END,
        "flow:\n" + _REQUEST + "    valid_for: 15m\n  - step: apply\n    do: Make the change.\n"
        "    requires: [written-record]\n" + _END,
    ),
    Rule(
        "SOP533",
        "control-never-gained",
        "A condition or an `invalidates` names a control that nothing satisfies.",
        Severity.WARNING,
        own(idle),
        "The condition never holds and the node takes nothing away. A node or an end that requires such a control "
        "is reported as SOP301, with the path.",
        _TWO + "flow:\n" + _REQUEST + "  - step: tell\n    do: Tell the customer.\n"
        "    invalidates: [log-review]\n" + _END,
        "flow:\n" + _REQUEST + "  - step: tell\n    do: Tell the customer.\n" + _END,
    ),
    Rule(
        "SOP534",
        "unused-control",
        "A control is declared, and nothing satisfies or requires it.",
        Severity.WARNING,
        own(idle),
        "An auditor who reads the list of controls believes that it is kept.",
        _TWO,
        "controls: {written-record: Written down.}",
    ),
    Rule(
        "SOP535",
        "control-nobody-asks-for",
        "A control is gained, and neither an act nor an end asks for it.",
        Severity.NOTE,
        own(idle),
        "What nothing requires can be left out by the next change of the flow, and no proof will say so.",
        _TWO + "flow:\n" + _REQUEST + "  - confirmation: log\n"
        "    log_review: {source: accounts, checks: [There is one change.]}\n    satisfies: [log-review]\n" + _END,
        _TWO + "flow:\n" + _REQUEST + "  - confirmation: log\n"
        "    log_review: {source: accounts, checks: [There is one change.]}\n    satisfies: [log-review]\n"
        "  - end: closed\n    result: completed\n    requires: [written-record, log-review]",
    ),
)  # fmt: skip
