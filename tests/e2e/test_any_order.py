"""Any order of actions at two terminals of one run, while the log loses entries or only its answers."""

from contextlib import suppress
from datetime import timedelta
from random import Random
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from sop_runner.audit.log import LedgerKind, origin
from sop_runner.audit.note import Ed25519Signer
from sop_runner.audit.verify import verify
from sop_runner.base.clock import ManualClock
from sop_runner.base.errors import AppendFailed
from sop_runner.desk.context import Context
from sop_runner.desk.perform import begin, perform
from sop_runner.desk.record import Record, read_record
from sop_runner.desk.replay import story_of
from sop_runner.desk.wire import event_of
from sop_runner.machine.plan import Plan
from sop_runner.run import actions as do
from sop_runner.run.events import REFUSED
from sop_runner.run.evolve import evolve, started
from sop_runner.run.state import Run
from sop_runner.stores.memory import Fault, MemoryLedger
from sop_runner.stores.vault import Vault
from tests.answers import NAMED, PEOPLE, actor, case_of
from tests.generators import compiled
from tests.oracle import Oracle
from tests.oracle_base import Broken
from tests.shipped import ALONE, shipped
from tests.walker import KINDS, START, Walker

LOG = "ab" * 16
FAULTS = st.lists(st.sampled_from(["", "", "", "lost", "late"]), max_size=3)


class Failing(MemoryLedger):
    """A ledger that fails as often in a row as it is told to."""

    faults: tuple[Fault, ...] = ()

    def append(self, *args: Any, **kwargs: Any) -> Any:
        if self.faults:
            self.fail, *rest = self.faults
            self.faults = tuple(rest)
        return super().append(*args, **kwargs)


class OnePlan:
    """Finds the one plan there is."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan

    def pinned(self, digest: str, callees: Any) -> Plan:
        assert digest == self.plan.digest
        return self.plan


class NoTickets:
    """A ticket system of a training desk that knows no ticket."""

    training = True

    def find(self, ticket: str) -> None:
        return None


class AnyOrderAtTheDesk(RuleBasedStateMachine):
    """Everything goes through `perform`; what the log says is held against the page by the oracle."""

    record: Record | None = None
    folded: Run | None = None

    @initialize(seed=st.integers(0, 400), name=st.sampled_from([*ALONE, *[""] * 4]))
    def begin(self, seed: int, name: str) -> None:
        plan = shipped(name) if name else compiled(seed).plan
        assert plan is not None
        self.plan = plan
        self.clock = ManualClock(START)
        kind = LedgerKind.TRAINING
        signer = Ed25519Signer(origin(kind, LOG), b"\7" * 32)
        self.ledger = Failing(LOG, kind, signer, self.clock.now())
        tickets: Any = NoTickets()
        self.context = Context(
            self.ledger, Vault.in_memory(), self.clock, OnePlan(plan), tickets, training=True
        )
        self.walker = Walker(plan, Random(seed))
        start = do.Start(
            "run-1", "CR-000001", "UTC", case_of(plan, self.walker.typist, START), NAMED, training=True
        )
        opened = begin(self.context, plan, start, actor("fay"), "en")
        self.oracle, self.taken = Oracle(plan, dict(PEOPLE)), 0
        if isinstance(opened, Record):
            self.record = opened
            self.other = read_record(self.context, "run-1")

    @rule(
        kind=st.sampled_from([*["right"] * len(KINDS), *KINDS]),
        seed=st.integers(0, 2**16),
        faults=FAULTS,
        times=st.sampled_from([1, 1, 1, 2]),
        swap=st.booleans(),
    )
    def act(self, kind: str, seed: int, faults: list[Fault], times: int, swap: bool) -> None:
        """One action at one of the terminals, now and then pressed twice, shown to it before the other acted."""
        if self.record is None:
            assert [entry.type for entry in self.ledger.scan(1)] == [REFUSED]
            return
        here, there = (self.record, self.other) if swap else (self.other, self.record)
        walker = self.walker
        walker.rng.seed(seed)
        walker.run, walker.now, walker.opened = here.run, self.clock.now().wall, dict(here.opened)
        action, who = walker.any_action(kind)
        self.clock.set(max(walker.now, self.clock.now().wall + timedelta(microseconds=1)))
        for _ in range(times):
            self.ledger.faults = tuple(faults)
            before = self.ledger.entries("run-1")
            with suppress(AppendFailed):
                done = perform(self.context, here, actor(who), (action,), "en")
                written = self.ledger.entries("run-1")[len(before) :]
                assert done.entries == written
                assert not done.accepted or written
            self.ledger.faults, self.ledger.fail = (), ""
            faults = []
        there.refresh()

    @invariant()
    def both_terminals_stand_where_the_log_says(self) -> None:
        if self.record is not None:
            self.record.refresh()
            self.other.refresh()
            read = read_record(self.context, "run-1")
            assert self.record.run == self.other.run == read.run

    @invariant()
    def the_log_obeys_the_page(self) -> None:
        if self.record is None:
            return
        entries, opened = self.ledger.entries("run-1"), self.record.opened
        for entry in entries[self.taken :]:
            event = event_of(entry)
            if self.folded is None:
                self.folded = started(self.plan, "run-1", event, opened)
            else:
                self.folded = evolve(self.plan, self.folded, event, opened)
            self.oracle.take(event, self.folded)
            if leaked := self.walker.typist.leaked(entry.body.decode()):
                raise Broken(f"{entry.type} holds {leaked} in clear")
        self.taken = len(entries)
        self.oracle.settle()
        self.oracle.agrees(self.record.run, self.clock.now().wall)

    def teardown(self) -> None:
        if self.record is None:
            return
        assert not verify(self.ledger).findings
        assert [step for step in story_of(self.context, "run-1").steps if step.problem] == []


AnyOrderAtTheDesk.TestCase.settings = settings(max_examples=60, stateful_step_count=40)
TestAnyOrderAtTheDesk = AnyOrderAtTheDesk.TestCase
