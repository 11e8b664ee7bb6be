"""What may run live, as a pure fold of the entries that publish, approve, decline and withdraw."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from sop_runner.audit.findings import Code
from sop_runner.base.message import Message
from sop_runner.run.approval import approved
from sop_runner.run.register import (
    APPROVED,
    APPROVER_CHANGED,
    DECLINED,
    NOTHING_PUBLISHED,
    PUBLISHED,
    WITHDRAWN,
    Register,
    State,
    take,
)

TODAY = date(2026, 11, 26)
SIGNED = (
    {"factor": "passphrase", "factor_kind": "knowledge"},
    {"factor": "totp", "factor_kind": "possession"},
)


def published(number: int, name: str = "refund", **said: Any) -> dict[str, Any]:
    about = {
        "kind": "published", "authors": ["ada"], "effective_from": "2026-01-01", "review_by": "2027-01-01",
        "pinned": [], "weakenings": [], **said,
    }  # fmt: skip
    return body(PUBLISHED, number, "ada", (about,), name=name)


def ruled(kind: str, number: int, actor: str = "ben", name: str = "refund", **said: Any) -> dict[str, Any]:
    about = {"kind": "approved", "weakenings": [], "acknowledged": [], **said.pop("about", {})}
    signed = {
        "kind": "sign_off",
        "approved": kind != DECLINED,
        "factors": list(SIGNED),
        **said.pop("signed", {}),
    }
    evidence = (about, signed) if kind == APPROVED else (signed,)
    return body(kind, number, actor, evidence, name=name, **({"reason": "as decided"} | said))


def body(
    kind: str, number: int, actor: str, evidence: Any, name: str = "refund", **said: Any
) -> dict[str, Any]:
    ref = {"id": name, "revision": number, "digest": f"{name}-{number}"}
    return {
        "type": kind,
        "procedure": ref,
        "actor": actor,
        "role": "approver",
        "reason": None,
        "evidence": list(evidence),
        **said,
    }


def folded(*bodies: Mapping[str, Any]) -> Register:
    register = NOTHING_PUBLISHED
    for index, one in enumerate(bodies):
        register, wrong = take(register, index, one)
        assert wrong is None, wrong
    return register


def wrong_with(register: Register, one: Mapping[str, Any]) -> Code | None:
    after, wrong = take(register, register.size, one)
    assert wrong is None or after.procedures == register.procedures, "a wrong entry changed something"
    return wrong and wrong[0]


def runs(register: Register, number: int, day: date = TODAY, size: int | None = None) -> bool | str:
    found = approved(register, ("refund", number, f"refund-{number}"), (), day, size)
    return str(found) if isinstance(found, Message) else True


def test_nothing_runs_before_it_is_approved_and_then_it_does() -> None:
    assert "not published" in str(runs(NOTHING_PUBLISHED, 1))
    assert "waits for its approval" in str(runs(folded(published(1)), 1))
    assert runs(folded(published(1), ruled(APPROVED, 1)), 1) is True
    assert "declined" in str(runs(folded(published(1), ruled(DECLINED, 1)), 1))
    assert "withdrawn" in str(runs(folded(published(1), ruled(APPROVED, 1), ruled(WITHDRAWN, 1)), 1))


def test_the_text_has_to_be_the_one_that_was_approved() -> None:
    register = folded(published(1), ruled(APPROVED, 1))
    found = approved(register, ("refund", 1, "another"), (), TODAY)
    assert "not the one published" in str(found)


def test_the_newest_approved_revision_in_force_wins() -> None:
    later = published(2, effective_from="2026-12-01")
    register = folded(published(1), ruled(APPROVED, 1), later, ruled(APPROVED, 2))
    assert runs(register, 1) is True
    assert "in force from 2026-12-01" in str(runs(register, 2))
    day = date(2026, 12, 1)
    assert runs(register, 2, day) is True
    assert "revision 2 of 'refund' is in force" in str(runs(register, 1, day))


def test_withdrawing_the_newest_brings_the_one_before_it_back() -> None:
    two = (published(1), ruled(APPROVED, 1), published(2), ruled(APPROVED, 2))
    assert runs(folded(*two, ruled(WITHDRAWN, 2)), 1) is True


def test_what_is_called_has_to_be_approved_as_it_was_pinned() -> None:
    pin = {"id": "check", "revision": 1, "digest": "check-1"}
    caller = (published(1, pinned=[pin]), ruled(APPROVED, 1))
    pins = (("check", 1, "check-1"),)
    main = ("refund", 1, "refund-1")
    waiting = folded(published(1, "check"), *caller)
    assert "'refund' calls 'check'" in str(approved(waiting, main, pins, TODAY))
    sound = folded(published(1, "check"), ruled(APPROVED, 1, name="check"), *caller)
    assert not isinstance(approved(sound, main, pins, TODAY), Message)
    assert "other texts" in str(approved(sound, main, (("check", 1, "check-x"),), TODAY))
    # A newer revision of the callee changes nothing for a caller that pins the older one.
    newer = folded(
        published(1, "check"), ruled(APPROVED, 1, name="check"), *caller,
        published(2, "check"), ruled(APPROVED, 2, name="check"),
    )  # fmt: skip
    assert not isinstance(approved(newer, main, pins, TODAY), Message)
    gone = folded(
        published(1, "check"), ruled(APPROVED, 1, name="check"), *caller, ruled(WITHDRAWN, 1, name="check")
    )
    assert "withdrawn" in str(approved(gone, main, pins, TODAY))


def test_a_start_is_judged_by_what_had_been_read() -> None:
    register = folded(published(1), ruled(APPROVED, 1), ruled(WITHDRAWN, 1))
    assert runs(register, 1, size=1) is not True
    assert runs(register, 1, size=2) is True
    assert runs(register, 1, size=3) is not True


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        (ruled(APPROVED, 2), Code.PROCEDURE_MISMATCH),
        (ruled(APPROVED, 1, "ada"), Code.SAME_PERSON),
        (ruled(APPROVED, 1, "eva"), Code.SAME_PERSON),
        (ruled(APPROVED, 1, signed={"factors": SIGNED[:1]}), Code.CONTROL_SKIPPED),
        (ruled(APPROVED, 1, signed={"factors": (SIGNED[0], SIGNED[0])}), Code.CONTROL_SKIPPED),
        (ruled(APPROVED, 1, signed={"approved": False}), Code.CONTROL_SKIPPED),
        (ruled(APPROVED, 1, about={"weakenings": ["pay"]}), Code.CONTROL_SKIPPED),
        (
            ruled(APPROVED, 1, reason=None, about={"weakenings": ["pay"], "acknowledged": ["pay"]}),
            Code.CONTROL_SKIPPED,
        ),
        (ruled(DECLINED, 1, reason=None), Code.CONTROL_SKIPPED),
        (ruled(DECLINED, 1, signed={"approved": True}), Code.CONTROL_SKIPPED),
        ({**ruled(APPROVED, 1), "actor": None}, Code.ILLEGAL_TRANSITION),
        ({**ruled(APPROVED, 1), "role": None}, Code.CONTROL_SKIPPED),
        ({**ruled(APPROVED, 1), "evidence": None}, Code.ILLEGAL_TRANSITION),
        ({**published(2), "procedure": None}, Code.ILLEGAL_TRANSITION),
        (published(2, effective_from="soon"), Code.ILLEGAL_TRANSITION),
        (ruled(APPROVED, 1), None),
        (ruled(APPROVED, 1, about={"weakenings": ["pay"], "acknowledged": ["pay"]}), None),
    ],
)
def test_an_entry_that_cannot_be_changes_nothing(entry: dict[str, Any], code: Code | None) -> None:
    register = folded(published(1, authors=["ada", "eva"]))
    assert wrong_with(register, entry) is code


@pytest.mark.parametrize(
    "late", [ruled(APPROVED, 1, "cy"), ruled(DECLINED, 1), published(1), published(1, weakenings=["pay"])]
)
def test_whoever_came_second_changes_nothing_and_did_nothing_wrong(late: dict[str, Any]) -> None:
    register = folded(published(1), ruled(APPROVED, 1))
    after, wrong = take(register, 2, late)
    assert (after.procedures, wrong) == (register.procedures, None)
    early, wrong = take(folded(published(1)), 1, ruled(WITHDRAWN, 1))
    assert (early.procedures, wrong) == (folded(published(1)).procedures, None)


def test_what_a_new_revision_takes_the_place_of() -> None:
    later = published(2, effective_from="2026-12-01")
    register = folded(published(1), ruled(APPROVED, 1), later, ruled(APPROVED, 2))
    assert register.replaced_by("refund", TODAY, TODAY) == register.find("refund", 1)
    assert register.replaced_by("refund", date(2026, 12, 24), TODAY) == register.find("refund", 2)
    gone = folded(published(1), ruled(APPROVED, 1), ruled(WITHDRAWN, 1))
    # Withdrawn or not, it is what people worked by: nothing weaker comes in unseen.
    assert gone.replaced_by("refund", TODAY, TODAY) == gone.find("refund", 1)
    assert folded(published(1)).replaced_by("refund", TODAY, TODAY) is None
    assert gone.of("refund")[0].state is State.WITHDRAWN


def changed(role: str, **said: Any) -> dict[str, Any]:
    """The entry after which texts are ruled on in another role."""
    signed = {"kind": "sign_off", "approved": True, "factors": list(SIGNED), **said}
    about = {"kind": "approver_role", "before": "approver"}
    return body(APPROVER_CHANGED, 1, "ben", (about, signed)) | {"procedure": None, "role": role}


def test_a_ruling_is_in_the_role_that_the_log_says() -> None:
    assert (
        take(folded(published(1)), 1, ruled(APPROVED, 1, role="manager"))[1] is not None
    )  # the first as well
    before = folded(published(1), ruled(APPROVED, 1), published(2))
    same, wrong = take(before, 3, ruled(APPROVED, 2, role="agent"))
    assert wrong is not None
    assert wrong[0] is Code.CONTROL_SKIPPED
    assert same.of("refund") == before.of("refund")
    after = folded(published(1), ruled(APPROVED, 1), published(2), changed("manager"))
    assert take(after, 4, ruled(APPROVED, 2, role="manager"))[1] is None
    assert take(after, 4, ruled(APPROVED, 2))[1] is not None


def test_who_rules_is_changed_by_whoever_signs_for_it() -> None:
    register, wrong = take(folded(published(1), ruled(APPROVED, 1)), 2, changed("agent", factors=SIGNED[:1]))
    assert wrong is not None
    assert wrong[0] is Code.CONTROL_SKIPPED
    assert register.approver == "approver"
