"""A statement: a sentence that the subject affirms or declines."""

from sop_runner.base.message import msg
from sop_runner.procedure.nodes import Confirmation
from sop_runner.run.actions import Answer
from sop_runner.run.going import Going, No

from .common import done, fail, role_of


def answer_statement(going: Going, action: Answer) -> None:
    """Affirmed goes on, declined fails; with a field the answer is kept and both go on."""
    node = going.node.node
    assert isinstance(node, Confirmation)
    statement = node.statement
    assert statement is not None
    role = role_of(going)
    if action.choice not in ("affirmed", "declined"):
        raise No(
            msg("'{node}' is affirmed or declined, not '{choice}'", node=going.run.at, choice=action.choice)
        )
    affirmed = action.choice == "affirmed"
    piece = {"kind": "statement", "of": statement.of, "affirmed": affirmed}
    if statement.field is not None:
        kept = {"kind": "field", "name": statement.field, "value": affirmed}
        done(going, role, (piece, kept), action.reason)
    elif affirmed:
        done(going, role, (piece,), action.reason)
    else:
        fail(going, role, msg("'{subject}' declined", subject=statement.of), (piece,), action.reason)
