"""All that a proof says of a small procedure, held against what every walk of the run core comes to."""

import re
from collections.abc import Iterable

from sop_runner.lint.fault import Fault
from sop_runner.lint.proofs import outcomes, structure
from sop_runner.lint.proofs.closure import settle
from sop_runner.lint.proofs.model import Model
from sop_runner.machine.plan import Plan
from tests.unit.lint.every_walk import Clock, walk_all

_OPEN = re.compile(r"'(.+)' can be reached with '(.+)' open: ")
_NEVER = re.compile(r"the outcome '(.+)' of '(.+)' never happens")


def differences(plan: Plan, clock: Clock, most: int) -> tuple[list[str], bool]:
    """What proof and walks do not agree in, and whether all walks were taken."""
    model = Model(plan)
    settled = settle(model)
    every, forward = walk_all(plan, most, clock=clock), walk_all(plan, most, clock=clock, going_back=False)
    broken = {claim[:2] for claim in settled.broken}
    unsettled = {claim[:2] for claim in settled.unsettled}
    found = [f"not settled: {one}" for one in sorted(unsettled)]
    found += _apart("missing", set(every.missing), broken, unsettled, complete=every.complete)

    faults = [*outcomes.left_open(model)]
    still_open = {match.groups() for one in faults if (match := _OPEN.match(one.problem.message))}
    open_to_doubt = {
        one for one in forward.still_open if any(fault.node == one[0] for fault in _unsettled(faults))
    }
    found += _apart("open", forward.still_open, still_open, open_to_doubt, complete=forward.complete)

    faults += outcomes.covered(model)
    nothing = {one.node for one in faults if one.problem.code == "SOP308"}
    found += _apart("nothing", every.offers_nothing, nothing, set(), complete=every.complete)

    happens = [*outcomes.happens(model), *structure.unreachable(model)]
    unreachable = {one.node for one in happens if one.problem.code == "SOP305"} & every.entered
    found += [f"said not to be reached: {one}" for one in sorted(unreachable)]
    never = {
        (match[2], match[1]) for one in happens if (match := _NEVER.match(one.problem.message))
    } & every.outcomes
    found += [f"said never to happen: {one}" for one in sorted(never)]
    found += [f"not settled: {one.problem.message}" for one in _unsettled([*faults, *happens])]
    return found, every.complete


def _apart(what: str, walked: set, said: set, doubtful: set, *, complete: bool) -> list[str]:
    missed = [f"{what}: {one} missed" for one in sorted(walked - said - doubtful)]
    return missed + [f"{what}: {one} is a false alarm" for one in sorted(said - walked) if complete]


def _unsettled(faults: Iterable[Fault]) -> list[Fault]:
    return [one for one in faults if one.problem.code in ("SOP303", "SOP314")]
