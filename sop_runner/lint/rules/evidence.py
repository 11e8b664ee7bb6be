"""Evidence: sign-offs by the wrong person, and records that show too little or keep too much."""

from collections.abc import Iterator

from sop_runner.base.finding import Severity
from sop_runner.lint.rule import Rule, own
from sop_runner.lint.subject import Subject
from sop_runner.machine.graph import GraphNode
from sop_runner.procedure.model import Path, Procedure
from sop_runner.procedure.nodes import Confirmation
from sop_runner.procedure.place import Problem
from sop_runner.procedure.text import parse_text
from sop_runner.procedure.walks import fields


def sign_offs(subject: Subject) -> Iterator[Problem]:
    """A sign-off is by somebody else than whoever did the work, and does not give away what is typed blind."""
    acting = {node.id: node.by for node in subject.nodes}
    for node in subject.nodes:
        spec = node.node
        if not isinstance(spec, Confirmation) or spec.sign_off is None:
            continue
        if spec.sign_off.people == 1:
            shown = [role for name in spec.sign_off.shows for role in acting.get(name, ())]
            worked = dict.fromkeys(shown or subject.procedure.by)
            missing = [role for role in worked if role not in node.not_by]
            if missing:
                yield _same_person(subject, node, list(worked), missing)
        for place in subject.texts:
            if place.path[: len(node.path)] == node.path:
                put_in = {name for _, text in place.text.by_locale for name in parse_text(text).names}
                for name in spec.sign_off.blind:
                    if any(name in sources(subject.procedure, one) for one in put_in):
                        message = f"'{name}' is typed blind here, and this text shows it"
                        if name not in put_in:
                            message += " in what is computed from it"
                        related = (*node.path, "sign_off", "blind", spec.sign_off.blind.index(name))
                        yield Problem("SOP545", message, place.path, "leave it out: who has seen it only copies it", related=related)  # fmt: skip


def sources(procedure: Procedure, name: str) -> frozenset[str]:
    """A name and, where it is derived, all that it is computed from."""
    found, waiting = {name}, [name]
    while waiting:
        derive = procedure.derive.get(waiting.pop())
        for operand in derive.operands if derive is not None else ():
            if isinstance(operand, str) and operand not in found:
                found.add(operand)
                waiting.append(operand)
    return frozenset(found)


def _same_person(subject: Subject, node: GraphNode, worked: list[str], missing: list[str]) -> Problem:
    roles = " and ".join(f"'{role}'" for role in missing)
    if node.not_by:
        message = f"'{node.id}' may be signed by the person who acted as {roles}: its `not_by` does not name that role"
        where: Path = (*node.path, "not_by")
    else:
        message = f"'{node.id}' may be signed by the very person who acted as {roles}"
        where = (*node.path, "sign_off")
    signs = [role for role in (*node.by, *subject.procedure.roles) if role not in worked]
    apart = ", ".join([*(role for role in node.not_by if role not in signs[:1]), *missing])
    if not signs:
        fix = f"declare a second role under `roles`, and write by: ROLE and not_by: [{apart}]"
    else:
        fix = f"write by: {signs[0]} and not_by: [{apart}]"
    return Problem("SOP546", message, where, fix, on_key=True)


def records(subject: Subject) -> Iterator[Problem]:
    """What is kept can be erased where it is personal, and a log review leaves something behind."""
    for place in fields(subject.procedure):
        if place.rules.type in ("email", "phone") and place.rules.keep == "plain":
            name = place.name or place.item
            message = f"'{name}' holds personal data for ever: the audit log keeps it as it is"
            where = "keep" if "keep" in place.rules.model_fields_set else "type"
            yield Problem("SOP548", message, (*place.path, where), "write keep: erasable, or keep: digest")
    for path, node, _ in subject.flow:
        review = node.log_review if isinstance(node, Confirmation) else None
        if review is not None and not review.checks and review.extract != "required":
            message = f"'{node.id}' is passed without a statement or an extract: nothing shows that the log was read"
            yield Problem("SOP549", message, (*path, "log_review"), "add checks, or extract: required", on_key=True)  # fmt: skip
        if review is not None and review.since is not None and node.id not in _behind(subject, review.since):
            message = f"the window of '{node.id}' opens at '{review.since}', which is never done before it"
            fix = "name a node that is passed before, such as the check of identity"
            yield Problem("SOP540", message, (*path, "log_review", "since"), fix)


def _behind(subject: Subject, start: str) -> frozenset[str]:
    """The nodes that some arrow leads to from `start` on."""
    nodes = subject.plan.graph.nodes
    found: set[str] = set()
    waiting = [start]
    while waiting:
        node = nodes.get(waiting.pop())
        for arrow in node.arrows.values() if node is not None else ():
            new = set(arrow.targets) - found
            found |= new
            waiting += new
    return frozenset(found)


_END = "  - end: closed\n    result: completed\n    requires: [written-record]"
_REQUEST = "  - confirmation: request\n    record: {fields: [{field: wish, type: text}]}\n    satisfies: [written-record]\n"
_REFUSED = "\n  - end: refused\n    result: refused"


def _signed(*lines: str) -> str:
    return (
        "roles: {agent: Serves the customer., supervisor: Signs off.}\nflow:\n" + _REQUEST
        + "  - confirmation: approval\n" + "".join(f"    {line}\n" for line in lines)
        + "    otherwise: refused\n" + _END + _REFUSED
    )  # fmt: skip


RULES = (
    Rule(
        "SOP540",
        "log-review-since-later",
        "The window of a log review opens at a node that is never done before it.",
        Severity.WARNING,
        own(records),
        "Then the reader is told no time from which the log is to be read, and may begin anywhere.",
        "flow:\n" + _REQUEST
        + "  - confirmation: log\n    log_review: {source: accounts, since: work, extract: required}\n"
        + "  - step: work\n    do: Make the change.\n" + _END,
        "flow:\n" + _REQUEST + "  - step: work\n    do: Make the change.\n"
        + "  - confirmation: log\n    log_review: {source: accounts, since: request, extract: required}\n" + _END,
    ),
    Rule(
        "SOP545",
        "blind-field-shown",
        "A text of a sign-off shows what the signer is to type blind.",
        Severity.WARNING,
        own(sign_offs),
        "Typing a value without seeing it proves that the signer got it from the source. What nodes under `shows` "
        "recorded of it is hidden by the run itself.",
        _signed("by: supervisor", "not_by: [agent]", "ask: Is {wish} right?", "sign_off: {blind: [wish]}"),
        _signed("by: supervisor", "not_by: [agent]", "ask: Is the wish right?", "sign_off: {blind: [wish]}"),
    ),
    Rule(
        "SOP546",
        "four-eyes-by-one",
        "A sign-off may be given by the person whose work it is about.",
        Severity.WARNING,
        own(sign_offs),
        "One person may hold several roles; only `not_by` keeps apart who acted and who signs. It has to name the "
        "roles that act at the nodes under `shows`, or where there are none, the role that acts by default.",
        _signed("by: supervisor", "sign_off: {shows: [request]}"),
        _signed("by: supervisor", "not_by: [agent]", "sign_off: {shows: [request]}"),
    ),
    Rule(
        "SOP548",
        "personal-data-plain",
        "An address or a telephone number is kept where it can never be erased.",
        Severity.NOTE,
        own(records),
        "The audit log is append-only. With `keep: erasable` it holds a commitment and the value lies encrypted "
        "beside it, so that a request for erasure (GDPR, art. 17) can be met.",
        "case: [{field: caller_number, type: phone}]",
        "case: [{field: caller_number, type: phone, keep: erasable}]",
    ),
    Rule(
        "SOP549",
        "log-review-shows-nothing",
        "A log review asks neither for statements nor for an extract.",
        Severity.WARNING,
        own(records),
        "Then one key press passes it, and nothing on record shows that anybody looked.",
        "flow:\n" + _REQUEST + "  - confirmation: log\n    log_review: {source: accounts}\n" + _END,
        "flow:\n" + _REQUEST + "  - confirmation: log\n    log_review: {source: accounts, extract: required}\n" + _END,
    ),
)  # fmt: skip
