"""What there is to draw, as data: the same for every format."""

from collections.abc import Iterator
from dataclasses import dataclass

from sop_runner.machine.graph import Arrow, GraphNode
from sop_runner.machine.plan import Plan
from sop_runner.procedure.condition_words import in_words
from sop_runner.procedure.nodes import Call, Confirmation, Decision, End, Outcome
from sop_runner.procedure.texts import Text
from sop_runner.procedure.when import Condition

from ..labels import drawn, labels_of

MANDATORY = ("confirmation", "checklist")


@dataclass(frozen=True, slots=True)
class Line:
    """An arrow as drawn: `way` is `next` (simply goes on), `outcome`, `otherwise`, `limit`, `passed` or `end`.

    `name` is what the file calls it; `label` what its reader calls it, empty where it simply goes on;
    `when` is its condition in words.
    """

    source: str
    target: str
    way: str
    name: str
    label: str = ""
    when: str = ""
    imposes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Box:
    """A node as drawn. `groups` are the sections it stands in, outermost first, by index into `Picture.groups`."""

    id: str
    title: str
    kind: str
    what: str
    mandatory: bool
    irreversible: bool
    closes: bool
    gains: tuple[str, ...]
    needs: tuple[str, ...]
    loses: tuple[str, ...]
    only_when: str
    groups: tuple[int, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A whole procedure; `groups` are titles of sections."""

    title: str
    name: str
    start: str
    boxes: tuple[Box, ...]
    groups: tuple[str, ...]

    @property
    def lines(self) -> Iterator[Line]:
        """Every arrow."""
        return (line for box in self.boxes for line in box.lines)


def picture_of(plan: Plan, language: str) -> Picture:
    """The outermost procedure in one language; what it calls is one box each."""
    return _Drawing(plan, language).picture()


class _Drawing:
    def __init__(self, plan: Plan, language: str) -> None:
        self._plan = plan
        self._language = language
        self._default = plan.procedure.language
        self._labels = labels_of(plan, language)

    def picture(self) -> Picture:
        procedure = self._plan.procedure
        groups: dict[str, int] = {}
        titles: list[str] = []
        boxes = []
        for node in self._plan.nodes.values():
            if node.scope:
                continue
            for section in node.sections:
                if section.id not in groups:
                    groups[section.id] = len(titles)
                    titles.append(self._said(section.title) or section.id)
            boxes.append(self._box(node, tuple(groups[section.id] for section in node.sections)))
        name = f"{procedure.procedure} r{procedure.revision}"
        return Picture(self._said(procedure.title), name, self._plan.graph.start, tuple(boxes), tuple(titles))

    def _box(self, node: GraphNode, groups: tuple[int, ...]) -> Box:
        body = node.node
        gains = set(node.satisfies)
        if isinstance(body, Decision):
            gains.update(control for outcome in body.outcomes for control in outcome.satisfies)
        return Box(
            id=node.id,
            title=self._said(body.title) or node.id,
            kind=node.kind,
            what=_what(node),
            mandatory=node.kind in MANDATORY and bool(node.satisfies),
            irreversible=node.irreversible,
            closes=isinstance(body, End) and body.closes,
            gains=tuple(sorted(gains)),
            needs=tuple(sorted(node.requires)),
            loses=tuple(sorted(node.invalidates)),
            only_when=self._condition(node.only_when),
            groups=groups,
            lines=tuple(self._called(node) if isinstance(body, Call) else self._own(node)),
        )

    def _own(self, node: GraphNode) -> Iterator[Line]:
        outcomes = {}
        if isinstance(node.node, Decision):
            outcomes = {outcome.outcome: outcome for outcome in node.node.outcomes}
        passed = node.arrows.get("passed_over")
        for arrow in node.arrows.values():
            if arrow is passed and any(
                a.target == arrow.target for a in node.arrows.values() if a is not passed
            ):
                continue  # goes on where it goes on anyhow
            yield from self._arrow(arrow, outcomes.get(arrow.name))

    def _arrow(self, arrow: Arrow, outcome: Outcome | None) -> Iterator[Line]:
        way = {"done": "next", "passed_over": "passed", "otherwise": "otherwise", "at_limit": "limit"}.get(
            arrow.name, "outcome"
        )
        name = label = {"next": "", "passed": "passed over", "limit": "at the limit"}.get(way, arrow.name)
        if outcome is not None:
            label = self._said(outcome.title) or arrow.name
        bound = f"at most {arrow.at_most}×" if arrow.at_most is not None else ""
        when = self._condition(outcome.when) if outcome is not None else ""
        imposes = tuple(outcome.imposes) if outcome is not None else ()
        yield Line(
            arrow.source, arrow.target, way, _bounded(name, bound), _bounded(label, bound), when, imposes
        )
        if arrow.spent is not None:
            yield Line(arrow.source, arrow.spent, way, f"{name or 'on'}, then", f"{label or 'on'}, then")

    def _called(self, call: GraphNode) -> Iterator[Line]:
        """The ways out of a call: each end of what it calls, those that simply go on being one."""
        told: dict[str, list[str]] = {}
        on = call.arrows.get("passed_over")
        for node in self._plan.nodes.values():
            if node.scope != f"{call.id}/":
                continue
            if "return" in node.arrows:
                told.setdefault(node.arrows["return"].target, []).append(node.local)
            limit = node.arrows.get(f"{call.id}:at_limit")
            if limit is not None:
                told.setdefault(limit.target, [])
                if "at the limit" not in told[limit.target]:
                    told[limit.target].append("at the limit")
        for target, ends in told.items():
            said = ", ".join(ends)
            yield Line(call.id, target, "end", said, said)
        if on is not None and on.target not in told:
            yield Line(call.id, on.target, "passed", "passed over", "passed over")

    def _condition(self, condition: Condition | None) -> str:
        return "" if condition is None else str(in_words(condition, self._labels))

    def _said(self, text: Text | None) -> str:
        return "" if text is None else drawn(text, self._language, self._default)


def _bounded(label: str, bound: str) -> str:
    return ": ".join(part for part in (bound, label) if part)  # in this order, as long labels are cut


def _what(node: GraphNode) -> str:
    """What a node is, in a word or two: its evidence, what it calls, how it ends."""
    match node.node:
        case Confirmation() as confirmation:
            return confirmation.evidence.replace("_", " ")
        case Call(procedure=procedure, revision=revision, for_each=each):
            return f"{procedure} r{revision}{', for each' if each else ''}"
        case Decision(decided_by=by):
            return f"by {by}"
        case End(result=result):
            return result
    return ""
