"""Boxes of remembered values, put together where they can be; and how the values of two regions compare."""

from sop_runner.procedure.base_types import FieldRef
from sop_runner.procedure.evaluate import holds
from sop_runner.procedure.value_types import Sealed
from sop_runner.procedure.when import Test

from .layout import Values, put
from .regions import _One


def settle(
    operator: str, _: type, one: object, __: type, other: object, exact: bool, shared: bool
) -> tuple[bool, ...]:
    """Whether values of two regions compare as asked; within one region of many values it can go either way.

    Of a sealed value it can only be said that it is another one, copied.
    """
    if isinstance(one, Sealed) or isinstance(other, Sealed):
        return (True, False) if operator == "is" and one == other else (False,)
    if not exact and (not shared or one == other):
        return True, False
    return (holds(Test("x", operator, FieldRef("y"), ()), _Two(one, other)),)


class _Two(_One):
    def __init__(self, first: object, second: object) -> None:
        super().__init__(first)
        self._second = second

    def value(self, name: str) -> object:
        return self._second if name == "y" else self._value


def merged(those: list[Values]) -> list[Values]:
    """Boxes that differ in one place only, put together; the same values in fewer states."""
    boxes = list(dict.fromkeys(those))
    if len(boxes) < 2:
        return boxes
    for index in range(len(boxes[0])):
        if len({box[index] for box in boxes}) < 2:
            continue
        groups: dict[Values, int] = {}
        for box in boxes:
            rest = (*box[:index], 0, *box[index + 1 :])
            groups[rest] = groups.get(rest, 0) | box[index]
        boxes = [put(rest, index, value) for rest, value in groups.items()]
    return boxes
