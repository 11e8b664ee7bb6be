"""What is read of a run to find something out: values that note that they are."""

from collections.abc import Hashable, Iterator, Mapping
from datetime import date
from typing import Any

from sop_runner.procedure.value_types import Sealed
from sop_runner.run.actions import Opened
from sop_runner.run.facts import Recorded
from sop_runner.run.packed import Packed


def exact(value: Any) -> Hashable:
    """What two values share only where no rule can tell them apart."""
    kind, found = type(value), value
    if kind is Sealed:
        return (kind,)
    if not (kind is str or kind is bool or value is None or kind is date):
        # Several decimals, and times of a day, are equal and not the same.
        found = kind, value if kind is int else repr(value)
    told: Hashable = found
    return told


class Read(Mapping[str, Recorded]):
    """The fields of a run, noting the number of each whose value is read."""

    def __init__(self, fields: Packed[Recorded], read: dict[int, None]) -> None:
        self._fields, self._noted = fields, read
        self._numbers = {name: number for number, name in enumerate(fields)}

    def __getitem__(self, name: str) -> Recorded:
        self._noted[self._numbers[name]] = None
        return self._fields[name]

    def __contains__(self, name: object) -> bool:
        return name in self._numbers

    def __iter__(self) -> Iterator[str]:
        return iter(self._numbers)

    def __len__(self) -> int:
        return len(self._numbers)


class Asked(Mapping[str, Opened]):
    """Values behind commitments, noting whether any was asked for."""

    def __init__(self, opened: Mapping[str, Opened]) -> None:
        self._opened, self.was = opened, False

    def __getitem__(self, name: str) -> Opened:
        self.was = True
        found = self._opened.get(name)
        if found is None:
            raise KeyError(name)
        return found

    def __iter__(self) -> Iterator[str]:
        self.was = True
        return iter(self._opened)

    def __len__(self) -> int:
        self.was = True
        return len(self._opened)
