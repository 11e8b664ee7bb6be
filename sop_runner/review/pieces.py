"""What tells the kind of evidence: each piece without what may differ from run to run, found out once for all of a form."""

from collections.abc import Callable, Hashable, Mapping
from typing import Any, NamedTuple

from sop_runner.audit.heads import Head, known
from sop_runner.base.canonical import text_checked
from sop_runner.machine.graph import scope_of, template
from sop_runner.machine.plan import Plan
from sop_runner.run.events import RUN_STARTED

from .forms import marked, marks_of
from .moment import tells_apart

Who = Callable[[str], Any]
"""What stands for a person: the number of their first act in the run."""
_MOST = 2_000
"""Forms of which it is kept."""
_KIND = {'"': "str", "0": "int", "{": "dict"}


class _Told(NamedTuple):
    """What all evidence of a form says `alike`, and which of its values tell of more: as they are, or as people `named`.

    A `ticket` only says whether it is there.
    """

    alike: str
    as_they_are: list[int]
    named: list[int | Mapping[str, Any]]
    ticket: list[int]


class Pieces:
    """The evidence of one plan's runs, by what tells its kind."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._known: dict[Hashable, _Told] = {}

    def of(self, head: Head, kind: str, number: Who, passed_over: str) -> Hashable:
        """The pieces of evidence without what may differ, and what that is; none at all of a kind `passed_over`."""
        form, given = head.form, head.given
        key = form.text, form.kinds, kind, head.at, passed_over
        told = self._known.get(key)
        if told is None:
            told = self._found_out(head, kind, passed_over)
            if head.body is None:
                if len(self._known) >= _MOST:
                    self._known.clear()
                self._known[key] = told
        found: list[Hashable] = [told.alike, *[given[one] for one in told.as_they_are]]
        for one in told.named:
            named = known(given[one]) if isinstance(one, int) else one
            found.append(tuple([(role, *map(number, persons)) for role, persons in named.items()]))
        found += [given[one] if not given[one][1:-1].strip() else "" for one in told.ticket]
        return tuple(found)

    def _found_out(self, head: Head, type_: str, passed_over: str) -> _Told:
        form, at = head.form, head.at
        marks = marks_of(form)
        pieces = marked(form) if head.body is None else head.evidence
        told = _Told("", [], [], [])
        kinds = dict(zip(marks, form.kinds, strict=True))
        scope = template(scope_of(at)) if at else ""
        alike = []
        for piece in pieces:
            kind, out = piece.get("kind"), ""
            if kind == passed_over:
                piece, out = {"kind": kind}, "all"
            elif kind == "start" and type_ == RUN_STARTED:
                piece, out = _start(piece, kinds, told)
            elif kind == "field":
                piece, out = self._without_value(piece, scope + piece["name"], kinds)
            elif kind == "item":
                assert at is not None
                name = f"{scope}{at[len(scope_of(at)) :]}.{piece['item']}"
                piece, out = self._without_value(piece, name, kinds)
            alike += [text_checked(piece), out]
        text = "\0".join(alike)
        told.as_they_are.extend(number for number, mark in enumerate(marks) if mark in text)
        return told._replace(alike=text)

    def _without_value(
        self, piece: Mapping[str, Any], name: str, kinds: Mapping[str, str]
    ) -> tuple[Mapping[str, Any], str]:
        value, out = piece.get("value"), ""
        commitment = piece.get("commitment")
        if type(commitment) is str and kinds.get(commitment, '"') == '"':
            piece, out = {**piece, "commitment": 0}, "commitment"
        begins = kinds.get(value, "") if type(value) is str else ""
        if begins in ("0", "{") or not tells_apart(self._plan.fields.get(name), value):
            piece, out = {**piece, "value": 0}, f"{out} {_KIND.get(begins) or type(value).__name__}"
        return piece, out


def _start(piece: Mapping[str, Any], kinds: Mapping[str, str], told: _Told) -> tuple[Mapping[str, Any], str]:
    ticket, named, marks = piece.get("ticket"), piece.get("named"), list(kinds)
    if type(ticket) is str and ticket.strip() and kinds.get(ticket, '"') == '"':
        piece = {**piece, "ticket": ""}
        if ticket in marks:
            told.ticket.append(marks.index(ticket))
    if isinstance(named, dict) or named in marks:
        told.named.append(named if isinstance(named, dict) else marks.index(str(named)))
        piece = {**piece, "named": ""}
    return piece, "start"
