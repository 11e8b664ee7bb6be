"""A year-end close of many areas, as long as a proof has to manage: amounts, rules, loops, second people, locks."""

from typing import Any

from benchmarks.long_shapes import Files, Tree, procedure

PER_AREA = 8
"""Nodes of one area, about."""


def year_end(nodes: int) -> Files:
    """Area by area: count, compare both figures, explain or book, check, have it signed where it is much, lock."""
    areas = [_Area(number) for number in range(nodes // PER_AREA)]
    opening: Tree = {"step": "open-calendar", "do": "Open the closing calendar."}
    always = [
        name for area in areas if not area.sometimes for name in (f"counted-{area.at}", f"checked-{area.at}")
    ]
    flow = [
        opening,
        *(area.section() for area in areas),
        {
            "confirmation": "statement",
            "by": "boss",
            "not_by": ["agent"],
            "sign_off": {"need": 1},
            "otherwise": "late",
        },
        {"end": "closed", "result": "completed", "requires": always},
        {"end": "late", "result": "transferred"},
    ]
    controls = [f"{what}-{area.at}" for area in areas for what in ("counted", "checked", "four-eyes")]
    case = [
        {"field": "entity", "type": "choice", "choices": ["single", "branch", "group"]},
        {"field": "year_end", "type": "date"},
    ]
    derive: Tree = {}
    for area in areas:
        derive |= area.derived()
    return (procedure(flow, controls, case=case, derive=derive),)


class _Area:
    """One area of account; six kinds of them take turns."""

    def __init__(self, at: int) -> None:
        self.at, self.kind = at, at % 6
        self.sometimes = self.kind == 3

    def derived(self) -> Tree:
        """What its rule is computed from: the difference of both figures, its band, or a score."""
        at = self.at
        found: Tree = {
            f"minus_{at}": {"product": [f"other_{at}", -1]},
            f"diff_{at}": {"sum": [f"book_{at}", f"minus_{at}"]},
        }
        if self.kind in (1, 4):
            found[f"band_{at}"] = _bands(f"diff_{at}", [[50, "small"], [5000, "middle"]], "large")
        if self.kind == 2:
            points = {"of": f"kind_{at}", "values": {"foreign": 2, "disputed": 5}, "else": 0}
            found[f"points_{at}"] = {"table": points}
            found[f"much_{at}"] = _bands(f"diff_{at}", [[0, 0], [1000, 2]], 4)
            found[f"score_{at}"] = {"sum": [f"points_{at}", f"much_{at}"]}
        if self.kind == 5:
            found[f"age_{at}"] = {"days_between": [f"of_{at}", "year_end"]}
            found[f"points_{at}"] = _bands(f"age_{at}", [[0, 0], [30, 1]], 3)
            found[f"score_{at}"] = {"sum": [f"points_{at}", f"missing_{at}"]}
        return found

    def section(self) -> Tree:
        """Its items."""
        at = self.at
        signing: Tree = {
            "confirmation": f"sign-{at}", "by": "boss", "not_by": ["agent"], "sign_off": {"need": 1},
            "satisfies": [f"four-eyes-{at}"], "otherwise": "late",
        }  # fmt: skip
        if self.kind in (1, 2, 4, 5):
            signing["only_when"] = {f"differs-{at}": "large" if self.kind in (1, 4) else "high"}
        if self.kind == 0:
            signing["time"] = {"limit": "2d", "at_limit": "late"}
        lock: Tree = {"step": f"lock-{at}", "do": "Lock the period.", "requires": [f"counted-{at}", f"checked-{at}"],
                      "irreversible": self.kind == 0}  # fmt: skip
        found: Tree = {
            "section": f"area-{at}",
            "title": "Area",
            "flow": [*self._counting(), *self._checking(), signing, lock],
        }
        return (
            {**found, "only_when": {"entity": {"one_of": ["group", "branch"]}}} if self.sometimes else found
        )

    def _counting(self) -> list[Tree]:
        at, fields = self.at, [_money("book", self.at), _money("other", self.at)]
        if self.kind in (0, 2, 4):
            fields.append(
                {"field": f"kind_{at}", "type": "choice", "choices": ["plain", "foreign", "disputed"]}
            )
        if self.kind in (1, 5):
            fields.append({"field": f"of_{at}", "type": "date"})
        if self.kind == 5:
            fields.append({"field": f"missing_{at}", "type": "integer", "at_least": 0, "at_most": 99})
        again = {"to": f"count-{at}", "at_most": 2, "otherwise": "late"}
        return [
            {"step": f"gather-{at}", "do": "Print the list of balances."},
            {"confirmation": f"count-{at}", "record": {"fields": fields}, "satisfies": [f"counted-{at}"]},
            {"decision": f"differs-{at}", "decided_by": "rule", "outcomes": self._outcomes()},
            {"step": f"explain-{at}", "do": "Find what makes the difference.", "otherwise": again},
            {"confirmation": f"book-{at}", "record": {"fields": [_money("booked", at)]}},
        ]

    def _outcomes(self) -> list[Tree]:
        at, much = self.at, {"imposes": [f"four-eyes-{self.at}"], "then": f"explain-{self.at}"}
        if self.kind in (0, 3):
            return [
                _outcome("none", {f"book_{at}": {"is": {"field": f"other_{at}"}}}, then=f"check-{at}"),
                _outcome("small", {f"diff_{at}": {"at_least": -100, "at_most": 100}}, then=f"book-{at}"),
                {"outcome": "large", "then": f"explain-{at}"},
            ]
        if self.kind in (1, 4):
            return [
                _outcome("large", {f"band_{at}": "large"}, **much),
                _outcome("middle", {f"band_{at}": "middle"}, then=f"book-{at}"),
                {"outcome": "small", "then": f"check-{at}"},
            ]
        return [
            _outcome("high", {f"score_{at}": {"at_least": 7}}, **much),
            _outcome("medium", {f"score_{at}": {"at_least": 3}}, then=f"book-{at}"),
            {"outcome": "low", "then": f"check-{at}"},
        ]

    def _checking(self) -> list[Tree]:
        at = self.at
        items: list[Tree] = [
            {"item": "complete", "ask": "Is it complete?", "answers": ["all", "some"], "expect": ["all"]},
            {"item": "dated", "ask": "Does it bear the last day of the year?"},
        ]
        if self.kind in (0, 2, 4):
            items.append(
                {"item": "rate", "ask": "Was the closing rate used?", "only_when": {f"kind_{at}": "foreign"}}
            )
        again = {"to": f"gather-{at}", "at_most": 1, "otherwise": "late"}
        return [
            {"checklist": f"check-{at}", "items": items, "satisfies": [f"checked-{at}"], "otherwise": again}
        ]


def _bands(of: str, up_to: list[list[Any]], above: Any) -> Tree:
    return {"bands": {"of": of, "up_to": up_to, "above": above}}


def _money(name: str, at: int) -> Tree:
    return {"field": f"{name}_{at}", "type": "money", "currency": "EUR", "at_least": 0}


def _outcome(name: str, when: Tree, **more: Any) -> Tree:
    return {"outcome": name, "when": when, **more}
