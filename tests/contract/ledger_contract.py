"""What every store of the audit log promises; a store's test class inherits these."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from sop_runner.audit.checkpoint import Checkpoint
from sop_runner.audit.entry import ZERO, Draft, Entry, ProcedureRef
from sop_runner.audit.findings import Verdict
from sop_runner.audit.log import Ledger, LedgerKind, Summary, origin
from sop_runner.audit.note import Ed25519Signer, Note
from sop_runner.audit.tree import (
    consistency_proof,
    inclusion_proof,
    root,
    verify_consistency,
    verify_inclusion,
)
from sop_runner.base.clock import ManualClock
from sop_runner.base.errors import Conflict, SopError, UsageError
from sop_runner.base.ids import random_hex

LOG = "0123456789abcdef0123456789abcdef"
CLOCK = ManualClock(datetime(2026, 3, 1, 9, 0, tzinfo=UTC))
SIGNER = Ed25519Signer(origin(LedgerKind.LIVE, LOG), bytes(range(32)))
PIN = ProcedureRef("account-change", 4, "ab" * 32)


def draft(kind: str = "StepDone", *, key: str = "", **fields: object) -> Draft:
    """An event of the account change, one second after the one before."""
    CLOCK.advance(timedelta(seconds=1))
    given = {"procedure": PIN, "at": "open-ticket", "arrow": "done", "to": "consent", "actor": "p-ana"}
    return Draft(type=kind, key=key or random_hex(), ts=CLOCK.now(), **(given | fields))  # type: ignore[arg-type]


class LedgerContract:
    """Set `make` to a function that gives a new, empty live ledger, `verdict` to its verification."""

    make: Callable[[], Ledger]
    verdict: Callable[[Ledger], Verdict]

    @pytest.fixture
    def ledger(self) -> Iterator[Ledger]:
        made = self.make()
        yield made
        made.close()

    def test_begins_with_the_opening_that_names_log_kind_and_key(self, ledger: Ledger) -> None:
        (first,) = ledger.scan()
        assert (first.type, first.seq, first.prev, first.run, first.run_seq) == (
            "LogOpened",
            0,
            ZERO,
            None,
            None,
        )
        assert ledger.opening.log == LOG
        assert ledger.opening.kind is LedgerKind.LIVE
        assert ledger.opening.key == SIGNER.verifier
        assert ledger.size() == 1
        assert not self.verdict(ledger).findings

    def test_links_each_entry_to_the_one_before_in_the_log_and_in_its_run(self, ledger: Ledger) -> None:
        (a1,) = ledger.append("A", 0, [draft("RunOpened")])
        (b1,) = ledger.append("B", 0, [draft("RunOpened")])
        (a2,) = ledger.append("A", 1, [draft()])
        assert [e.seq for e in (a1, b1, a2)] == [1, 2, 3]
        assert [e.run_seq for e in (a1, b1, a2)] == [0, 0, 1]
        assert (a1.run_prev, b1.run_prev, a2.run_prev) == (ZERO, ZERO, a1.leaf.hex())
        assert (b1.prev, a2.prev) == (a1.leaf.hex(), b1.leaf.hex())
        assert ledger.entries("A") == (a1, a2)
        assert ledger.entries("A", 1) == (a2,)
        assert ledger.entries("C") == ()
        assert not self.verdict(ledger).findings

    def test_reads_back_exactly_what_it_returned(self, ledger: Ledger) -> None:
        nasty = "[/] \x1b[2J \u202eevil\u202c \u2028 [@click=app.quit]x[/] e\u0301 \U0001f600"
        (written,) = ledger.append(
            "A", 0, [draft(reason=nasty, evidence=({"typed": nasty, "n": [1, None]},))]
        )
        (read,) = ledger.entries("A")
        assert read == written
        assert read.body == written.body
        assert read.reason == nasty.replace("e\u0301", "\u00e9")
        assert read.evidence == ({"typed": read.reason, "n": [1, None]},)
        assert read.procedure == PIN
        assert not self.verdict(ledger).findings

    def test_several_entries_ride_together_under_one_checkpoint(self, ledger: Ledger) -> None:
        key = random_hex()
        written = ledger.append(
            "A", 0, [draft("RunOpened", key=key), draft(key=key), draft("RunHeld", key=key)]
        )
        assert [e.run_seq for e in written] == [0, 1, 2]
        assert written[2].run_prev == written[1].leaf.hex() == written[2].prev
        assert Checkpoint.parse(Note.parse(ledger.checkpoint())).size == 4
        assert not self.verdict(ledger).findings

    @pytest.mark.parametrize("expected", [0, 2, 7])
    def test_a_stale_position_is_a_conflict_that_writes_nothing(self, ledger: Ledger, expected: int) -> None:
        ledger.append("A", 0, [draft("RunOpened")])
        before = ledger.checkpoint()
        with pytest.raises(Conflict, match="'A' has 1 entries"):
            ledger.append("A", expected, [draft()], Summary("A", 1, {"status": "open"}))
        assert ledger.size() == 2
        assert ledger.checkpoint() == before
        assert ledger.summaries() == ()

    def test_a_ticket_has_one_run_at_a_time_whoever_looked_before(self, ledger: Ledger) -> None:
        def summary(run: str, run_seq: int, status: str, ticket: str = "T-1") -> Summary:
            return Summary(run, run_seq, {"ticket": ticket, "status": status})

        key = random_hex()
        begun = [draft("RunOpened", key=key)]
        written = ledger.append("A", 0, begun, summary("A", 0, "open"))
        with pytest.raises(Conflict, match="'T-1' has the run 'A'"):
            ledger.append("B", 0, [draft("RunOpened")], summary("B", 0, "open"))
        assert ledger.append("A", 0, begun, summary("A", 0, "open")) == written  # the answer was lost
        ledger.append("C", 0, [draft("RunOpened")], summary("C", 0, "open", "T-2"))
        ledger.append("A", 1, [draft()], summary("A", 1, "held"))
        with pytest.raises(Conflict, match="'T-1' has the run 'A'"):
            ledger.append("B", 0, [draft("RunOpened")], summary("B", 0, "open"))
        ledger.append("A", 2, [draft("RunEnded")], summary("A", 2, "ended"))
        ledger.append("B", 0, [draft("RunOpened")], summary("B", 0, "open"))
        assert [one.run for one in ledger.summaries(ticket="T-1")] == ["B"]
        assert not self.verdict(ledger).findings

    def test_a_retry_with_the_key_gives_what_was_written(self, ledger: Ledger) -> None:
        key = random_hex()
        drafts = [draft("RunOpened", key=key), draft(key=key)]
        written = ledger.append("A", 0, drafts)
        ledger.append("B", 0, [draft("RunOpened")])
        assert ledger.append("A", 0, drafts) == written  # as after a lost answer
        assert ledger.append("A", 2, drafts) == written  # as after reading the run back
        assert ledger.size() == 4

    def test_a_key_cannot_mean_two_actions(self, ledger: Ledger) -> None:
        key = random_hex()
        ledger.append("A", 0, [draft(key=key)])
        with pytest.raises(UsageError, match="another action"):
            ledger.append("B", 0, [draft(key=key)])
        with pytest.raises(UsageError, match="one action"):
            ledger.append("B", 0, [draft(), draft()])
        with pytest.raises(UsageError, match="one action"):
            ledger.append("B", 0, [])
        assert ledger.size() == 2

    def test_entries_outside_any_run(self, ledger: Ledger) -> None:
        (person,) = ledger.append(None, 0, [draft("PersonEnrolled", procedure=None)])
        ledger.append("A", 0, [draft("RunOpened")])
        (other,) = ledger.append(None, 0, [draft("PersonEnrolled", procedure=None)])
        assert [e.type for e in ledger.entries(None)] == ["LogOpened", "PersonEnrolled", "PersonEnrolled"]
        assert ledger.entries(None)[1:] == (person, other)
        assert (other.run, other.run_seq, other.run_prev) == (None, None, None)

    def test_what_cannot_be_recorded_writes_nothing(self, ledger: Ledger) -> None:
        with pytest.raises(SopError, match="65,535"):
            ledger.append("A", 0, [draft(reason="x" * 70_000)])
        with pytest.raises(SopError, match="run"):
            ledger.append("A\0", 0, [draft()])
        assert ledger.size() == 1
        assert not self.verdict(ledger).findings

    def test_scans_in_chunks_any_part(self, ledger: Ledger) -> None:
        for at in range(7):
            ledger.append("A", at, [draft()])
        assert [e.seq for e in ledger.scan(chunk=3)] == list(range(8))
        assert [e.seq for e in ledger.scan(2, 5, chunk=2)] == [2, 3, 4]
        assert list(ledger.scan(8)) == []

    def test_keeps_procedures_by_digest(self, ledger: Ledger) -> None:
        ledger.put_procedure("d1", b"sop: 1\n")
        ledger.put_procedure("d1", b"sop: 1\n")
        assert ledger.procedure("d1") == b"sop: 1\n"
        with pytest.raises(UsageError, match="another text"):
            ledger.put_procedure("d1", b"sop: 2\n")
        with pytest.raises(UsageError, match="d2"):
            ledger.procedure("d2")
        assert ledger.procedure("d1") == b"sop: 1\n"

    def test_lists_runs_newest_first(self, ledger: Ledger) -> None:
        ledger.append("A", 0, [draft("RunOpened")])
        ledger.append("B", 0, [draft("RunOpened")])
        ledger.append("A", 1, [draft()])
        assert [(r.run, r.entries, r.last_seq) for r in ledger.runs()] == [("A", 2, 3), ("B", 1, 2)]

    def test_summaries_travel_with_the_entry_and_can_be_rebuilt(self, ledger: Ledger) -> None:
        def put(run: str, at: int, status: str, last: str) -> None:
            facts = {"status": status, "ticket": f"T-{run}", "last": last, "share": 0.5}
            ledger.append(run, at, [draft()], Summary(run, at, facts))

        put("A", 0, "open", "1")
        put("B", 0, "held", "2")
        put("A", 1, "ended", "3")
        assert [(s.run, s.run_seq) for s in ledger.summaries()] == [("B", 0)]
        assert [s.run for s in ledger.summaries(ended=True)] == ["A", "B"]
        assert ledger.summaries(ended=True, ticket="T-A")[0].facts["share"] == 0.5
        assert ledger.summaries(ticket="T-A") == ()
        ledger.rebuild([Summary("A", 1, {"status": "open", "last": "4"})])
        assert [s.run for s in ledger.summaries(ended=True)] == ["A"]
        assert not self.verdict(ledger).findings

    def test_proofs_from_stored_nodes_hold_under_the_signed_root(self, ledger: Ledger) -> None:
        roots = [b""]
        for at in range(9):
            roots.append(Checkpoint.parse(Note.parse(ledger.checkpoint())).root)
            ledger.append("A", at, [draft()])
        size = ledger.size()
        head = Checkpoint.parse(Note.parse(ledger.checkpoint()))
        assert (head.size, head.root) == (size, root(size, ledger.node))
        for entry in ledger.scan():
            proof = inclusion_proof(entry.seq, size, ledger.node)
            assert verify_inclusion(entry.leaf, entry.seq, size, proof, head.root)
        for old in range(1, size):
            proof = consistency_proof(old, size, ledger.node)
            assert verify_consistency(old, size, roots[old], head.root, proof)

    def test_threads_of_one_process_lose_nothing(self, ledger: Ledger) -> None:
        acknowledged: list[Entry] = []

        def work(run: str) -> None:
            for at in range(10):
                acknowledged.extend(ledger.append(run, at, [draft()]))

        threads = [threading.Thread(target=work, args=(run,)) for run in "ABCD"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(e.seq for e in acknowledged) == list(range(1, 41))
        assert not [f for f in self.verdict(ledger).findings if not f.warning]
