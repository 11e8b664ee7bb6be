"""Small procedures that weave together what is passed over, imposed, called, aged, undone and gone back to."""

from datetime import timedelta
from typing import Any

from tests.unit.lint.every_walk import Clock
from tests.unit.lint.exhaustive import CONTROLS, Tree
from tests.unit.lint.mixed import Mixed

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


class Tabled(Woven):
    """The same with calls for each row."""

    kinds = ("record", "consent", "step", "rule", "answer", "answer", "each", "each", "call")
    longest = 2

    def _node(self, name: str) -> Tree:
        kinds = self.kinds
        if len(self.ids) < 2:
            self.kinds = ("each",) if self.ids else ("list",)
        node = super()._node(name)
        self.kinds = kinds
        return node

    def _common(self, node: Tree, ahead: list[str]) -> Tree:
        node = super()._common(node, ahead)
        if "for_each" in node:
            node["ends"] = {"off": "next" if self.rng.random() < 0.4 else self._jump([*ahead, "closed"])}
        return node
