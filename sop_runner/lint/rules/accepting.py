"""What a file accepts of its findings: entries that accept nothing, or what cannot be accepted.

`lint.report` raises these once everything else has been found.
"""

from collections.abc import Iterable

from sop_runner.base.finding import Severity
from sop_runner.lint.fault import Fault
from sop_runner.lint.rule import Rule
from sop_runner.lint.subject import Subject


def _afterwards(subject: Subject) -> Iterable[Fault]:
    return ()


_FLOW = (
    "flow:\n  - confirmation: request\n    record: {fields: [{field: wish, type: text}]}\n"
    "    satisfies: [written-record]\n    valid_for: 15m\n"
    "  - end: closed\n    result: completed\n    requires: [written-record]\n"
)
_GOOD = (
    _FLOW
    + "accept:\n  - {check: SOP532, at: request, because: The caller of this procedure asks for it fresh.}"
)
IDLE = Rule(
    "SOP591",
    "accepts-nothing",
    "An entry under `accept` matches no finding.",
    Severity.WARNING,
    _afterwards,
    "What was accepted has been mended or has moved; left behind, the entry would hide the next finding of its kind.",
    "accept:\n  - {check: SOP532, at: request, because: The caller of this procedure asks for it fresh.}",
    _GOOD,
)
NO_SUCH = Rule(
    "SOP592",
    "cannot-be-accepted",
    "An entry under `accept` names no check, or one that guards safety.",
    Severity.WARNING,
    _afterwards,
    "Errors stand until they are mended. What a proof finds is an error, and so is all that keeps a file from loading.",
    "accept:\n  - {check: SOP301, at: closed, because: It will be in order some day.}",
    _GOOD,
)
RULES = (IDLE, NO_SUCH)
