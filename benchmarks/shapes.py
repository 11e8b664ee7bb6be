"""Made-up procedures of the shapes that real ones have, the same for the same number: text in two languages."""

from random import Random
from typing import Any

import yaml

Tree = dict[str, Any]

_WORDS = (
    "account", "amount", "answer", "caller", "case", "change", "contact", "contract", "customer", "date", "device",
    "document", "invoice", "letter", "line", "network", "notice", "number", "order", "payment", "plan", "reason",
    "record", "refund", "request", "screen", "service", "supervisor", "system", "ticket",
)  # fmt: skip
_SZAVAK = (
    "számla", "összeg", "válasz", "hívó", "ügy", "módosítás", "elérhetőség", "szerződés", "ügyfél", "dátum",
    "készülék", "okmány", "levél", "vonal", "hálózat", "értesítés", "sorszám", "rendelés", "fizetés", "csomag",
    "indok", "bejegyzés", "visszatérítés", "kérés", "képernyő", "szolgáltatás", "vezető", "rendszer", "jegy",
)  # fmt: skip
_SECTION = 6


class Author:
    """Writes one procedure of `nodes` items: sections with records, decisions, loops, guarded acts and controls."""

    def __init__(self, seed: int, nodes: int = 60) -> None:
        self._rng = Random(seed)
        self._nodes = nodes
        self._count = 0
        self._held: list[str] = []
        self._controls: dict[str, Any] = {}
        self._amounts: list[str] = ["value"]
        self._flags: list[str] = ["urgent"]
        self._kind: list[str] = ["channel"]
        self._roles = {"agent": None}
        self._number = seed

    def text(self) -> bytes:
        """The file, as an author's editor would leave it."""
        flow = []
        section = 0
        while self._count < self._nodes - 4:
            section += 1
            flow.append(self._section(section))
        flow += self._ends()
        top = {
            "format": "sop/1", "procedure": f"made-up-{self._number}", "revision": 3, "number": f"MU-{self._number:04d}",
            "language": "en", "title": self._say(4), "purpose": self._say(24), "scope": self._say(14),
            "owner": "customer-operations", "author": "customer-operations", "training": self._say(8),
            "effective_from": "2026-10-15", "review_by": "2027-01-10",
            "history": [{"revision": 3, "date": "2026-10-10", "change": self._say(9), "author": "customer-operations"}],
            "records": {"retain_for": "3y"},
            "roles": {role: self._say(8) for role in self._roles}, "by": "agent",
            "case": [
                {"field": "channel", "label": self._say(2), "type": "choice", "choices": ["phone", "mail", "shop"]},
                {"field": "value", "label": self._say(2), "type": "money", "currency": "EUR"},
                {"field": "urgent", "label": self._say(3), "type": "yes-no"},
            ],
            "controls": self._controls, "flow": flow,
        }  # fmt: skip
        return yaml.dump(
            top, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True, width=100
        ).encode()

    def _section(self, number: int) -> Tree:
        items: list[Tree] = []
        guard = f"checked-{number}"
        self._controls[guard] = self._say(10)
        items.append(self._record(guard))
        later = [
            self._step,
            self._checklist,
            self._decision,
            self._loop,
            self._act,
            self._statement,
            self._signed,
        ]
        while len(items) < _SECTION - 1 and self._count < self._nodes - 4:
            for item in self._rng.choice(later)(guard):
                items.append(item)
        return {"section": f"part-{number}", "title": self._say(3), "flow": items}

    def _id(self, kind: str) -> str:
        self._count += 1
        return f"{kind}-{self._count}"

    def _say(self, words: int) -> Tree:
        rng = self._rng
        english = " ".join(rng.choice(_WORDS) for _ in range(words)).capitalize()
        return {
            "en": english + ".",
            "hu": " ".join(rng.choice(_SZAVAK) for _ in range(words)).capitalize() + ".",
        }

    def _about(self) -> Tree:
        found: Tree = {"title": self._say(3)}
        if self._rng.random() < 0.3:
            found["caution"] = self._say(12)
        found["do"] = self._say(14)
        if self._rng.random() < 0.5:
            found["say"] = self._say(16)
        if self._rng.random() < 0.2:
            found["time"] = {"expect": "2m", "limit": "6m", "at_limit": "warn"}
        return found

    def _record(self, control: str) -> Tree:
        name = self._id("record")
        plain = name.replace("-", "_")
        fields: list[Tree] = [
            {"field": f"{plain}_note", "label": self._say(2), "type": "text", "max_length": 200, "keep": "erasable"},
            {"field": f"{plain}_amount", "label": self._say(2), "type": "money", "currency": "EUR", "at_least": 0},
            {"field": f"{plain}_known", "label": self._say(3), "type": "yes-no"},
            {"field": f"{plain}_kind", "label": self._say(2), "type": "choice",
             "choices": {"first": self._say(2), "second": self._say(2), "third": self._say(2)}},
        ]  # fmt: skip
        self._amounts.append(f"{plain}_amount")
        self._flags.append(f"{plain}_known")
        self._kind.append(f"{plain}_kind")
        self._held.append(control)
        return {
            "confirmation": name,
            **self._about(),
            "record": {"fields": fields},
            "satisfies": [control],
            "otherwise": "refused",
        }

    def _step(self, guard: str) -> list[Tree]:
        step: Tree = {"step": self._id("step"), **self._about()}
        if self._rng.random() < 0.3:
            step["by"] = "engineer"
            self._roles["engineer"] = None
        if self._rng.random() < 0.4:
            step["only_when"] = {self._rng.choice(self._flags): True}
        return [step]

    def _checklist(self, guard: str) -> list[Tree]:
        name = self._id("check")
        items = [
            {"item": f"item-{n}", "ask": self._say(7), "answers": ["yes", "no"], "expect": ["yes"]}
            for n in range(self._rng.randint(2, 4))
        ]
        control = f"listed-{self._count}"
        self._controls[control] = self._say(9)
        self._held.append(control)
        return [
            {
                "checklist": name,
                **self._about(),
                "items": items,
                "satisfies": [control],
                "otherwise": "refused",
            }
        ]

    def _decision(self, guard: str) -> list[Tree]:
        """A condition over several fields; the way that asks for more passes another item."""
        name, more = self._id("decide"), self._id("more")
        after = self._id("after")
        rng = self._rng
        kind = rng.choice(self._kind)
        when: Tree = {"any": [
            {rng.choice(self._amounts): {"at_least": rng.choice([100, 500, 1000])}},
            {rng.choice(self._flags): True, kind: {"one_of": ["mail", "shop"] if kind == "channel" else ["second", "third"]}},
        ]}  # fmt: skip
        outcomes = [
            {"outcome": "high", "title": self._say(2), "when": when, "then": more},
            {"outcome": "low", "title": self._say(2), "then": after},
        ]
        return [
            {"decision": name, "title": self._say(3), "decided_by": "rule", "outcomes": outcomes},
            {"step": more, **self._about()},
            {"step": after, **self._about()},
        ]

    def _loop(self, guard: str) -> list[Tree]:
        """Tried again a few times before it is given up."""
        first, ask = self._id("try"), self._id("worked")
        outcomes: list[Tree] = [
            {"outcome": "yes"},
            {"outcome": "no", "then": {"to": first, "at_most": 2, "otherwise": "failed"}},
        ]
        return [
            {"step": first, **self._about()},
            {"decision": ask, "ask": self._say(6), "decided_by": "answer", "outcomes": outcomes},
        ]

    def _act(self, guard: str) -> list[Tree]:
        """A guarded act and the review that it asks for afterwards."""
        act, review = self._id("act"), self._id("review")
        control = f"reviewed-{self._count}"
        self._controls[control] = self._say(9)
        asked = self._rng.sample(self._held, min(len(self._held), self._rng.randint(1, 3)))
        self._held.append(control)
        log = {
            "source": "system",
            "since": act,
            "checks": [self._say(9), self._say(8)],
            "extract": "required",
        }
        return [
            {"step": act, **self._about(), "requires": sorted({guard, *asked}), "irreversible": True,
             "otherwise": "failed"},
            {"confirmation": review, **self._about(), "log_review": log, "satisfies": [control], "otherwise": "failed"},
        ]  # fmt: skip

    def _statement(self, guard: str) -> list[Tree]:
        name = self._id("consent")
        control = f"agreed-{self._count}"
        self._controls[control] = self._say(9)
        self._held.append(control)
        statement = {"of": "customer", "text": self._say(18)}
        return [{"confirmation": name, **self._about(), "statement": statement, "satisfies": [control],
                 "otherwise": "refused"}]  # fmt: skip

    def _signed(self, guard: str) -> list[Tree]:
        """A rule that imposes a second person, and the second person where it did."""
        self._roles["supervisor"] = None
        name, sign, after = self._id("risk"), self._id("sign"), self._id("go-on")
        control = f"four-eyes-{self._count}"
        self._controls[control] = self._say(9)
        when = {self._rng.choice(self._amounts): {"more_than": self._rng.choice([250, 900])}}
        outcomes: list[Tree] = [
            {"outcome": "high", "title": self._say(2), "when": when, "imposes": [control], "then": sign},
            {"outcome": "low", "title": self._say(2), "then": after},
        ]
        return [
            {"decision": name, "title": self._say(3), "decided_by": "rule", "outcomes": outcomes},
            {"confirmation": sign, **self._about(), "by": "supervisor", "not_by": ["agent"],
             "sign_off": {"need": 1, "reason": "required"}, "satisfies": [control], "otherwise": "refused"},
            {"step": after, **self._about()},
        ]  # fmt: skip

    def _ends(self) -> list[Tree]:
        return [
            {"step": self._id("last"), **self._about(), "then": "closed", "otherwise": "failed"},
            {
                "end": "closed",
                "result": "completed",
                "title": self._say(3),
                "requires": [*dict.fromkeys(self._held)],
            },
            {"end": "refused", "result": "refused", "title": self._say(3)},
            {"end": "failed", "result": "failed", "title": self._say(3)},
        ]


def realistic(seed: int, nodes: int = 60) -> bytes:
    """A procedure of about `nodes` items."""
    return Author(seed, nodes).text()
