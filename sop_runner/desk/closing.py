"""Closing a ticket: only a run whose recorded end closes it does, with a receipt that proves it."""

from sop_runner.run.events import RUN_ENDED

from .context import Context
from .receipt import receipt_text
from .record import Record
from .tickets import Ticket


def closes(record: Record) -> bool:
    """Whether the run has reached an end that closes its ticket, by what is on record."""
    newest = record.newest
    return newest.type == RUN_ENDED and any(
        piece.get("kind") == "end" and piece.get("closes_ticket") is True for piece in newest.evidence
    )


def close_ticket(context: Context, record: Record) -> str:
    """Close the ticket of an ended run and return the receipt; empty where the end does not close it.

    Done after the closing is on record; again is no error, so a crash in between is made good the
    next time somebody looks at the run.
    """
    if not closes(record):
        return ""
    receipt = receipt_text(context.ledger, record.newest)
    # The run may have been opened by a terminal that died before it could say so of the ticket.
    context.tickets.open(Ticket(record.run.ticket, record.run.started))
    context.tickets.close(record.run.ticket, record.run.id, receipt)
    return receipt
