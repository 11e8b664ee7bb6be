"""Random fields, literals, conditions and derived values of generated procedures."""

from dataclasses import dataclass
from dataclasses import field as data_field
from random import Random
from typing import Any

PATTERN = "T-[0-9]{3}[a-z0-9]*"
"""The one pattern that generated fields have."""

Tree = dict[str, Any]
SIMPLE = (
    "text", "integer", "number", "money", "choice", "yes-no", "date", "time", "datetime", "duration", "email",
    "phone", "link",
)  # fmt: skip
NUMBERS = frozenset({"integer", "number", "money"})
TEXTS = frozenset({"text", "email", "phone", "link"})
CHOICES = ("red", "green", "blue")


@dataclass
class Known:
    """A name that a condition or a value can read: its type, and the field behind it where there is one."""

    name: str
    type: str
    choices: tuple[str, ...] = ()
    spec: Tree | None = None


@dataclass
class Names:
    """What a procedure under construction has declared so far."""

    roles: list[str]
    controls: list[str]
    case: list[Tree] = data_field(default_factory=list)
    known: list[Known] = data_field(default_factory=list)
    derived: list[Known] = data_field(default_factory=list)
    count: int = 0

    def add(self, spec: Tree) -> None:
        """A field was declared; one that is never kept is known to nobody."""
        if spec.get("keep") != "never":
            self.known.append(Known(spec["field"], spec["type"], tuple(spec.get("choices", ())), spec))

    def fresh(self, prefix: str) -> str:
        """A name that was not given before."""
        self.count += 1
        return f"{prefix}{self.count}"

    def of(self, *types: str) -> list[Known]:
        """The names of these types."""
        return [one for one in self.known if one.type in types]


def field(rng: Random, name: str, names: Names, *, keep: bool = True, simple: bool = False) -> Tree:
    """A field of any type with rules that leave values to type."""
    kind = rng.choice(SIMPLE) if simple or rng.random() < 0.85 else "list"
    spec: Tree = {"field": name, "type": kind}
    if kind == "choice":
        spec["choices"] = list(CHOICES)
    if kind == "money":
        spec["currency"] = "EUR"
    if kind in NUMBERS and rng.random() < 0.5:
        spec |= {"at_least": 0, "at_most": 1000}
    if kind == "text" and rng.random() < 0.3:
        spec["matches"] = PATTERN
    if kind == "text" and rng.random() < 0.3:
        spec["max_length"] = 60
    if kind == "list":
        spec["of"] = [
            field(rng, f"cell_{n}", names, keep=keep, simple=True) for n in range(rng.choice((1, 1, 2)))
        ]
        spec["at_most"] = 3
    if keep:
        spec["keep"] = rng.choice(("plain", "plain", "plain", "erasable", "digest", "never"))
    if rng.random() < 0.25:
        spec["required"] = False
    if rng.random() < 0.1:
        spec["internal"] = True
    if not simple and rng.random() < 0.1 and (when := condition(rng, names)):
        spec["only_when"] = when
    same = [one for one in names.of(kind) if one.name != name] if kind in SIMPLE else []
    if not simple and same and rng.random() < 0.5:
        spec[rng.choice(("equals", "differs"))] = {"field": rng.choice(same).name}
    return spec


def literal(rng: Random, kind: str, choices: tuple[str, ...] = CHOICES) -> Any:
    """A literal of a type as a file has it."""
    match kind:
        case "integer":
            return rng.choice((0, 3, 40, 500))
        case "number" | "money":
            return rng.choice((0, 2.5, 40, 500.25))
        case "choice":
            return rng.choice(choices)
        case "yes-no":
            return rng.random() < 0.5
        case "date":
            return rng.choice(("2026-10-30", "2026-11-02", "2027-01-01"))
        case "time":
            return rng.choice(("08:30", "23:59"))
        case "datetime":
            return rng.choice(("2026-11-01T10:00:00Z", "2026-11-02T12:00:00Z", "2027-01-01T00:00:00Z"))
        case "duration":
            return rng.choice(("30s", "15m", "2h"))
        case "email":
            return "ana@example.org"
        case "phone":
            return "+36201234567"
        case "link":
            return "https://example.org/a"
        case _:
            return rng.choice(("T-001", "T-002"))


def condition(rng: Random, names: Names, depth: int = 0) -> Tree | None:
    """A condition on what is declared so far; None where there is nothing to ask."""
    roll = rng.random()
    if depth < 2 and roll < 0.15:
        parts = [part for _ in range(2) if (part := condition(rng, names, depth + 1))]
        return {rng.choice(("all", "any")): parts} if parts else None
    if depth < 2 and roll < 0.25:
        part = condition(rng, names, depth + 1)
        return {"not": part} if part else None
    if roll < 0.35:
        return {"held": [rng.choice(names.controls)]}
    if roll < 0.4:
        return {"today": {rng.choice(("before", "after")): "2026-11-03"}}
    known = names.known + names.derived
    return _test(rng, names, rng.choice(known)) if known else None


def _test(rng: Random, names: Names, one: Known) -> Tree:
    if rng.random() < 0.15:
        return {one.name: {"known": rng.random() < 0.7}}
    if one.type == "list":
        return {one.name: {"known": True}}
    value = literal(rng, one.type, one.choices or CHOICES)
    others = [
        other for other in names.of(one.type) if other.name != one.name and other.choices == one.choices
    ]
    if others and rng.random() < 0.2:
        return {one.name: {rng.choice(("is", "is_not")): {"field": rng.choice(others).name}}}
    if one.type in NUMBERS or one.type == "duration":
        operator = rng.choice(("at_least", "at_most", "more_than", "less_than", "is", "is_not"))
        return {one.name: {operator: value}}
    if one.type in ("date", "datetime"):
        return rng.choice(
            (
                {one.name: {rng.choice(("before", "after", "at_least")): value}},
                {one.name: {"within": "8h"}},
                {one.name: {"same_day": True}},
            )
        )
    if one.type == "time":
        return {one.name: {rng.choice(("before", "after")): value}}
    if rng.random() < 0.3:
        return {one.name: {rng.choice(("one_of", "none_of")): [value]}}
    return {one.name: value if rng.random() < 0.5 else {rng.choice(("is", "is_not")): value}}


def derived(rng: Random, names: Names) -> Tree:
    """Derived values over fields of the file, wherever it records them."""
    found: Tree = {}
    numbers, lists = names.of(*NUMBERS), names.of("list")
    dates, truths, picks = names.of("date", "datetime"), names.of("yes-no"), names.of("choice")
    ways: list[tuple[Tree, str, tuple[str, ...]]] = []
    if numbers:
        some = [one.name for one in rng.sample(numbers, min(2, len(numbers)))]
        ways.append(({"sum": [*some, 1]}, "number", ()))
        ways.append(({"max": [*some, 10]}, "number", ()))
        ways.append(({"product": [*some, 2]}, "number", ()))
        bands = {"of": some[0], "up_to": [[4, "low"], [70, "middle"]], "above": "high"}
        ways.append(({"bands": bands}, "choice", ("low", "middle", "high")))
    if lists:
        ways.append(({"count": rng.choice(lists).name}, "integer", ()))
    if truths:
        ways.append(({"count_true": [one.name for one in truths[:2]]}, "integer", ()))
    if dates:
        pair = [rng.choice(dates).name, "today"]
        ways.append(({"days_between": pair}, "integer", ()))
        ways.append(({"business_days_between": pair}, "integer", ()))
    if picks:
        one = rng.choice(picks)
        table = {"of": one.name, "values": {one.choices[0]: 1, one.choices[-1]: 2}, "else": 0}
        ways.append(({"table": table}, "integer", ()))
    for number, (way, kind, choices) in enumerate(rng.sample(ways, min(2, len(ways)))):
        name = f"derived_{number}"
        found[name] = way
        names.derived.append(Known(name, kind, choices))
    return found
