"""A Mermaid flowchart; every sign of a text that could mean something to Mermaid goes as a number."""

from sop_runner.base.textsafe import visible

from .as_text import mark_of
from .picture import Box, Picture

# Brackets by kind: what a label stands between.
_SHAPES = {
    "decision": ("{", "}"), "end": ("([", "])"), "call": ("[[", "]]"), "confirmation": ("[", "]"),
    "checklist": ("[", "]"), "step": ("(", ")"),
}  # fmt: skip
_PLAIN = frozenset(" ,.'()/-_…·◆■")
_ARROWS = {"otherwise": "-.->", "limit": "-.->", "passed": "-.->"}


def as_mermaid(picture: Picture) -> str:
    """Nodes by number, so that no id of a file is a word of the language."""
    names = {box.id: f"n{index}" for index, box in enumerate(picture.boxes)}
    lines = ["flowchart TD"]
    opened: list[int] = []
    for box in picture.boxes:
        while opened and tuple(opened) != box.groups[: len(opened)]:
            opened.pop()
            lines.append(f"{_indent(opened)}end")
        for group in box.groups[len(opened) :]:
            lines.append(f'{_indent(opened)}subgraph g{group}["{label(picture.groups[group])}"]')
            opened.append(group)
        first, last = _SHAPES[box.kind]
        lines.append(f'{_indent(opened)}{names[box.id]}{first}"{_text(box)}"{last}{_class(box)}')
    while opened:
        opened.pop()
        lines.append(f"{_indent(opened)}end")
    for line in picture.lines:
        said = f'|"{label(line.label)}"|' if line.label else ""
        lines.append(f"  {names[line.source]} {_ARROWS.get(line.way, '-->')}{said} {names[line.target]}")
    lines += [
        "  classDef mandatory stroke:#b45309,stroke-width:3px",
        "  classDef act stroke:#b91c1c,stroke-width:3px",
        "  classDef closing stroke:#15803d,stroke-width:3px",
    ]
    return "\n".join(lines)


def label(text: str) -> str:
    """A text inside quotes: letters and digits as they are, any other sign but a few by its number."""
    return "".join(
        sign if sign.isalnum() or sign in _PLAIN else f"#{ord(sign)};" for sign in visible(text, lines=False)
    )


def _indent(opened: list[int]) -> str:
    return "  " * (len(opened) + 1)


def _text(box: Box) -> str:
    parts = [
        f"{mark_of(box)} {box.title}" if mark_of(box) != "·" else box.title,
        f"{box.id} · {box.what or box.kind}",
    ]
    parts += [
        f"{word} {', '.join(controls)}"
        for word, controls in (("needs", box.needs), ("gains", box.gains), ("takes away", box.loses))
        if controls
    ]
    return "<br/>".join(map(label, parts))


def _class(box: Box) -> str:
    name = "mandatory" if box.mandatory else "act" if box.irreversible else "closing" if box.closes else ""
    return f":::{name}" if name else ""
