"""A graph in the DOT language of Graphviz; every text stands in quotes."""

from sop_runner.base.textsafe import visible

from .as_text import mark_of
from .picture import Box, Picture

_SHAPES = {"decision": "diamond", "end": "oval", "call": "component", "step": "box"}


def as_dot(picture: Picture) -> str:
    """A directed graph; sections are clusters, mandatory nodes have a double border."""
    lines = [
        f"digraph {quoted(picture.name)} {{",
        f"  graph [label={quoted(picture.title)}, labelloc=t, rankdir=TB];",
        '  node [fontname="sans-serif"]; edge [fontname="sans-serif", fontsize=10];',
    ]
    opened: list[int] = []
    for box in picture.boxes:
        while opened and tuple(opened) != box.groups[: len(opened)]:
            opened.pop()
            lines.append(f"{_indent(opened)}}}")
        for group in box.groups[len(opened) :]:
            lines.append(
                f"{_indent(opened)}subgraph cluster_{group} {{ label={quoted(picture.groups[group])}; style=rounded;"
            )
            opened.append(group)
        lines.append(f"{_indent(opened)}{quoted(box.id)} [{_attributes(box)}];")
    while opened:
        opened.pop()
        lines.append(f"{_indent(opened)}}}")
    for line in picture.lines:
        style = ", style=dashed" if line.way in ("otherwise", "limit", "passed") else ""
        lines.append(f"  {quoted(line.source)} -> {quoted(line.target)} [label={quoted(line.label)}{style}];")
    lines.append("}")
    return "\n".join(lines)


def quoted(*lines: str) -> str:
    """Lines of text as one quoted string: the backslash is DOT's only escape, and it has many."""
    escaped = (visible(line, lines=False).replace("\\", "\\\\").replace('"', '\\"') for line in lines)
    return '"' + "\\n".join(escaped) + '"'


def _indent(opened: list[int]) -> str:
    return "  " * (len(opened) + 1)


def _attributes(box: Box) -> str:
    mark = mark_of(box)
    said = [box.title if mark == "·" else f"{mark} {box.title}", f"{box.id} · {box.what or box.kind}"]
    for word, controls in (("needs", box.needs), ("gains", box.gains), ("takes away", box.loses)):
        if controls:
            said.append(f"{word} {', '.join(controls)}")
    found = [f"label={quoted(*said)}", f"shape={_SHAPES.get(box.kind, 'box')}"]
    if box.mandatory or box.closes:
        found.append("peripheries=2")
    if box.irreversible:
        found.append("penwidth=3")
    return ", ".join(found)
