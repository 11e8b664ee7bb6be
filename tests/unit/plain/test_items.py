"""Every kind of item is answered in lines, and asks for what it needs."""

from pathlib import Path

from sop_runner.base.errors import AppendFailed, ExitCode
from sop_runner.base.message import msg
from sop_runner.run import actions as a
from sop_runner.run.views import Choice, Prompt, Way
from tests.tui import sample
from tests.tui.fake_desk import OTHERWISE, item

from .piped import make_desk, session_of, walk


def test_a_step_shows_caution_before_instruction_and_words_and_ends_with_the_receipt() -> None:
    desk = make_desk(sample.STEP)
    code, said = walk(desk, "1")
    assert code is ExitCode.OK
    order = [said.index(part) for part in ("item 1 of 1", "CAUTION:", "Do:", "Say:", "How does it go on?")]
    assert order == sorted(order)
    assert "recorded, entry 201" in said
    assert "RECEIPT run 7F3K-22QM" in said
    assert session_of(desk).asked == [a.Answer("open-ticket", "done")]


def test_an_empty_line_answers_nothing() -> None:
    desk = make_desk(sample.STEP)
    code, said = walk(desk, "", "  ", "7", "nonsense")
    assert code is ExitCode.REFUSED
    assert said.count("An empty line answers nothing.") == 2
    assert session_of(desk).asked == []
    assert session_of(desk).closed == ["the input ended"]


def test_choices_are_taken_by_number_word_or_the_beginning_of_a_word_in_any_width() -> None:
    for typed in ("1", "１", "done", "DO"):
        desk = make_desk(sample.STEP)
        walk(desk, typed)
        assert session_of(desk).asked == [a.Answer("open-ticket", "done")]


def test_a_record_is_asked_field_by_field_and_sent_whole() -> None:
    desk = make_desk(sample.RECORD)
    code, said = walk(desk, "CR-000123", "email", "x@example.org", "2", ":-", "1")
    assert code is ExitCode.OK
    values = {"ticket": "CR-000123", "change": "email", "new_value": "x@example.org", "recent_reset": False}
    assert session_of(desk).asked == [a.Answer("change-request", "done", values)]
    assert "Account value (EUR):" in said


def test_a_refused_field_is_asked_again_alone_and_the_others_stay() -> None:
    desk = make_desk(sample.RECORD)
    problem = msg("'{field}': {problem}", field="new_value", problem=msg("This is no e-mail address."))
    script = ("CR-000123", "email", "nowhere", "no", ":-", ":n", "calling twice", ".", "1", "x@example.org")
    desk_session(desk, refuse=problem)
    code, said = walk(desk, *script)
    assert code is ExitCode.OK
    answers = [one for one in session_of(desk).asked if isinstance(one, a.Answer)]
    assert [dict(one.values)["new_value"] for one in answers] == ["nowhere", "x@example.org"]
    assert [dict(one.values)["ticket"] for one in answers] == ["CR-000123", "CR-000123"]
    assert "Refused: 'New value': This is no e-mail address." in said


def test_a_field_whose_condition_does_not_hold_is_left_out() -> None:
    desk = make_desk(sample.RECORD)
    refusal = msg("'{field}' is not asked here: its condition does not hold", field="account_value")
    desk_session(desk, refuse=refusal)
    walk(desk, "CR-000123", "email", "x", "no", "12", "1")
    answers = [dict(one.values) for one in session_of(desk).asked if isinstance(one, a.Answer)]
    assert ["account_value" in values for values in answers] == [True, False]


def test_an_answer_is_changed_before_it_is_written_down() -> None:
    desk = make_desk(sample.RECORD)
    _, said = walk(desk, "CR-1", "email", "secret@x", "no", "5", "3", "1", "CR-000123", "1")
    assert "secret@x" not in said.split("Which answer?")[1]
    assert "(typed, not shown)" in said
    sent = session_of(desk).asked[-1]
    assert isinstance(sent, a.Answer)
    assert sent.values["ticket"] == "CR-000123"


def test_what_was_typed_survives_a_lost_append_and_a_hold() -> None:
    desk = make_desk(sample.RECORD)
    desk_session(desk, fail=AppendFailed("the log does not answer", hint="Try again."))
    script = ("CR-1", "email", ":p", "phone rings", "1", "x@y", "no", ":-", "1", "1")
    code, said = walk(desk, *script)
    assert code is ExitCode.OK
    assert "Problem: the log does not answer" in said
    assert "Try again." in said
    assert "Typed before:" in said
    sent = session_of(desk).asked[-1]
    assert isinstance(sent, a.Answer)
    assert (sent.values["ticket"], sent.values["change"]) == ("CR-1", "email")


def test_a_list_is_typed_row_by_row() -> None:
    columns = (
        Prompt("what", "choice", "What", choices=(Choice("call", "call"), Choice("data", "data"))),
        Prompt("amount", "money", "Amount", currency="EUR"),
        Prompt("note", "text", "Note", required=False),
    )
    rows = item(
        "charges", "confirmation", evidence="record",
        prompts=(Prompt("charges", "list", "Charges", columns=columns),),
    )  # fmt: skip
    desk = make_desk(rows)
    script = (
        "call",
        "12.50",
        ":-",
        "add row 2",
        "data",
        "3",
        "odd",
        "2",
        "1",
        "data",
        "4",
        "really",
        "3",
        "1",
    )
    code, said = walk(desk, *script)
    assert code is ExitCode.OK
    sent = session_of(desk).asked[-1]
    assert isinstance(sent, a.Answer)
    assert sent.values["charges"] == [
        {"what": "call", "amount": "12.50"},
        {"what": "data", "amount": "4", "note": "really"},
    ]
    assert "Amount: 12.50" in said


def test_several_lines_end_with_a_lone_dot() -> None:
    long = item("story", "confirmation", evidence="record", prompts=(Prompt("story", "lines", "Story"),))
    desk = make_desk(long)
    walk(desk, "first", "", "third", "。", ".", "1")
    sent = session_of(desk).asked[-1]
    assert isinstance(sent, a.Answer)
    assert sent.values["story"] == "first\n\nthird\n。"


def test_identity_by_factors_with_hidden_and_attested_answers() -> None:
    desk = make_desk(sample.IDENTITY)
    script = ("2", "000000", "code", "123456", "document", "yes", "seen it")
    code, said = walk(desk, *script)
    assert code is ExitCode.OK
    assert session_of(desk).checked == [
        ("code", "000000"),
        ("code", "123456"),
        ("document", "right\nseen it"),
    ]
    assert "Sent to +36 •• ••• 42." in said
    assert "The answer, 6 digits:" in said
    assert said.count("3 attempts left") == 1
    assert "2 attempts left" in said


def test_a_secret_answer_is_not_echoed() -> None:
    desk = make_desk(sample.IDENTITY)
    _, said = walk(desk, "1", "blue garden gate", ":q")
    assert "blue garden gate" not in said
    assert session_of(desk).checked == [("passphrase", "blue garden gate")]


def test_statement_and_decision_take_their_reasons() -> None:
    desk = make_desk(sample.CONSENT, sample.DECISION)
    code, _ = walk(desk, "affirmed", "high", "three changes this week")
    assert code is ExitCode.OK
    assert session_of(desk).asked == [
        a.Answer("consent", "affirmed"),
        a.Answer("takeover-risk", "high", reason="three changes this week"),
    ]


def test_a_way_that_is_barred_says_why_and_is_still_the_desks_to_refuse() -> None:
    way = Way("done", msg("Done"), refused=msg("the wait is not over yet"))
    desk = make_desk(item("wait", ways=(way, OTHERWISE)))
    _, said = walk(desk, "otherwise", "no time")
    assert "Done (not now: the wait is not over yet)" in said
    assert session_of(desk).asked == [a.TakeOtherwise("wait", "no time")]


def test_a_passed_limit_leaves_one_way() -> None:
    desk = make_desk(item("late", ways=(Way("at_limit", msg("The time is over: go on"), "Refused"),)))
    walk(desk, "1")
    assert session_of(desk).asked == [a.TakeLimit("late")]


def test_a_log_review_takes_checks_and_the_extract_from_a_file_or_pasted(tmp_path: Path) -> None:
    extract = tmp_path / "log.txt"
    extract.write_text("a\nb\n", encoding="utf-8")
    desk = make_desk(sample.LOG_REVIEW)
    code, said = walk(desk, "yes", "no", "a file", str(extract), "1")
    assert code is ExitCode.OK
    asked = session_of(desk).asked
    assert asked[:2] == [a.Answer("system-log", "", {"1": True}), a.Answer("system-log", "", {"2": False})]
    assert isinstance(asked[2], a.Answer)
    assert asked[2].values["extract"]["lines"] == 2
    assert f"Reading'{extract}'" in "".join(said.split())

    desk = make_desk(sample.LOG_REVIEW)
    walk(desk, "yes", "yes", "2", "one", "two", ".", "1")
    pasted = session_of(desk).asked[2]
    assert isinstance(pasted, a.Answer)
    assert (pasted.values["extract"]["lines"], len(pasted.values["extract"]["digest"])) == (2, 64)


def test_a_checklist_takes_not_applicable_with_a_reason_and_who_said_it() -> None:
    desk = make_desk(sample.CHECKLIST)
    code, said = walk(desk, "does not apply", "number is dead", "yes", "Kovács", ":-", "no gauge", "1")
    assert code is ExitCode.OK
    assert session_of(desk).asked == [
        a.Answer("notify-customer", "", {"notice-before": {"not_applicable": "number is dead"}}),
        a.Answer("notify-customer", "", {"notice-after": {"answer": "yes", "said_by": "Kovács"}}),
        a.Answer("notify-customer", "", {"gauge": {"not_applicable": "no gauge"}}),
        a.Answer("notify-customer", "done"),
    ]
    assert "Who answered, as pilot?" in said


def test_a_read_back_is_typed() -> None:
    desk = make_desk(sample.READ_BACK)
    _, said = walk(desk, "", "4711")
    assert "The last 4 characters" in said
    assert session_of(desk).asked == [a.Answer("read-back", "done", {"account": "4711"})]


def test_a_sign_off_by_another_person_at_this_terminal() -> None:
    desk = make_desk(sample.SIGN_OFF)
    script = ("sign", "bela", "totp", "wrong", "totp", "right", "right", "approve", "x@example.org", "fits")
    code, said = walk(desk, *script)
    assert code is ExitCode.OK
    signed = session_of(desk).asked[-1]
    assert isinstance(signed, a.Answer)
    assert (signed.choice, signed.reason, dict(signed.values)) == (
        "approved",
        "fits",
        {"new_value": "x@example.org"},
    )
    assert [proof.factor for proof in signed.factors] == ["totp", "passphrase"]
    assert "What changes: email address" in said


def test_a_sign_off_can_be_put_away_or_left() -> None:
    desk = make_desk(sample.SIGN_OFF)
    _, said = walk(desk, "1", "1", ":n", ":x", "2", "supervisor is out")
    assert "Finish this first, or type :x to put it away." in said
    assert "Put away; nothing was signed." in said
    assert session_of(desk).asked == [a.TakeOtherwise("supervisor-approval", "supervisor is out")]


def test_every_item_of_a_whole_procedure_in_one_script(tmp_path: Path) -> None:
    extract = tmp_path / "log.txt"
    extract.write_text("a\n", encoding="utf-8")
    desk = make_desk(*sample.WALK)
    desk.controls = sample.CONTROLS
    script = (
        "1", "CR-000123", "email", "x@y", "no", ":-", "1", "code", "123456", "passphrase", "right",
        "affirmed", "standard", "known caller", "1", "1", "1", "right", "right", "1", "x@y", "fits", "1",
        "yes", "yes", "1", str(extract), "1", "done", "yes", "Kovács", "12", "1", "4711",
    )  # fmt: skip
    code, said = walk(desk, *script)
    assert code is ExitCode.OK
    assert [part for part in said.splitlines() if part.startswith("--- item")] == [
        f"--- item {number} of {len(sample.WALK)}" for number in range(1, len(sample.WALK) + 1)
    ]
    assert said.count("To close") == 1, "what closing needs is said when it changed"


def desk_session(desk, refuse=None, fail=None):  # type: ignore[no-untyped-def]
    """Have the first answer of the next run refused, or its append lost."""
    original = desk.start

    def start(*args):  # type: ignore[no-untyped-def]
        session = original(*args)
        perform = session.perform

        def first(action):  # type: ignore[no-untyped-def]
            if isinstance(action, a.Answer):
                session.perform = perform
                session.refuse_next, session.fail_next = refuse, fail
            return perform(action)

        session.perform = first
        return session

    desk.start = start
