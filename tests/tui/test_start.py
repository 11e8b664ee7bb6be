"""From the first frame to a run: opening, signing in, the board, the form of the case."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from sop_runner.base.errors import UsageError
from sop_runner.base.i18n import Translator
from sop_runner.base.message import msg
from sop_runner.desk.port import BoardRow, DeskPort
from sop_runner.run.views import Prompt
from sop_runner.tui.app import SopApp
from sop_runner.tui.screens.board import BoardScreen
from sop_runner.tui.screens.dialogs import TextDialog
from sop_runner.tui.screens.run import RunScreen
from sop_runner.tui.screens.start import StartScreen

from .driving import Desk, Driver, driving
from .fake_desk import ANA
from .sample import T0


def row(run: str, state: str, **more: object) -> BoardRow:
    base = {
        "run": run, "ticket": f"CR-{run}", "procedure": "account-change", "revision": 4, "title": "Account change",
        "state": state, "at": "consent", "item_title": "Consent", "holders": ("ana",), "waiting_for": (),
        "hold_reason": "", "opened": T0, "last": T0 - timedelta(hours=2), "due": None, "result": "", "left_open": (),
    }  # fmt: skip
    return BoardRow(**{**base, **more})  # type: ignore[arg-type]


def test_the_board_says_what_everybody_should_know_until_it_is_over() -> None:
    desk = Desk()
    desk.told = (
        msg("The state of the audit log could not be noted at '{place}'.", place="/mnt/[b]x[/b]\x1b"),
    )

    async def go() -> None:
        async with driving(SopApp(desk, person=ANA, clock=desk.clock, settle_s=0)) as d:
            said = "could not be noted at '/mnt/[b]x[/b]"
            assert said in d.text
            await d.type("nothing like it")
            assert "Nothing matches" in d.text
            assert said in d.text
            desk.told = ()
            d.app.screen.load()  # type: ignore[attr-defined]  # the board's, as its timer calls it
            await d.settle()
            assert said not in d.text

    asyncio.run(go())


def test_signing_in_choosing_a_procedure_and_starting_it() -> None:
    desk = Desk()
    desk.case = (Prompt("customer_id", "text", "Customer"),)

    async def go() -> None:
        async with driving(SopApp(desk, clock=desk.clock, settle_s=0)) as d:
            assert "ana: passphrase 'right'" in d.text
            await d.press("1")
            await d.type("wrong")
            assert "•••••" in d.text  # nobody has to find out that Enter goes on
            await d.press("enter")
            assert "not the passphrase of 'ana'" in d.text
            await d.type("right")
            await d.press("enter")
            assert "Start a procedure" in d.text
            await d.type("old")
            assert "it is not approved" in d.text
            await d.press("enter")
            assert desk.started == []
            await d.press("escape")
            await d.type("ACCOUNT ch")
            await d.press("enter")
            assert "Start: Account change" in d.text
            await d.type("CR-1")
            desk.refuse_start = msg("the ticket 'CR-1' is closed already")
            await d.press("enter", "enter")
            assert desk.started == []  # the ticket does not say who the customer is
            await d.type("C-7")
            await d.press("enter")
            assert "REFUSED: the ticket 'CR-1' is closed already" in d.text
            assert "CR-1" in d.text
            desk.refuse_start = None
            await d.press("enter")
            assert "STEP  Open the ticket" in d.text

    asyncio.run(go())
    assert desk.started == [
        ("ana", "account-change", "CR-1", {"customer_id": "C-7"}),
        ("ana", "account-change", "CR-1", {"customer_id": "C-7"}),
    ]


def test_what_is_refused_of_the_case_is_named_as_it_is_asked_and_typed_anew() -> None:
    desk = Desk()
    desk.case = (Prompt("customer_id", "text", "Customer"), Prompt("channel", "text", "Channel"))
    desk.refuse_start = msg("'{field}': {problem}", field="customer_id", problem=msg("This is too long."))

    async def go() -> None:
        async with driving(SopApp(desk, person=ANA, clock=desk.clock, settle_s=0)) as d:
            await d.type("account ch")
            await d.press("enter")
            await d.type("CR-1")
            await d.press("enter", "enter")
            await d.type("C-77")
            await d.press("enter")
            await d.type("chat")
            await d.press("enter")
            assert "REFUSED: 'Customer': This is too long." in d.text
            desk.refuse_start = None
            await d.press("ctrl+u")
            await d.type("C-7")
            await d.press("enter", "enter")

    asyncio.run(go())
    assert desk.started[-1] == ("ana", "account-change", "CR-1", {"customer_id": "C-7", "channel": "chat"})


def test_whoever_starts_a_text_past_its_review_is_told_before() -> None:
    desk = Desk()
    one, other = desk.procedures("en")
    desk.procedures = lambda language: (replace(one, review_due=True), other)  # type: ignore[method-assign]

    async def go() -> None:
        async with driving(SopApp(desk, person=ANA, clock=desk.clock, settle_s=0)) as d:
            assert "review due" in d.text
            await d.type("ACCOUNT ch")
            await d.press("enter")
            assert "The review of this procedure is overdue." in d.text

    asyncio.run(go())


def test_a_named_procedure_and_ticket_start_at_once() -> None:
    desk = Desk()

    async def go() -> None:
        app = SopApp(desk, person=ANA, procedure="CS-017", ticket="CR-9", clock=desk.clock, settle_s=0)
        async with driving(app) as d:
            assert "STEP  Open the ticket" in d.text

    asyncio.run(go())
    assert desk.started == [("ana", "account-change", "CR-9", {})]


def test_what_the_ticket_says_of_the_case_is_not_asked() -> None:
    desk = Desk()
    desk.case = (Prompt("customer_id", "text", "Customer"), Prompt("channel", "text", "Channel"))
    desk.known = {"CR-1": {"customer_id": "C-7"}, "CR-2": {"customer_id": "C-8", "channel": "phone"}}

    async def go() -> None:
        async with driving(SopApp(desk, person=ANA, clock=desk.clock, settle_s=0)) as d:
            await d.type("account ch")
            await d.press("enter")
            assert "Customer" in d.text
            await d.type("CR-1")
            await d.press("enter")
            assert "Customer" not in d.text
            await d.type("chat")
            await d.press("enter")
            assert "STEP  Open the ticket" in d.text

    asyncio.run(go())
    assert desk.started == [("ana", "account-change", "CR-1", {"channel": "chat"})]


def test_a_ticket_that_says_all_of_the_case_starts_at_once() -> None:
    desk = Desk()
    desk.case = (Prompt("customer_id", "text", "Customer"),)
    desk.known = {"CR-9": {"customer_id": "C-7"}}

    async def go() -> None:
        app = SopApp(desk, person=ANA, procedure="CS-017", ticket="CR-9", clock=desk.clock, settle_s=0)
        async with driving(app) as d:
            assert "STEP  Open the ticket" in d.text

    asyncio.run(go())
    assert desk.started == [("ana", "account-change", "CR-9", {})]


def test_the_looks_of_the_desk_are_taken_once_it_is_opened() -> None:
    desk = Desk()

    async def go() -> None:
        app = SopApp(desk, clock=desk.clock, settle_s=0, looks=lambda: ("hu", "high-contrast"))
        async with driving(app) as d:
            assert app.theme == "sop-high-contrast"
            assert app.ui.t.language == "hu"
            assert Translator("hu")._("quit") in d.text

    asyncio.run(go())


def test_settings_that_cannot_be_read_are_told_on_the_first_screen() -> None:
    desk = Desk()

    def looks() -> tuple[str, str]:
        raise UsageError(msg("there is no desk here"))

    async def go() -> None:
        async with driving(SopApp(desk, clock=desk.clock, settle_s=0, looks=looks)) as d:
            assert "there is no desk here" in d.text

    asyncio.run(go())


def test_the_board_groups_runs_and_filters_by_anything_shown() -> None:
    desk = Desk()
    desk.rows = (
        row("A", "open"),
        row("B", "held", hold_reason="lunch"),
        row("C", "overdue", due=T0 - timedelta(hours=2)),
        row("D", "waiting", waiting_for=("bela",)),
        row("E", "waiting", waiting_for=("ana",)),
        row("F", "ended", result="completed", left_open=("pause",)),
    )

    async def go() -> None:
        async with driving(SopApp(desk, person=ANA, clock=desk.clock, settle_s=0), (110, 30)) as d:
            order = ["Waiting for you", "Overdue", "On hold", "Waiting for somebody", "Open (1)", "Ended"]
            places = [d.text.index(words) for words in order]
            assert places == sorted(places)
            for words in ("lunch", "late by 2 hours", "waiting for bela", "left open: pause"):
                assert words in d.text
            await d.type("lunch")
            assert "CR-A" not in d.text
            await d.press("escape")
            await d.type("CR-B")
            await d.press("enter")
            assert "STEP  Open the ticket" in d.text

    asyncio.run(go())


def test_a_ticket_and_an_enter_typed_at_once_open_that_run() -> None:
    desk = Desk()
    desk.rows = (row("A", "overdue", due=T0 - timedelta(hours=2)), row("B", "open"))

    async def go() -> None:
        async with driving(SopApp(desk, person=ANA, clock=desk.clock, settle_s=0)) as d:
            for key in (*"CR-B", "enter"):
                d.send(key)
            await d.settle()
            assert desk.resumed == ["B"]

    asyncio.run(go())


def test_a_board_of_ten_thousand_runs_is_there_at_once() -> None:
    desk = Desk()
    desk.rows = tuple(row(f"{n:05}", "open") for n in range(10_000))

    async def go() -> None:
        async with driving(SopApp(desk, person=ANA, clock=desk.clock, settle_s=0)) as d:
            assert "Open (10000)" in d.text
            await d.press("pagedown", "pagedown")
            await d.type("09999")
            assert "CR-09999" in d.text

    asyncio.run(go())


def test_the_first_frame_is_there_before_the_desk_is_opened() -> None:
    desk, seen = Desk(), []

    async def go() -> None:
        def opening() -> DeskPort:
            seen.append(d.text)
            return desk

        app = SopApp(opening, person=ANA, clock=desk.clock, settle_s=0)
        async with app.run_test(size=(80, 24)) as pilot:
            d = Driver(pilot, app)
            await d.settle()
            assert "Start a procedure" in d.text

    asyncio.run(go())
    assert "Opening the desk…" in seen[0]


def test_a_desk_that_cannot_be_opened_says_why() -> None:
    def opening() -> DeskPort:
        raise UsageError("'/x' is no desk", hint="Make one with 'sop init'.")

    async def go() -> None:
        async with driving(SopApp(opening, settle_s=0)) as d:
            assert "'/x' is no desk" in d.text
            assert "sop init" in d.text

    asyncio.run(go())


def test_the_language_turns_to_that_of_who_signs_in() -> None:
    desk = Desk()
    hungarian = replace(ANA, language="hu")

    async def go(follow: bool) -> str:
        app = SopApp(desk, person=hungarian, clock=desk.clock, settle_s=0, follow=follow)
        async with driving(app) as d:
            return d.text

    assert "Eljárás indítása" in asyncio.run(go(True))
    assert "Start a procedure" in asyncio.run(go(False))


def test_whoever_presses_twice_opens_one_run_and_leaves_one_form() -> None:
    desk = Desk()
    desk.rows = (row("A", "held"),)

    async def go() -> None:
        async with driving(SopApp(desk, person=ANA, clock=desk.clock, settle_s=0)) as d:
            board = d.app.screen
            assert isinstance(board, BoardScreen)
            for _ in range(2):
                board.post_message(BoardScreen.Resume("A"))
            await d.settle()
            assert [type(screen) for screen in d.app.screen_stack].count(RunScreen) == 1
            d.app.pop_screen()
            while isinstance(d.app.screen, RunScreen | TextDialog):
                d.app.pop_screen()
            for _ in range(2):
                board.post_message(BoardScreen.Start(board.procedures[0]))
            await d.settle()
            form = d.app.screen
            assert isinstance(form, StartScreen)
            for _ in range(2):
                form.post_message(StartScreen.Left())
            await d.settle()
            assert d.app.screen is board

    asyncio.run(go())
