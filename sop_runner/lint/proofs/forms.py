"""The form of a system: all that it asks but what its names are called. What one comes to, all of its form do.

A long procedure asks the same of other amounts in each of its sections.
"""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field

from sop_runner.procedure.derive import Bands, Table

from .linear import Unsure
from .model import Model
from .names import Variable, Vocabulary
from .regions import Regions
from .system import Solved, System


@dataclass(slots=True)
class Forms:
    """Solves the systems of one plan, each form once."""

    words: Vocabulary
    solved: int = 0
    """How many forms were."""
    _found: dict[Hashable, tuple[Solved | Unsure, tuple[str, ...]]] = field(default_factory=dict)
    """What a form came to, with the names of the one that was solved."""
    _numbers: dict[Hashable, int] = field(default_factory=dict)
    _of_names: dict[str, int] = field(default_factory=dict)
    _of_regions: dict[Regions, int] = field(default_factory=dict)

    def solve(self, system: System) -> Solved:
        """Values that fit together, as `System.solve` finds them, or what it raises."""
        form = self._form(system)
        if form not in self._found:
            self.solved += 1
            try:
                self._found[form] = system.solve(), tuple(system.names)
            except Unsure as unsure:
                self._found[form] = unsure, ()
        found, names = self._found[form]
        if isinstance(found, Unsure):
            raise found
        if found is None:
            return None
        here = dict(zip(names, system.names, strict=True))
        amounts, texts = found
        return {here[one]: amount for one, amount in amounts.items()}, {
            here[one]: text for one, text in texts.items()
        }

    def _form(self, system: System) -> Hashable:
        place = {name: index for index, name in enumerate(system.names)}
        return (
            tuple((self._name(one), system.masks.get(name)) for name, one in system.names.items()),
            tuple(
                (place[name], *map(place.__getitem__, made.values())) for name, made in system.parts.items()
            ),
            tuple((place[one], place[other], mask) for one, other, mask in system.pairs),
        )

    def _name(self, one: Variable) -> int:
        """What a name may be and how it is computed, as a number."""
        found = self._of_names.get(one.key)
        if found is None:
            made = () if one.derive is None else self._free(one) if one.free else (*self._exact(one, one),)
            what = self._cut(one.regions), one.free, one.possible, one.step, one.most, made
            found = self._of_names[one.key] = self._numbers.setdefault(what, len(self._numbers))
        return found

    def _cut(self, regions: Regions) -> int:
        found = self._of_regions.get(regions)
        if found is None:
            what: Hashable = regions.kind, tuple(map(_typed, regions.samples)), regions.between
            if type(regions) is not Regions:
                what = regions  # more is known of it than its samples
            found = self._of_regions[regions] = self._numbers.setdefault(what, len(self._numbers))
        return found

    def _free(self, one: Variable) -> tuple[Hashable, ...]:
        """How what is not worked out region by region is made of its parts."""
        assert one.derive is not None
        place = {word: index for index, word in enumerate(self.words.parts(one) or ())}
        return one.derive.way, *(place.get(each, _typed(each)) for each in one.derive.operands)

    def _exact(self, one: Variable, made: Variable) -> Iterator[Hashable]:
        """How `made` comes of the leaves of one, with all between."""
        derive = made.derive
        assert derive is not None
        yield derive.way
        match getattr(derive, derive.way):
            case Table(values=values, else_=otherwise):
                yield tuple((key, _typed(value)) for key, value in values.items()), _typed(otherwise)
            case Bands(up_to=bands, above=above):
                yield tuple((_typed(bound), _typed(value)) for bound, value in bands), _typed(above)
            case _:
                pass
        for operand in derive.operands:
            key = self.words.resolve(made.scope, operand) if isinstance(operand, str) else None
            if key in one.leaves:
                yield one.leaves.index(key)
            elif key is not None and self.words.known[key].derive is not None:
                yield tuple(self._exact(one, self.words.known[key]))
            else:
                yield _typed(operand)


def forms(model: Model) -> Forms:
    """Those of a plan, for every search over it."""
    found = model.shared_work.get("forms")
    if found is None:
        found = model.shared_work["forms"] = Forms(model.words)
    assert isinstance(found, Forms)
    return found


def _typed(value: object) -> Hashable:
    """A literal, told from one of another type."""
    return type(value), value
