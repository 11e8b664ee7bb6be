"""Controls of equal name, which calls hand in and take back."""

from collections.abc import Mapping

from sop_runner.machine.graph import calling, scope_of


class Sharing:
    """For each control of a scope those it is shared with; each group is worked out once."""

    def __init__(self, controls: Mapping[str, frozenset[str]]) -> None:
        self._controls = controls
        self._called_from: dict[str, list[str]] = {}
        for scope in controls:
            if scope:
                self._called_from.setdefault(scope_of(calling(scope)), []).append(scope)
        self._found: dict[tuple[str, str], frozenset[tuple[str, ...]]] = {}

    def of(self, scope: str, control: str) -> frozenset[tuple[str, ...]]:
        """A control of a scope with those of the same name of what it is called from, and of what it calls, on and on."""
        known = self._found.get((scope, control))
        if known is not None:
            return known
        found: set[str] = set()
        waiting = [scope]
        while waiting:
            here = waiting.pop()
            if here in found or control not in self._controls[here]:
                continue
            found.add(here)
            waiting += self._called_from.get(here, ())
            if here:
                waiting.append(scope_of(calling(here)))
        result = frozenset(("control", one, control) for one in found or {scope})
        self._found.update({(one, control): result for one in found or {scope}})
        return result
