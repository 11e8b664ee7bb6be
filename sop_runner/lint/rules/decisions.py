"""Decisions: those that decide nothing, and those that do not say what is to be judged."""

from collections.abc import Iterator

from sop_runner.base.finding import Severity
from sop_runner.lint.rule import Rule, own
from sop_runner.lint.subject import Subject
from sop_runner.procedure.nodes import Decision
from sop_runner.procedure.place import Problem


def pointless(subject: Subject) -> Iterator[Problem]:
    """The outcomes of a decision differ in where they lead or in what they do."""
    for node in subject.nodes:
        spec = node.node
        if not isinstance(spec, Decision):
            continue
        ways = {tuple(node.arrows[outcome.outcome].targets) for outcome in spec.outcomes}
        deeds = {(o.satisfies, o.imposes, repr(o.sets)) for o in spec.outcomes}
        if len(ways) > 1 or len(deeds) > 1:
            continue
        if len(spec.outcomes) == 1:
            message = f"'{spec.id}' has one outcome only, so nothing is decided"
            yield Problem("SOP551", message, (*node.path, "outcomes"), "add the other outcome, or make it a step", on_key=True)  # fmt: skip
        elif spec.id not in subject.names_read:
            target = next(iter(ways))[0]
            message = f"every outcome of '{spec.id}' leads to '{target}' and does the same, and nothing reads which it was"
            yield Problem("SOP551", message, (*node.path, "outcomes"), "lead the outcomes apart with `then`, or read it in a condition or a text", on_key=True)  # fmt: skip


def questions(subject: Subject) -> Iterator[Problem]:
    """Whoever decides is told what about."""
    for path, node, _ in subject.flow:
        if isinstance(node, Decision) and node.decided_by != "rule" and not (node.ask or node.do or node.say):
            message = f"'{node.id}' is decided by {'judgement' if node.decided_by == 'person' else 'an answer'}, and nothing says what is asked"
            yield Problem("SOP552", message, (*path, "decision"), "add `ask` with the question")


_REQUEST = "  - confirmation: request\n    record: {fields: [{field: wish, type: text}]}\n    satisfies: [written-record]\n"
_END = "  - end: closed\n    result: completed\n    requires: [written-record]"
_WAYS = "    decided_by: answer\n    outcomes: [{outcome: good}, {outcome: bad, then: worse}]\n"
_SAME = "    decided_by: answer\n    outcomes: [{outcome: good}, {outcome: bad}]\n"
_WORSE = "\n  - end: worse\n    result: transferred"
RULES = (
    Rule(
        "SOP551",
        "decides-nothing",
        "All outcomes of a decision come to the same.",
        Severity.WARNING,
        own(pointless),
        "Mostly a `then` is missing, and a case that should have been stopped goes on like every other.",
        "flow:\n" + _REQUEST + "  - decision: mood\n    ask: How is the line?\n" + _SAME + _END,
        "flow:\n" + _REQUEST + "  - decision: mood\n    ask: How is the line?\n" + _WAYS + _END + _WORSE,
    ),
    Rule(
        "SOP552",
        "decision-without-question",
        "A person decides, and nothing says about what.",
        Severity.WARNING,
        own(questions),
        "Two agents who guess the question differently decide differently.",
        "flow:\n" + _REQUEST + "  - decision: mood\n" + _WAYS + _END + _WORSE,
        "flow:\n" + _REQUEST + "  - decision: mood\n    ask: How is the line?\n" + _WAYS + _END + _WORSE,
    ),
)  # fmt: skip
