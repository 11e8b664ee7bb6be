"""The outline with its arrows, for a terminal."""

from sop_runner.base.textsafe import cell_width, visible

from .picture import Box, Line, Picture

_WIDEST = 34


def as_text(picture: Picture) -> str:
    """One line a node, its controls and the arrows that do not simply go on below it.

    ◆ is mandatory, ! cannot be taken back, ■ is an end; ↓ goes on to the next line, ↑ leads back.
    """
    lines = [line for _, lines in blocks(picture) for line in lines]
    return "\n".join([_flat(f"{picture.name}  {picture.title}"), "", *lines])


def blocks(picture: Picture) -> list[tuple[str, list[str]]]:
    """The lines of the outline, those of each node under its id; headings of sections under an empty one."""
    rank = {box.id: index for index, box in enumerate(picture.boxes)}
    wide = min(max((len(box.id) + 2 * len(box.groups) for box in picture.boxes), default=0), _WIDEST)
    found: list[tuple[str, list[str]]] = []
    shown: tuple[int, ...] = ()
    for box in picture.boxes:
        for depth, group in enumerate(box.groups):
            if box.groups[: depth + 1] != shown[: depth + 1]:
                found.append(("", [f"   {'  ' * depth}[ {_flat(picture.groups[group])} ]"]))
        shown = box.groups
        found.append((box.id, [line.rstrip() for line in _box(box, rank, wide)]))
    return found


def mark_of(box: Box) -> str:
    """What a node is at a glance."""
    if box.kind == "end":
        return "■"
    return "◆" if box.mandatory else "!" if box.irreversible else "·"


def _box(box: Box, rank: dict[str, int], wide: int) -> list[str]:
    indent = "  " * len(box.groups)
    name = f"{indent}{box.id}"
    what = f" ({box.what})" if box.what else ""
    title = "" if box.title == box.id else f"{_flat(box.title)}  "
    lines = [f" {mark_of(box)} {name}{' ' * max(wide - cell_width(name), 0)}  {title}{box.kind}{_flat(what)}"]
    below = "     " + indent
    if box.only_when:
        lines.append(f"{below}only if {_flat(box.only_when)}")
    if box.irreversible:
        lines.append(f"{below}cannot be taken back")
    for word, controls in (("needs", box.needs), ("gains", box.gains), ("takes away", box.loses)):
        if controls:
            lines.append(f"{below}{word} {', '.join(controls)}")
    if box.closes:
        lines.append(f"{below}closes the ticket")
    lines += [f"{below}{arrow_text(line, rank)}" for line in box.lines]
    return lines


def arrow_text(line: Line, rank: dict[str, int]) -> str:
    """An arrow in words: `otherwise → refused`."""
    here, there = rank[line.source], rank[line.target]
    arrow = "↓" if there == here + 1 else "→" if there > here else "↑"
    label = f"{_flat(line.name)} " if line.name else ""
    when = f"  if {_flat(line.when)}" if line.when else ""
    imposes = f"  imposes {', '.join(line.imposes)}" if line.imposes else ""
    return f"{label}{arrow} {line.target}{imposes}{when}"


def _flat(text: str) -> str:
    return visible(text, lines=False)
