"""A name that is read somewhere: it exists, is still known there, and has a type that fits the use."""

from collections.abc import Collection, Iterator

from ..model import Path
from ..names import Name, NameTable
from ..nodes import Checklist, Node
from ..place import Problem
from ..suggest import did_you_mean, listed
from .context import Context


def read_name(
    context: Context, names: NameTable, name: str, path: Path, node: Node | None, *, on_key: bool = False
) -> tuple[Name | None, list[Problem]]:
    """The name with what is wrong about reading it at `node`; None where it does not exist."""
    found = names.get(name)
    if found is None:
        return None, [_unknown(context, names, name, path, on_key)]
    if found.forgotten and not _at_home(found, node, path):
        return found, [
            Problem(
                "SOP217",
                f"'{name}' is kept 'never': it is forgotten when its node is done, and unknown here",
                path,
                "use another field, or keep it as a digest or erasable",
                on_key=on_key,
                about=name,
            )
        ]
    return found, []


def _at_home(name: Name, node: Node | None, path: Path) -> bool:
    if node is None:
        return name.origin == "case" and path[0] == "case"
    return node.id in name.nodes


def _unknown(context: Context, names: NameTable, name: str, path: Path, on_key: bool) -> Problem:
    message = f"there is no field, derived name or decision '{name}'"
    whole, _, inner = name.partition(".")
    node = context.nodes.get(whole)
    known = [known for known in names if known.startswith(f"{whole}.")] if inner else list(names)
    fix = did_you_mean(name, known or names, f"use one of {listed(known or names)}")
    if isinstance(node, Checklist):
        items = [f"{node.id}.{item.item}" for item in node.items]
        message = (
            f"'{whole}' is a checklist and has no item '{inner}'" if inner else f"'{name}' is a checklist"
        )
        fix = did_you_mean(name, items, "") if inner else ""
        fix = fix or f"name one of its items: {listed(items)}"
    elif inner and whole in names and names[whole].type == "list":
        message = f"'{name}' is a column of a list and has no single value"
        fix = "derive one from it, such as {sum: [" + name + "]}"
    elif name in context.nodes:
        message = f"'{name}' is a {type(context.nodes[name]).kind} that has no value to read"
        fix = "a step needs `undone_by`, a confirmation must be a sign-off; else name a field"
    return Problem("SOP211", message, path, fix, on_key=on_key, about=name)


def of_type(
    context: Context, name: str, kinds: Collection[str], use: str, path: Path, node: Node | None
) -> Iterator[Problem]:
    """A field is named where only some types make sense; `use` says for what, such as "'until' takes"."""
    found, problems = read_name(context, context.names, name, path, node)
    yield from problems
    if found is not None and found.type is not None and found.type not in kinds:
        yield Problem(
            "SOP212",
            f"{use} a field of the type {_either(kinds)}, '{name}' is {a_type(found)}",
            path,
            "name another field, or change its type",
            about=name,
        )


def a_type(name: Name) -> str:
    """What a name is, for the end of a sentence."""
    match name.origin:
        case "decision":
            return "a decision"
        case "sign-off":
            return "a sign-off"
        case "undoable":
            return "a step"
        case _:
            return f"of the type '{name.type}'"


def _either(kinds: Collection[str]) -> str:
    every = sorted(kinds)
    return " or ".join([", ".join(f"'{kind}'" for kind in every[:-1]), f"'{every[-1]}'"] if every[1:] else [f"'{every[0]}'"])  # fmt: skip
