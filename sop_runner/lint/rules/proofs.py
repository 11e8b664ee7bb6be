"""What every path of a plan can get wrong: the proofs, as rules."""

from collections.abc import Callable, Iterable

from sop_runner.base.finding import Severity
from sop_runner.lint.fault import Fault
from sop_runner.lint.proofs import known, outcomes, structure
from sop_runner.lint.proofs.model import Model
from sop_runner.lint.rule import Check, Rule
from sop_runner.lint.subject import Subject

from .obligations import obligations


def _of(check: Callable[[Model], Iterable[Fault]]) -> Check:
    def faults(subject: Subject) -> Iterable[Fault]:
        return check(subject.model)

    return faults


_happens, _left_open, _loops = _of(outcomes.happens), _of(outcomes.left_open), _of(structure.endless_loops)
_unreachable, _dead_ends = _of(structure.unreachable), _of(structure.dead_ends)

_REQUEST = "  - confirmation: request\n    record: {fields: [{field: wish, type: text}]}\n    satisfies: [written-record]\n"
_END = "  - end: closed\n    result: completed\n    requires: [written-record]"
_REFUSED = "\n  - end: refused\n    result: refused"
_COLOUR = "case: [{field: colour, type: choice, choices: [red, green]}]\nflow:\n"
_MOOD = "  - decision: mood\n    ask: How is the line?\n    decided_by: answer\n"
_BRANCH = "  - decision: branch\n    decided_by: rule\n"
_APPLY = "  - step: apply\n    do: Make the change.\n"
_PAUSE = "  - step: pause\n    do: Pause the service.\n    undone_by: restore\n"
_RESUME = "  - step: restore\n    do: Start the service again.\n"
_SCORED = "    outcomes: [{outcome: few, when: {score: {at_most: 2}}, then: again}, {outcome: many}]\n"
_AGAIN = (
    "  - decision: again\n    decided_by: rule\n"
    "    outcomes: [{outcome: low, when: {score: {at_most: 2}}, then: refused}, {outcome: high}]\n"
)


_BUSY = (
    "case: [{field: first, type: date}, {field: last, type: date}]\nderive:\n"
    "  all_days: {days_between: [first, last]}\n  business_days: {business_days_between: [first, last]}\nflow:\n"
    "  - decision: busy\n    decided_by: rule\n    outcomes:\n"
    "      - {outcome: so, when: {all_days: 7, business_days: 7}, then: HERE}\n      - {outcome: not-so}\n"
)
"""Seven days that are all business days: there are none by the usual calendar."""


def _score(signs: int) -> str:
    """A case with so many signs, and a score over all of them."""
    names = [f"sign_{letter}" for letter in "abcdefghjkmnpqrstuvwxyz"[:signs]]
    fields = "".join(f"  - {{field: {name}, type: yes-no}}\n" for name in names)
    return f"case:\n{fields}derive: {{score: {{count_true: [{', '.join(names)}]}}}}\nflow:\n"


RULES = (
    Rule(
        "SOP301",
        "bypassable-control",
        "A node or an end can be reached without a control that it requires.",
        Severity.ERROR,
        obligations,
        "The shortest way there is shown with the values that lead along it: the run core was led along it, to where it "
        "refuses the act and leaves the agent standing.",
        "flow:\n" + _MOOD + "    outcomes: [{outcome: good}, {outcome: bad, then: closed}]\n" + _REQUEST + _END,
        "flow:\n" + _MOOD + "    outcomes: [{outcome: good}, {outcome: bad, then: refused}]\n" + _REQUEST + _END + _REFUSED,
    ),
    Rule(
        "SOP302",
        "lost-control",
        "A required control can be lost again before what requires it.",
        Severity.ERROR,
        obligations,
        "An `invalidates`, or a jump back, takes it away, and nothing on that way gains it anew.",
        "flow:\n" + _REQUEST + _APPLY + "    invalidates: [written-record]\n" + _END,
        "flow:\n" + _APPLY + "    invalidates: [written-record]\n" + _REQUEST + _END,
    ),
    Rule(
        "SOP303",
        "not-settled",
        "A proof could not be settled within its bounds; that is never taken for a pass.",
        Severity.ERROR,
        obligations,
        "Too many values have to be told apart at once. Ask for fewer, or decide in steps: a score of each group, then of the groups.",
        _score(14) + _BRANCH + _SCORED + _REQUEST + _AGAIN + _END + _REFUSED,
        _score(6) + _BRANCH + _SCORED + _REQUEST + _AGAIN + _END + _REFUSED,
    ),
    Rule(
        "SOP304",
        "closes-without-control",
        "An end closes the ticket and requires no control.",
        Severity.ERROR,
        _of(structure.closing_ends),
        "A completed end closes the ticket unless it says `closes_ticket: false`.",
        "flow:\n" + _REQUEST + "  - end: closed\n    result: completed",
        "flow:\n" + _REQUEST + _END,
    ),
    Rule(
        "SOP305",
        "unreachable",
        "A node cannot be reached, by any path or with any values.",
        Severity.ERROR,
        _unreachable,
        "Mostly a jump leads past it, or a condition before it never holds.",
        "flow:\n" + _REQUEST + "    then: closed\n" + _APPLY + _END,
        "flow:\n" + _REQUEST + _APPLY + _END,
    ),
    Rule(
        "SOP306",
        "dead-end",
        "No end can be reached from a node, or its jumps are used up and nothing comes then.",
        Severity.ERROR,
        _dead_ends,
        "A run that comes there can only be abandoned.",
        "flow:\n" + _REQUEST + "    otherwise: apply\n    then: closed\n" + _APPLY + "    then: {to: request, at_most: 2}\n" + _END,
        "flow:\n" + _REQUEST + "    otherwise: apply\n    then: closed\n" + _APPLY
        + "    then: {to: request, at_most: 2, otherwise: refused}\n" + _END + _REFUSED,
    ),
    Rule(
        "SOP307",
        "outcome-never-happens",
        "An outcome of a decision is never taken: earlier ones leave it no case.",
        Severity.ERROR,
        _happens,
        "The first outcome whose `when` holds is taken, so a narrower condition stands before a wider one.",
        _COLOUR + _REQUEST + _BRANCH + "    outcomes:\n      - {outcome: stop, when: {colour: red}, then: refused}\n"
        "      - {outcome: look, when: {colour: red}, then: refused}\n      - {outcome: go}\n" + _END + _REFUSED,
        _COLOUR + _REQUEST + _BRANCH + "    outcomes:\n      - {outcome: stop, when: {colour: red}, then: refused}\n"
        "      - {outcome: go}\n" + _END + _REFUSED,
    ),
    Rule(
        "SOP308",
        "no-outcome-holds",
        "The conditions of a decision may leave a person nothing to choose.",
        Severity.ERROR,
        _of(outcomes.covered),
        "In a decision by a person or an answer, `when` limits what is offered.",
        _COLOUR + _REQUEST + _MOOD + "    outcomes: [{outcome: good, when: {colour: red}}, "
        "{outcome: bad, when: {colour: red}, then: refused}]\n" + _END + _REFUSED,
        _COLOUR + _REQUEST + _MOOD + "    outcomes: [{outcome: good}, {outcome: bad, when: {colour: red}, then: refused}]\n"
        + _END + _REFUSED,
    ),
    Rule(
        "SOP309",
        "endless-loop",
        "A loop has neither a bound nor a way out that a person can take.",
        Severity.ERROR,
        _loops,
        "What the rule reads does not change inside the loop, so it goes round for ever.",
        _COLOUR + _REQUEST + _APPLY + _BRANCH + "    outcomes: [{outcome: again, when: {colour: red}, then: apply}, "
        "{outcome: go}]\n" + _END,
        _COLOUR + _REQUEST + _APPLY + _BRANCH
        + "    outcomes: [{outcome: again, when: {colour: red}, then: {to: apply, at_most: 2, otherwise: refused}}, "
        "{outcome: go}]\n" + _END + _REFUSED,
    ),
    Rule(
        "SOP310",
        "may-not-be-known",
        "A name is used on a path on which it is not known yet.",
        Severity.ERROR,
        _of(known.names_known),
        "A text would have a gap there and a condition would not hold. `{known: true}` asks whether it is known.",
        "flow:\n  - step: greet\n    say: You asked for {wish}.\n" + _REQUEST + _END,
        "flow:\n" + _REQUEST + "  - step: greet\n    say: You asked for {wish}.\n" + _END,
    ),
    Rule(
        "SOP311",
        "one-kind-of-factor",
        "An identity check cannot be met by factors of different kinds.",
        Severity.ERROR,
        _of(structure.identities),
        "In a file this is refused before anything is proved (SOP221); the proof does not rely on that.",
        "# see SOP221",
        "# see SOP221",
    ),
    Rule(
        "SOP312",
        "left-open",
        "An end can be reached while a step that has to be undone is open.",
        Severity.ERROR,
        _left_open,
        "A service would stay paused, or an alarm silenced, with nobody left to think of it.",
        "flow:\n" + _REQUEST + _PAUSE + _MOOD + "    outcomes: [{outcome: good}, {outcome: bad, then: refused}]\n"
        + _RESUME + _END + _REFUSED,
        "flow:\n" + _REQUEST + _PAUSE + _RESUME + _MOOD + "    outcomes: [{outcome: good}, {outcome: bad, then: refused}]\n"
        + _END + _REFUSED,
    ),
    Rule(
        "SOP313",
        "nobody-can-act",
        "Everybody who may act at a node is excluded from it by `not_by`.",
        Severity.ERROR,
        _of(structure.somebody),
        "The run would stand there until it is abandoned.",
        "flow:\n" + _REQUEST + _APPLY + "    not_by: [agent]\n" + _END,
        "roles: {agent: Serves the customer., supervisor: Signs off.}\nflow:\n" + _REQUEST + _APPLY
        + "    by: supervisor\n    not_by: [agent]\n" + _END,
    ),
    Rule(
        "SOP314",
        "not-walked",
        "A way seems to break something, and nobody could be led along it.",
        Severity.ERROR,
        obligations,
        "A proof leaves some things open: how long things take, which days are business days. The way that is shown rests "
        "on one of them, and the values and times that were tried do not lead along it. It may be no mistake; it is never "
        "taken for a pass. Close the way, or let the procedure ask once and keep the answer.",
        _BUSY.replace("HERE", "closed") + _REQUEST + _END,
        _BUSY.replace("HERE", "refused") + _REQUEST + _END + _REFUSED,
    ),
)  # fmt: skip
