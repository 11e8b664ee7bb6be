"""How each kind of item is answered: one module a kind, one explicit table."""

from collections.abc import Callable, Mapping

from sop_runner.run.actions import Answer
from sop_runner.run.going import Going

from .checklist import answer_checklist
from .decision import answer_decision
from .identity import answer_identity
from .log_review import answer_log_review
from .read_back import answer_read_back
from .record import answer_record
from .sign_off import answer_sign_off
from .statement import answer_statement
from .step import answer_step

ANSWERS: Mapping[str, Callable[[Going, Answer], None]] = {
    "step": answer_step,
    "checklist": answer_checklist,
    "identity": answer_identity,
    "record": answer_record,
    "statement": answer_statement,
    "sign_off": answer_sign_off,
    "log_review": answer_log_review,
    "read_back": answer_read_back,
    "decision": answer_decision,
}
