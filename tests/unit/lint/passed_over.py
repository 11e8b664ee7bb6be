"""Small procedures in which confirmations are passed over as decisions were taken, and controls are imposed by those."""

from tests.unit.lint.every_walk import Clock
from tests.unit.lint.exhaustive import CONTROLS, Small, Tree


class PassedOver(Small):
    """One whose conditions ask how decisions were taken, in sections and one by one."""

    kinds = ("record", "consent", "consent", "consent", "step", "rule", "answer", "answer", "answer", "check")
    irreversible = 0.5
    bounded = 0.5
    clock = Clock()

    def files(self) -> tuple[Tree, ...]:
        """The same with more to pass over: in a section, and for what a decision imposes."""
        main, *others = super().files()
        rng, flow = self.rng, []
        for node in main["flow"]:
            flow += (
                [{**node, "flow": [self._passed(one) for one in node["flow"]]}]
                if "flow" in node
                else [self._passed(node)]
            )
        if rng.random() < 0.5 and len(flow) > 5:
            part: Tree = {
                "section": "whole",
                "title": "Whole",
                "flow": flow[1:4],
                "only_when": self._condition(),
            }
            if all("section" not in one for one in part["flow"]) and part["only_when"]:
                flow = [flow[0], part, *flow[4:]]
        return {**main, "flow": flow}, *others

    def _passed(self, node: Tree) -> Tree:
        if "end" in node or "section" in node or self.rng.random() < 0.4:
            return node
        asked = self._condition()
        return {**node, "only_when": asked} if asked else node

    def _condition(self) -> Tree:
        """How a decision was taken, on its own or beside what was recorded."""
        rng = self.rng
        decisions = [one for one in self.ids if one in self.decided]
        if not decisions:
            return {self.known[0]: True} if self.known else {}
        how = rng.choice(
            ({"is": "yes"}, {"is": "yes"}, {"one_of": ["yes", "no"]}, {"is_not": "no"}, {"known": True})
        )
        asked: Tree = {rng.choice(decisions[:2]): how}
        other: Tree = {self.known[0]: rng.random() < 0.5} if self.known else {}
        if other and rng.random() < 0.3:
            return {rng.choice(("any", "all")): [asked, other]}
        return asked

    def _decision(self, name: str, kind: str) -> Tree:
        node = super()._decision(name, kind)
        if self.rng.random() < 0.6:
            node["outcomes"][0]["imposes"] = [self.rng.choice(CONTROLS)]
        self.decided.append(name)
        return node

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.decided: list[str] = []
