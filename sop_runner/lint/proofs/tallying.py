"""Sums, products, counts and largest values operand by operand: what comes so far, however it came."""

from collections.abc import Callable, Mapping
from typing import Any

from sop_runner.procedure.compute import combined
from sop_runner.procedure.derive import Derive
from sop_runner.procedure.evaluate import Env
from sop_runner.procedure.value_types import UNKNOWN, is_known, opened

from .names import Variable

WAYS = ("sum", "product", "count_true", "max")


class Tally:
    """How a name is computed of others, each of which is a single value; `times` says how often each stands there."""

    def __init__(self, way: str, numbers: list[object], times: Mapping[str, int], env: Env) -> None:
        self._way, self._env = way, env
        self.times = times
        self.begin: Any = None if way == "max" and not numbers else combined(way, numbers, env)

    @staticmethod
    def of(derive: Derive, known: Callable[[str], Variable | None], env: Env) -> "Tally | None":
        """That of a computed name; None where it is computed otherwise, or of lists."""
        times: dict[str, int] = {}
        numbers: list[object] = []
        for operand in derive.operands if derive.way in WAYS else ():
            if not isinstance(operand, str):
                numbers.append(operand)
                continue
            one = known(operand)
            if one is None or any(isinstance(sample, tuple) for sample in one.regions.samples):
                return None
            times[one.key] = times.get(one.key, 0) + 1
        return Tally(derive.way, numbers, times, env) if derive.way in WAYS else None

    def with_(self, so_far: Any, key: str, value: object) -> Any:
        """What comes with one more operand, as often as it stands there; unknown once any of them is."""
        cell = opened(value)
        if so_far is UNKNOWN or not is_known(cell):
            return UNKNOWN
        cells = [cell] * self.times[key]
        if self._way == "count_true":
            return so_far + combined(self._way, cells, self._env)
        return combined(self._way, cells if so_far is None else [so_far, *cells], self._env)
