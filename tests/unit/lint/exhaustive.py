"""Small procedures whose walks are few enough to take every one."""

from random import Random
from typing import Any

Tree = dict[str, Any]
CONTROLS = ("a", "b")


class Small:
    """A procedure of a few nodes over yes-no fields, with everything that decides about controls but time."""

    kinds: tuple[str, ...] = (
        "record", "record", "consent", "consent", "step", "step", "rule", "answer", "list", "check", "call", "each",
    )  # fmt: skip
    passed_over = 0.3
    bounded = 0.3
    irreversible = 0.2
    held = 0.0
    longest = 2

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.rng = Random(seed)
        self.known: list[str] = []
        self.lists: list[str] = []
        self.ids: list[str] = []
        self.steps: list[str] = []

    def files(self) -> tuple[Tree, ...]:
        """The procedure and what it may call."""
        rng = self.rng
        count = rng.randint(3, 6)
        planned = [f"n-{number}" for number in range(count)]
        flow = []
        for number, name in enumerate(planned):
            flow.append(self._common(self._node(name), planned[number + 1 :]))
            self.ids.append(name)
        if len(flow) > 3 and self.known and rng.random() < 0.3:
            part: Tree = {"section": "part", "title": "Part", "flow": flow[2:]}
            if rng.random() < 0.7:
                part["only_when"] = {self.known[0]: rng.random() < 0.7}
            flow = [*flow[:2], part]
        ends = [
            {"end": "closed", "result": "completed", "requires": self._some()},
            {"end": "failed", "result": "failed"},
        ]
        undo = [{"step": "undo", "do": "Put it right."}] if self.steps else []
        return procedure("main", [*flow, *undo, *ends]), self._callee()

    def _callee(self) -> Tree:
        rng = self.rng
        flow: list[Tree] = [
            {"confirmation": "inner", "statement": {"of": "customer", "text": "I agree."}, "satisfies": self._some(),
             "otherwise": "off"},
            {"step": "act", "do": "Act.", "requires": self._some(0.4), "invalidates": self._some(0.3),
             "only_when": {"line": rng.random() < 0.5}, "otherwise": "off"},
            {"end": "on", "result": "completed", "requires": self._some(0.4)},
            {"end": "off", "result": "failed"},
        ]  # fmt: skip
        return {**procedure("callee", flow), "case": [{"field": "line", "type": "yes-no"}]}

    def _some(self, chance: float = 1.0) -> list[str]:
        if self.rng.random() >= chance:
            return []
        return self.rng.sample(CONTROLS, self.rng.choice((1, 1, 2)))

    def _node(self, name: str) -> Tree:
        rng = self.rng
        kind = rng.choice(self.kinds)
        if kind == "record":
            self.known.append(f"f_{name[2:]}")
            field_ = {"field": self.known[-1], "type": "yes-no", "required": rng.random() < 0.8}
            return {"confirmation": name, "record": {"fields": [field_]}, "satisfies": self._some(0.4)}
        if kind == "list":
            self.lists.append(f"l_{name[2:]}")
            of = [{"field": "line", "type": "yes-no"}]
            return {
                "confirmation": name,
                "record": {
                    "fields": [{"field": self.lists[-1], "type": "list", "of": of, "at_most": self.longest}]
                },
            }
        if kind == "consent":
            return {
                "confirmation": name,
                "statement": {"of": "customer", "text": "I agree."},
                "satisfies": self._some(),
            }
        if kind == "check":
            items = [{"item": "one", "ask": "So?", "answers": ["done", "not-done"], "expect": ["done"]}]
            return {"checklist": name, "items": items, "satisfies": self._some(0.8)}
        if kind == "call":
            given = (
                {"field": rng.choice(self.known)} if self.known and rng.random() < 0.6 else rng.random() < 0.5
            )
            return {"call": name, "procedure": "callee", "revision": 1, "given": {"line": given},
                    "ends": {"off": rng.choice(("failed", "next"))}, "satisfies": self._some(0.5)}  # fmt: skip
        if kind == "each" and self.lists:
            return {"call": name, "procedure": "callee", "revision": 1, "for_each": {"line": f"{rng.choice(self.lists)}.line"},
                    "ends": {"off": rng.choice(("failed", "next"))}, "satisfies": self._some(0.5)}  # fmt: skip
        if kind in ("rule", "answer"):
            return self._decision(name, kind)
        step: Tree = {"step": name, "do": "Do it.", "irreversible": rng.random() < self.irreversible}
        if rng.random() < 0.2:
            step["undone_by"] = "undo"
            self.steps.append(name)
        return step

    def _decision(self, name: str, kind: str) -> Tree:
        rng = self.rng
        outcomes: list[Tree] = [{"outcome": "yes"}, {"outcome": "no"}]
        for one in outcomes:
            if rng.random() < 0.3:
                one["imposes"] = self._some()
            if rng.random() < 0.3:
                one["satisfies"] = self._some()
            if self.known and rng.random() < 0.2:
                one["sets"] = {rng.choice(self.known): rng.random() < 0.5}
        rule = kind == "rule" and bool(self.known)
        if rule:
            outcomes[0]["when"] = {rng.choice(self.known): rng.random() < 0.5}
        return {
            "decision": name,
            "ask": "Which?",
            "decided_by": "rule" if rule else "answer",
            "outcomes": outcomes,
        }

    def _common(self, node: Tree, ahead: list[str]) -> Tree:
        rng, kind = self.rng, next(iter(node))
        targets = [*ahead, "closed", "failed"]
        if rng.random() < 0.25:
            node["requires"] = self._some()
        if rng.random() < 0.2:
            node["invalidates"] = self._some()
        if self.held and rng.random() < self.held:
            node["only_when"] = {"held": [rng.choice(CONTROLS)]}
        elif self.known and rng.random() < self.passed_over:
            node["only_when"] = {rng.choice(self.known): rng.random() < 0.6}
        if kind != "call" and rng.random() < 0.4:
            node["otherwise"] = self._jump(targets)
        if kind == "decision":
            for one in node["outcomes"]:
                if rng.random() < 0.5:
                    one["then"] = self._jump(targets)
        elif rng.random() < 0.2:
            node["then"] = self._jump(targets)
        if kind in ("step", "checklist", "confirmation") and rng.random() < 0.2:
            node["waivable"] = {"by": "supervisor"}
        return node

    def _jump(self, targets: list[str]) -> Any:
        if self.ids and self.rng.random() < self.bounded:
            return {"to": self.rng.choice(self.ids), "at_most": 1, "otherwise": self.rng.choice(targets)}
        return self.rng.choice(targets)


class Turning(Small):
    """One in which much depends on how often a way was taken before somebody went back."""

    kinds = ("record", "record", "consent", "step", "rule", "rule", "answer", "answer", "check", "call")
    passed_over = 0.5
    bounded = 0.7
    irreversible = 0.1
    held = 0.15


class Elements(Small):
    """One in which much depends on what was done in which element of a call for each, before somebody went back."""

    kinds = ("record", "consent", "step", "rule", "answer", "each", "each", "each", "list")
    irreversible = 0.1
    calls = "each"

    def _node(self, name: str) -> Tree:
        rng = self.rng
        if not self.lists and self.calls == "each":
            self.kinds = ("list",)
        elif not self.ids or len(self.ids) == 1:
            self.kinds = (self.calls,)
        else:
            self.kinds = type(self).kinds
        node = super()._node(name)
        if "call" in node and rng.random() < 0.3:
            node["ends"] = {"off": self._jump(["closed", "failed"])}
        return node

    def _callee(self) -> Tree:
        rng = self.rng
        case = [{"field": "line", "type": "yes-no"}]
        ahead = ["inner", "way", "act", "ask", "on", "off"]
        outcomes: list[Tree] = [
            {"outcome": "again", "then": {"to": rng.choice(ahead[:4]), "at_most": 1, "otherwise": rng.choice(ahead[4:])}},
            {"outcome": "enough"},
        ]  # fmt: skip
        if rng.random() < 0.3:
            outcomes[1]["imposes"] = self._some()
        inner: Tree = {"confirmation": "inner", "statement": {"of": "customer", "text": "I agree."},
                       "satisfies": self._some(), "otherwise": "off"}  # fmt: skip
        if rng.random() < 0.5:
            inner["only_when"] = {"line": rng.random() < 0.5}
        act: Tree = {"step": "act", "do": "Act.", "requires": self._some(0.6), "invalidates": self._some(0.2)}
        if rng.random() < 0.3:
            act["otherwise"] = self._bounded(ahead)
        flow: list[Tree] = [
            inner,
            {"decision": "way", "ask": "Which?", "decided_by": "rule", "outcomes": [
                {"outcome": "past", "when": {"line": rng.random() < 0.5}, "then": rng.choice(ahead[3:])}, {"outcome": "along"}]},
            act,
            {"decision": "ask", "ask": "Again?", "decided_by": "answer", "outcomes": outcomes},
            {"end": "on", "result": "completed", "requires": self._some(0.7)},
            {"end": "off", "result": "failed"},
        ]  # fmt: skip
        if rng.random() < 0.4:
            flow[0], flow[1] = flow[1], flow[0]
        return {**procedure("callee", flow), "case": case}

    def _bounded(self, ahead: list[str]) -> Tree:
        to, other = self.rng.choice(ahead[:4]), self.rng.choice(ahead[4:])
        return {"to": to, "at_most": 1, "otherwise": other}


class Counted(Elements):
    """One whose ways depend on how many rows a list has."""

    def files(self) -> tuple[Tree, Tree]:
        """The same, with conditions on the number of rows."""
        main, callee = super().files()
        rng, name = self.rng, self.lists[0]
        flow = [one for node in main["flow"] for one in node.get("flow", [node])]
        for node in flow[1:-2]:
            test = {"rows": {rng.choice(("is", "is_not", "more_than", "at_most")): rng.choice((0, 1, 1, 2))}}
            if "decision" in node:
                node["decided_by"] = "rule"
                node["outcomes"][0]["when"] = test
            elif rng.random() < 0.4:
                node["only_when"] = test
        return {**main, "derive": {"rows": {"count": name}}}, callee


class Called(Elements):
    """The same in a call that is made once."""

    kinds = ("record", "consent", "step", "rule", "answer", "call", "call")
    calls = "call"


def procedure(name: str, flow: list[Tree]) -> Tree:
    """A file with this flow."""
    return {
        "format": "sop/1", "procedure": name, "revision": 1, "title": "Small", "purpose": "Be walked.",
        "effective_from": "2026-01-01", "review_by": "2027-01-01",
        "roles": {"agent": "Acts.", "supervisor": "Rules."}, "by": "agent",
        "controls": dict.fromkeys(CONTROLS, "It was done."), "flow": flow,
    }  # fmt: skip
