"""Small procedures that hold fields against each other: again, in a ring, against sums, recorded anew, copied."""

from copy import deepcopy
from random import Random
from typing import Any

from tests.unit.lint.exhaustive import CONTROLS, Tree, procedure

SAME = ("is", "is_not")
ORDERS = ("more_than", "at_least", "less_than", "at_most", *SAME)
TIMES = ("before", "after", *ORDERS)
MOST = 2
"""Amounts are whole numbers from 0 to this one, so that every walk can be taken."""
AMOUNT: Tree = {"type": "integer", "at_least": 0, "at_most": MOST}
LETTER: Tree = {"type": "choice", "choices": ["p", "q", "r"]}
OTHERS: dict[str, tuple[list[Tree], tuple[str, ...], list[Any]]] = {
    "number": ([{"type": "number"}], ORDERS, [0, 0.5, 1]),
    "money": ([{"type": "money", "currency": "EUR"}], ORDERS, [0, 1]),
    "mixed": ([{"type": "number"}, AMOUNT, {"type": "money", "currency": "EUR"}], ORDERS, [0, 1, 1.5]),
    "date": ([{"type": "date"}], TIMES, ["2026-06-02"]),
    "datetime": ([{"type": "datetime"}], TIMES, ["2026-06-01 12:00"]),
    "days": ([{"type": "date"}, {"type": "datetime"}], TIMES, ["2026-06-02"]),
    "duration": ([{"type": "duration"}], ORDERS, ["30s"]),
    "time": ([{"type": "time"}], TIMES, ["10:00"]),
    "text": ([{"type": "text"}], SAME, ["p", "q"]),
}
"""Types with more values than can be walked: what they are, how they compare, and what with."""


class Comparing:
    """A procedure of a few nodes whose ways depend on how its fields compare."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.rng = Random(seed)
        self.tests: list[Tree] = []
        self.ids: list[str] = []
        self.derive: dict[str, Tree] = {}
        self.names = ("x", "y", "z")[: self.rng.choice((2, 3, 3))]
        self.setting()

    def setting(self) -> None:
        """Which types its fields have, how they compare and what is computed of them."""
        if self.rng.random() < 0.2:
            self.types = dict.fromkeys((*self.names, "v", "w"), LETTER)
            self.orders, self.literals = SAME, ["p", "q", "r"]
            return
        self.types = dict.fromkeys((*self.names, "v", "w"), AMOUNT)
        self.orders, self.literals = ORDERS, [*range(MOST + 2)]
        self.computed(sums=True)

    def computed(self, *, sums: bool) -> None:
        """Sums, the largest, a product and a band of it; of dates the days between."""
        one, other = self.names[:2]
        if sums:
            self.derive = {
                "s": {"sum": [one, other]},
                "t": {"sum": [one, self.names[-1], 1]},
                "p": {"product": [one, other]},
                "g": {"bands": {"of": "s", "up_to": [[1, 0], [2, 1]], "above": 2}},
            }
        self.derive["m"] = {"max": list(self.names)}

    def files(self) -> tuple[Tree, Tree]:
        """The procedure and what it may call."""
        rng = self.rng
        planned = [f"n-{number}" for number in range(rng.randint(4, 7))]
        flow = [self._record("n-start", self.names, first=True)]
        for number, name in enumerate(planned):
            flow.append(self._node(name, planned[number + 1 :]))
            self.ids.append(name)
        ends: list[Tree] = [
            {"end": "closed", "result": "completed", "requires": [rng.choice(CONTROLS)]},
            {"end": "failed", "result": "failed"},
        ]
        derive = {"derive": self.derive} if self.derive else {}
        return {**procedure("main", [*flow, *ends]), **derive}, self._callee()

    def _callee(self) -> Tree:
        flow: list[Tree] = [
            {"decision": "inner", "ask": "Which?", "decided_by": "rule", "outcomes": [
                {"outcome": "up", "when": {"v": {self.rng.choice(self.orders): {"field": "w"}}}, "then": "on"},
                {"outcome": "down"}]},
            {"confirmation": "said", "statement": {"of": "customer", "text": "I agree."}, "satisfies": ["a"], "otherwise": "off"},
            {"end": "on", "result": "completed"},
            {"end": "off", "result": "failed"},
        ]  # fmt: skip
        case = [{"field": name, **self.types[name]} for name in ("v", "w")]
        return {**procedure("callee", flow), "case": case}

    def _record(self, name: str, names: Any, *, first: bool = False) -> Tree:
        rng = self.rng
        fields: list[Tree] = []
        for one in names:
            spec = {"field": one, **self.types[one], "required": first or rng.random() < 0.9}
            others = [other for other in self.names if other != one]
            if not first and rng.random() < 0.2:
                spec[rng.choice(("equals", "differs"))] = {"field": rng.choice(others)}
            fields.append(spec)
        return {"confirmation": name, "record": {"fields": fields}}

    def _test(self) -> Tree:
        """A comparison, mostly of what was compared before or may follow from it."""
        rng = self.rng
        if self.tests and rng.random() < 0.35:
            test = deepcopy(rng.choice(self.tests))
            return {"not": test} if rng.random() < 0.3 else test
        computed = [*self.derive]
        one = rng.choice(computed) if computed and rng.random() < 0.3 else rng.choice(self.names)
        counted = one == "d"
        operator = rng.choice(ORDERS if counted else self.orders)
        others = [other for other in (*self.names, *computed) if other != one and other != "d"]
        if counted or rng.random() < 0.25:
            value: Any = rng.choice([-1, 0, 1, 4] if counted else self.literals)
        else:
            value = {"field": rng.choice(others)}
        test = {one: {operator: value}}
        self.tests.append(test)
        return deepcopy(test)

    def _when(self) -> Tree:
        if self.rng.random() < 0.2:
            return {self.rng.choice(("all", "any")): [self._test(), self._test()]}
        return self._test()

    def _node(self, name: str, ahead: list[str]) -> Tree:
        rng = self.rng
        targets = [*ahead, "closed", "failed"]
        kind = rng.choice(
            ("rule", "rule", "rule", "rule", "consent", "consent", "record", "step", "answer", "call")
        )
        node: Tree
        match kind:
            case "rule":
                outcomes: list[Tree] = [{"outcome": "up", "when": self._when()}, {"outcome": "down"}]
                if rng.random() < 0.2:
                    outcomes.insert(1, {"outcome": "level", "when": self._when()})
                for one in outcomes:
                    if rng.random() < 0.6:
                        one["then"] = self._jump(targets)
                    if rng.random() < 0.2:
                        to = rng.choice(self.names)
                        one["sets"] = {to: {"field": rng.choice(self._like(to))}}
                return {"decision": name, "ask": "Which?", "decided_by": "rule", "outcomes": outcomes}
            case "answer":
                outcomes = [
                    {"outcome": "up", "when": self._when()},
                    {"outcome": "down", "then": self._jump(targets)},
                ]
                return {"decision": name, "ask": "Which?", "decided_by": "answer", "outcomes": outcomes}
            case "call":
                given = {to: {"field": rng.choice(self._like(to))} for to in ("v", "w")}
                node = {"call": name, "procedure": "callee", "revision": 1, "given": given,
                        "ends": {"off": rng.choice(targets)}, "satisfies": [rng.choice(CONTROLS)]}  # fmt: skip
                if rng.random() < 0.3:
                    node["returns"] = {rng.choice(self._like("v")): "v"}
            case "consent":
                node = {"confirmation": name, "statement": {"of": "customer", "text": "I agree."},
                        "satisfies": [rng.choice(CONTROLS)], "otherwise": rng.choice(targets)}  # fmt: skip
            case "record":
                node = self._record(name, rng.sample(self.names, rng.choice((1, 1, 2))))
            case _:
                node = {"step": name, "do": "Do it.", "requires": [rng.choice(CONTROLS)]}
        if rng.random() < 0.2:
            node["only_when"] = self._test()
        if rng.random() < 0.2:
            node["then"] = self._jump(targets)
        return node

    def _like(self, name: str) -> list[str]:
        """The names of the same type: what is copied is of one."""
        return [other for other in self.names if self.types[other] == self.types[name]]

    def _jump(self, targets: list[str]) -> Any:
        if self.ids and self.rng.random() < 0.2:
            return {"to": self.rng.choice(self.ids), "at_most": 1, "otherwise": self.rng.choice(targets)}
        return self.rng.choice(targets)


class Exchanging(Comparing):
    """Outcomes that set several names at once, mostly from each other; some fields have a pattern of few texts."""

    def setting(self) -> None:
        """The same, with a pattern in place of choices."""
        super().setting()
        if self.types["x"] is LETTER:
            few: Tree = {"type": "text", "matches": self.rng.choice(("[p-r]", "(?!s)[p-s]", "p|q|r{1,1}"))}
            self.types = dict.fromkeys(self.types, few)

    def files(self) -> tuple[Tree, Tree]:
        """The same, with more that is set."""
        main, callee = super().files()
        rng = self.rng
        for node in main["flow"]:
            for one in node.get("outcomes", ()) if node.get("decided_by") == "rule" else ():
                if rng.random() < 0.4:
                    those = rng.sample(self.names, rng.randint(2, len(self.names)))
                    one["sets"] = {
                        name: {"field": those[place - 1]} if rng.random() < 0.9 else self.literals[1]
                        for place, name in enumerate(those)
                    }
        return main, callee


class Typed(Comparing):
    """One whose fields have more values than can be walked: dates, times, amounts, texts."""

    def setting(self) -> None:
        """Which types its fields have, how they compare and what is computed of them."""
        kind = self.rng.choice([*OTHERS])
        types, self.orders, self.literals = OTHERS[kind]
        self.types = {name: self.rng.choice(types) for name in self.names}
        self.types |= {name: self.types[self.rng.choice(self.names)] for name in ("v", "w")}
        if kind in ("number", "money", "mixed"):
            self.computed(sums=kind != "money")
        elif kind in ("date", "datetime", "days"):
            self.derive = {"d": {"days_between": list(self.names[:2])}}
