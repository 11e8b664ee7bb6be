"""Prove a plan: every obligation with its verdict, and everything else a path can get wrong."""

from dataclasses import dataclass

from sop_runner.base.finding import Finding
from sop_runner.base.garbage import seldom_collected
from sop_runner.machine.plan import Plan

from .catalogue import PROOFS
from .proofs.result import Obligation
from .rule import Files, found_by, in_order
from .subject import Subject


@dataclass(frozen=True, slots=True)
class Proof:
    """What proving a plan came to; it is proved where there is no finding."""

    obligations: tuple[Obligation, ...]
    findings: tuple[Finding, ...]

    @property
    def holds(self) -> bool:
        """Whether everything was proved."""
        return not self.findings


def prove(plan: Plan, files: Files | None = None) -> Proof:
    """Go through every path of `plan`; `files` give the findings their places, see `rule.Files`."""
    subject = Subject(plan)
    with seldom_collected():
        return Proof(subject.obligations, in_order(found_by(PROOFS, subject, files or {})))
