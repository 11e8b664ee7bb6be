"""What somebody types on a way: values that it asks for, else the plainest that the field takes."""

from collections.abc import Callable, Hashable, Iterator, Mapping
from datetime import date, datetime, timedelta, tzinfo
from itertools import chain
from typing import Any

from sop_runner.acting.samples import Look, accepted, candidates
from sop_runner.acting.scene import Scene
from sop_runner.base.message import Message
from sop_runner.lint.proofs.amounts import number
from sop_runner.lint.proofs.regions import UNKNOWN_BIT, family
from sop_runner.machine.graph import template
from sop_runner.procedure.fields import FieldRules
from sop_runner.procedure.nodes import Item
from sop_runner.procedure.pattern_samples import samples as pattern_samples
from sop_runner.procedure.value_types import MAX_ROWS, UNKNOWN, is_known
from sop_runner.procedure.values import parse

from .draws import Draws
from .hints import Hints
from .samples import NOT_APPLICABLE, fits, near, samples
from .sums import added
from .wants import Asked, Row, Want

Here = Callable[[str], str]
"""A location of a run, or a name there, as a way has it: there elements of a call are told apart, or are not."""
_OTHER_TEXTS: Mapping[str, str] = {
    "text": "sample {}", "email": "sample{}@example.org", "phone": "+3630111220{}",
    "link": "https://example.org/sample{}",
}  # fmt: skip
_AWAY = tuple(timedelta(days=days) for days in (30, 400))
MOST_ROWS, MOST_ADDED, MOST_TEXTS = 3, 20, 40


class Typing:
    """Types what one step asks for. `same` are the texts so far that others have to be the same as."""

    def __init__(
        self, want: Asked, draws: Draws, hints: Hints, same: Mapping[Hashable, Any], here: Here
    ) -> None:
        self.here = here
        self._asked, self._draws, self._hints, self.same = want, draws, hints, same

    def field(self, key: str, rules: FieldRules, look: Look, now: datetime, zone: tzinfo) -> Any:
        """A value for the name `key`; None leaves it empty."""
        return self._one(key, self._wanted(*self._asked.of(key)), rules, look, now, zone)

    def item(self, scene: Scene, item: Item, look: Look) -> Any:
        """An answer to an item of the checklist at hand."""
        scope, key = self.here(scene.run.scope), f"{self.here(scene.run.at)}.{item.item}"
        wants = self._asked.of(key)
        if item.not_applicable == "reason" and wants and all(fits(one, NOT_APPLICABLE) for one in wants):
            only = wants[0].regions.of_literal(NOT_APPLICABLE) | UNKNOWN_BIT
            known = all(one.mask & ~only for one in wants)
            if self._draws.pick((False, True) if known else (True,)):
                return {NOT_APPLICABLE: "it has none"}
        if item.field is None:
            answers = dict.fromkeys((*item.expect, *item.answer_ids))
            return self._draws.pick(
                [one for one in answers if all(fits(want, one) for want in wants)] or [*answers]
            )
        name = item.field.field
        own = self._asked.of(scope + name) if name else ()
        return self._one(
            scope + name if name else key,
            self._wanted(*(own or wants)),
            item.field,
            look,
            scene.now,
            scene.run.zone,
        )

    def asks_for(self, key: str) -> bool:
        """Whether a name has to be known."""
        wants = self._asked.of(key)
        return bool(wants) and not any(one.mask & UNKNOWN_BIT for one in wants)

    def choice(self, key: str, options: tuple[Any, ...]) -> Any:
        """One of the few values that the name `key` can be given here."""
        wants = self._asked.of(key)
        return self._draws.pick([one for one in options if all(fits(want, one) for want in wants)] or options)

    def day(self, usual: datetime) -> datetime:
        """When a run is opened: on a day that the way asks for."""
        wants = self._asked.of("today")
        if not wants:
            return usual
        want = wants[0]
        days = [want.value, usual.date(), *samples(want.regions, want.mask)]
        found = self._draws.pick([one for one in days if isinstance(one, date) and fits(want, one)])
        return usual if found is None else datetime.combine(found, usual.timetz())

    def _row(
        self, key: str, row: Row, rules: FieldRules, look: Look, now: datetime, zone: tzinfo
    ) -> dict[str, Any]:
        """One row of a list, with what its element has to be; a list of one column may go by its own name."""
        cells = rules.of or ()
        alone = ("",) if len(cells) == 1 else ()
        return {
            cell.field: self._one(
                f"{key}.{cell.field}",
                self._wanted(*(want for column, want in row if column in (cell.field, *alone))),
                cell, look, now, zone,
            )
            for cell in cells
        }  # fmt: skip

    def _wanted(self, *wants: Want) -> tuple[Want, ...]:
        """What is asked of a value; a loose try may leave it open."""
        return () if wants and self._draws.loose and self._draws.pick((True, False)) else wants

    def _one(
        self, key: str, wants: tuple[Want, ...], rules: FieldRules, look: Look, now: datetime, zone: tzinfo
    ) -> Any:
        """A value that is all that is asked for, the same as others where it has to be."""
        alike = [one.same for one in wants if one.same is not None]
        if alike and alike[0] in self.same:
            return self.same[alike[0]]
        found = self._draws.pick(self._options(key, wants, rules, look, now, zone))
        if alike:
            self.same = {**self.same, alike[0]: found}
        return found

    def _options(
        self, key: str, wants: tuple[Want, ...], rules: FieldRules, look: Look, now: datetime, zone: tzinfo
    ) -> Iterator[Any]:
        """The values that are asked for and that the field takes, the plainest first."""
        may_be_empty = not rules.required and all(one.mask & UNKNOWN_BIT for one in wants)
        if may_be_empty and any(one.mask == UNKNOWN_BIT for one in wants):
            yield None
            return
        if rules.type == "list":
            yield from self._lists(key, rules, look, now, zone)
        else:
            yield from self._values(key, wants, rules, look, now, zone)
        if may_be_empty:
            yield None

    def _lists(
        self, key: str, rules: FieldRules, look: Look, now: datetime, zone: tzinfo
    ) -> Iterator[list[dict[str, Any]]]:
        """As many rows as are asked for, or a few; first those of which the columns come to what they have to."""
        asked = dict(self._asked.rows).get(key)
        counts = range(1, int(rules.at_most or MAX_ROWS) + 1) if asked is None else (len(asked),)
        sums = self._hints.sums.get(template(key), ())
        summed = added(key, sums, self._asked, rules, counts[:MOST_ADDED], look, zone)
        plain = ((count, dict[str, dict[int, Any]]()) for count in counts[:MOST_ROWS])
        for count, columns in chain(summed, plain):
            wanted = ((),) * count if asked is None else asked
            rows = [self._row(key, row, rules, look, now, zone) for row in wanted]
            yield [
                row | {name: cells[n] for name, cells in columns.items() if n in cells}
                for n, row in enumerate(rows)
            ]

    def _values(
        self, key: str, wants: tuple[Want, ...], rules: FieldRules, look: Look, now: datetime, zone: tzinfo
    ) -> Iterator[Any]:
        """Those that everything takes to which they are copied, then the others."""
        copies = self._hints.copied.get(template(key), ())
        hidden = rules.keep in ("digest", "never")
        taken = self.same.values() if any(one.same is not None for one in wants) else ()
        old = () if self._draws.loose else self._asked.typed_as_old(key)
        given: list[Any] = []
        left: list[Any] = []
        for raw in self._pool(key, wants, (rules, *copies), look, now, zone):
            typed = parse(rules, raw, zone=zone)
            if typed in given or typed in taken or isinstance(typed, Message):
                continue
            if not (hidden or all(fits(one, typed) for one in wants)) or not accepted(rules, raw, look, zone):
                continue
            if not all(one.fits(typed, now, zone) for one in old):
                continue
            given.append(typed)
            if all(accepted(one, raw, lambda _: UNKNOWN, zone) for one in copies):
                yield raw
            else:
                left.append(raw)
        yield from left

    def _pool(
        self,
        key: str,
        wants: tuple[Want, ...],
        rules: tuple[FieldRules, ...],
        look: Look,
        now: datetime,
        zone: tzinfo,
    ) -> Iterator[Any]:
        """What may be tried, the likeliest first."""
        kind = rules[0].type
        yield from (one.value for one in wants if one.value is not None)
        for old in self._asked.typed_as_old(key):
            yield from (_moment(kind, one, zone) for one in old.values(now, zone))
        if not wants:
            for one in self._asked.wants:
                if one.computed and family(kind) == one.regions.kind:
                    yield from (_whole(kind, sample) for sample in samples(one.regions, one.mask))
        for one_of in reversed(rules):
            yield from candidates(one_of, look, now, zone)
        for one in wants:
            yield from (_whole(kind, sample) for sample in samples(one.regions, one.mask))
        for name in self._hints.peers.get(template(key), ()):
            other = look(name)
            if is_known(other):
                yield other
                if number(other) is not None:
                    yield from near(family(kind), other)
        if rules[0].matches is not None:
            yield from pattern_samples(rules[0].matches, most=MOST_TEXTS)
        elif kind in _OTHER_TEXTS:
            yield from (_OTHER_TEXTS[kind].format(number) for number in range(3, 9))
        if kind in ("date", "datetime"):
            for away in (*self._hints.away, *_AWAY):
                yield from (_moment(kind, moment, zone) for moment in (now - away, now + away))


def _moment(kind: str, moment: date, zone: tzinfo) -> date:
    return moment.astimezone(zone).date() if kind == "date" and isinstance(moment, datetime) else moment


def _whole(kind: str, sample: Any) -> Any:
    return int(sample) if kind == "integer" and sample == int(sample) else sample
