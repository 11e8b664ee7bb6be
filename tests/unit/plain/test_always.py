"""What can be done at any time, and how a walk is left."""

from dataclasses import replace
from datetime import timedelta
from io import StringIO

import pytest

from sop_runner.base.clock import ManualClock
from sop_runner.base.errors import ExitCode
from sop_runner.base.message import msg
from sop_runner.plain.app import run_plain
from sop_runner.plain.commands import COMMANDS
from sop_runner.run import actions as a
from sop_runner.run.views import Clock, ItemView, Prompt
from tests.tui import sample
from tests.tui.fake_desk import item

from .piped import T0, make_desk, piped, session_of, walk

STEPS = (item("one"), replace(item("two"), waivable_by="supervisor"))


def asked(*script: str, steps: tuple[ItemView, ...] = STEPS) -> list[a.Action]:
    desk = make_desk(*steps)
    walk(desk, *script)
    return session_of(desk).asked


def test_letters_numbers_and_words_name_the_same_command() -> None:
    letters = [known.letter for known in COMMANDS]
    assert len(set(letters)) == len(letters)
    number = letters.index("n") + 1
    for typed in (":n", ":N", "：n", f":{number}", ":note"):
        assert asked(typed, "it rings", ".") == [a.AddNote("it rings")]


def test_the_list_is_opened_by_a_colon_alone_and_chosen_from_by_number() -> None:
    number = [known.letter for known in COMMANDS].index("n") + 1
    assert asked(":", str(number), "it rings", ".") == [a.AddNote("it rings")]
    assert asked(":?", ":x", "1") == [a.Answer("one", "done")]


def test_an_answer_may_begin_with_a_colon() -> None:
    form = item("form", "confirmation", evidence="record", prompts=(Prompt("path", "text", "Path"),))
    assert asked("::home", "1", steps=(form,)) == [a.Answer("form", "done", {"path": ":home"})]


def test_an_unknown_command_answers_nothing() -> None:
    desk = make_desk(*STEPS)
    _, said = walk(desk, ":zzz")
    assert "':zzz' is no command; :h lists them." in said
    assert session_of(desk).asked == []


def test_a_hold_and_going_on() -> None:
    assert asked(":p", "phone rings", "go on", "1") == [
        a.Hold("phone rings"),
        a.Resume(),
        a.Answer("one", "done"),
    ]
    desk = make_desk(*STEPS)
    code, said = walk(desk, ":p", "phone rings", "2")
    assert code is ExitCode.OK
    assert "Put on hold by ana: phone rings" in said


@pytest.mark.parametrize(
    ("script", "action"),
    [
        ((":b", "1", "wrong number"), a.GoBack("one", "wrong number")),
        ((":o", "too late"), a.TakeOtherwise("two", "too late")),
        ((":d", "a", "b", "c"), a.RecordDeviation("a", "b", "c")),
        ((":g", "bela", "all is told"), a.OfferHandOver("bela", "all is told")),
        ((":m", "1", "unclear"), a.Flag("two", "unclear")),
        ((":a", "hung up"), a.Abandon("hung up")),
        ((":n", ":x", "1"), a.Answer("two", "done")),
    ],
)
def test_each_act_asks_and_is_handed_to_the_desk(script: tuple[str, ...], action: a.Action) -> None:
    assert asked("1", *script)[1:] == [action]


def test_a_hand_over_is_offered_to_those_who_may_take_it() -> None:
    desk = make_desk(*STEPS)
    desk.folk = (*desk.folk, replace(desk.folk[0], id="chen", name="Chen Wei"))
    _, said = walk(desk, "1", ":g", ":x", ":q")
    asked_whom = said[said.index("To whom?") :]
    assert "1  chen" in asked_whom
    assert "Béla" not in asked_whom  # not in the role that ana acts in


def test_a_waiver_is_ruled_by_another_person() -> None:
    (waived,) = asked("1", ":w", "bela", "1", "right", "waived", "a", "b", "c")[1:]
    assert isinstance(waived, a.Waive)
    assert (waived.node, waived.ruling, waived.decided) == ("two", "waived", "c")
    assert [proof.factor for proof in waived.factors] == ["passphrase"]


def test_an_offer_is_accepted_or_declined_at_this_terminal() -> None:
    offer = (":g", "bela", "all is told")
    assert asked(*offer, ":g", "1")[1:] == [a.AcceptHandOver()]
    assert asked(*offer, ":g", "2", "no time")[1:] == [a.DeclineHandOver("no time")]


def test_abandoning_walks_what_is_open() -> None:
    code, said = walk(desk := make_desk(*STEPS), ":a", "hung up", ":v", "next shift")
    assert session_of(desk).asked == [a.Abandon("hung up"), a.LeaveOpen("next shift")]
    assert code is ExitCode.REFUSED
    assert "(abandoned)" in said


def test_what_is_open_can_be_undone_by_another_item() -> None:
    walk(desk := make_desk(*STEPS), ":a", "hung up", ":j", "1", ":v", "next shift")
    assert session_of(desk).asked[1] == a.UndoWith("resume-by-hand")


def test_a_role_is_taken_over_while_the_run_is_on_hold() -> None:
    walk(desk := make_desk(*STEPS), ":p", "gone home", ":k", "1", "she is ill", "1", ":a", "x", ":v", "y")
    assert session_of(desk).asked[1] == a.TakeRole("supervisor", "she is ill")


def test_outline_facts_controls_and_recap_are_said() -> None:
    desk = make_desk(sample.RECORD, *STEPS)
    desk.controls = sample.CONTROLS
    _, said = walk(desk, "CR-1", "email", "x@y", "no", ":-", "1", ":l", ":f", ":c", ":s", ":r")
    assert "  done: Written change request (mandatory)" in said
    assert "  HERE: one" in said
    assert "  ticket: CR-1" in said
    assert "  two factor identity: stale; gained at Written change request" in said
    assert "Sentence about written-record." in said
    assert "Recap." in said
    assert said.count("STEP: one") == 2


def test_a_clock_is_said_once_and_again_when_it_has_passed() -> None:
    clock = ManualClock(T0)
    timed = replace(item("timed"), clocks=(Clock("limit", "", T0, T0 + timedelta(minutes=2), False),))
    desk = make_desk(timed, clock=clock)

    class Slowly(StringIO):
        """Time passes while the last but one line is typed."""

        def readline(self, size: int | None = -1, /) -> str:
            line = super().readline()
            if line.startswith(":f"):
                clock.advance(timedelta(minutes=3))
            return line

    out = StringIO()
    script = Slowly("right\n:c\n:f\n:r\n1\n")
    run_plain(
        desk, person="ana", procedure="account-change", ticket="T", stdin=script, stdout=out, clock=clock
    )
    said = out.getvalue()
    assert said.count("* limit 2:00, 2:00 left") == 1
    assert said.count("* LIMIT PASSED by 1:00") == 1
    assert session_of(desk).asked == [a.NoticeTime(), a.Answer("timed", "done")]


def test_quitting_and_the_end_of_input_hold_the_run() -> None:
    desk = make_desk(*STEPS)
    code, said = walk(desk, "1", ":q")
    assert (code, session_of(desk).closed) == (ExitCode.OK, [""])
    assert "'sop resume 7F3K-22QM' comes back" in said
    code, _ = walk(desk, "1")
    assert (code, session_of(desk).closed) == (ExitCode.REFUSED, ["the input ended"])


def test_a_terminal_that_takes_no_output_holds_the_run() -> None:
    class Gone(StringIO):
        def write(self, text: str, /) -> int:
            if "STEP: two" in text:
                raise BrokenPipeError
            return super().write(text)

    desk = make_desk(*STEPS)
    code = run_plain(
        desk,
        person="ana",
        procedure="account-change",
        ticket="T",
        stdin=StringIO("right\n1\n1\n"),
        stdout=Gone(),
    )
    assert code is ExitCode.INTERRUPTED
    assert session_of(desk).closed == ["the terminal was lost"]


def test_an_interrupt_holds_the_run() -> None:
    class Interrupted(StringIO):
        def readline(self, size: int | None = -1, /) -> str:
            line = super().readline()
            if not line:
                raise KeyboardInterrupt
            return line

    desk = make_desk(*STEPS)
    code = run_plain(
        desk, person="ana", procedure="account-change", ticket="T",
        stdin=Interrupted("right\n1\n"), stdout=StringIO(),
    )  # fmt: skip
    assert code is ExitCode.INTERRUPTED
    assert session_of(desk).closed == ["interrupted"]


def test_signing_in_starting_from_the_board_and_coming_back_to_it() -> None:
    desk = make_desk(item("one"))
    script = ("ana", "no", "ana", "right", "new", "nothing", "old", "change", "CR-9", "1", "leave")
    code, said = piped(desk, script)
    assert code is ExitCode.OK
    assert "That is not the passphrase of 'ana'." in said
    assert "None fits. There are:" in said
    assert "'Old procedure' cannot be started: it is not approved" in said
    assert desk.started == [("ana", "account-change", "CR-9", {})]
    assert said.count("Board: 0 open") == 2


def test_wrong_passphrases_end_in_a_refusal() -> None:
    code, said = piped(make_desk(item("one")), ["a", "b", "c"], person="ana", procedure="account-change")
    assert code is ExitCode.REFUSED
    assert said.count("That is not the passphrase") == 3


def test_case_fields_are_typed_or_left_to_the_ticket_and_asked_for_when_refused() -> None:
    desk = make_desk(item("one"))
    desk.case = (Prompt("customer_id", "text", "Customer"), Prompt("phone", "phone", "Phone", required=False))
    start = ["right", "CR-9"]
    piped(desk, [*start, "2", "C-1", ":-", "1"], person="ana", procedure="account-change")
    piped(desk, [*start, "1", "1"], person="ana", procedure="account-change")
    piped(desk, [*start, "1"], person="ana", procedure="account-change", case={"customer_id": "C-2"})
    assert [started[3] for started in desk.started] == [{"customer_id": "C-1"}, {}, {"customer_id": "C-2"}]

    desk.refuse_start = msg("'{field}' is needed", field="customer_id")
    code, _ = piped(desk, [*start, "1", "C-3"], person="ana", procedure="account-change")
    assert desk.started[-1][3] == {"customer_id": "C-3"}
    assert code is ExitCode.REFUSED


def test_a_resumed_run_begins_with_its_recap() -> None:
    desk = make_desk(item("one"))
    code, said = piped(desk, ["right", "1"], person="ana", run="7F3K-22QM")
    assert code is ExitCode.OK
    assert said.index("Recap. Away for 3 hours.") < said.index("STEP: one")


def test_the_language_turns_to_that_of_who_signs_in() -> None:
    desk = make_desk(*STEPS)
    desk.folk = tuple(replace(person, language="hu") for person in desk.people())
    assert "Elutasítva" not in walk(desk, ":q")[1]
    _, said = walk(desk, ":q", language="en", follow=True)
    assert "Passphrase of ana:" in said
    assert "Súgó: :h" in said
    assert "Súgó: :h" not in walk(desk, ":q", language="en")[1]
