"""A question on something the customer did lately."""

import secrets
from datetime import datetime, timedelta

from sop_runner.base.message import msg

from .customers import QUESTION, Customer, Question, fold_answer
from .on_file import OnFile
from .port import Challenge, FactorResult, Kind, Options, Unavailable, Why, not_on_file, right, wrong

RECENT = timedelta(days=90)


class Knowledge(OnFile):
    """Knowledge of recent activity. Security questions are no factor (NIST SP 800-63B-4, 3.1.1.2).

    Asked at random among what happened in the last 90 days, or the one that option `question`
    names. The agent does not see the answer.
    """

    name = "knowledge"
    kind: Kind = "knowledge"

    def _ask(
        self, customer: Customer, subject: str, options: Options, now: datetime
    ) -> Challenge | Unavailable:
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

    def _compare(self, customer: Customer, challenge: Challenge, typed: str, now: datetime) -> FactorResult:
        question = next((q for q in customer.questions if q.id == challenge.id), None)
        if question is None or not _recent(question, now) or not self._answers(customer, question, typed):
            return wrong(msg("This is not the answer on file."))
        return right(msg("The answer is right."))

    def _answers(self, customer: Customer, question: Question, typed: str) -> bool:
        answer = fold_answer(typed)
        matches = [self._box.same_mark(m, QUESTION, customer.id, question.id, answer) for m in question.marks]
        return any(matches)


def _recent(question: Question, now: datetime) -> bool:
    return question.happened is not None and question.happened >= (now - RECENT).date()
