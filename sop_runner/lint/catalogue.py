"""Every rule over a compiled plan: one explicit list."""

from collections.abc import Callable, Iterable

from .fault import Fault
from .proofs import known, outcomes, structure
from .proofs.model import Model
from .rule import Rule
from .rules.controls import controls
from .subject import Subject

Check = Callable[[Model], Iterable[Fault]]


def _of(check: Check) -> Callable[[Subject], Iterable[Fault]]:
    return lambda subject: check(subject.model)


_happens, _left_open, _loops = _of(outcomes.happens), _of(outcomes.left_open), _of(structure.endless_loops)

RULES: tuple[Rule, ...] = (
    Rule("SOP301", "bypassable-control", "A node or an end can be reached without a control that it requires.", controls),
    Rule("SOP302", "lost-control", "A required control can be lost again before what requires it.", controls),
    Rule("SOP303", "not-settled", "A proof could not be settled within its bounds; that is never taken for a pass.", controls),
    Rule("SOP304", "closes-without-control", "An end closes the ticket and requires no control.", _of(structure.closing_ends)),
    Rule("SOP305", "unreachable", "A node cannot be reached, by any path or with any values.", _of(structure.unreachable)),
    Rule("SOP305", "unreachable", "A node cannot be reached, by any path or with any values.", _happens),
    Rule("SOP306", "dead-end", "No end can be reached from a node, or its jumps are used up and nothing comes then.", _of(structure.dead_ends)),
    Rule("SOP307", "outcome-never-happens", "An outcome of a decision is never taken: earlier ones leave it no case.", _happens),
    Rule("SOP308", "no-outcome-holds", "The conditions of a decision may leave a person nothing to choose.", _of(outcomes.covered)),
    Rule("SOP309", "endless-loop", "A loop has neither a bound nor a way out that a person can take.", _loops),
    Rule("SOP310", "may-not-be-known", "A name is used on a path on which it is not known yet.", _of(known.names_known)),
    Rule("SOP311", "one-kind-of-factor", "An identity check cannot be met by factors of different kinds.", _of(structure.identities)),
    Rule("SOP312", "left-open", "An end can be reached while a step that has to be undone is open.", _left_open),
    Rule("SOP313", "nobody-can-act", "Everybody who may act at a node is excluded from it by `not_by`.", _of(structure.somebody)),
)  # fmt: skip
