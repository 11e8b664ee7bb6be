"""Small procedures that weave together what is passed over, imposed, called, aged, undone and gone back to."""

from datetime import timedelta
from typing import Any

from tests.unit.lint.every_walk import Clock
from tests.unit.lint.exhaustive import CONTROLS, Tree
from tests.unit.lint.mixed import Mixed, Rows

AGES: tuple[Any, ...] = ("3h", "3h", "7h", {"same_day": True})


class Woven(Mixed):
    """One whose conditions ask how decisions were taken, in sections in sections, its callees' likewise."""

    kinds = (
        "record", "consent", "consent", "consent", "step", "step", "rule", "answer", "answer", "items", "call", "call",
        "signed",
    )  # fmt: skip
    irreversible = 0.5
    limited = 0.0
    bounded = 0.45
    aged = 0.0
    clock = Clock()

    def files(self) -> tuple[Tree, ...]:
        """The same, with a section around others and within one."""
        main, *others = super().files()
        rng = self.rng
        nodes = [one for node in main["flow"] for one in node.get("flow", [node])]
        ends = [one for one in nodes if "end" in one]
        flow = [one for one in nodes if "end" not in one]
        for name in ("inner-part", "outer-part"):
            if len(flow) > 2 and rng.random() < 0.6:
                first = rng.randrange(len(flow) - 1)
                last = rng.randint(first + 1, min(len(flow), first + 4))
                part: Tree = {"section": name, "title": "Part", "flow": flow[first:last]}
                asked = self._asked()
                if asked and rng.random() < 0.8:
                    part["only_when"] = asked
                flow = [*flow[:first], part, *flow[last:]]
        return {**main, "flow": [*flow, *ends]}, *others

    def _asked(self) -> Tree:
        """How a decision was taken, or anything else that may be asked."""
        rng = self.rng
        decisions = [one for one in self.decided if one in self.ids]
        if not decisions or rng.random() < 0.3:
            return self._test() if self.tests or self.known else {}
        how = rng.choice(
            ({"is": "yes"}, {"is": "no"}, {"one_of": ["yes", "no"]}, {"is_not": "no"}, {"is_not": "yes"}, {"known": True}, {"known": False})
        )  # fmt: skip
        asked: Tree = {rng.choice(decisions): how}
        if self.known and rng.random() < 0.3:
            return {rng.choice(("any", "all")): [asked, {rng.choice(self.known): rng.random() < 0.5}]}
        return asked

    def _decision(self, name: str, kind: str) -> Tree:
        node = super()._decision(name, kind)
        if self.rng.random() < 0.4:
            node["outcomes"][0]["imposes"] = [self.rng.choice(CONTROLS)]
        for one in node["outcomes"]:
            if self.aged and one.get("satisfies") and self.rng.random() < self.aged:
                one["valid_for"] = self.rng.choice(AGES)
        self.decided.append(name)
        return node

    def _common(self, node: Tree, ahead: list[str]) -> Tree:
        rng = self.rng
        node = super()._common(node, ahead)
        if rng.random() < 0.3:
            asked = self._asked()
            if asked:
                node["only_when"] = asked
        if "call" in node and rng.random() < 0.2:
            node["irreversible"] = True
        if node.get("satisfies") and "call" not in node and rng.random() < self.aged:
            node["valid_for"] = rng.choice(AGES)
        return node

    def _jump(self, targets: list[str]) -> Any:
        found = super()._jump(targets)
        if isinstance(found, dict) and self.rng.random() < 0.25:
            found["at_most"] = 2
        return found

    def _callee(self) -> Tree:
        rng = self.rng
        tree = super()._callee()
        for node in tree["flow"]:
            if not self.limited:
                node.pop("time", None)
            if "end" not in node and rng.random() < 0.25:
                node["only_when"] = rng.choice(
                    ({"way": "past"}, {"way": {"is_not": "along"}}, {"way": {"known": True}}, {"line": True}, {"line": False})
                )  # fmt: skip
        if rng.random() < 0.5:
            ask: Tree = {"decision": "ask", "ask": "Again?", "decided_by": "answer", "outcomes": [
                {"outcome": "yes", "imposes": self._some(0.6), "then": self._bounded(["inner", "way", "deeper", "act", "on", "off"])},
                {"outcome": "no", "satisfies": self._some(0.5)}]}  # fmt: skip
            tree["flow"].insert(rng.randrange(5), ask)
        return tree

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.decided: list[str] = []


class Withered(Woven):
    """The same with controls that go stale."""

    kinds = ("record", "consent", "consent", "step", "rule", "answer", "items", "call")
    aged = 0.6
    held = 0.2
    clock = Clock(timedelta(hours=2), most=timedelta(hours=8))


class Tabled(Rows, Woven):
    """The same with calls for each row."""

    kinds = ("record", "consent", "step", "rule", "answer", "answer", "each", "each", "call")

    def _common(self, node: Tree, ahead: list[str]) -> Tree:
        node = super()._common(node, ahead)
        if "for_each" in node:
            node["ends"] = {"off": "next" if self.rng.random() < 0.4 else self._jump([*ahead, "closed"])}
        return node


class Weighed(Woven):
    """The same over whole numbers, sums of them and the largest."""

    kinds = ("record", "record", "record", "consent", "step", "rule", "rule", "answer", "call")

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.amounts: list[str] = []

    def files(self) -> tuple[Tree, ...]:
        """The same, with what is computed of the numbers."""
        main, *others = super().files()
        if len(self.amounts) < 2:
            return main, *others
        pair = self.amounts[:2]
        return {**main, "derive": {"total": {"sum": pair}, "most": {"max": [*pair]}}}, *others

    def _node(self, name: str) -> Tree:
        node = super()._node(name)
        if self.kind == "record" and len(self.amounts) < 3:
            self.amounts.append(f"m_{name[2:]}")
            amount = {"field": self.amounts[-1], "type": "integer", "at_least": 0, "at_most": 2}
            node["record"]["fields"].append({**amount, "required": self.rng.random() < 0.8})
        return node

    def _test(self) -> Tree:
        rng = self.rng
        if not self.amounts or rng.random() < 0.3:
            return super()._test()
        names = [*self.amounts, *(("total", "most") if len(self.amounts) > 1 else ())]
        beside = [0, 1, 2, {"field": rng.choice(self.amounts)}]
        how = rng.choice(("is", "is_not", "more_than", "at_least", "less_than", "at_most"))
        return {rng.choice(names): {how: rng.choice(beside)}}


class Opened(Woven):
    """The same where much depends on which steps are open, also of what comes later."""

    kinds = ("record", "consent", "consent", "step", "step", "step", "rule", "answer", "call")
    irreversible = 0.2

    def files(self) -> tuple[Tree, ...]:
        """The same, with conditions on what comes later."""
        main, *others = super().files()
        rng = self.rng
        for node in main["flow"]:
            for one in node.get("flow", [node]):
                if "end" not in one and self.opening and rng.random() < 0.3:
                    one["only_when"] = {
                        rng.choice(self.opening): rng.choice(("open", "closed", {"known": True}))
                    }
        return main, *others

    def _node(self, name: str) -> Tree:
        node = super()._node(name)
        if "step" in node and self.rng.random() < 0.7:
            node["undone_by"] = self.rng.choice(("undo", "mend"))
            self.steps.append(name)
            self.opening.append(name)
        return node

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.opening: list[str] = []
