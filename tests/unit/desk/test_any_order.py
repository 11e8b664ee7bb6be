"""Any action in any order, with both faults: what the desk shows is what the log says, and it verifies."""

from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from sop_runner.audit.log import LedgerKind, origin
from sop_runner.audit.note import Ed25519Signer
from sop_runner.audit.verify import verify
from sop_runner.base.clock import SystemClock
from sop_runner.base.errors import AppendFailed
from sop_runner.desk.context import Context
from sop_runner.desk.perform import begin, perform
from sop_runner.desk.record import Record, read_record
from sop_runner.desk.registry import Registry
from sop_runner.desk.replay import story_of
from sop_runner.desk.tickets import Ticket
from sop_runner.run import actions as do
from sop_runner.stores.memory import MemoryLedger
from sop_runner.stores.vault import Vault
from sop_runner.wiring import shipped_procedures

RUN = "RUN1-0001"
PEOPLE = {
    "ana": do.Actor("ana", frozenset({"agent"})),
    "bela": do.Actor("bela", frozenset({"supervisor"})),
    "chen": do.Actor("chen", frozenset({"agent", "supervisor"})),
    "eva": do.Actor("eva", frozenset({"auditor"})),
}
PROOFS = (
    do.FactorProof("passphrase", "knowledge", True),
    do.FactorProof("totp", "possession", True, "totp:1"),
)
REQUEST = {"ticket": "CR-000123", "new_value": "x@example.org", "recent_reset": False, "account_value": "15"}
EXTRACT = {"digest": "ab" * 32, "lines": 3, "name": "x.log"}
ACTIONS: tuple[do.Action, ...] = (
    do.Answer("open-ticket"),
    do.Answer("change-request", values={**REQUEST, "change": "email"}),
    do.Answer("change-request", values={**REQUEST, "change": "phone"}),
    do.Answer("change-request", values={**REQUEST, "change": "nothing"}),
    do.Answer("caller-identity", "", factors=(do.FactorProof("account-passphrase", "knowledge", True),)),
    do.Answer("caller-identity", "", factors=(do.FactorProof("one-time-code", "possession", True, "c:1"),)),
    do.Answer("caller-identity", "", factors=(do.FactorProof("one-time-code", "possession", False),)),
    do.Answer("consent", "affirmed"),
    do.Answer("consent", "declined"),
    do.Answer("supervisor-approval", "approved", {"new_value": "x@example.org"}, "heard it", PROOFS),
    do.Answer("supervisor-approval", "declined", reason="no"),
    do.Answer("apply-change"),
    do.Answer("system-log", values={"1": True, "2": True, "3": True, "extract": EXTRACT}),
    do.Answer("system-log", values={"1": False, "2": True, "3": True, "extract": EXTRACT}),
    do.Answer("notify-customer", values={"notice-before": "done", "notice-after": "done"}),
    do.Answer("roll-back"),
    do.TakeOtherwise("apply-change", "somebody prompts the caller"),
    do.GoBack("change-request", "misheard"),
    do.GoBack("caller-identity", "stale"),
    do.Hold("the line is gone"),
    do.Resume(),
    do.AddNote("a note"),
    do.RecordDeviation("one", "two", "three"),
    do.OfferHandOver("chen", "all written down"),
    do.AcceptHandOver(),
    do.Abandon("they hung up"),
)


class NoTickets:
    """The tickets of a test that is about something else."""

    training = True

    def find(self, ticket: str) -> Ticket | None:
        return None

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(name)


class AnyOrder(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        kind = LedgerKind.TRAINING
        signer = Ed25519Signer(origin(kind, "ab" * 16), b"\7" * 32)
        self.ledger = MemoryLedger("ab" * 16, kind, signer, SystemClock().now())
        registry = Registry(shipped_procedures()[0].parent, self.ledger)
        self.context = Context(
            self.ledger, Vault.in_memory(), SystemClock(), registry, NoTickets(), training=True
        )
        text = registry.find("account-change")
        registry.keep(text)
        start = do.Start(RUN, "CR-000123", "UTC", training=True)
        begun = begin(self.context, registry.plan(text), start, PEOPLE["ana"], "en")
        assert isinstance(begun, Record)
        self.record = begun

    @rule(
        who=st.sampled_from(sorted(PEOPLE)),
        action=st.sampled_from(ACTIONS),
        faults=st.sampled_from([("",), ("lost",), ("late",), ("lost", "lost"), ("late", "lost")]),
        other=st.booleans(),
    )
    def act(self, who: str, action: do.Action, faults: tuple[Any, ...], other: bool) -> None:
        """At this terminal or at another one that has read the run just now."""
        record = read_record(self.context, RUN) if other else self.record
        waiting = list(faults)
        real = self.ledger.append

        def append(*args: Any) -> Any:
            self.ledger.fail = waiting.pop(0) if waiting else ""
            return real(*args)

        self.ledger.append = append  # type: ignore[method-assign]
        size = self.ledger.size()
        try:
            done = perform(self.context, record, PEOPLE[who], (action,), "en")
        except AppendFailed:
            assert self.ledger.size() == size
        else:
            assert self.ledger.size() == size + len(done.entries)
        finally:
            self.ledger.append = real  # type: ignore[method-assign]
            self.ledger.fail = ""

    @invariant()
    def what_is_shown_is_what_the_log_says(self) -> None:
        self.record.refresh()
        assert self.record.run == read_record(self.context, RUN).run

    @invariant()
    def a_closed_run_holds_its_controls(self) -> None:
        run = self.record.run
        if run.status == "ended" and run.result == "completed":
            assert {
                "two-factor-identity",
                "written-record",
                "consent",
                "log-review",
                "customer-notified",
            } <= set(run.facts.controls)

    def teardown(self) -> None:
        assert verify(self.ledger).findings == ()
        assert [step.problem for step in story_of(self.context, RUN).steps if step.problem] == []


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(
    max_examples=25, stateful_step_count=30, suppress_health_check=[HealthCheck.too_slow]
)
