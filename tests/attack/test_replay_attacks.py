"""Somebody who holds the signing key rewrites history consistently: the replay names what and where.

Every log here passes the verification of its bytes; only what the runs did gives it away.
"""

import copy
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from sop_runner.audit.findings import Outcome
from sop_runner.audit.verify import verify
from sop_runner.base.canonical import canonical_bytes
from tests.attack.logs import KIND, SIGNER, Body, Desk, bodies, found, resigned
from tests.unit.authoring.stages import scenarios_of

REAL = Path(__file__).parents[2] / "procedures"
BANK = Path(__file__).parents[1] / "unit/run/scenario_bank"
FILES = [*sorted(REAL.glob("*.scenarios.yaml")), *sorted(BANK.glob("*.scenarios.yaml"))]
CHANGE = REAL / "account-change.scenarios.yaml"
Edit = Callable[[list[Body]], Any]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name.partition(".")[0])
def test_nothing_is_found_in_what_really_happened(path: Path) -> None:
    desk = Desk(path.parent)
    for case in scenarios_of(path)[1]:
        desk.play(path, case)
    assert found(desk.ledger, desk.opened) == []


def played(scenario: str) -> Desk:
    desk = Desk(REAL)
    desk.play(CHANGE, next(case for case in scenarios_of(CHANGE)[1] if case.name.startswith(scenario)))
    return desk


@pytest.fixture(scope="module")
def standard() -> Desk:
    """A run that closed with every control and without a second person."""
    return played("a standard change closes")


@pytest.fixture(scope="module")
def signed() -> Desk:
    """A run that a supervisor signed."""
    return played("the second person is another person")


def forged(desk: Desk, edit: Edit) -> list[tuple[str, int | None]]:
    """What is found once `edit` has changed the entries and every hash and signature was made anew."""
    changed = copy.deepcopy(bodies(desk.ledger))
    result = edit(changed)
    ledger = resigned(desk.ledger, changed if result is None else result)
    assert verify(ledger, (SIGNER.verifier,)).outcome is Outcome.CLEAN
    return found(ledger, desk.opened)


def where(desk: Desk, kind: str, at: str | None = None, nth: int = 0) -> int:
    rows = bodies(desk.ledger)
    return [n for n, row in enumerate(rows) if row["type"] == kind and at in (None, row["at"])][nth]


def without(desk: Desk, index: int) -> Edit:
    def cut(rows: list[Body]) -> None:
        del rows[index]

    return cut


# Every row, one edit at a time: something is always found, at that row or at the first it misleads


def rows_of(desk: Desk) -> Iterator[int]:
    yield from range(1, desk.ledger.size())


def test_any_row_left_out_is_found(standard: Desk, signed: Desk) -> None:
    for desk in (standard, signed):
        for index in rows_of(desk):
            row = bodies(desk.ledger)[index]
            if row["type"] == "ActionRefused":
                continue  # an event that was never logged cannot be told from one that never was
            places = forged(desk, without(desk, index))
            last = index == desk.ledger.size() - 1
            assert places, (index, row["type"])
            # A part of an item that is missing shows where the item counts as done.
            assert places[0][1] in range(index - last, index + 8), (index, row["type"], places)
            if row["type"] not in ("PartAnswered", "FactorChecked"):
                assert places[0][1] == index - last


def test_any_row_twice_is_found_at_the_second(standard: Desk, signed: Desk) -> None:
    for desk in (standard, signed):
        for index in rows_of(desk):
            row = bodies(desk.ledger)[index]
            if row["type"] in ("ActionRefused", "PartAnswered"):
                continue  # an item may be answered again before its list is done
            places = forged(desk, lambda rows, n=index: rows.insert(n, dict(rows[n])))  # type: ignore[misc]
            assert places, (index, row["type"])
            assert places[0][1] in (index + 1, index + 2), (index, row["type"], places)


def test_any_two_neighbours_exchanged_are_found(standard: Desk) -> None:
    parts = ("PartAnswered", "FactorChecked")
    for index in range(1, standard.ledger.size() - 1):
        one, two = bodies(standard.ledger)[index : index + 2]
        if one["type"] in parts and two["type"] in parts:
            continue  # either could have come first

        def exchange(rows: list[Body], n: int = index) -> None:
            rows[n], rows[n + 1] = rows[n + 1], rows[n]

        places = forged(standard, exchange)
        assert places, (one["type"], two["type"])
        assert places[0][1] in range(index, index + 3)


CHANGES = {
    "to": "closed", "arrow": "otherwise", "outcome": "standard", "role": "supervisor", "at": "consent",
    "actor": "nobody-else", "evidence": [],
}  # fmt: skip


@pytest.mark.parametrize("field", CHANGES)
def test_any_field_of_any_row_changed_is_found(signed: Desk, field: str) -> None:
    for index in rows_of(signed):
        row = bodies(signed.ledger)[index]
        if row[field] == CHANGES[field] or (row["type"], field) in UNSEEN:
            continue

        def change(rows: list[Body], n: int = index) -> None:
            rows[n][field] = CHANGES[field]

        places = forged(signed, change)
        assert places, (index, row["type"], field)
        assert places[0][1] in range(index, index + 4), (index, row["type"], field, places)


# Who asked for a thing that anybody may ask for is only what the entry says (the live log knows
# who is enrolled; a training log does not).
UNSEEN = {("RunStarted", "actor"), ("ActionRefused", "actor"), ("RunHeld", "actor"), ("RunResumed", "actor")}
UNSEEN |= {("ActionRefused", field) for field in CHANGES} - {("ActionRefused", "at")}


# Each code by the attack that it is for, with the place


def test_a_move_that_the_machine_does_not_allow(standard: Desk) -> None:
    index = where(standard, "NodeDone", "consent")

    def skip(rows: list[Body]) -> None:
        rows[index]["to"] = "apply-change"

    assert ("ILLEGAL_TRANSITION", index) in forged(standard, skip)


def test_a_decision_that_does_not_follow_from_what_it_read(standard: Desk) -> None:
    recorded, taken = where(standard, "NodeDone", "change-request"), where(standard, "DecisionTaken")

    def lie(rows: list[Body]) -> None:
        piece = next(p for p in rows[recorded]["evidence"] if p.get("name") == "recent_reset")
        piece["value"] = True

    assert forged(standard, lie)[0] == ("ILLEGAL_TRANSITION", taken)


@pytest.mark.parametrize("node", ["consent", "change-request", "caller-identity"])
def test_a_guarded_act_without_one_of_its_controls(standard: Desk, node: str) -> None:
    """Everything of the item is cut out, and the way is made to lead past it."""
    rows = bodies(standard.ledger)
    before = next(n for n, row in enumerate(rows) if row["to"] == node)
    after = next(row["to"] for row in rows if row["at"] == node and row["to"])

    def past(rows: list[Body]) -> list[Body]:
        rows[before]["to"] = after
        return [row for row in rows if row["at"] != node]

    places = forged(standard, past)
    assert places[0] == ("ILLEGAL_TRANSITION", before)
    acted = next(n for n, row in enumerate(past(rows)) if row["to"] == "apply-change")
    assert ("CONTROL_SKIPPED", acted) in places


def test_an_imposed_control(signed: Desk) -> None:
    """The four eyes that a risky change needs are cut out behind the decision that asks for them."""
    decided = where(signed, "DecisionTaken")

    def past(rows: list[Body]) -> list[Body]:
        rows[decided]["to"] = "apply-change"
        return [row for row in rows if row["at"] != "supervisor-approval"]

    assert ("CONTROL_SKIPPED", decided) in forged(signed, past)


def test_an_end_that_claims_to_close(standard: Desk) -> None:
    desk = played("the caller cannot prove it now")
    ended = where(desk, "RunEnded")

    def claim(rows: list[Body]) -> None:
        rows[ended]["evidence"] = [{"kind": "end", "closes_ticket": True}]

    assert forged(desk, claim) == [("CONTROL_SKIPPED", ended)]


def test_a_confirmation_without_its_evidence(standard: Desk) -> None:
    reviewed = where(standard, "NodeDone", "system-log")
    checked = [n for n, row in enumerate(bodies(standard.ledger)) if row["at"] == "system-log"][1]
    assert forged(standard, without(standard, checked))[0] == ("CONTROL_SKIPPED", reviewed - 1)

    def wrong(rows: list[Body]) -> None:
        rows[checked]["evidence"][0]["right"] = False

    assert forged(standard, wrong)[0] == ("CONTROL_SKIPPED", reviewed)


def test_a_factor_that_was_used_before(standard: Desk) -> None:
    one, two = where(standard, "FactorChecked"), where(standard, "FactorChecked", nth=1)

    def again(rows: list[Body]) -> None:
        rows[two]["evidence"][0]["ref"] = rows[one]["evidence"][0]["ref"]

    assert ("FACTOR_REUSED", two) in forged(standard, again)


def test_a_factor_of_another_run() -> None:
    desk = Desk(REAL)
    case = next(c for c in scenarios_of(CHANGE)[1] if c.name.startswith("a standard change closes"))
    desk.play(CHANGE, case)
    first = where(desk, "FactorChecked")
    desk.play(CHANGE, case)
    second = where(desk, "FactorChecked", nth=2)

    def again(rows: list[Body]) -> None:
        rows[second]["evidence"][0]["ref"] = rows[first]["evidence"][0]["ref"]

    assert forged(desk, again) == [("FACTOR_REUSED", second)]


def test_two_factors_of_one_kind(standard: Desk) -> None:
    two = where(standard, "FactorChecked", nth=1)

    def same(rows: list[Body]) -> None:
        rows[two]["evidence"][0]["factor_kind"] = "knowledge"

    assert ("FACTOR_REUSED", two) in forged(standard, same)


def test_four_eyes_by_one_person(signed: Desk) -> None:
    given = where(signed, "SignatureGiven")
    agent = bodies(signed.ledger)[1]["actor"]

    def alone(rows: list[Body]) -> None:
        for row in rows:
            if row["at"] == "supervisor-approval" and row["actor"]:
                row["actor"] = agent

    assert forged(signed, alone)[0] == ("SAME_PERSON", given)


def test_a_signer_who_then_works_on_as_the_agent() -> None:
    desk = played("a payout account has no contact of its own")
    given, acted = where(desk, "SignatureGiven"), where(desk, "NodeDone", "apply-change")
    signer = bodies(desk.ledger)[given]["actor"]

    def swap(rows: list[Body]) -> None:
        rows[acted]["actor"] = signer

    assert forged(desk, swap)[0] in (("SAME_PERSON", acted), ("ILLEGAL_TRANSITION", acted))


def test_an_agent_whose_role_is_left_out_so_that_they_can_sign(signed: Desk) -> None:
    given = where(signed, "SignatureGiven")
    agent = bodies(signed.ledger)[1]["actor"]

    def alone(rows: list[Body]) -> None:
        for row in rows:
            if row["actor"] == agent:
                row["role"] = None
            elif row["at"] == "supervisor-approval" and row["actor"]:
                row["actor"] = agent

    places = forged(signed, alone)
    assert places[0] == ("ILLEGAL_TRANSITION", 2)
    assert places[0][1] is not None
    assert places[0][1] < given


def test_a_hand_over_that_its_giver_accepts() -> None:
    path = BANK / "hand-over.scenarios.yaml"
    desk = Desk(BANK)
    for case in scenarios_of(path)[1]:
        desk.play(path, case)
    rows = bodies(desk.ledger)
    accepted = where(desk, "HandOverAccepted")
    offered = max(n for n in range(accepted) if rows[n]["type"] == "HandOverOffered")

    def selfish(rows: list[Body]) -> None:
        rows[accepted]["actor"] = rows[offered]["actor"]

    assert forged(desk, selfish)[0] == ("SAME_PERSON", accepted)


def test_a_role_that_was_not_free_or_was_somebody_elses() -> None:
    path = BANK / "taken-over.scenarios.yaml"
    desk = Desk(BANK)
    for case in scenarios_of(path)[1]:
        desk.play(path, case)
    taken = where(desk, "RoleTaken")

    def from_another(rows: list[Body]) -> None:
        rows[taken]["evidence"][0]["from"] = ["dora"]

    def by_its_holder(rows: list[Body]) -> None:
        rows[taken]["actor"] = rows[taken]["evidence"][0]["from"][0]

    assert forged(desk, from_another)[0] == ("ILLEGAL_TRANSITION", taken)
    assert forged(desk, by_its_holder)[0][1] == taken
    held = max(n for n in range(taken) if bodies(desk.ledger)[n]["type"] == "RunHeld")
    assert forged(desk, without(desk, held))[0][1] in (held, taken - 1)


def test_a_ruling_on_ones_own_item() -> None:
    path = BANK / "waivers.scenarios.yaml"
    desk = Desk(BANK)
    for case in scenarios_of(path)[1]:
        desk.play(path, case)
    rows = bodies(desk.ledger)
    tried = []
    for n, row in enumerate(rows):
        if row["type"] == "WaiverRuled":
            own = [
                other["actor"]
                for other in rows[:n]
                if other["run"] == row["run"] and other["role"] and other["role"] != row["role"]
            ]
            tried += [(n, own[-1])] if own else []
    index, worker = tried[0]

    def own_item(rows: list[Body]) -> None:
        rows[index]["actor"] = worker

    assert forged(desk, own_item)[0][0] in ("SAME_PERSON", "ILLEGAL_TRANSITION")
    assert forged(desk, own_item)[0][1] == index


def test_a_waiver_that_nobody_ruled() -> None:
    path = BANK / "waivers.scenarios.yaml"
    desk = Desk(BANK)
    for case in scenarios_of(path)[1]:
        desk.play(path, case)
    rows = bodies(desk.ledger)
    index = next(n for n, r in enumerate(rows) if r["type"] == "WaiverRuled" and r["outcome"] == "waived")
    assert ("CONTROL_SKIPPED", index) in forged(desk, without(desk, index))


def test_work_while_the_run_was_held() -> None:
    path = BANK / "holding.scenarios.yaml"
    desk = Desk(BANK)
    for case in scenarios_of(path)[1]:
        desk.play(path, case)
    resumed = where(desk, "RunResumed")
    rows = [row for row in bodies(desk.ledger) if row["type"] != "RunResumed"]
    worked = next(n for n in range(resumed, len(rows)) if rows[n]["type"] != "ActionRefused")
    assert forged(desk, without(desk, resumed))[0] == ("ILLEGAL_TRANSITION", worked)


def test_a_run_that_stops_before_its_end(standard: Desk) -> None:
    size = standard.ledger.size()
    assert forged(standard, lambda rows: rows.pop() and None) == [("RUN_INCOMPLETE", size - 2)]
    assert forged(standard, without(standard, 1))[0] == ("RUN_INCOMPLETE", 1)


def test_a_text_that_is_not_the_one_pinned(standard: Desk) -> None:
    ledger = resigned(standard.ledger, bodies(standard.ledger))
    (pin,) = {row["procedure"]["digest"] for row in bodies(standard.ledger) if row["procedure"]}
    text = ledger._procedures[pin]
    ledger._procedures[pin] = text.replace(b"requires: [two-factor-identity", b"requires: [")
    assert ledger._procedures[pin] != text
    assert found(ledger, standard.opened) == [("PROCEDURE_MISMATCH", 1)]
    del ledger._procedures[pin]
    assert found(ledger, standard.opened) == [("UNVERIFIABLE", 1)]


def test_an_entry_that_names_another_text(standard: Desk) -> None:
    def other(rows: list[Body]) -> None:
        rows[5]["procedure"]["digest"] = "ab" * 32

    assert forged(standard, other) == [("PROCEDURE_MISMATCH", 5)]


def test_a_training_run_in_a_live_log(standard: Desk) -> None:
    def live(rows: list[Body]) -> None:
        rows[1]["evidence"][0]["training"] = False

    assert ("ILLEGAL_TRANSITION", 1) in forged(standard, live)


# Erased values: what cannot be judged is said, and is no pass


ERASABLE = """\
format: sop/1
procedure: erasable
revision: 1
title: Erasable
purpose: A decision over a value that can be erased.
effective_from: 2026-01-01
review_by: 2027-01-01
roles: { agent: Does it. }
by: agent
controls: { written: It was written down. }
flow:
  - confirmation: writing
    do: Write it down.
    record: { fields: [{ field: secret, label: Secret, type: text, keep: erasable }] }
    satisfies: [written]
  - decision: which
    ask: Which way?
    decided_by: rule
    outcomes:
      - { outcome: special, when: { secret: alpha }, then: extra }
      - { outcome: usual, then: closed }
  - step: extra
    do: More.
  - end: closed
    result: completed
    requires: [written]
"""
ALPHA = """\
format: sop-scenarios/1
procedure: erasable
scenarios:
  - scenario: the special way
    as: { agent: ana }
    case: {}
    do: [{ writing: { secret: alpha } }, extra]
    ends: closed
"""


def test_a_decision_over_an_erased_value_is_not_judged(tmp_path: Path) -> None:
    path = tmp_path / "erasable.scenarios.yaml"
    path.write_text(ALPHA)
    (tmp_path / "erasable.yaml").write_text(ERASABLE)
    desk = Desk(tmp_path)
    desk.play(path, scenarios_of(path)[1][0])
    assert found(desk.ledger, desk.opened) == []
    noted, ended = where(desk, "NodeDone", "writing"), where(desk, "RunEnded")
    assert found(desk.ledger, lambda run: {}) == [("UNVERIFIABLE", noted)]

    def lie(rows: list[Body]) -> None:
        rows[ended]["evidence"] = []

    changed = copy.deepcopy(bodies(desk.ledger))
    lie(changed)
    judged = found(resigned(desk.ledger, changed), lambda run: {})
    assert judged == [("UNVERIFIABLE", noted), ("CONTROL_SKIPPED", ended)]  # the rest is judged all the same

    def other_way(rows: list[Body]) -> None:
        rows[where(desk, "DecisionTaken")] |= {"to": "closed", "arrow": "usual", "outcome": "usual"}

    assert forged(desk, other_way)[0] == ("ILLEGAL_TRANSITION", where(desk, "DecisionTaken"))


# Several edits at once, and edits at random


@pytest.mark.parametrize("seed", range(12))
def test_several_edits_are_all_found(seed: int) -> None:
    """Each in a run of its own, so that each has a place of its own."""
    desk, rng = Desk(REAL), Random(seed)
    case = next(c for c in scenarios_of(CHANGE)[1] if c.name.startswith("a standard change closes"))
    runs = [desk.play(CHANGE, case) for _ in range(4)]
    rows = bodies(desk.ledger)
    edited = rng.sample(runs, 3)
    expected = []
    for run in edited:
        moves = [n for n, row in enumerate(rows) if row["run"] == run and row["type"] == "NodeDone"]
        index = rng.choice(moves[:-1])
        rows[index]["to"] = "refused" if rows[index]["to"] != "refused" else "closed"
        expected.append(("ILLEGAL_TRANSITION", index))
    ledger = resigned(desk.ledger, rows)
    places = found(ledger, desk.opened)
    assert set(expected) <= set(places)
    clean = next(run for run in runs if run not in edited)
    assert not [n for _, n in places if n is not None and rows[n]["run"] == clean]


def test_a_zone_whose_name_no_file_can_have(standard: Desk) -> None:
    def named(rows: list[Body]) -> None:
        rows[1]["evidence"][0]["zone"] = "a" * 5_000

    assert forged(standard, named)[0][1] == 1


@pytest.mark.parametrize("seed", range(25))
def test_no_rubbish_in_an_entry_ends_a_replay_early(standard: Desk, seed: int) -> None:
    rng = Random(seed)
    rubbish: list[Any] = [None, "", "x" * 40, 7, True, [], {}, ["a"], {"kind": "field"}, "CALL[2]/x"]

    def mangle(rows: list[Body]) -> None:
        for _ in range(rng.randint(1, 4)):
            row = rows[rng.randrange(1, len(rows))]
            name = rng.choice(["at", "arrow", "to", "actor", "role", "outcome", "reason", "evidence"])
            if name == "evidence" and row["evidence"] and rng.random() < 0.7:
                piece = rng.choice(row["evidence"])
                piece[rng.choice([*piece])] = rng.choice(rubbish)
            elif name != "evidence":
                row[name] = rng.choice(rubbish[:3])
            else:
                row["evidence"] = [rng.choice([{}, {"kind": "field"}, {"kind": "item", "item": 3}])]

    changed = copy.deepcopy(bodies(standard.ledger))
    before = canonical_bytes(changed)
    mangle(changed)
    places = found(resigned(standard.ledger, changed), standard.opened)
    assert places or canonical_bytes(changed) == before or KIND
