"""Lint a plan: everything that rules and proofs find in its file, less what the file accepts."""

from collections.abc import Iterable
from datetime import date

from sop_runner.base.finding import Finding
from sop_runner.machine.plan import Plan

from .accept import Report, accept
from .catalogue import RULES
from .rule import Files, found_by, in_order
from .subject import Subject


def lint(plan: Plan, files: Files, found: Iterable[Finding] = (), today: date | None = None) -> Report:
    """Look at a compiled plan with every rule.

    `found` is what the reader and the loader said of its file, `today` the day that its dates are held against.
    """
    main = files[(plan.procedure.procedure, plan.procedure.revision)]
    subject = Subject(plan, today)
    every = in_order({*found, *found_by(RULES, subject, files)})
    subject.model.shared_work.clear()  # it leads back to the model, which would wait for the collector
    return accept(main, plan.procedure, every)
