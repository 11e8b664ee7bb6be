"""The reviewer's screens at a real desk: runs found, stepped through as the agent saw them, marked; the verdict."""

import asyncio
import shutil
from array import array
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pyotp
import pytest
from textual.events import Key
from textual.widgets import Input

from sop_runner.audit.findings import AuditFinding, Code, Trust, Verdict
from sop_runner.base.errors import Unverifiable
from sop_runner.cli.demo_walk import walk_demo
from sop_runner.desk.props import demo_facts
from sop_runner.desk.reviewing import Reviewing
from sop_runner.desk.searching import Search
from sop_runner.desk.verified import verify_desk
from sop_runner.desk.verifying_apart import Standing, VerifierApart
from sop_runner.review.marking import COMMENTED, FOUND
from sop_runner.stores.run_index import Indexed, RunIndex
from sop_runner.tui.review import ReviewApp
from sop_runner.tui.screens.dialogs import PickDialog
from sop_runner.tui.screens.review_list import ReviewListScreen
from sop_runner.tui.screens.review_run import ReviewRunScreen
from sop_runner.wiring import create_demo, open_desk

from .driving import Driver, driving

DORA = "winter clock tower"
HOSTILE = "\x1b[31m[@click=app.quit]x[/]\u202e\u2028"


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A desk at which one change was made, with two refusals, and another run has begun."""
    folder = tmp_path_factory.mktemp("review") / "desk"
    desk = create_demo(folder)
    assert list(walk_demo(desk, folder, "hu"))
    desk.start("ana", "account-change", f"X {HOSTILE}", {}, "en")
    desk.close()
    return folder


@pytest.fixture
def folder(worked: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(worked, tmp_path / "desk"))


class Here(VerifierApart):
    """Verifies in this process, when it is looked at and while it `answers`."""

    answers = True

    def begin(self) -> None:
        self.standing = Standing(self.standing.verdict, "", under_way=True)

    def look(self) -> bool:
        if not (self.standing.under_way and self.answers):
            return False
        folder, training, _, verify = self._asked
        try:
            self.standing = Standing(verify(folder, training))
        except Unverifiable as error:
            self.standing = Standing(failed=str(error.message))
        return True


def reviewing(folder: Path, verify: Callable[..., Verdict] = verify_desk) -> Reviewing:
    desk = open_desk(folder, training=True, reading=True)
    return Reviewing(desk, Search(desk.context, RunIndex.open(None)), Here(folder, True, (), verify))


def at_review(
    folder: Path, script: Callable[[Driver], Awaitable[None]], size: tuple[int, int] = (80, 24), **more: Any
) -> None:
    verify = more.pop("verify", verify_desk)

    async def go() -> None:
        app = ReviewApp(lambda: reviewing(folder, verify), **more)
        async with driving(app, size) as driver:
            await driver.until("found in")
            app.verifying.look()
            await driver.settle()
            await script(driver)

    asyncio.run(go())


def test_runs_are_found_and_opened(folder: Path) -> None:
    async def script(d: Driver) -> None:
        assert "2 runs found in" in d.text
        assert "CR-000124" in d.text
        assert "2 refusals" in d.text
        await d.type("refusal person:bela")
        assert "1 run found in" in d.text
        assert "CR-000124" in d.text
        await d.type(" open")
        assert "0 runs found in" in d.text
        await d.press("escape")
        await d.type("foo:1")
        assert "runs are not found by 'foo'" in d.text
        await d.press("f1")
        assert "a recorded deviation" in d.text

    at_review(folder, script)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_a_run_is_stepped_through_as_it_was_seen(folder: Path, size: tuple[int, int]) -> None:
    async def script(d: Driver) -> None:
        await d.type("CR-000124")
        await d.press("enter")
        assert "25 of 25" in d.text
        assert "the run ended: completed" in d.text
        await d.press("home", "right")
        assert "2 of 25" in d.text
        assert "'Open the ticket' is done" in d.text
        # The agent worked in Hungarian, and that is what stood there.
        assert "MEGERŐSÍTÉS" in d.text
        await d.press("f8")
        assert "refused at" in d.text
        await d.press("f8", "f7", "left", "right")
        assert "refused at" in d.text
        await d.press("f6")
        await d.type("consent")
        await d.press("enter")
        assert "'Consent' is done" in d.text
        await d.press("f4")
        assert "run_prev" in d.text
        await d.press("escape", "escape")
        await d.until("1 run found in")

    at_review(folder, script, size)


def test_nothing_that_is_pressed_changes_the_run(folder: Path) -> None:
    before = (folder / "training.db").read_bytes()

    async def script(d: Driver) -> None:
        await d.type("CR-000124")
        await d.press("enter", "home")
        for _ in range(6):
            await d.press("right", "enter", "1", "tab")
        assert "7 of 25" in d.text

    at_review(folder, script)
    assert (folder / "training.db").read_bytes() == before


def test_a_finding_is_signed_and_stands_with_its_entry(folder: Path) -> None:
    async def script(d: Driver) -> None:
        await d.type("CR-000124")
        await d.press("enter", "f7", "f2")
        assert "Finding about entry" in d.text
        assert "Code of the token" in d.text  # the only reviewer is chosen already
        await d.type("why twice? [@click=app.quit]x[/]")
        await d.press("tab", "1", "enter")
        await d.type("wrong passphrase")
        await d.press("enter")
        await d.type("000000")
        await d.press("enter")
        assert "This is not the passphrase." in d.text
        assert "Nothing was changed." in d.text
        await d.press("f2")
        assert "why twice?" in d.text
        await d.type(DORA)
        await d.press("enter")
        await d.type(pyotp.parse_uri(demo_facts(folder)["tokens"]["dora"]).now())
        await d.press("enter")
        assert "on record: entry" in d.text
        assert "FINDING why twice?" in d.text
        await d.press("f6")  # the list begins at the entry that is shown, and says that it was marked
        (chosen,) = (line for line in d.text.splitlines() if "FINDING refused at" in line)
        cursor, number = chosen[chosen.index("│") + 1 :].split()[:2]
        assert cursor == d.app.ui.glyphs.cursor
        await d.press("escape")
        assert f"{number} of 25" in d.text
        await d.press("escape")
        await d.press("escape")
        await d.type("finding")
        await d.until("1 run found in")

    at_review(folder, script)
    desk = open_desk(folder, training=True, reading=True)
    marks = [entry for entry in desk.context.ledger.entries(None) if entry.type in (FOUND, COMMENTED)]
    desk.close()
    (mark,) = marks
    assert (mark.type, mark.actor, mark.role, mark.run) == (FOUND, "dora", "reviewer", None)
    assert mark.evidence[0]["run"]
    assert DORA not in mark.body.decode()
    assert {one["factor"] for one in mark.evidence[1]["factors"]} == {"passphrase", "totp"}
    assert verify_desk(folder, training=True).exit_code == 0


def test_the_verdict_is_never_clean_before_it_is_known(folder: Path) -> None:
    async def script(d: Driver) -> None:
        app: Any = d.app
        assert "CLEAN up to entry" in d.text
        app.verifying.grown(500)
        await d.settle()
        assert "newer not verified yet" in d.text
        app.reviewing.verifier.answers = False
        app.verifying.begin()
        await d.settle()
        assert "verifying again" in d.text

    at_review(folder, script)

    async def nothing_yet() -> None:
        desk = reviewing(folder)
        assert isinstance(desk.verifier, Here)
        desk.verifier.answers = False
        async with driving(ReviewApp(lambda: desk), (80, 24)) as d:
            await d.until("found in")
            assert "NOT VERIFIED" in d.text
            assert "CLEAN" not in d.text

    asyncio.run(nothing_yet())


def tampered(folder: Path, training: bool, **_: Any) -> Verdict:
    found = AuditFinding(Code.FIELD_MODIFIED, 7, None, f"entry 7 {HOSTILE}")
    return Verdict(Trust.PINNED, 30, 0, 1, (found,))


def test_tampering_is_told_on_every_screen(folder: Path) -> None:
    async def script(d: Driver) -> None:
        assert "TAMPERED" in d.text
        assert "anchored by nothing" in d.text
        await d.press("enter")
        assert "TAMPERED" in d.text
        await d.press("f9")
        assert "FIELD_MODIFIED entry 7" in d.text
        assert "\x1b" not in d.text

    at_review(folder, script, verify=tampered)


def test_verifying_goes_on_in_a_process_of_its_own(folder: Path) -> None:
    apart = VerifierApart(folder, True, ())
    apart.begin()
    assert apart.standing == Standing(under_way=True)
    assert apart._answer is not None
    assert apart._answer.poll(60)
    assert apart.look()
    assert apart.standing.verdict is not None
    assert apart.standing.verdict.entries > 20
    apart.begin()
    apart.close()
    assert not apart.look()


def test_a_list_of_fifty_thousand_runs_reads_what_is_on_the_screen(folder: Path) -> None:
    desk = reviewing(folder)
    desk.search.read_on()
    index = desk.search._index
    size, leaf = index.place()
    when = "2026-03-29T10:00:00.000000Z"
    facts = {"counts": {}, "people": ["ana"], "last": when}
    index.put(size, size, leaf, (
        Indexed(f"N{n}", n, when, when, frozenset({("ticket", f"t-{n}")}), {**facts, "run": f"N{n}", "ticket": f"T-{n}"})
        for n in range(100, 50_100)
    ))  # fmt: skip
    read: list[int] = []

    def facts_of(ids: Any) -> Any:
        read.extend(ids)
        return index.facts(ids)

    desk.search.facts = facts_of  # type: ignore[method-assign]  # counts what is read

    async def go() -> None:
        async with driving(ReviewApp(lambda: desk), (80, 24)) as d:
            await d.until("50,002 runs found")
            await d.press("down", "pagedown", "tab", "end")
            assert "T-100" in d.text
            await d.press("home", "escape")
            assert "T-50099" in d.text
            await d.type("T-123")
            await d.until("111 runs found")

    asyncio.run(go())
    assert len(set(read)) <= 500


def test_keys_typed_ahead_put_one_dialog_away_and_nothing_else(folder: Path) -> None:
    async def script(d: Driver) -> None:
        await d.press("enter")
        await d.until("entry ")
        await d.press("f6")
        dialog = d.app.screen
        assert isinstance(dialog, PickDialog)
        for _ in range(3):
            dialog.post_message(Key("escape", None))  # the queue of a dialog that was slow to draw
        dialog.post_message(Key("enter", None))
        await d.settle()
        assert isinstance(d.app.screen, ReviewRunScreen)

    at_review(folder, script)


def test_a_query_and_an_enter_typed_at_once_open_what_it_finds(folder: Path) -> None:
    async def script(d: Driver) -> None:
        for key in (*"CR-000124", "enter"):
            d.send(key)
        await d.until("Esc runs")
        assert "CR-000124" in d.text
        await d.press("escape", "escape")
        for key in (*"foo:1", "enter"):
            d.send(key)
        await d.until("runs are not found by 'foo'")
        await d.settle()
        assert isinstance(d.app.screen, ReviewListScreen)  # nothing opens for what cannot be asked

    at_review(folder, script)


def test_the_cursor_stays_at_the_newest_run_until_all_is_read_or_somebody_moves_it(folder: Path) -> None:
    async def script(d: Driver) -> None:
        screen = d.app.screen
        assert isinstance(screen, ReviewListScreen)
        for have, total, found, stands in (
            (5, 10, [3, 2, 1], "3"),
            (8, 10, [4, 3, 2, 1], "4"),
            (10, 10, [5, 4, 3, 2, 1], "5"),
            (11, 11, [6, 5, 4, 3, 2, 1], "5"),
        ):
            screen._newest = screen._newest or have == 5
            screen._have, screen._total = have, total
            screen._have_found(array("q", found))
            assert screen.list.chosen == stands
        await d.press("down")
        screen._have_found(array("q", [7, 6, 5, 4, 3, 2, 1]))
        assert screen.list.chosen == "4"
        screen.on_input_changed(Input.Changed(screen.filter, "x"))
        screen._have_found(array("q", [7, 4]))
        assert screen.list.chosen == "7"

    at_review(folder, script)
