"""How long controls are fresh beside each other: what was gained sooner and lasts no longer is stale sooner."""

from collections.abc import Collection

from sop_runner.procedure.timing import Age

from .freshness import freshness
from .layout import AGED, FOR_EVER, FRESH, Layout, Values, put

FIRST, SECOND = 1, 2
"""Which of two controls is stale no later than the other; both where they go stale at once, none where it is not known."""


class Lasting:
    """What is known of the watched controls of one layout."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._freshness = freshness(layout.model)
        self._beside: dict[int, list[tuple[int, int, int, int]]] = {}
        for (scope, one, other), place in layout.lasting.items():
            first, second = layout.controls[scope, one], layout.controls[scope, other]
            self._beside.setdefault(first, []).append((place, second, FIRST, SECOND))
            self._beside.setdefault(second, []).append((place, first, SECOND, FIRST))

    def found(self, values: Values, place: int, what: int) -> Values:
        """The values once a control was found fresh or stale: with it what lasts longer, or no longer."""
        values = put(values, place, what)
        for pair, other, mine, theirs in self._beside.get(place, ()):
            follows = mine if what == FRESH else theirs
            if values[pair] & follows and values[other] == AGED:
                values = put(values, other, what)
        return values

    def gained(
        self, values: Values, scope: str, names: Collection[str], age: Age | None, older: Collection[str]
    ) -> Values:
        """The values once these controls were gained at once."""
        for (of, one, other), place in self._layout.lasting.items():
            if of != scope or (one not in names and other not in names):
                continue
            known = 0
            if age is not None and one not in older and other not in older:
                if one in names and other in names:
                    known = FIRST | SECOND
                elif age.from_ is None:
                    before, sooner = (other, SECOND) if one in names else (one, FIRST)
                    aging = values[self._layout.controls[scope, before]] > FOR_EVER
                    known = sooner if aging and self._freshness.outlasts(age, before) else 0
            values = put(values, place, known)
        return values

    def unknown(self, values: Values, place: int) -> Values:
        """The values with nothing known of how long a control lasts beside others."""
        for pair, *_ in self._beside.get(place, ()):
            values = put(values, pair, 0)
        return values

    def handed_in(self, values: Values, inner: str, outer: str) -> Values:
        """The values with what is known of controls of a caller known of those of its callee."""
        for (scope, one, other), place in self._layout.lasting.items():
            if scope == inner:
                there = self._layout.lasting.get((outer, one, other))
                values = put(values, place, 0 if there is None else values[there])
        return values

    def as_before(self, values: Values, scope: str, before: Values) -> Values:
        """The values with what was known before of the controls of a scope."""
        for (of, _, _), place in self._layout.lasting.items():
            if of == scope:
                values = put(values, place, before[place])
        return values
