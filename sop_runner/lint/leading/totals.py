"""What has to come to the sums that a way asks for behind calls for each element: cells of rows, or what is typed in each."""

from collections.abc import Iterator, Mapping
from datetime import UTC

from sop_runner.acting.samples import accepted
from sop_runner.lint.proofs.amounts import number, value_of
from sop_runner.lint.proofs.following import Found
from sop_runner.procedure.value_types import UNKNOWN

from .brought import Brought, Parts, Sums, parts
from .samples import samples
from .sums import shares
from .wants import Asked, Total, Want


def totals(found: Found, wants: Mapping[int, Asked]) -> Iterator[tuple[int, Total]]:
    """What rows have to come to behind a call for each of them, where they were recorded."""
    for want, one, there in asked_of_sums(found, wants):
        if there.rows:
            besides = (value_of("number", there.fixed), *one.besides)
            yield there.place, Total(there.list_, there.column, there.rows, besides, want)


def typed_shares(found: Found, wants: Mapping[int, Asked]) -> Iterator[tuple[int, Want]]:
    """What is typed in each element, so that a sum comes out; nothing where no number does."""
    known, fields = found.layout.model.words.known, found.layout.model.plan.fields
    for want, one, there in asked_of_sums(found, wants):
        besides = [number(each) for each in one.besides]
        keys = dict.fromkeys(key for _, key in there.typed)
        if not there.typed or None in besides or any(key not in known or key not in fields for key in keys):
            continue
        added = there.fixed + sum(filter(None, besides))
        rules = fields[there.typed[0][1]]
        for sample in (want.value, *samples(want.regions, want.mask)):
            total = number(sample)
            parted = {} if total is None else shares(total - added, range(len(there.typed)), rules)
            if parted and all(accepted(rules, part, lambda _: UNKNOWN, UTC) for part in parted.values()):
                for (place, key), part in zip(there.typed, parted.values(), strict=True):
                    regions = known[key].regions
                    yield place, Want(key, regions, regions.all, part, told=True)
                break


def asked_of_sums(found: Found, wants: Mapping[int, Asked]) -> Iterator[tuple[Want, Brought, Parts]]:
    """The sums over what calls bring back that a way asks for, with what they are made of on it."""
    sums = found.layout.model.once(Sums).by_key
    for since, those in wants.items() if sums else ():
        for want in those.wants:
            one = sums.get(want.key) if want.computed else None
            there = None if one is None else parts(found, one, since)
            if one is not None and there is not None:
                yield want, one, there
