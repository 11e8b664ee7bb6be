"""Small procedures that ask about time: how old a value is, by several measures, again and later, and of its copies."""

from dataclasses import replace
from datetime import time, timedelta
from typing import Any

from tests.unit.lint.comparing import Comparing
from tests.unit.lint.every_walk import Clock
from tests.unit.lint.exhaustive import CONTROLS, Small, Tree, procedure

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def _hours(*hours: int) -> tuple[timedelta, ...]:
    return tuple(HOUR * one for one in hours)


_AT = tuple(map(time, (2, 6, 12, 18, 22)))
KINDS: dict[str, tuple[str, tuple[str, ...], bool, Clock]] = {
    "moments": ("datetime", ("2h", "4h", "8h"), False, Clock(2 * HOUR, _hours(-9, -5, -3, 1, 3, 5, 9), most=9 * HOUR)),
    "days": ("date", ("4h", "1d", "2d"), True, Clock(DAY, tuple(DAY * n for n in range(-3, 4)), most=3 * DAY)),
    "both": ("datetime", ("8h", "20h"), True, Clock(2 * HOUR, (-DAY, DAY * 0, DAY), _AT, 47 * HOUR)),
}  # fmt: skip
"""A type, what it is asked to be within, whether its day is asked for, and the times that tell all of that apart."""


class Timed(Comparing):
    """One whose ways depend on how old its fields are: one value and its copies, or two."""

    more = 0.0
    """How often a second field has a value of its own, and is compared with the first."""

    def setting(self) -> None:
        """Which type its fields have, and what is asked of them."""
        self.kind = self.rng.choice([*KINDS])
        kind, self.spans, self.day, self.clock = KINDS[self.kind]
        self.names = ("x", "y")
        self.types = {key: {"type": kind} for key in (*self.names, "v", "w")}
        self.typed = self.names if self.rng.random() < self.more else ("x",)

    def files(self) -> tuple[Tree, Tree]:
        """The procedure and what it may call."""
        main, callee = super().files()
        copied = [{"outcome": "copied", "sets": {"y": {"field": "x"}}}, {"outcome": "not"}]
        main["flow"].insert(
            1, {"decision": "n-copy", "ask": "Copied?", "decided_by": "answer", "outcomes": copied}
        )
        return main, callee

    def _callee(self) -> Tree:
        flow: list[Tree] = [
            {"decision": "inner", "ask": "Which?", "decided_by": "rule", "outcomes": [
                {"outcome": "up", "when": {"v": self._asked()}, "then": "on"}, {"outcome": "down"}]},
            {"confirmation": "said", "statement": {"of": "customer", "text": "I agree."}, "satisfies": ["a"], "otherwise": "off"},
            {"end": "on", "result": "completed"},
            {"end": "off", "result": "failed"},
        ]  # fmt: skip
        case = [{"field": name, **self.types[name], "required": False} for name in ("v", "w")]
        return {**procedure("callee", flow), "case": case}

    def _record(self, name: str, names: Any, *, first: bool = False) -> Tree:
        rng = self.rng
        those = [one for one in names if one in self.typed] or ["x"]
        fields = [{"field": one, **self.types[one], "required": first or rng.random() < 0.8} for one in those]
        return {"confirmation": name, "record": {"fields": fields}, "satisfies": self._some(0.3)}

    def _some(self, chance: float) -> list[str]:
        return [self.rng.choice(CONTROLS)] if self.rng.random() < chance else []

    def _asked(self) -> Tree:
        if self.day and self.rng.random() < 0.4:
            return {"same_day": self.rng.random() < 0.6}
        return {"within": self.rng.choice(self.spans)}

    def _test(self) -> Tree:
        rng = self.rng
        one = "y" if rng.random() < 0.25 else "x"
        test: Tree = {one: self._asked()}
        if len(self.typed) > 1 and rng.random() < 0.4:
            test = {"x": {rng.choice(("before", "after", "is")): {"field": "y"}}}
        return {"not": test} if rng.random() < 0.4 else test


class Beside(Timed):
    """One of two values, of which something is known of the one by the other: at one instant, not from one to the next."""

    more = 1.0


class Todays(Timed):
    """One that holds days against the day on which the run began, and asks how long ago that is."""

    def setting(self) -> None:
        """Days only."""
        super().setting()
        kind, self.spans, self.day, clock = KINDS["days"]
        self.kind, self.clock = "days", replace(clock, today=True)
        self.types = {key: {"type": kind} for key in (*self.names, "v", "w")}

    def _test(self) -> Tree:
        rng = self.rng
        if rng.random() < 0.3:
            return {"x": {rng.choice(("before", "after", "is", "at_least")): {"field": "today"}}}
        if rng.random() < 0.2:
            return {"today": self._asked()}
        return super()._test()


class Aging(Small):
    """One whose controls go stale, some sooner than others, and whose ways depend on which of them have."""

    kinds = (
        "record",
        "consent",
        "consent",
        "consent",
        "step",
        "step",
        "rule",
        "rule",
        "rule",
        "answer",
        "call",
    )
    passed_over = 0.15
    bounded = 0.4
    irreversible = 0.1
    held = 0.3
    ages: tuple[Any, ...] = ("3h", "3h", "7h", {"same_day": True})
    clock = Clock(2 * HOUR)
    kind = "controls"

    def files(self) -> tuple[Tree, Tree]:
        """The procedure, which gains all its controls at first, and what it may call."""
        main, callee = super().files()
        both = {"confirmation": "n-both", "statement": {"of": "customer", "text": "I agree."}, "satisfies": [*CONTROLS],
                "valid_for": self.rng.choice(self.ages)}  # fmt: skip
        main["flow"].insert(0, both)
        return main, callee

    def _node(self, name: str) -> Tree:
        node = super()._node(name)
        if node.get("satisfies") and self.rng.random() < 0.8:
            node["valid_for"] = self.rng.choice(self.ages)
        return node

    def _decision(self, name: str, kind: str) -> Tree:
        node = super()._decision(name, kind)
        first = node["outcomes"][0]
        if kind == "rule":
            node["decided_by"] = "rule"
            test: Tree = {"held": self._some()}
            first["when"] = {"not": test} if self.rng.random() < 0.5 else test
        for one in node["outcomes"]:
            if one.get("satisfies") and self.rng.random() < 0.8:
                one["valid_for"] = self.rng.choice(self.ages)
        return node
