"""Long procedures, each hard for a proof in its own way; trees as a YAML file holds them."""

from collections.abc import Callable
from typing import Any

Tree = dict[str, Any]
Files = tuple[Tree, ...]
"""The procedure to prove, then its callees."""


def procedure(flow: list[Tree], controls: list[str], *, name: str = "made-up", **more: Any) -> Tree:
    """The head of a file round `flow`."""
    return {
        "format": "sop/1", "procedure": name, "revision": 1, "title": "Made up", "purpose": "Be measured.",
        "effective_from": "2026-01-01", "review_by": "2027-01-01", "roles": {"agent": "Acts.", "boss": "Signs."},
        "by": "agent", "controls": dict.fromkeys(controls, "It was done."), **more, "flow": flow,
    }  # fmt: skip


def _record(number: int, *controls: str, **more: Any) -> Tree:
    fields = [{"field": f"amount_{number}", "type": "money", "currency": "EUR"},
              {"field": f"flag_{number}", "type": "yes-no"}]  # fmt: skip
    return {"confirmation": f"n-{number}", "record": {"fields": fields}, "satisfies": [*controls], **more}


def _step(number: int, **more: Any) -> Tree:
    return {"step": f"n-{number}", "do": "Do what this says.", **more}


def _ends(*controls: str) -> list[Tree]:
    return [
        {"end": "closed", "result": "completed", "requires": [*controls]},
        {"end": "failed", "result": "failed"},
    ]


def guards(nodes: int) -> Files:
    """A chain: every fourth item gains a control, the next two are guarded by it."""
    flow = []
    for number in range(nodes):
        if number % 4 == 0:
            flow.append(_record(number, f"c-{number % 40}", otherwise="failed"))
        elif number % 4 < 3:
            flow.append(
                _step(number, requires=[f"c-{number - number % 4 - (number - number % 4) // 40 * 40}"])
            )
        else:
            flow.append(_step(number))
    return (procedure([*flow, *_ends("c-0", "c-4")], [f"c-{n}" for n in range(0, 40, 4)]),)


def decisions(nodes: int) -> Files:
    """Every fifth item a rule over several fields that leads past the next one."""
    flow: list[Tree] = []
    for number in range(nodes):
        match number % 5:
            case 0:
                flow.append(_record(number, "written"))
            case 1:
                base = number - 1
                when = {"any": [{f"amount_{base}": {"at_least": 100 + number}},
                                {f"flag_{base}": True, f"amount_{base - base % 50}": {"less_than": 50}}]}  # fmt: skip
                outcomes = [{"outcome": "high", "when": when}, {"outcome": "low", "then": f"n-{number + 2}"}]
                flow.append({"decision": f"n-{number}", "decided_by": "rule", "outcomes": outcomes})
            case 2:
                flow.append({"confirmation": f"n-{number}", "statement": {"of": "customer", "text": "I agree."},
                             "satisfies": ["agreed"], "otherwise": "failed"})  # fmt: skip
            case 3:
                held = {f"amount_{number - 3}": {"at_least": 100 + number - 2}}
                flow.append(_step(number, only_when=held))
            case _:
                flow.append(_step(number, requires=["written"]))
    return (procedure([*flow, *_ends("written")], ["written", "agreed"]),)


def loops(nodes: int) -> Files:
    """Tried up to three times, each try a record and an answer; what was gained inside is lost on the way back."""
    flow: list[Tree] = []
    for number in range(nodes):
        match number % 4:
            case 0:
                flow.append(_record(number, "written"))
            case 1:
                outcomes: list[Tree] = [
                    {"outcome": "yes"},
                    {"outcome": "no", "then": {"to": f"n-{number - 1}", "at_most": 2, "otherwise": "failed"}},
                ]
                flow.append({"decision": f"n-{number}", "decided_by": "answer", "outcomes": outcomes})
            case _:
                flow.append(_step(number, requires=["written"]))
    return (procedure([*flow, *_ends("written")], ["written"]),)


def imposed(nodes: int) -> Files:
    """Twelve decisions that may impose a control each, met at the end of a long chain."""
    names = [f"four-eyes-{n}" for n in range(12)]
    flow: list[Tree] = []
    for number in range(nodes):
        place, rest = divmod(number, nodes // 12 or 1)
        if rest == 0:
            flow.append(_record(number, "written"))
        elif rest == 1 and place < 12:
            when = {f"amount_{number - 1}": {"more_than": 100}}
            outcomes = [{"outcome": "high", "when": when, "imposes": [names[place]]}, {"outcome": "low"}]
            flow.append({"decision": f"n-{number}", "decided_by": "rule", "outcomes": outcomes})
        elif rest == 5 and place < 12:
            when = {f"n-{number - 4}": "high"}
            flow.append({"confirmation": f"n-{number}", "sign_off": {"need": 1}, "by": "boss", "otherwise": "failed",
                         "only_when": when, "satisfies": [names[place]]})  # fmt: skip
        elif rest % 20 == 10:
            flow.append(_step(number, irreversible=True, requires=["written"]))
        else:
            flow.append(_step(number))
    return (procedure([*flow, *_ends("written")], ["written", *names]),)


def controls(nodes: int) -> Files:
    """Thirty controls, each gained again and again, some taken away and renewed."""
    names = [f"c-{n}" for n in range(30)]
    flow: list[Tree] = []
    for number in range(nodes):
        one = names[number // 3 % 30]
        match number % 3:
            case 0:
                flow.append(_record(number, one, otherwise="failed"))
            case 1:
                flow.append(_step(number, requires=[one]))
            case _:
                flow.append(_step(number, **({"invalidates": [one]} if number % 7 == 0 else {})))
    last = [_record(nodes + n, one) for n, one in enumerate(names)]
    return (procedure([*flow, *last, *_ends(*names)], names),)


def sections(nodes: int) -> Files:
    """Sections in sections, every second one under a condition."""

    def part(start: int, size: int, depth: int) -> list[Tree]:
        if size <= 10:
            record = _record(start, "written")
            return [
                record,
                *(_step(start + n, requires=["written"] if n % 3 == 0 else []) for n in range(1, size)),
            ]
        half = size // 2
        inner = [*part(start, half, depth + 1)]
        second: Tree = {
            "section": f"s-{start}-{size}",
            "title": "Part",
            "flow": part(start + half, size - half, depth + 1),
        }
        if depth % 2:
            second["only_when"] = {f"flag_{start}": True}
        return [*inner, second]

    flow = part(0, nodes, 0)
    flow[0]["otherwise"] = "failed"
    return (procedure([*flow, *_ends("written")], ["written"]),)


def calls(nodes: int) -> Files:
    """A caller of twenty callees, each with guards, a decision and two ends."""
    size = nodes // 20
    flow: list[Tree] = [_record(0, "written")]
    callees = []
    for number in range(20):
        inner = [
            _record(n, "inner") if n % 10 == 0 else _step(n, requires=["inner", "written"])
            for n in range(size)
        ]
        inner.insert(5, {"decision": "which", "decided_by": "answer",
                         "outcomes": [{"outcome": "on"}, {"outcome": "off", "then": "off"}]})  # fmt: skip
        ends = [
            {"end": "on", "result": "completed", "requires": ["inner"]},
            {"end": "off", "result": "failed"},
        ]
        callees.append(
            procedure([*inner, *ends], ["inner", "written"], name=f"callee-{number}", expects=["written"])
        )
        flow.append({"call": f"call-{number}", "procedure": f"callee-{number}", "revision": 1, "ends": {"off": "failed"},
                     "requires": ["written"], "satisfies": [f"called-{number % 5}"]})  # fmt: skip
    names = ["written", *(f"called-{n}" for n in range(5))]
    return (procedure([*flow, *_ends(*names)], names), *callees)


def elements(nodes: int) -> Files:
    """Ten calls, each run for every element of a list."""
    size = nodes // 10
    flow: list[Tree] = []
    callees = []
    for number in range(10):
        inner: list[Tree] = [
            _record(n, "inner") if n % 10 == 0 else _step(n, requires=["inner"]) for n in range(size)
        ]
        ends = [
            {"end": "on", "result": "completed", "requires": ["inner"]},
            {"end": "off", "result": "failed"},
        ]
        inner.insert(5, {"decision": "which", "decided_by": "rule", "outcomes": [
            {"outcome": "off", "when": {"line": "none"}, "then": "off"}, {"outcome": "on"}]})  # fmt: skip
        case = [{"field": "line", "type": "text"}]
        callees.append(procedure([*inner, *ends], ["inner"], name=f"callee-{number}", case=case))
        of = [{"field": "line", "type": "text"}]
        fields = [{"field": f"lines_{number}", "type": "list", "of": of, "at_most": 5}]
        flow.append(
            {
                "confirmation": f"list-{number}",
                "record": {"fields": fields},
                "satisfies": ["written"],
                "otherwise": "failed",
            }
        )
        flow.append({"call": f"call-{number}", "procedure": f"callee-{number}", "revision": 1,
                     "for_each": {"line": f"lines_{number}.line"}, "ends": {"off": "next"}, "requires": ["written"],
                     "satisfies": ["called"]})  # fmt: skip
    return (procedure([*flow, *_ends("written")], ["written", "called"]), *callees)


def undoing(nodes: int) -> Files:
    """Many steps that leave something open, each undone a little further on."""
    flow: list[Tree] = [_record(0, "written", otherwise="failed")]
    for number in range(1, nodes):
        if number % 10 == 1 and number + 6 < nodes:
            flow.append(_step(number, undone_by=f"n-{number + 5}"))
        elif number % 10 == 3:
            outcomes = [{"outcome": "on"}, {"outcome": "off", "then": f"n-{number + 3}"}]
            if number + 3 >= nodes:
                outcomes.pop()
            flow.append({"decision": f"n-{number}", "decided_by": "answer", "outcomes": outcomes})
        else:
            flow.append(_step(number, requires=["written"]))
    return (procedure([*flow, *_ends("written")], ["written"]),)


def conditions(nodes: int) -> Files:
    """Acts whose control is gained only where the same condition holds: it has to be understood to hold."""
    names = [f"c-{n}" for n in range(10)]
    flow: list[Tree] = []
    for number in range(nodes):
        base, place = number - number % 10, number // 10 % 10
        match number % 10:
            case 0:
                flow.append(_record(number, "written", otherwise="failed"))
            case 3:
                flow.append({"confirmation": f"n-{number}", "statement": {"of": "customer", "text": "I agree."},
                             "only_when": {f"amount_{base}": {"at_least": 100}}, "satisfies": [names[place]],
                             "otherwise": "failed"})  # fmt: skip
            case 7:
                held = {f"amount_{base}": {"more_than": 200}, f"flag_{base}": True}
                flow.append(_step(number, requires=[names[place], "written"], only_when=held))
            case 9:
                flow.append(_step(number, invalidates=[names[place]]))
            case _:
                flow.append(_step(number))
    return (procedure([*flow, *_ends("written")], ["written", *names]),)


def failing(nodes: int) -> Files:
    """Every tenth act lacks a control that a way round it does not gain."""
    flow: list[Tree] = [_record(0, "written", otherwise="failed")]
    for number in range(1, nodes):
        match number % 10:
            case 2:
                when = {"amount_0": {"at_least": number}}
                outcomes = [
                    {"outcome": "on", "when": when},
                    {"outcome": "past", "then": f"n-{min(number + 2, nodes - 1)}"},
                ]
                flow.append({"decision": f"n-{number}", "decided_by": "rule", "outcomes": outcomes})
            case 3:
                flow.append({"confirmation": f"n-{number}", "statement": {"of": "customer", "text": "I agree."},
                             "satisfies": [f"c-{number // 10}"], "otherwise": "failed"})  # fmt: skip
            case 7:
                flow.append(
                    _step(number, requires=[f"c-{number // 10}"], otherwise=f"n-{min(number + 1, nodes - 1)}")
                )
            case _:
                flow.append(_step(number, requires=["written"]))
    names = ["written", *(f"c-{n}" for n in range(nodes // 10 + 1))]
    return (procedure([*flow, *_ends("written")], names),)


SHAPES: dict[str, Callable[[int], Files]] = {
    "a chain with guards": guards,
    "decisions over several fields": decisions,
    "loops": loops,
    "twelve imposed controls": imposed,
    "thirty controls": controls,
    "sections in sections": sections,
    "twenty callees": calls,
    "calls for each element": elements,
    "steps to be undone": undoing,
    "conditions to be understood": conditions,
    "two hundred ways that fail": failing,
}
"""Each shape with how its files are made for a number of nodes."""
