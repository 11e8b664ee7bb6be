"""A question on something the customer did lately."""

import secrets
from datetime import datetime, timedelta

from sop_runner.base.message import msg
from sop_runner.base.secretbox import SecretBox
from sop_runner.base.tries import Tries

from .customers import QUESTION, Customer, CustomerFile, Question, fold_answer
from .port import (
    Challenge,
    FactorResult,
    Kind,
    Options,
    Unavailable,
    Why,
    held_up,
    not_on_file,
    right,
    unknown_customer,
    wrong,
)

RECENT = timedelta(days=90)


class Knowledge:
    """Knowledge of recent activity. Security questions are no factor (NIST SP 800-63B-4, 3.1.1.2).

    Asked at random among what happened in the last 90 days, or the one that option `question`
    names. The agent does not see the answer.
    """

    name = "knowledge"
    kind: Kind = "knowledge"

    def __init__(self, customers: CustomerFile, tries: Tries, box: SecretBox) -> None:
        self._customers = customers
        self._tries = tries
        self._box = box

    def begin(self, subject: str, options: Options, now: datetime) -> Challenge | Unavailable:
        """Choose a question."""
        customer = self._customers.find(subject)
        if customer is None:
            return unknown_customer(subject)
        wanted = options.get("question")
        named = [q for q in customer.questions if wanted in (None, q.id)]
        fitting = [q for q in named if _recent(q, now)]
        if named and not fitting:
            note = msg("Only questions on recent activity count, and there is none; use another factor.")
            return Unavailable(Why.NO_FACTOR, note)
        if not fitting:
            return not_on_file(self.name)
        question = secrets.choice(fitting)
        return Challenge(
            self.name,
            self.kind,
            subject,
            say=msg("{question}", question=question.ask),
            hint=msg("Type the answer as you hear it. Give no choices and no help."),
            id=question.id,
        )

    def check(self, subject: str, challenge: Challenge, typed: str, now: datetime) -> FactorResult:
        """Compare with the answers on file, without case and spacing."""
        customer = self._customers.find(subject)
        if customer is None:
            return wrong(unknown_customer(subject).note, Why.UNKNOWN_CUSTOMER)
        if blocked := self._tries.charge(customer.id, self.name, now):
            return held_up(blocked)
        question = next((q for q in customer.questions if q.id == challenge.id), None)
        if question is None or not _recent(question, now) or not self._answers(customer, question, typed):
            return wrong(msg("This is not the answer on file."))
        self._tries.clear(customer.id, self.name)
        return right(msg("The answer is right."))

    def _answers(self, customer: Customer, question: Question, typed: str) -> bool:
        answer = fold_answer(typed)
        matches = [self._box.same_mark(m, QUESTION, customer.id, question.id, answer) for m in question.marks]
        return any(matches)


def _recent(question: Question, now: datetime) -> bool:
    return question.happened is not None and question.happened >= (now - RECENT).date()
