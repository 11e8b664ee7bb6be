"""Random flows of generated procedures: every kind of node and of evidence."""

from random import Random
from typing import Any

from tests.generated_evidence import EvidenceMaker
from tests.generated_fields import (
    CHOICES,
    SIMPLE,
    Known,
    Names,
    Tree,
    condition,
    field,
    literal,
)

__all__ = ["FlowMaker", "Names"]
ENDS = ("closed", "refused-end", "failed-end", "withdrawn-end")
AGES = ("5m", "90d", {"same_day": True})


class FlowMaker(EvidenceMaker):
    """Builds the flow of one procedure node by node, remembering what earlier ones declared."""

    def __init__(self, rng: Random, names: Names, callees: list[tuple[Tree, Names]], *, inner: bool) -> None:
        super().__init__(rng, names, callees)
        self.inner = inner
        self.ends = list(ENDS[:2]) if inner else list(ENDS)
        self.gained: list[str] = []
        self.undo: list[str] = []
        self.planned: list[str] = []

    def flow(self, count: int) -> list[Tree]:
        """About `count` nodes, what undoes the steps among them, and the ends."""
        makers = (
            self._step, self._step, self._checklist, self._identity, self._record, self._record, self._statement,
            self._sign_off, self._log_review, self._read_back, self._decision, self._decision, self._call,
        )  # fmt: skip
        chosen = [self.rng.choice(makers) for _ in range(count)]
        if self.callees and self.rng.random() < 0.7:
            chosen[self.rng.randrange(1, len(chosen))] = self._call
            if self.rng.random() < 0.6:
                chosen[0] = self._elements
        self.planned = [f"node-{number}" for number in range(len(chosen))]
        nodes = []
        for number, make in enumerate(chosen):
            node_id = self.planned[number]
            node = make(node_id) or self._step(node_id)
            self._common(node, node_id)
            nodes.append(node)
            self.ids.append(node_id)
        nodes += [{"step": name, "do": "Put it right again."} for name in self.undo]
        return [*self._sections(nodes), self._last(), *self._ends()]

    def _last(self) -> Tree:
        outcomes = [{"outcome": f"as-{end}", "then": end} for end in self.ends]
        return {"decision": "last", "ask": "How does it end?", "decided_by": "answer", "outcomes": outcomes}

    def use_derived(self, flow: list[Tree]) -> None:
        """Let a condition and a text read derived values, which are declared last."""
        for node in flow:
            if "step" in node and self.names.derived and self.rng.random() < 0.5:
                node["do"] = "Look at {" + self.names.derived[0].name + "}."
                break

    def _ends(self) -> list[Tree]:
        found: list[Tree] = []
        for name in self.ends:
            end: Tree = {"end": name, "result": "completed" if name == "closed" else name.split("-")[0]}
            if name == "closed" and self.gained and self.rng.random() < 0.8:
                end["requires"] = sorted(self.rng.sample(self.gained, min(len(self.gained), 2)))
            if name == "refused-end" and self.gained and self.rng.random() < 0.2:
                end["requires"] = [self.rng.choice(self.gained)]
            found.append(end)
        return found

    def _sections(self, nodes: list[Tree]) -> list[Tree]:
        if len(nodes) < 4 or self.rng.random() < 0.5:
            return nodes
        start = self.rng.randrange(1, len(nodes) - 1)
        stop = self.rng.randrange(start + 1, len(nodes))
        section: Tree = {"section": "part", "title": "A part of it", "flow": nodes[start:stop]}
        if self.rng.random() < 0.5 and self.names.case:
            case = Names([], self.names.controls)
            for spec in self.names.case:
                case.add(spec)
            if when := condition(self.rng, case):
                section["only_when"] = when
        return [*nodes[:start], section, *nodes[stop:]]

    def _jump(self, here: str) -> Any:
        rng = self.rng
        ahead = self.planned[self.planned.index(here) + 1 :]
        if self.ids and rng.random() < 0.35:
            jump: Tree = {"to": rng.choice(self.ids), "at_most": rng.choice((1, 2))}
            if rng.random() < 0.7:
                jump["otherwise"] = rng.choice(self.ends[1:] + ahead)
            return jump
        last = self.undo[0] if self.undo and rng.random() < 0.9 else rng.choice(["last", *self.ends])
        return rng.choice([*ahead, last])

    def _common(self, node: Tree, node_id: str) -> None:
        rng, kind = self.rng, next(iter(node))
        if rng.random() < 0.12 and (when := condition(rng, self.names)):
            node["only_when"] = when
        if rng.random() < 0.15 and self.gained:
            node["requires"] = [rng.choice(self.gained)]
        if rng.random() < 0.12:
            node["invalidates"] = [rng.choice(self.names.controls)]
        if kind in ("step", "confirmation", "checklist") and rng.random() < 0.25:
            node["then"] = self._jump(node_id)
        if kind != "call" and "otherwise" not in node and rng.random() < 0.35:
            node["otherwise"] = self._jump(node_id)
        elif kind != "call" and rng.random() < 0.1:
            node["otherwise"] = "none"
        if kind in ("step", "confirmation") and rng.random() < 0.15:
            node["irreversible"] = True
        if "by" not in node and rng.random() < 0.15:
            node["by"] = rng.sample(self.names.roles, rng.choice((1, 2)))
        if "not_by" not in node and rng.random() < 0.15:
            others = [r for r in self.names.roles if r not in (node.get("by") or ["agent"])]
            if others:
                node["not_by"] = [rng.choice(others)]
        if kind in ("step", "checklist", "confirmation") and rng.random() < 0.2:
            node["waivable"] = {"by": rng.choice(self.names.roles[1:])}
        if rng.random() < 0.15:
            node["time"] = self._time(node_id)
        if kind in ("checklist", "confirmation", "call") and rng.random() < 0.6:
            self._satisfy(node)

    def _satisfy(self, holder: Tree) -> None:
        rng = self.rng
        control = rng.choice(self.names.controls)
        holder["satisfies"] = [control]
        self.gained = sorted({*self.gained, control})
        if rng.random() < 0.4:
            moments = self.names.of("datetime", "date")
            ages = [*AGES, *({"for": "60m", "from": one.name} for one in moments)]
            holder["valid_for"] = rng.choice(ages)

    def _time(self, node_id: str) -> Tree:
        rng = self.rng
        time: Tree = {"expect": "1m", "limit": rng.choice(("5m", "2h"))}
        moments = self.names.of("datetime", "date", "time")
        if self.ids and rng.random() < 0.3:
            time["from"] = rng.choice(self.ids)
        elif moments and rng.random() < 0.3:
            time["from"] = rng.choice(moments).name
        if moments and rng.random() < 0.2:
            time["until"] = rng.choice(moments).name
        if rng.random() < 0.6:
            time["at_limit"] = "warn" if rng.random() < 0.3 else self._jump(node_id)
        return time

    def _step(self, node_id: str) -> Tree:
        rng = self.rng
        node: Tree = {"step": node_id, rng.choice(("do", "say")): "Do what this says."}
        if rng.random() < 0.2:
            moments = self.names.of("datetime", "time")
            node["wait"] = {"until": moments[0].name} if moments and rng.random() < 0.3 else "30s"
        if rng.random() < 0.25:
            if not self.undo or rng.random() < 0.6:
                self.undo.append(f"undo-{len(self.undo)}")
            undoing = [self.undo[-1]]
            if rng.random() < 0.3:
                if len(self.undo) == 1:
                    self.undo.append("undo-1")
                undoing = [*self.undo]
            node["undone_by"] = undoing
            self.names.known.append(Known(node_id, "choice", ("open", "closed")))
        return node

    def _checklist(self, node_id: str) -> Tree:
        rng = self.rng
        items = []
        for number in range(rng.randint(1, 3)):
            item: Tree = {"item": f"item-{number}", "ask": "Is it so?"}
            roll = rng.random()
            if roll < 0.3:
                spec = field(rng, self.names.fresh("f"), self.names)
                item["field"] = spec
                if rng.random() < 0.3:
                    del spec["field"]
                else:
                    self.names.add(spec)
            elif roll < 0.7:
                item |= {"answers": ["done", "not-done"], "expect": ["done"]}
            if rng.random() < 0.2:
                item["not_applicable"] = "reason"
            if rng.random() < 0.15:
                item["by"] = [rng.choice(self.names.roles)]
            if rng.random() < 0.15:
                item["said_by"] = rng.choice(self.names.roles)
            if rng.random() < 0.2 and (when := condition(rng, self.names)):
                item["only_when"] = when
            items.append(item)
            if "answers" in item:
                self.names.known.append(Known(f"{node_id}.item-{number}", "choice", ("done", "not-done")))
        node: Tree = {"checklist": node_id, "items": items}
        if rng.random() < 0.3:
            node["need"] = rng.randint(1, len(items))
        return node

    def _decision(self, node_id: str) -> Tree:
        rng = self.rng
        decided_by = rng.choice(("rule", "person", "answer"))
        names = [f"way-{n}" for n in range(rng.randint(2, 3))]
        own = self.names.fresh("set_") if rng.random() < 0.4 else ""
        outcomes = []
        for name in names:
            outcome: Tree = {"outcome": name}
            when = condition(rng, self.names)
            if when and name != names[-1] and (decided_by == "rule" or rng.random() < 0.3):
                outcome["when"] = when
            if rng.random() < 0.2:
                outcome["imposes"] = [rng.choice(self.gained or self.names.controls)]
            if rng.random() < 0.25:
                self._satisfy(outcome)
            if own:
                outcome["sets"] = {own: f"value-{name}"}
            elif rng.random() < 0.3 and (known := [one for one in self.names.of(*SIMPLE) if one.spec]):
                one = rng.choice(known)
                same = [other for other in known if other.type == one.type and other.name != one.name]
                value = {"field": rng.choice(same).name} if same else literal(rng, one.type, one.choices)
                outcome["sets"] = {one.name: value}
            if rng.random() < 0.6:
                outcome["then"] = self._jump(node_id)
            outcomes.append(outcome)
        if decided_by == "rule":
            outcomes = [o for o in outcomes[:-1] if "when" in o] + [outcomes[-1]]
        if own:
            self.names.known.append(Known(own, "choice", tuple(o["sets"][own] for o in outcomes)))
        self.names.known.append(Known(node_id, "choice", tuple(o["outcome"] for o in outcomes)))
        return {"decision": node_id, "ask": "Which way?", "decided_by": decided_by, "outcomes": outcomes}

    def _call(self, node_id: str) -> Tree:
        if not self.callees:
            return {}
        rng = self.rng
        callee, theirs = rng.choice(self.callees)
        node: Tree = {"call": node_id, "procedure": callee["procedure"], "revision": 1}
        given: Tree = {}
        for spec in callee.get("case", ()):
            name, kind = spec["field"], spec["type"]
            columns = [
                f"{one.name}.{cell['field']}"
                for one in self.names.of("list")
                for cell in (one.spec or {}).get("of", ())
                if cell["type"] == kind and cell.get("keep") != "never"
            ]
            same = [one.name for one in self.names.of(kind) if kind != "list"]
            if columns and "for_each" not in node and rng.random() < 0.7:
                node["for_each"] = {name: rng.choice(columns)}
            elif same and rng.random() < 0.6:
                given[name] = {"field": rng.choice(same)}
            elif kind in SIMPLE and (spec.get("required", True) or rng.random() < 0.5):
                given[name] = literal(rng, kind, CHOICES)
            elif spec.get("required", True):
                return {}
        if given:
            node["given"] = given
        returned = [one for one in theirs.known if one.spec and one.type in SIMPLE and one.name not in node]
        returned += theirs.derived
        if returned and rng.random() < 0.6:
            source = rng.choice(returned)
            name = self.names.fresh("back_")
            node["returns"] = {name: source.name}
            if "for_each" not in node:
                self.names.known.append(Known(name, source.type, source.choices))
        if "checker" in callee["roles"] and "checker" not in self.names.roles:
            node["roles"] = {"checker": rng.choice(self.names.roles[1:])}
        loop = "for_each" in node and rng.random() < 0.5
        node["ends"] = {"refused-end": "next" if loop else self._jump(node_id)}
        if rng.random() < 0.3:
            node["ends"]["closed"] = self._jump(node_id)
        return node
