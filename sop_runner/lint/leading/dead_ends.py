"""What cannot come out on a way, whatever is typed on it."""

from collections.abc import Mapping

from sop_runner.lint.proofs.amounts import number, value_of
from sop_runner.lint.proofs.following import Found
from sop_runner.lint.proofs.ground import Step

from .brought import Sums, parts
from .samples import fits
from .wants import Asked


def dead_end(found: Found, wanted: Mapping[int, Asked]) -> Step | None:
    """The step that sets what a sum behind it cannot be made of; None where nothing is known to stop the way."""
    sums = found.layout.model.once(Sums).by_key
    for since in sorted(wanted) if sums else ():
        for want in wanted[since].wants:
            one = sums.get(want.key) if want.computed else None
            there = None if one is None else parts(found, one, since)
            if one is None or there is None or there.rows:
                continue
            besides = [number(each) for each in one.besides if not isinstance(each, str)]
            if len(besides) == len(one.besides):
                total = there.fixed + sum(filter(None, besides))
                if not fits(want, value_of("number", total)):
                    return there.last
    return None
