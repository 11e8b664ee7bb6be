"""The names of a plan as a proof sees them: which values each may hold, and what is computed from what."""

from dataclasses import dataclass, field
from fractions import Fraction

from sop_runner.machine.plan import Plan
from sop_runner.procedure.derive import Derive
from sop_runner.procedure.fields import FieldRules
from sop_runner.procedure.value_types import MAX_ROWS

from .past import Pasts
from .regions import DATES, ORDERED, UNKNOWN_BIT, Regions
from .stretches import Aged

TODAY = "today"
COMPOSED = frozenset({"sum", "max", "product", "days_between", "business_days_between"})
_MADE_OF = {"days_between": DATES, "business_days_between": DATES, "sum": {"number"}, "product": {"number"}}


@dataclass(slots=True)
class Variable:
    """One name of one scope. `derive` is set where it is computed; `leaves` are then what it is computed from.

    A computed name is a function of its leaves where that can be worked out region by region;
    otherwise it is `free`: it may have any value as long as nothing it is computed from changes.
    """

    key: str
    kinds: set[str] = field(default_factory=set)
    constants: list[object] = field(default_factory=list)
    rules: list[FieldRules] = field(default_factory=list)
    odd: bool = False
    derive: Derive | None = None
    scope: str = ""
    leaves: tuple[str, ...] = ()
    cone: frozenset[str] = frozenset()
    free: bool = False
    regions: Regions = field(default_factory=lambda: Regions("text", ()))
    possible: int = 0
    """The regions that it may be in where it is free and known."""
    step: Fraction | None = None
    """The grid on which its values lie, where they do."""
    most: int = MAX_ROWS
    """The most rows that a count may come to."""
    asked_of: str = ""
    """The name of which it tells how old it is, or whether another one is as old as a copy of it (`moments`)."""
    pair: tuple[str, str] | None = None
    """The names that it tells how they compare (`pairs`); it is free, and new with either of them."""


Boxes = list[tuple[tuple[int, ...], object]]
"""The regions of what a name is computed from, and the value that comes of them."""


@dataclass(eq=False)
class Vocabulary:
    """Every name that can be read, by scope and name; copies and comparisons share their regions (`naming`)."""

    plan: Plan

    inside: dict[str, tuple[str, ...]]
    """The scopes that each call opens, by its node."""

    known: dict[str, Variable] = field(default_factory=lambda: {TODAY: Variable(TODAY, {"date"})})

    worked_out: dict[tuple[str, tuple[int, ...]], Boxes | None] = field(default_factory=dict)

    rows: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Of lists that calls go through: each row, known where there is one; only where elements are told apart."""

    cells_of: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """The cells of those rows."""

    list_of: dict[str, str] = field(default_factory=dict)
    """The list that each row and cell is of."""

    cells: dict[str, str] = field(default_factory=dict)
    """The cell that each element is given, by the name that it has there."""

    counts: dict[str, list[str]] = field(default_factory=dict)
    """The names that tell how many rows a list has."""

    pasts: Pasts = field(default_factory=Pasts)

    ages: dict[str, Aged] = field(default_factory=dict)
    """How old each name is of which it matters (`moments`)."""

    aged_from: dict[str, frozenset[str]] = field(default_factory=dict)
    """What such a name may be copied from."""

    alike: dict[tuple[str, str], str] = field(default_factory=dict)
    """Whether two of them hold one value."""

    pairs: dict[tuple[str, str], str] = field(default_factory=dict)
    """How two names compare, where that matters (`pairing`)."""

    joined: dict[str, frozenset[str]] = field(default_factory=dict)
    """The names that a pair or what is computed holds together with each."""

    copied: dict[str, frozenset[str]] = field(default_factory=dict)
    """What a name that is compared may be copied from."""

    def resolve(self, scope: str, name: str) -> str | None:
        """The key under which a name stands; None where nothing gives it a value."""
        key = scope + name
        return key if key in self.known else TODAY if name == TODAY else None

    def bases(self, scope: str, name: str) -> frozenset[str]:
        """What has to be recorded for a name to be known: itself, or what it is computed from."""
        key = self.resolve(scope, name)
        if key is None:
            return frozenset()
        return self.known[key].cone if self.known[key].derive is not None else frozenset({key})

    def parts(self, one: Variable) -> dict[str, str] | None:
        """What a computed name is made of, by the words of its file; None where it may be anything.

        Of one that is worked out region by region these are its leaves.
        """
        derive = one.derive
        if derive is None:
            return None
        if not one.free:
            return {leaf: leaf for leaf in one.leaves}
        if derive.way == "count":
            return {}
        found: dict[str, str] = {}
        for operand in derive.operands:
            if isinstance(operand, str):
                key = self.resolve(one.scope, operand)
                if key is None or self.known[key].regions.kind not in _MADE_OF.get(
                    derive.way, {one.regions.kind}
                ):
                    return None
                found[operand] = key
        return found if derive.way in COMPOSED and one.regions.kind in ORDERED else None

    def together(self, key: str) -> frozenset[str]:
        """The names that are held together with one by how they compare, or by what is computed from them."""
        one = self.known[key]
        return frozenset().union(*(self.joined.get(other, frozenset()) for other in (key, *one.leaves)))

    def pair(self, one: str | None, other: str | None) -> str | None:
        """Under which key it stands how two names compare; None where nobody asks."""
        if one is None or other is None:
            return None
        return self.pairs.get((one, other) if one < other else (other, one))

    def takes(self, key: str) -> int:
        """The regions that a name takes of what it is given, by the rules of its field; what is sealed is not looked at."""
        regions, rules = self.known[key].regions, self.plan.fields.get(key)
        return regions.all if rules is None else regions.allowed(rules) | regions.sealed | UNKNOWN_BIT

    def same(self, one: str, other: str) -> str | None:
        """Under which key it stands whether two names hold one value, the one copied from the other."""
        return self.alike.get((one, other) if one < other else (other, one))


def as_digest(rules: FieldRules) -> bool:
    """Whether nothing of a value is kept that could be read again."""
    return rules.keep == "digest" or any(cell.keep == "digest" for cell in rules.of or ())
