import multiprocessing
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sop_runner.factors.courier import NotSent
from sop_runner.factors.customers import Contact
from sop_runner.factors.port import Challenge, FactorModule, Unavailable, Why
from sop_runner.factors.registry import make_registry
from sop_runner.factors.sample import SampleCustomers
from tests.unit.factors.desk_for_factors import NOW, PHONE, Parts, code_in, open_parts

MODEL = {"send_to": "contact-on-file", "not_to": "change"}


def begin(
    parts: Parts,
    factor: str = "one-time-code",
    subject: str = "C-1001",
    options: Mapping[str, Any] | None = None,
) -> tuple[FactorModule, Challenge | Unavailable]:
    module = parts.registry.find(factor, "possession")
    return module, module.begin(
        subject, {**MODEL, "changes": "postal-address"} if options is None else options, NOW
    )


def begun(parts: Parts, factor: str = "one-time-code", **given: Any) -> tuple[FactorModule, Challenge]:
    module, challenge = begin(parts, factor, **given)
    assert isinstance(challenge, Challenge)
    return module, challenge


@pytest.mark.parametrize(
    ("factor", "digits", "spoken"), [("one-time-code", 6, False), ("call-back", 4, True)]
)
def test_the_code_that_was_sent_is_right_once(parts: Parts, factor: str, digits: int, spoken: bool) -> None:
    module, challenge = begun(parts, factor)
    letter = parts.inbox.letters()[-1]
    assert (letter.spoken, letter.to) == (spoken, "phone •••42")
    code = code_in(parts)
    assert (len(code), challenge.digits, challenge.answer) == (digits, digits, "digits")
    assert str(challenge.sent_to) == "phone •••42"
    full_width = "".join(chr(ord(c) + 0xFEE0) for c in code)
    result = module.check("C-1001", challenge, full_width, NOW)
    assert (result.right, result.why) == (True, Why.RIGHT)
    again = module.check("C-1001", challenge, code, NOW)
    assert (again.right, again.why, again.ref) == (False, Why.USED, result.ref)


def test_refs_differ_from_code_to_code_and_hold_no_digits_of_it(parts: Parts) -> None:
    refs = set()
    for _ in range(3):
        module, challenge = begun(parts)
        code = code_in(parts)
        result = module.check("C-1001", challenge, code, NOW)
        assert result.right
        assert code not in repr((result, challenge))
        assert PHONE not in repr(challenge)
        refs.add(result.ref)
    assert len(refs) == 3


def _type_code(folder: Path, challenge: Challenge, code: str, start, answers) -> None:  # type: ignore[no-untyped-def]
    module = open_parts(folder).registry.find("one-time-code", "possession")
    start.wait(20)
    answers.put(module.check("C-1001", challenge, code, NOW).right)


def test_of_two_processes_one_accepts_a_code(parts: Parts) -> None:
    _, challenge = begun(parts)
    context = multiprocessing.get_context("spawn")
    start, answers = context.Event(), context.Queue()
    arguments = (parts.folder, challenge, code_in(parts), start, answers)
    workers = [context.Process(target=_type_code, args=arguments) for _ in range(2)]
    for worker in workers:
        worker.start()
    start.set()
    assert sorted(answers.get(timeout=30) for _ in workers) == [False, True]
    for worker in workers:
        worker.join()


def test_a_code_grows_old(parts: Parts) -> None:
    module, challenge = begun(parts)
    code = code_in(parts)
    late = module.check("C-1001", challenge, code, NOW + timedelta(minutes=10, seconds=1))
    assert (late.right, late.why) == (False, Why.EXPIRED)
    assert module.check("C-1001", challenge, code, NOW + timedelta(minutes=10)).right


def test_a_code_is_tried_three_times_at_most_even_after_a_restart(parts: Parts) -> None:
    module, challenge = begun(parts)
    code = code_in(parts)
    moment = NOW
    for _ in range(3):
        assert (
            module.check("C-1001", challenge, str(1_000_000 + int(code))[1:][::-1] + "x", moment).why
            is Why.WRONG
        )
        moment += timedelta(minutes=1)
    reopened = open_parts(parts.folder).registry.find("one-time-code", "possession")
    result = reopened.check("C-1001", challenge, code, moment)
    assert (result.right, result.why) == (False, Why.EXPIRED)


def test_new_codes_do_not_buy_new_guesses(parts: Parts) -> None:
    moment = NOW
    outcomes = []
    for _ in range(12):
        module, challenge = begun(parts)
        outcomes.append(module.check("C-1001", challenge, "no", moment).why)
        moment += timedelta(seconds=1)
    assert outcomes[:3] == [Why.WRONG] * 3
    assert Why.WAIT in outcomes


def test_a_code_is_for_its_customer_alone(parts: Parts) -> None:
    module, challenge = begun(parts)
    assert not module.check("C-3003", challenge, code_in(parts), NOW).right


@pytest.mark.parametrize(
    ("changes", "sent_to"),
    [
        ("email", "phone •••42"),
        ("phone", "app •••77"),
        (["phone", "email"], "app •••77"),
        ("+36305550142", "app •••77"),
        ("0036 30 555-0142", "app •••77"),
    ],
)
def test_no_code_goes_to_what_the_run_changes(parts: Parts, changes: object, sent_to: str) -> None:
    _, challenge = begun(parts, options={**MODEL, "changes": changes})
    assert str(challenge.sent_to) == sent_to


def test_with_every_contact_changing_no_code_is_sent(parts: Parts) -> None:
    _, refused = begin(parts, subject="C-3003", options={**MODEL, "changes": "phone"})
    assert isinstance(refused, Unavailable)
    assert refused.why is Why.CONTACT_CHANGES
    assert "'mobile'" in str(refused.note)
    assert parts.inbox.letters() == ()


def test_not_knowing_what_changes_sends_nothing(parts: Parts) -> None:
    _, refused = begin(parts, options=MODEL)
    assert isinstance(refused, Unavailable)
    assert refused.why is Why.CONTACT_CHANGES
    assert parts.inbox.letters() == ()


@pytest.mark.parametrize(("subject", "options"), [("C-1001", {"send_to": "email"}), ("C-2002", {})])
def test_email_proves_no_possession(parts: Parts, subject: str, options: dict[str, str]) -> None:
    _, refused = begin(parts, subject=subject, options=options)
    assert isinstance(refused, Unavailable)
    assert refused.why is Why.NO_FACTOR
    assert "e-mail" in str(refused.note)
    assert parts.inbox.letters() == ()


def test_a_contact_may_be_named_and_may_be_missing(parts: Parts) -> None:
    _, challenge = begun(parts, options={"send_to": "app"})
    assert str(challenge.sent_to) == "app •••77"
    _, missing = begin(parts, options={"send_to": "pager"})
    assert isinstance(missing, Unavailable)
    assert missing.why is Why.NOT_ON_FILE
    _, by_voice = begin(parts, "call-back", options={"send_to": "app"})
    assert isinstance(by_voice, Unavailable)


def test_what_could_not_be_sent_is_said(parts: Parts) -> None:
    class Broken:
        def send(self, contact: Contact, text: str, now: datetime, *, spoken: bool = False) -> None:
            raise NotSent("the gateway is down")

    customers = SampleCustomers(parts.folder / "customers.json")
    registry = make_registry(customers, Broken(), parts.tries, parts.box)
    refused = registry.find("one-time-code", "possession").begin("C-1001", {}, NOW)
    assert isinstance(refused, Unavailable)
    assert refused.why is Why.NOT_SENT
    assert "the gateway is down" in str(refused.note)


def test_the_inbox_survives_a_line_cut_short(parts: Parts) -> None:
    begun(parts)
    with (parts.folder / "inbox.jsonl").open("ab") as file:
        file.write(b'{"at": "2026')
    assert len(parts.inbox.letters()) == 1
    assert (parts.folder / "inbox.jsonl").stat().st_mode & 0o077 == 0
    assert code_in(parts) not in repr(parts.inbox.letters())
