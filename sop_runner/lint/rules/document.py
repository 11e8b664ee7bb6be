"""The document itself: when it is reviewed, what became of its revisions, what an auditor asks about it."""

from collections.abc import Iterator
from datetime import date, timedelta

from sop_runner.base.finding import Severity
from sop_runner.lint.rule import Rule, own
from sop_runner.lint.subject import Subject
from sop_runner.procedure.model import Path
from sop_runner.procedure.place import Problem

QUARTER = timedelta(days=92)
"""The longest three months there are."""

WANTED = ("number", "scope", "owner", "author", "training", "records")


def review_overdue(subject: Subject) -> Iterator[Problem]:
    """The day of review has passed."""
    due = subject.procedure.review_by
    if subject.today is not None and subject.today > due >= subject.procedure.effective_from:
        days = (subject.today - due).days
        message = f"the review was due on {due}, {days} {'day' if days == 1 else 'days'} ago"
        yield Problem("SOP501", message, ("review_by",), "review the procedure and publish a revision with a new `review_by`")  # fmt: skip


def review_far_off(subject: Subject) -> Iterator[Problem]:
    """More than a quarter lies between the last look at the file and the next."""
    procedure = subject.procedure
    last: date = procedure.effective_from
    path: Path = ("effective_from",)
    for index, entry in enumerate(procedure.history):
        if entry.date > last:
            last, path = entry.date, ("history", index, "date")
    if procedure.review_by - last > QUARTER:
        days = (procedure.review_by - last).days
        message = f"the next review is {days} days after {last}, more than a quarter"
        fix = f"set `review_by` to {last + QUARTER} or earlier"
        yield Problem("SOP502", message, ("review_by",), fix, related=path)


def history(subject: Subject) -> Iterator[Problem]:
    """The history tells of the revision in the file, of each revision once, and of none to come."""
    procedure = subject.procedure
    seen: dict[int, int] = {}
    for index, entry in enumerate(procedure.history):
        path = ("history", index, "revision")
        if entry.revision > procedure.revision:
            message = f"the history tells of revision {entry.revision}, and this file is revision {procedure.revision}"
            yield Problem("SOP504", message, path, f"raise `revision` to {entry.revision}, or correct the entry", related=("revision",))  # fmt: skip
        if entry.revision in seen:
            message = f"the history tells twice of revision {entry.revision}"
            yield Problem("SOP504", message, path, "make one entry of both", related=("history", seen[entry.revision], "revision"))  # fmt: skip
        seen.setdefault(entry.revision, index)
    if procedure.revision not in seen and (procedure.history or procedure.revision > 1):
        if any(revision > procedure.revision for revision in seen):
            return  # told above: one of the two numbers is wrong
        message = f"the history does not say what revision {procedure.revision} changed"
        fix = (
            f"add an entry {{revision: {procedure.revision}, date: …, change: …, author: …}} under `history`"
        )
        yield Problem("SOP503", message, ("history",) if procedure.history else ("revision",), fix, on_key=True)  # fmt: skip


def metadata(subject: Subject) -> Iterator[Problem]:
    """What a register of documents asks of each is there."""
    missing = [key for key in WANTED if getattr(subject.procedure, key) is None]
    if missing:
        names = ", ".join(f"'{key}'" for key in missing)
        message = f"the document does not give its {names}"
        yield Problem(
            "SOP505",
            message,
            ("procedure",),
            f"add {'it' if len(missing) == 1 else 'them'} at the top of the file",
            on_key=True,
        )


RULES = (
    Rule(
        "SOP501",
        "review-overdue",
        "The day by which the procedure must be reviewed has passed.",
        Severity.WARNING,
        own(review_overdue),
        "Past `review_by` nobody vouches any more that the text still fits the systems and the law. "
        "Runs go on, and the agent is told.",
        "effective_from: 2026-07-15\nreview_by: 2026-10-01",
        "review_by: 2027-01-15",
    ),
    Rule(
        "SOP502",
        "review-far-off",
        "More than a quarter passes between the last look at the procedure and the next.",
        Severity.NOTE,
        own(review_far_off),
        "A procedure with this much at stake is looked at every three months, counted from the day it came "
        "into effect or from its newest entry under `history`.",
        "effective_from: 2026-10-15\nreview_by: 2028-01-01",
        "effective_from: 2026-10-15\nreview_by: 2027-01-15",
    ),
    Rule(
        "SOP503",
        "history-lacks-revision",
        "The history does not say what the current revision changed.",
        Severity.WARNING,
        own(history),
        "Whoever approves a revision, or audits an old run, reads there what became different and why.",
        "revision: 2\nhistory:\n  - {revision: 1, date: 2026-09-01, change: First text., author: operations}",
        "revision: 2\nhistory:\n  - {revision: 2, date: 2026-10-01, change: The log is read first., author: operations}\n"
        "  - {revision: 1, date: 2026-09-01, change: First text., author: operations}",
    ),
    Rule(
        "SOP504",
        "history-contradicts",
        "The history tells of a revision twice, or of one that is yet to come.",
        Severity.WARNING,
        own(history),
        "Revisions rise by one with each publication; one entry tells of each.",
        "revision: 1\nhistory:\n  - {revision: 2, date: 2026-10-01, change: The log is read first., author: operations}",
        "revision: 2\nhistory:\n  - {revision: 2, date: 2026-10-01, change: The log is read first., author: operations}",
    ),
    Rule(
        "SOP505",
        "metadata-missing",
        "The document lacks its number, scope, owner, author, training or records.",
        Severity.NOTE,
        own(metadata),
        "A register of controlled documents (ISO 9001:2015, 7.5) asks what a document is called, where it "
        "applies, who answers for it, what one must have learned first, and how long its records are kept.",
        "# without owner, training",
        "owner: operations\ntraining: Telephone fraud, renewed each year.",
    ),
)  # fmt: skip
