"""Boxes of remembered values: where they differ, and put together where they can be."""

from collections.abc import Sequence

from .layout import Values, put

NARROW = 16
"""Places that are compared one by one."""


def differing(one: Sequence[int], other: Sequence[int]) -> list[int]:
    """The places at which two boxes differ; of many places those that are alike are passed in one comparison."""
    found: list[int] = []
    waiting = [(0, len(one))]
    while waiting:
        first, end = waiting.pop()
        if one[first:end] == other[first:end]:
            continue
        if end - first <= NARROW:
            found += [place for place in range(first, end) if one[place] != other[place]]
        else:
            middle = (first + end) // 2
            waiting += [(middle, end), (first, middle)]
    return found


def merged(those: list[Values]) -> list[Values]:
    """Boxes that differ in one place only, put together; the same values in fewer states."""
    boxes = list(dict.fromkeys(those))
    if len(boxes) < 2:
        return boxes
    apart = {place for box in boxes[1:] for place in differing(boxes[0], box)}
    for index in sorted(apart):
        if len({box[index] for box in boxes}) < 2:
            continue
        groups: dict[Values, int] = {}
        for box in boxes:
            rest = (*box[:index], 0, *box[index + 1 :])
            groups[rest] = groups.get(rest, 0) | box[index]
        boxes = [put(rest, index, value) for rest, value in groups.items()]
    return boxes
