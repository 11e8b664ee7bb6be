"""Appending so that a lost answer is settled: what is on record is told, what is not is written, and never twice."""

from collections.abc import Sequence

from sop_runner.audit.entry import Draft, Entry
from sop_runner.audit.log import Ledger, Summary
from sop_runner.base.errors import AppendFailed, StoreFailed
from sop_runner.base.message import msg


def append(
    ledger: Ledger,
    run: str | None,
    expected: int,
    drafts: Sequence[Draft],
    summary: Summary | None = None,
) -> tuple[Entry, ...]:
    """Write the entries of one action; see `Ledger.append`.

    Raises AppendFailed where they are not on record, or where nothing can be told.
    """
    try:
        return ledger.append(run, expected, drafts, summary)
    except AppendFailed:
        # The answer was lost, or the entries were. With the same key the log says which: what is
        # written is returned, what is not is written now.
        return _again(ledger, run, expected, drafts, summary)


def append_outside(ledger: Ledger, *drafts: Draft) -> tuple[Entry, ...]:
    """Write entries that are of no run; otherwise as `append`."""
    return append(ledger, None, 0, drafts)


def _again(
    ledger: Ledger, run: str | None, expected: int, drafts: Sequence[Draft], summary: Summary | None
) -> tuple[Entry, ...]:
    try:
        return ledger.append(run, expected, drafts, summary)
    except AppendFailed as error:
        # The last word is what can be read: the second answer may have been lost as well.
        try:
            known = ledger.entries(run, expected)
        except StoreFailed:
            raise AppendFailed(
                msg("the audit log does not answer: {reason}", reason=error.message),
                hint=msg(
                    "Whether this was done cannot be told now. Check the disk, then resume the run: it stands where the log says."
                )
                if run is not None
                else msg(
                    "Whether this was done cannot be told now. Check the disk, and look before it is done again."
                ),
            ) from error
        written = tuple(entry for entry in known if entry.key == drafts[0].key)
        if written:
            return written
        raise AppendFailed(
            msg("the audit log does not answer: {reason}", reason=error.message),
            hint=msg(
                "Nothing of this was done. The run stands where the log says; if this repeats, check the disk."
            )
            if run is not None
            else msg("Nothing of this was done. If this repeats, check the disk."),
        ) from error
