"""Small procedures that mix what the others have one by one, and every walk through them with what it comes to.

Procedures called two deep, limits of items and of calls, checklists in which some right answers are enough,
signatures by others, ends that ask for controls, steps that several items undo, and conditions over all of these.
"""

from copy import deepcopy
from datetime import timedelta
from typing import Any

from tests.unit.lint.every_walk import Clock
from tests.unit.lint.exhaustive import Small, Tree, procedure


class Mixed(Small):
    """One of everything."""

    kinds = (
        "record", "consent", "step", "step", "rule", "rule", "answer", "items", "items", "call", "call", "call",
        "signed", "said", "identity",
    )  # fmt: skip
    bounded = 0.35
    passed_over = 0.3
    limited = 0.25
    lengths: tuple[str, ...] = ("30m", "90m")
    clock = Clock(timedelta(hours=1), most=timedelta(hours=2))

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.tests: list[Tree] = []

    def files(self) -> tuple[Tree, ...]:
        """The procedure, what it may call, and what that may call."""
        rng = self.rng
        self.brings = rng.random() < 0.25
        planned = [f"n-{number}" for number in range(rng.randint(3, 6))]
        flow = []
        for number, name in enumerate(planned):
            flow.append(self._common(self._node(name), planned[number + 1 :]))
            self.ids.append(name)
        if len(flow) > 3 and rng.random() < 0.4:
            part: Tree = {"section": "part", "title": "Part", "flow": flow[1:3]}
            if self.known and "f_0" in self.known and rng.random() < 0.7:
                part["only_when"] = {"f_0": rng.random() < 0.7}
            flow = [flow[0], part, *flow[3:]]
        ends: list[Tree] = [
            {"end": "closed", "result": "completed", "requires": self._some()},
            {"end": "failed", "result": "failed", "requires": self._some(0.15)},
        ]
        undo = [{"step": name, "do": "Put it right."} for name in ("undo", "mend")] if self.steps else []
        return procedure("main", [*flow, *undo, *ends]), self._callee(), self._inmost()

    def _callee(self) -> Tree:
        rng = self.rng
        ahead = ["inner", "way", "deeper", "act", "on", "off"]
        inner: Tree = {"confirmation": "inner", "statement": {"of": "customer", "text": "I agree."},
                       "satisfies": self._some(), "otherwise": rng.choice(ahead[2:])}  # fmt: skip
        way: Tree = {"decision": "way", "ask": "Which?", "decided_by": "rule", "outcomes": [
            {"outcome": "past", "when": {"line": rng.random() < 0.5}, "then": self._bounded(ahead)}, {"outcome": "along"}]}  # fmt: skip
        deeper: Tree = {"call": "deeper", "procedure": "inmost", "revision": 1,
                        "ends": {"out": rng.choice(("off", "act", "on"))}, "satisfies": self._some(0.3)}  # fmt: skip
        act: Tree = {"step": "act", "do": "Act.", "requires": self._some(0.4), "invalidates": self._some(0.2)}
        if rng.random() < 0.3:
            act["irreversible"] = True
        if rng.random() < 0.3:
            deeper["time"] = {"limit": rng.choice(self.lengths), "at_limit": rng.choice(("off", "act"))}
        if rng.random() < 0.3:
            act["time"] = {"limit": rng.choice(self.lengths), "at_limit": self._bounded(ahead)}
        if rng.random() < 0.3:
            act["otherwise"] = self._bounded(ahead)
        if rng.random() < 0.3:
            deeper["only_when"] = {"line": rng.random() < 0.5}
        if rng.random() < 0.3:
            way["outcomes"][1]["imposes"] = self._some()
        flow = [inner, way, deeper, act]
        if rng.random() < 0.3:
            flow[1], flow[2] = flow[2], flow[1]
        flow += [
            {"end": "on", "result": "completed", "requires": self._some(0.5)},
            {"end": "off", "result": "failed", "requires": self._some(0.1)},
        ]
        brought = {"expects": self._some()} if self.brings else {}
        return {
            **procedure("callee", flow),
            "case": [{"field": "line", "type": "yes-no", "required": False}],
            **brought,
        }

    def _inmost(self) -> Tree:
        flow: list[Tree] = [
            {"confirmation": "ask", "record": {"fields": [{"field": "sure", "type": "yes-no"}]}, "satisfies": self._some(0.5),
             "invalidates": self._some(0.3)},
            {"step": "do", "do": "Do.", "requires": self._some(0.3), "only_when": {"sure": True},
             "otherwise": {"to": "ask", "at_most": 1, "otherwise": "out"}},
            {"end": "in", "result": "completed", "requires": self._some(0.3)},
            {"end": "out", "result": "failed"},
        ]  # fmt: skip
        return procedure("inmost", flow)

    def _bounded(self, ahead: list[str]) -> Any:
        to, other = self.rng.choice(ahead[:4]), self.rng.choice(ahead[3:])
        return {"to": to, "at_most": 1, "otherwise": other}

    def _node(self, name: str) -> Tree:
        rng = self.rng
        kind = rng.choice(self.kinds)
        statement = {"of": "customer", "text": "I agree."}
        self.kind = kind
        match kind:
            case "items":
                node = self._items(name)
            case "signed":
                sign_off: Tree = {"need": 1, "decline": rng.choice(("fails", "recorded"))}
                node = {"confirmation": name, "sign_off": sign_off, "by": "supervisor", "not_by": ["agent"], "satisfies": self._some()}  # fmt: skip
                self.tests.append({name: rng.choice(("approved", "declined"))})
            case "said":
                self.known.append(f"f_{name[2:]}")
                node = {
                    "confirmation": name,
                    "statement": {**statement, "field": self.known[-1]},
                    "satisfies": self._some(0.7),
                }
            case "identity":
                factors = [
                    {"factor": "word", "kind": "knowledge"}, {"factor": "code", "kind": "possession"},
                    {"factor": "voice", "kind": "inherence"},
                ]  # fmt: skip
                node = {"confirmation": name, "identity": {"of": "caller", "factors": factors, "need": 2, "attempts": 1},
                        "satisfies": self._some()}  # fmt: skip
            case "call":
                node = self._call(name)
            case _:
                node = super_node(self, name, kind)
        if kind in ("rule", "answer"):
            self.tests.append({name: rng.choice(("yes", "no"))})
        if "undone_by" in node:
            node["undone_by"] = rng.choice(("undo", "mend", ["undo", "mend"]))
            self.tests.append({name: rng.choice(("open", "closed"))})
        return node

    def _items(self, name: str) -> Tree:
        rng = self.rng
        items: list[Tree] = []
        for number in range(rng.choice((1, 2, 2))):
            item: Tree = {
                "item": f"i{number}",
                "ask": "So?",
                "answers": ["done", "not-done"],
                "expect": ["done"],
            }
            if rng.random() < 0.3:
                item["not_applicable"] = "reason"
            if number and rng.random() < 0.3:
                item["only_when"] = {f"{name}.i0": rng.choice(("done", "not-done"))}
            items.append(item)
            answers = ["done", "not-done", *(["not_applicable"] if "not_applicable" in item else [])]
            self.tests.append({f"{name}.i{number}": rng.choice(answers)})
        node: Tree = {"checklist": name, "items": items, "satisfies": self._some(0.7)}
        if rng.random() < 0.4:
            node["need"] = 1
        return node

    def _call(self, name: str) -> Tree:
        rng = self.rng
        node: Tree = {"call": name, "procedure": rng.choice(("callee", "callee", "inmost")), "revision": 1,
                      "satisfies": self._some(0.4)}  # fmt: skip
        if node["procedure"] == "callee":
            if self.known and rng.random() < 0.6:
                node["given"] = {"line": {"field": rng.choice(self.known)}}
            elif rng.random() < 0.7:
                node["given"] = {"line": rng.random() < 0.5}
        elif rng.random() < 0.5:
            self.known.append(f"f_{name[2:]}")
            node["returns"] = {self.known[-1]: "sure"}
        return node

    def _test(self) -> Tree:
        """Of a field, an answer, an outcome, a signature, what is open, or what is held."""
        rng = self.rng
        tests: list[Tree] = [{name: rng.random() < 0.6} for name in self.known]
        tests += self.tests
        tests.append({"held": self._some()})
        test = deepcopy(rng.choice(tests))
        if rng.random() < 0.2:
            test = {"not": test}
        if rng.random() < 0.2:
            test = {rng.choice(("all", "any")): [test, deepcopy(rng.choice(tests))]}
        return test

    def _decision(self, name: str, kind: str) -> Tree:
        node = super()._decision(name, kind)
        if kind == "rule":
            node["decided_by"] = "rule"
            node["outcomes"][0]["when"] = self._test()
        elif self.rng.random() < 0.3:
            node["outcomes"][0]["when"] = self._test()
        return node

    def _common(self, node: Tree, ahead: list[str]) -> Tree:
        rng, kind = self.rng, next(iter(node))
        node = super()._common(node, ahead)
        targets = [*ahead, "closed", "failed"]
        if "only_when" in node and rng.random() < 0.7:
            node["only_when"] = self._test()
        if kind == "call":
            inner = "out" if node["procedure"] == "inmost" else "off"
            node["ends"] = {inner: self._jump(targets)}
            if rng.random() < 0.2:
                node["ends"]["on" if inner == "off" else "in"] = self._jump(targets)
        if rng.random() < self.limited and kind != "decision":
            time: Tree = {"limit": rng.choice(self.lengths), "at_limit": self._jump(targets)}
            if self.ids and rng.random() < 0.3:
                time["from"] = rng.choice(self.ids)
            node["time"] = time
        return node


def super_node(small: Mixed, name: str, kind: str) -> Tree:
    """A node of a kind that small procedures have."""
    kinds, small.kinds = small.kinds, (kind,)
    try:
        return Small._node(small, name)
    finally:
        small.kinds = kinds


class Limited(Mixed):
    """One in which much depends on which limits have passed, beside each other and beside waits."""

    kinds = ("record", "consent", "step", "step", "step", "rule", "answer", "items", "call", "call")
    limited = 0.6
    lengths = ("30m", "90m", "150m")
    clock = Clock(timedelta(hours=1), most=timedelta(hours=3))

    def _common(self, node: Tree, ahead: list[str]) -> Tree:
        node = super()._common(node, ahead)
        if "step" in node and self.rng.random() < 0.3:
            node["wait"] = self.rng.choice(("1h", "2h"))
        return node

    def _callee(self) -> Tree:
        tree = super()._callee()
        act = next(one for one in tree["flow"] if "step" in one)
        if self.rng.random() < 0.3:
            act["wait"] = self.rng.choice(("1h", "2h"))
        if "time" in act and self.rng.random() < 0.6:
            act["time"]["from"] = self.rng.choice(("inner", "deeper"))
        return tree


class Rows(Mixed):
    """One that begins with a list, and with a call for each of its rows."""

    longest = 2

    def _node(self, name: str) -> Tree:
        kinds = self.kinds
        if len(self.ids) < 2:
            self.kinds = ("each",) if self.ids else ("list",)
        node = super()._node(name)
        self.kinds = kinds
        return node


class Looped(Rows):
    """One that calls for each row of a list what calls further, with limits, and jumps out of it and back."""

    kinds = ("record", "consent", "step", "rule", "answer", "items", "each", "each", "call")
    limited = 0.15

    def _common(self, node: Tree, ahead: list[str]) -> Tree:
        node = super()._common(node, ahead)
        if "for_each" in node:
            node["ends"] = {
                "off": "next" if self.rng.random() < 0.4 else self._jump([*ahead, "closed", "failed"])
            }
        return node
