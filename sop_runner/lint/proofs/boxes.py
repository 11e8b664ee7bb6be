"""Boxes of remembered values, put together where they can be."""

from .layout import Values, put


def merged(those: list[Values]) -> list[Values]:
    """Boxes that differ in one place only, put together; the same values in fewer states."""
    boxes = list(dict.fromkeys(those))
    if len(boxes) < 2:
        return boxes
    apart = [
        index for index, those in enumerate(zip(*boxes, strict=True)) if those.count(those[0]) < len(those)
    ]
    for index in apart:
        if len({box[index] for box in boxes}) < 2:
            continue
        groups: dict[Values, int] = {}
        for box in boxes:
            rest = (*box[:index], 0, *box[index + 1 :])
            groups[rest] = groups.get(rest, 0) | box[index]
        boxes = [put(rest, index, value) for rest, value in groups.items()]
    return boxes
