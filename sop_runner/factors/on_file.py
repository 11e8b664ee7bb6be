"""Factors that are compared with what is on file of the customer."""

from abc import ABC, abstractmethod
from datetime import datetime

from sop_runner.base.secretbox import SecretBox
from sop_runner.base.tries import Tries

from .customers import Customer, CustomerFile
from .port import Challenge, FactorResult, Kind, Options, Unavailable, Why, held_up, unknown_customer, wrong


class OnFile(ABC):
    """Finds the customer, counts the tries, and leaves asking and comparing to each factor."""

    name: str
    kind: Kind

    def __init__(self, customers: CustomerFile, tries: Tries, box: SecretBox) -> None:
        self._customers = customers
        self._tries = tries
        self._box = box

    def begin(self, subject: str, options: Options, now: datetime) -> Challenge | Unavailable:
        """Say how to ask for it."""
        customer = self._customers.find(subject)
        return unknown_customer(subject) if customer is None else self._ask(customer, subject, options, now)

    def check(self, subject: str, challenge: Challenge, typed: str, now: datetime) -> FactorResult:
        """Compare with what is on file; a wrong try counts, a right one clears those before it."""
        customer = self._customers.find(subject)
        if customer is None:
            return wrong(unknown_customer(subject).note, Why.UNKNOWN_CUSTOMER)
        if blocked := self._tries.charge(customer.id, self.name, now):
            return held_up(blocked)
        found = self._compare(customer, challenge, typed, now)
        if found.right:
            self._tries.clear(customer.id, self.name)
        return found

    @abstractmethod
    def _ask(
        self, customer: Customer, subject: str, options: Options, now: datetime
    ) -> Challenge | Unavailable: ...

    @abstractmethod
    def _compare(
        self, customer: Customer, challenge: Challenge, typed: str, now: datetime
    ) -> FactorResult: ...
