"""The graph: ways that make no difference, and checks that can fail with nowhere to go."""

from collections.abc import Iterator

from sop_runner.base.finding import Severity
from sop_runner.lint.rule import Rule, own
from sop_runner.lint.subject import Subject
from sop_runner.machine.graph import GraphNode
from sop_runner.procedure.nodes import Call, Confirmation
from sop_runner.procedure.place import Problem


def same_way(subject: Subject) -> Iterator[Problem]:
    """Failing leads elsewhere than passing, or at least loses a control."""
    for node in subject.nodes:
        done, otherwise = node.arrows.get("done"), node.arrows.get("otherwise")
        if done is None or otherwise is None or isinstance(node.node, Call):
            continue
        if otherwise.targets == (done.target,) and not node.satisfies and not node.records:
            message = f"'{node.id}' leads to '{done.target}' whether it is done or not"
            where = (*node.path, "otherwise") if getattr(node.node, "otherwise", None) else node.path
            yield Problem("SOP571", message, where, "lead `otherwise` to another node, or remove it")


def no_way_out(subject: Subject) -> Iterator[Problem]:
    """What somebody else may refuse or fail says where to go then."""
    for node in subject.nodes:
        if "otherwise" not in node.arrows and node.waivable_by is None and (what := _may_fail(node)):
            limit = node.time.at_limit if node.time is not None else None
            if limit is not None and limit.to != "warn":
                continue
            message = f"'{node.id}' {what}, and nothing says where to go then: the run can only be abandoned"
            yield Problem(
                "SOP572", message, (*node.path, node.kind), "add `otherwise` with the node to go to"
            )


def _may_fail(node: GraphNode) -> str:
    spec = node.node
    if isinstance(spec, Confirmation):
        if spec.identity is not None:
            return "can be failed"
        if spec.statement is not None and spec.statement.field is None:
            return "can be declined"
        if spec.sign_off is not None and spec.sign_off.decline == "fails":
            return "can be declined"
    return ""


_REQUEST = "  - confirmation: request\n    record: {fields: [{field: wish, type: text}]}\n    satisfies: [written-record]\n"
_END = "  - end: closed\n    result: completed\n    requires: [written-record]"
_WITHDRAWN = "\n  - end: withdrawn\n    result: withdrawn"
_CONSENT = "  - confirmation: consent\n    statement: {of: customer, text: The customer agreed.}\n"
RULES = (
    Rule(
        "SOP571",
        "same-way",
        "An item leads to the same node whether it is done or not.",
        Severity.WARNING,
        own(same_way),
        "Then choosing otherwise changes nothing, though the agent gave a reason for it.",
        "flow:\n" + _REQUEST + "  - step: apply\n    do: Make the change.\n    otherwise: closed\n" + _END,
        "flow:\n" + _REQUEST + "  - step: apply\n    do: Make the change.\n    otherwise: withdrawn\n" + _END + _WITHDRAWN,
    ),
    Rule(
        "SOP572",
        "no-way-out",
        "A proof of identity, a consent or a sign-off can fail, and nothing says where to go then.",
        Severity.WARNING,
        own(no_way_out),
        "The agent stands there with a customer who said no, and can only abandon the run; no end records the refusal.",
        "flow:\n" + _REQUEST + _CONSENT + _END,
        "flow:\n" + _REQUEST + _CONSENT + "    otherwise: withdrawn\n" + _END + _WITHDRAWN,
    ),
)  # fmt: skip
