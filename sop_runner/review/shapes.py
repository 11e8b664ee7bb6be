"""Of what kind an entry is, and how a run stands: what judging goes by, without what may differ from run to run.

Left out are times, values of fields, the marks of one-time proofs, free texts and who a person is. What of
these a judgement went by all the same is noted by its `Watch`, or it is not taken to be known.
"""

import re
from collections.abc import Hashable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sop_runner.audit.heads import Head
from sop_runner.machine.graph import template
from sop_runner.machine.plan import Plan
from sop_runner.procedure.value_types import Sealed
from sop_runner.run import events as ev
from sop_runner.run.facts import Frame, Recorded
from sop_runner.run.lifecycle import MAX_TEXT
from sop_runner.run.packed import Packed
from sop_runner.run.state import Run

from .moment import tells_apart, told_apart
from .pieces import Pieces, Who
from .timed import times_in

Entry = tuple[Any, Any, Any, Any, Any, Any, Any, Any, str]
"""All of an entry but its time: its type, place, arrow and target, who did it, in which role, the outcome, what tells
its reason, and the text of its evidence."""
# What is said in these is asked for being there, and no more.
_SAYING = frozenset(
    (ev.NODE_DONE, ev.DECISION_TAKEN, ev.SIGNATURE_GIVEN, ev.RUN_HELD, ev.NOTE_ADDED, ev.ITEM_FLAGGED)
)
_BACK = frozenset((ev.WENT_BACK,))  # goes by the way taken
VALUED = frozenset((ev.RUN_STARTED, ev.NODE_DONE, ev.PART_ANSWERED))
_PROVING = frozenset((ev.FACTOR_CHECKED, ev.SIGNATURE_GIVEN))
_REF = re.compile(r'"ref":"[^"\\]+"')
OVER = re.compile(r'"over_s":([0-9]+)')
"""How late an overrun says it was; that is found out anew."""
# What is read again of a part that was answered before its item is done.
_READ_OF_PARTS = ("kind", "answer", "factor", "factor_kind", "right", "approved", "check", "item", "keep")
_SAID, _SAME = "said", "same"


def due_reason(kind: str, reason: Any, signed: str | None) -> Any:
    """What tells the reason of an entry that has to follow an act: `signed` is the one that a signature gave."""
    return (_SAME,) if reason == signed and kind == ev.NODE_DONE else reason


def reason_of(kind: str, reason: Any) -> Any:
    """What tells the reason of an act: no more than that there is one, where it is asked for being there."""
    said = (
        type(reason) is str
        and kind in _SAYING
        and reason.isascii()
        and "\0" not in reason
        and reason.strip()
        and len(reason) <= MAX_TEXT
    )
    return (_SAID,) if said else reason


class Shapes:
    """The kinds of entries and standings under one plan."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._pieces = Pieces(plan)
        # Of fields of one kind: whether texts in them tell runs apart.
        self._told: dict[object, list[bool]] = {}

    def derived(self, entry: Entry, head: Head, number: Who) -> Hashable:
        """Of what kind an entry is that is held against what had to follow: the values read are compared there."""
        kind, at, arrow, to, _, _, outcome, _, _ = entry
        return kind, at, arrow, to, outcome, self._pieces.of(head, kind, number, "read")

    def act(self, entry: Entry, head: Head, number: Who) -> Hashable:
        """Of what kind an act is that is just this `entry`; None where none can be said. `number` stands for others."""
        kind, evidence = entry[0], entry[-1]
        if kind in _BACK:
            return None
        if kind == ev.REFUSED:
            plain = not head.form.sealed and all(type(one) is dict for one in head.evidence)
            return (kind, head.at) if plain else None
        if kind in VALUED and (
            kind == ev.RUN_STARTED or '"value":' in evidence or '"commitment":' in evidence
        ):
            return (
                *entry[:-1],
                self._pieces.of(head, kind, number, "approval" if kind == ev.RUN_STARTED else ""),
            )
        if kind == ev.OVERRUN_NOTED:
            return (*entry[:-1], OVER.sub('"over_s":*', evidence))
        if kind in _PROVING:
            return (*entry[:-1], _REF.sub('"ref":*', evidence))  # which no evidence can hold
        return entry

    def standing(self, run: Run, who: Who) -> tuple[Hashable, list[datetime]] | None:
        """How an open run stands, and the times that can be asked for from there on; None where it is not one of many."""
        if run.abandoning or run.offer is not None or run.left:
            return None
        facts = run.facts
        if not (isinstance(facts.fields, Packed) and isinstance(facts.controls, Packed)):
            return None
        moments = [told_apart(one) for one in times_in(run)]
        recorded = [one for one, _ in moments]
        recurring = self._recurring(run, recorded)
        numbers: dict[int, int] = {}
        people = run.people
        key = (
            run.at,
            run.training,
            run.zone.key,
            run.calendar,
            facts.fields.kind,
            self._values(facts.fields),
            facts.controls.kind,
            tuple([one is None for one in facts.controls.own]),
            facts.decisions.kind if isinstance(facts.decisions, Packed) else tuple(facts.decisions.items()),
            tuple([(name, _frame(frame)) for name, frame in facts.frames.items()]),
            tuple([later for _, later in moments]),
            # Which of them are of one entry, in every run that stands so.
            tuple(numbers.setdefault(id(one), number) for number, one in enumerate(recorded)),
            recurring,
            tuple(run.attempts.items()),
            tuple(run.jumps.items()),
            run.kept_jumps,
            tuple(self._part(run, name, piece, who) for name, piece in run.partial.items()),
            frozenset(map(who, run.here)),
            run.overrun,
            tuple((role, tuple(map(who, persons))) for role, persons in people.holding),
            *(frozenset((role, who(person)) for role, person in pairs) for pairs in people[1:]),
            tuple((role, tuple(map(who, persons))) for role, persons in run.named.items()),
            tuple(step.node for step in run.open),
            run.waived,
            tuple(run.done_at),
            run.hold and who(run.hold.by),
        )
        return key, recorded

    def _values(self, fields: Packed[Recorded]) -> tuple[Any, ...]:
        kind = fields.kind
        told = self._told.get(kind)
        if told is None:
            told = self._told[kind] = [
                tells_apart(self._plan.fields.get(template(name)), "") for name in fields
            ]
        return tuple(
            [
                value
                if value is None or type(value) is bool or (texts and type(value) is str)
                else (Sealed, value.available)
                if type(value) is Sealed
                else type(value)
                for value, texts in zip(fields.own, told, strict=True)
            ]
        )

    def _value(self, name: str, value: Any) -> Any:
        if type(value) is Sealed:
            return Sealed, value.available
        return value if tells_apart(self._plan.fields.get(template(name)), value) else type(value)

    def _recurring(self, run: Run, recorded: list[datetime]) -> tuple[Hashable, ...]:
        """What is looked through to find out whether the way led over a node already, and what it stood like then.

        Times that count there only are added to those `recorded`.
        """
        found: list[Hashable] = []
        recurring, facts = self._plan.graph.recurring, run.facts
        if not recurring:
            return ()
        numbers = {id(one): number for number, one in enumerate(recorded)}

        def number(when: datetime) -> tuple[int, timedelta]:
            one, later = told_apart(when)
            if id(one) not in numbers:
                numbers[id(one)] = len(recorded)
                recorded.append(one)
            return numbers[id(one)], later

        for visit, then in run.way.back():
            if template(visit.node) not in recurring:
                break
            gone = [name for name in then.controls if facts.invalidated.get(name, -1) > visit.serial]
            own = () if then.controls is facts.controls else then.controls.own
            gained = [one and number(one) for one in own]
            found.append((visit.node, then.controls.kind, *gone, *gained))
        return tuple(found)

    def _part(self, run: Run, name: str, piece: Mapping[str, Any], who: Who) -> Hashable:
        read: list[Any] = [piece.get(key) for key in _READ_OF_PARTS]
        read += [
            "not_applicable" in piece,
            "not_asked" in piece,
            "commitment" in piece,
            bool(piece.get("ref")),
        ]
        if "typed" in piece:
            place = f"{template(run.scope)}{run.at[len(run.scope) :]}.{name}"
            read.append(self._value(place, piece["typed"]))
        start, colon, signer = name.partition(":")
        return (start, who(signer)) if start == "signer" and colon else name, *read


def _frame(frame: Frame) -> Hashable:
    return (
        frame.given,
        frame.element,
        frame.elements,
        frame.incomplete,
        tuple(frame.ages),
        frame.since is None,
    )
