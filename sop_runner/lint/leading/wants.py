"""What a step of a way may ask of whoever walks it."""

from collections.abc import Hashable
from typing import NamedTuple

from sop_runner.lint.proofs.regions import Regions

from .ages import Old

Row = tuple[tuple[str, "Want"], ...]
"""What is asked of some columns of a list."""


class Want(NamedTuple):
    """What a name has to be from a step on, as far as the way knows it.

    `mask` are the regions that it may lie in, `value` is set where it has to be exactly this, `same` where it has to
    be the same text as others; `computed` where nobody types it. `told` says whether a reader is told of it.
    """

    key: str
    regions: Regions
    mask: int
    value: object = None
    same: Hashable = None
    computed: bool = False
    told: bool = False


class Total(NamedTuple):
    """A sum that cells of a column of `list_` have to come to, in those `rows` (places from 0), with what is added besides."""

    list_: str
    column: str
    rows: tuple[int, ...]
    besides: tuple[object, ...]
    want: Want


class Asked(NamedTuple):
    """What one step of a way asks for. `rows` are those of lists by their names, one for each element walked.

    `ages` says that controls have to grow stale before it, `old` how old names have to be as it is taken. `totals`
    are asked for behind a call for each row.
    """

    wants: tuple[Want, ...] = ()
    rows: tuple[tuple[str, tuple[Row, ...]], ...] = ()
    ages: bool = False
    old: tuple[Old, ...] = ()
    totals: tuple[Total, ...] = ()

    def of(self, key: str) -> tuple[Want, ...]:
        """What is asked of a name; nothing where it may be anything."""
        return tuple(one for one in self.wants if one.key == key)

    def typed_as_old(self, key: str) -> tuple[Old, ...]:
        """How old has to be what is typed for a name."""
        return tuple(one for one in self.old if one.typed and one.key == key)


NOTHING = Asked()
