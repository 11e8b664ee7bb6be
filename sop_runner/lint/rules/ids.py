"""Ids: names that a reader could take for each other, and those that nothing uses."""

from collections.abc import Iterable, Iterator

from sop_runner.base.finding import Severity
from sop_runner.base.lookalike import skeleton
from sop_runner.lint.rule import Rule, own
from sop_runner.lint.subject import Subject
from sop_runner.procedure.model import Path
from sop_runner.procedure.nodes import Call, Checklist, Decision, End
from sop_runner.procedure.place import Problem
from sop_runner.procedure.timing import WaivableBy
from sop_runner.procedure.walks import fields, sections


def look_alikes(subject: Subject) -> Iterator[Problem]:
    """Within each kind of name no two are written almost alike."""
    procedure = subject.procedure
    yield from _alike("node", ((node.id, (*path, node.kind)) for path, node, _ in subject.flow))
    yield from _alike("control", ((name, ("controls", name)) for name in procedure.controls))
    yield from _alike("role", ((name, ("roles", name)) for name in procedure.roles))
    named: list[tuple[str, Path]] = [
        (place.name, (*place.path, "field")) for place in fields(procedure) if place.name and not place.within
    ]
    yield from _alike("name", [*named, *((name, ("derive", name)) for name in procedure.derive)])
    for path, node, _ in subject.flow:
        if isinstance(node, Decision):
            ways = ((o.outcome, (*path, "outcomes", i, "outcome")) for i, o in enumerate(node.outcomes))
            yield from _alike("outcome", ways)
        elif isinstance(node, Checklist):
            yield from _alike(
                "item", ((item.item, (*path, "items", i, "item")) for i, item in enumerate(node.items))
            )


def _alike(what: str, names: Iterable[tuple[str, Path]]) -> Iterator[Problem]:
    seen: dict[str, tuple[str, Path]] = {}
    for name, path in names:
        shape = skeleton(name.replace("-", "").replace("_", ""))
        other, there = seen.setdefault(shape, (name, path))
        if other != name:
            message = f"the {what} '{name}' is hard to tell from '{other}'"
            on_key = path[0] in ("controls", "roles", "derive")
            yield Problem("SOP511", message, path, "give one of them another name", related=there, on_key=on_key)  # fmt: skip


def unused_roles(subject: Subject) -> Iterator[Problem]:
    """Every role of the file does something in it."""
    procedure = subject.procedure
    used: set[str] = {*procedure.by}
    if isinstance(procedure.defaults.waivable, WaivableBy):
        used.add(procedure.defaults.waivable.by)
    for _, node, _ in subject.flow:
        if isinstance(node, End):
            continue
        used |= {*(node.by or ()), *node.not_by}
        if isinstance(node.waivable, WaivableBy):
            used.add(node.waivable.by)
        if isinstance(node, Checklist):
            for item in node.items:
                used |= {*(item.by or ()), *filter(None, (item.said_by,))}
        elif isinstance(node, Call):
            callee = subject.plan.callees[(node.procedure, node.revision)]
            used |= {node.roles.get(role, role) for role in callee.roles}
    for role in procedure.roles:
        if role not in used:
            message = f"the role '{role}' is declared, and nobody acts in it"
            yield Problem("SOP512", message, ("roles", role), "let it act with `by`, or remove it", on_key=True)  # fmt: skip


def unread_derived(subject: Subject) -> Iterator[Problem]:
    """Every derived name is read somewhere in the file; a callee's may be read by its callers."""
    for name in subject.procedure.derive:
        if name not in subject.names_read:
            message = f"'{name}' is computed, and nothing in this file reads it"
            yield Problem("SOP513", message, ("derive", name), "remove it, unless a caller takes it with `returns`", on_key=True)  # fmt: skip


def section_names(subject: Subject) -> Iterator[Problem]:
    """Sections have names of their own, since the outline shows them beside nodes."""
    nodes = {node.id: (*path, node.kind) for path, node, _ in subject.flow}
    for path, section in sections(subject.procedure.flow):
        if section.id in nodes:
            message = f"the section '{section.id}' has the name of a node"
            yield Problem("SOP514", message, (*path, "section"), "give one of them another name", related=nodes[section.id])  # fmt: skip


_REQUEST = "\n  - confirmation: request\n    record: {fields: [{field: wish, type: text}]}\n    satisfies: [written-record]\n"
_END = "  - end: closed\n    result: completed\n    requires: [written-record]"
_SIGNER = "roles: {agent: Serves the customer., supervisor: Signs off.}"
RULES = (
    Rule(
        "SOP511",
        "names-look-alike",
        "Two names of one kind are hard to tell apart.",
        Severity.WARNING,
        own(look_alikes),
        "Names that differ only in a hyphen, in case, or in letters that pass for each other (l and 1, O and 0, "
        "rn and m) get mixed up in jumps and conditions, and by whoever reads the report.",
        "flow:" + _REQUEST + "  - step: check-l\n    do: Look at the line.\n  - step: check-1\n    do: Look again.\n" + _END,
        "flow:" + _REQUEST + "  - step: check-line\n    do: Look at the line.\n  - step: check-again\n    do: Look again.\n" + _END,
    ),
    Rule(
        "SOP512",
        "unused-role",
        "A role is declared, and nobody acts in it.",
        Severity.WARNING,
        own(unused_roles),
        "Mostly a step or a sign-off was meant for it and now falls to the role that acts by default.",
        _SIGNER,
        "roles: {agent: Serves the customer.}",
    ),
    Rule(
        "SOP513",
        "unread-name",
        "A value is computed, and nothing in the file reads it.",
        Severity.NOTE,
        own(unread_derived),
        "A score that no decision looks at protects nobody. In a procedure that is called, a caller may read it "
        "with `returns`; then it is in order.",
        "case: [{field: amount, type: integer}]\nderive: {twice: {product: [amount, 2]}}",
        "case: [{field: amount, type: integer}]",
    ),
    Rule(
        "SOP514",
        "section-named-like-node",
        "A section has the name of a node.",
        Severity.NOTE,
        own(section_names),
        "Jumps go to nodes, never to sections; who reads `then: intake` should not have to know which is meant.",
        "flow:\n  - section: request\n    title: Request\n    flow:\n      - confirmation: request\n"
        "        record: {fields: [{field: wish, type: text}]}\n        satisfies: [written-record]\n"
        "  - end: closed\n    result: completed\n    requires: [written-record]",
        "flow:\n  - section: intake\n    title: Intake\n    flow:\n      - confirmation: request\n"
        "        record: {fields: [{field: wish, type: text}]}\n        satisfies: [written-record]\n"
        "  - end: closed\n    result: completed\n    requires: [written-record]",
    ),
)  # fmt: skip
