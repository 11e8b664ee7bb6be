"""What cannot come out on a way, whatever is typed on it."""

from collections.abc import Mapping

from sop_runner.lint.proofs.amounts import number, value_of
from sop_runner.lint.proofs.following import Found
from sop_runner.lint.proofs.ground import Step

from .samples import fits
from .totals import asked_of_sums
from .wants import Asked


def dead_end(found: Found, wanted: Mapping[int, Asked]) -> Step | None:
    """The step that sets what a sum behind it cannot be made of; None where nothing is known to stop the way."""
    for want, one, there in asked_of_sums(found, wanted):
        besides = [number(each) for each in one.besides if not isinstance(each, str)]
        if there.rows or there.typed or len(besides) < len(one.besides):
            continue
        if not fits(want, value_of("number", there.fixed + sum(filter(None, besides)))):
            return there.last
    return None
