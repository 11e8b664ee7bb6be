"""Random confirmations of generated procedures: one maker for each kind of evidence."""

from random import Random

from tests.generated_fields import CHOICES, NUMBERS, TEXTS, Known, Names, Tree, field

_NEEDED: Tree = {"choices": list(CHOICES), "currency": "EUR"}
_NEEDS = {"choice": "choices", "money": "currency"}
_TYPED = [*NUMBERS, *TEXTS, "date", "time", "datetime", "duration", "choice"]


class EvidenceMaker:
    """Makes confirmations that name what was declared before them; `ids` are the nodes so far."""

    def __init__(self, rng: Random, names: Names, callees: list[tuple[Tree, Names]]) -> None:
        self.rng, self.names, self.callees = rng, names, callees
        self.ids: list[str] = []

    def _identity(self, node_id: str) -> Tree:
        rng = self.rng
        kinds = ("knowledge", "possession", "inherence")
        need = rng.choice((1, 2, 2))
        factors = [
            {"factor": f"factor-{n}", "kind": kind} for n, kind in enumerate((*kinds, rng.choice(kinds)))
        ]
        identity = {"of": "customer", "factors": factors, "need": need, "attempts": rng.choice((1, 2, 3))}
        return {"confirmation": node_id, "identity": identity}

    def _record(self, node_id: str) -> Tree:
        rng = self.rng
        fields = []
        for _ in range(rng.randint(1, 3)):
            again = [one.spec for one in self.names.known if one.spec and one.spec.get("field")]
            if again and rng.random() < 0.2:
                spec = dict(rng.choice(again))
                if spec["field"] in [one["field"] for one in fields]:
                    continue
                for gone in ("equals", "differs", "only_when"):
                    spec.pop(gone, None)
            else:
                spec = field(rng, self.names.fresh("f"), self.names)
            fields.append(spec)
        for spec in fields:
            self.names.add(spec)
        return {"confirmation": node_id, "record": {"fields": fields}} if fields else {}

    def _elements(self, node_id: str) -> Tree:
        """Lists with a column for whatever a callee can be run for."""
        cases = [spec for callee, _ in self.callees for spec in callee.get("case", ())]
        columns = []
        for number, kind in enumerate(dict.fromkeys(spec["type"] for spec in cases)):
            cell = {"field": f"cell_{number}", "type": kind}
            columns.append(cell | {key: value for key, value in _NEEDED.items() if key == _NEEDS.get(kind)})
        spec = {"field": self.names.fresh("f"), "type": "list", "at_most": 3, "of": columns}
        spec["keep"] = self.rng.choice(("plain", "plain", "erasable"))
        self.names.add(spec)
        return {"confirmation": node_id, "record": {"fields": [spec]}}

    def _statement(self, node_id: str) -> Tree:
        statement: Tree = {"of": "customer", "text": "The customer agreed."}
        if self.rng.random() < 0.4:
            statement["field"] = self.names.fresh("f")
            self.names.known.append(Known(statement["field"], "yes-no"))
        return {"confirmation": node_id, "statement": statement}

    def _sign_off(self, node_id: str) -> Tree:
        rng = self.rng
        sign_off: Tree = {"need": rng.choice((1, 1, 2))}
        typed = [one for one in self.names.of(*_TYPED) if one.spec]
        if typed and rng.random() < 0.5:
            sign_off["blind"] = [rng.choice(typed).name]
        if self.ids and rng.random() < 0.4:
            sign_off["shows"] = [rng.choice(self.ids)]
        if rng.random() < 0.3:
            sign_off["reason"] = "required"
        if rng.random() < 0.2:
            sign_off["factors"] = ["passphrase", "key"]
        if rng.random() < 0.3:
            sign_off["people"] = rng.choice((2, "all"))
        if rng.random() < 0.3:
            sign_off["decline"] = "recorded"
        node: Tree = {"confirmation": node_id, "sign_off": sign_off, "by": [rng.choice(self.names.roles[1:])]}
        if rng.random() < 0.6:
            node["not_by"] = ["agent"]
        self.names.known.append(Known(node_id, "choice", ("approved", "declined")))
        return node

    def _log_review(self, node_id: str) -> Tree:
        rng = self.rng
        review: Tree = {"source": "account-system"}
        if rng.random() < 0.7:
            review["checks"] = ["There is one change.", "There is no other."][: rng.randint(1, 2)]
        if self.ids and rng.random() < 0.5:
            review["since"] = rng.choice(self.ids)
        if rng.random() < 0.5:
            review["extract"] = "required"
        return {"confirmation": node_id, "log_review": review}

    def _read_back(self, node_id: str) -> Tree:
        typed = [one for one in self.names.of(*_TYPED) if one.spec]
        if not typed:
            return {}
        read_back: Tree = {"of": self.rng.choice(typed).name}
        if self.rng.random() < 0.5:
            read_back["last"] = self.rng.randint(1, 4)
        return {"confirmation": node_id, "read_back": read_back}
