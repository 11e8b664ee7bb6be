"""What names hold once they are typed by the rules of a field."""

from collections.abc import Iterable

from sop_runner.procedure.base_types import FieldRef
from sop_runner.procedure.fields import FieldRules, FieldSpec
from sop_runner.procedure.when import Test

from .amounts import on_grid
from .boxes import merged
from .grids import step_of
from .layout import Values, put
from .names import as_digest
from .regions import ORDERED, UNKNOWN_BIT
from .writing import Writer


class Filler(Writer):
    """Writes what is typed into fields."""

    def fields(self, values: Values, scope: str, specs: Iterable[FieldSpec]) -> list[Values]:
        """A record or a case, its fields in order; one whose condition does not hold becomes unknown."""
        specs = tuple(specs)
        if not any(
            scope + spec.field in self.layout.names or scope + spec.field in self.layout.upset or bound(spec)
            for spec in specs
        ):
            return [values]
        for spec in specs:
            values = self.write(values, scope + spec.field, UNKNOWN_BIT)
        waiting = [values]
        for spec in specs:
            on: dict[Values, None] = {}
            for one in waiting:
                for left, asked in self._asked(spec, scope, one):
                    for after in self.typed(left, scope, scope + spec.field, spec) if asked else [left]:
                        on[after] = None
            waiting = list(on)
        for spec in specs:
            # What is typed can be read until the whole record is written down.
            if spec.keep == "never" or as_digest(spec):
                waiting = list(dict.fromkeys(self.put_down(one, scope + spec.field, spec) for one in waiting))
        return waiting

    def _asked(self, spec: FieldRules, scope: str, values: Values) -> list[tuple[Values, bool]]:
        return (
            [(values, True)] if spec.only_when is None else self.reader.split(spec.only_when, scope, values)
        )

    def typed(self, values: Values, scope: str, key: str, spec: FieldRules) -> list[Values]:
        """The values after a field was typed by its rules, before it is put down."""
        others = [
            (equal, other.name)
            for equal, other in ((True, spec.equals), (False, spec.differs))
            if isinstance(other, FieldRef)
        ]
        if key not in self.layout.names and not bound(spec):
            return [self.write(values, key, 0)]
        regions = self.words.known[key].regions
        mask = regions.allowed(spec)
        if regions.kind in ORDERED:
            mask &= on_grid(regions, step_of(spec))
        if spec.equals is not None and not isinstance(spec.equals, FieldRef):
            mask &= regions.true_for(Test("x", "is", spec.equals, ()))
        if spec.differs is not None and not isinstance(spec.differs, FieldRef):
            mask &= ~regions.true_for(Test("x", "is", spec.differs, ()))
        if not others:
            found = [self.write(values, key, mask)] if mask else []
        else:
            found = merged(
                [
                    left
                    # What many values bring about is told before what one does.
                    for bit, sample, single in sorted(regions.parts(mask), key=lambda part: part[2])
                    for left in self._held_against(
                        self.write(values, key, bit), scope, key, (sample, single), others
                    )
                    if self.reader.joint.fits(left)
                ]
            )
        if not spec.required:
            found.append(self.write(values, key, UNKNOWN_BIT))
        return list(dict.fromkeys(found))

    def _held_against(
        self, values: Values, scope: str, key: str, typed: tuple[object, bool], others: list[tuple[bool, str]]
    ) -> list[Values]:
        """What others have to be where a field of this value equals them or differs from them."""
        found, one = [values], self.words.known[key]
        for equal, name in others:
            known = Test(name, "known", True, ())
            after = []
            for left in found:
                for there, truth in self.reader.split(known, scope, left):
                    if not truth:
                        after += [] if equal else [there]
                        continue
                    for clear in self.readable(there, scope, name):
                        pairs = self.reader.pair("is", FieldRef(name), scope, clear, *typed, one)
                        after += [fits for fits, same in pairs if same is equal]
            found = after
        return found

    def readable(self, values: Values, scope: str, name: str) -> list[Values]:
        """Where a name is kept as a digest, nothing can be held against it."""
        key = self.words.resolve(scope, name)
        if key is None or key not in self.layout.names:
            return [values]
        place, sealed = self.layout.names[key], self.words.known[key].regions.sealed
        return [put(values, place, values[place] & ~sealed)] if values[place] & ~sealed else []

    def where_known(self, values: Values, scope: str, names: Iterable[str]) -> list[Values]:
        """What is typed again is compared, so it must be known."""
        waiting = [values]
        for name in names:
            test = Test(name, "known", True, ())
            waiting = [
                left for one in waiting for left, truth in self.reader.split(test, scope, one) if truth
            ]
        return waiting


def bound(spec: FieldRules) -> bool:
    """Whether an answer is needed that other fields may rule out."""
    return spec.required and (isinstance(spec.equals, FieldRef) or isinstance(spec.differs, FieldRef))
