"""Refusals in the words of the screen."""

from dataclasses import replace

from sop_runner.base.message import listing, msg
from sop_runner.run.naming import at_item, fields_in, named
from sop_runner.run.views import Fact, OutlineRow, Prompt
from tests.tui import sample
from tests.tui.fake_desk import FakeSession, item
from tests.unit.plain.piped import make_desk


def test_a_refusal_names_its_item_to_all_but_whoever_has_it_on_the_screen() -> None:
    desk = make_desk(item("one"))
    view = desk.start("ana", "account-change", "CR-1", {}, "en").view()
    view = replace(
        view, item=item("one"), outline=(OutlineRow("two", "The second", "step", "ahead", False, 0),)
    )
    needed = msg("'{field}' is needed", field="x")
    assert str(at_item("one", needed)) == "'one': 'x' is needed"
    assert str(named(at_item("one", needed), view)) == "'x' is needed"
    assert str(named(at_item("two", needed), view)) == "'The second': 'x' is needed"
    passed = msg("no limit of '{node}' has passed", node="two")
    assert at_item("one", passed) == passed


def test_ids_become_what_stands_on_the_screen_and_unknown_ones_stay() -> None:
    desk = make_desk(item("one"))
    desk.controls = sample.CONTROLS
    session = desk.start("ana", "account-change", "CR-1", {}, "en")
    assert isinstance(session, FakeSession)
    view = session.view()
    fields = (Prompt("new_value", "text", "New value"), Prompt("1", "check", "The entry is there."))
    view = replace(
        view,
        item=replace(item("one"), prompts=fields),
        outline=(OutlineRow("consent", "Consent of the customer", "confirmation", "ahead", True, 0),),
        facts=(Fact("ticket", "Ticket number", "CR-1"),),
    )
    needs = msg("'{control}' (← {items})", control="written-record", items=listing(("consent", "other")))
    assert str(named(needs, view)) == "'written record' (← Consent of the customer, other)"
    assert str(named(msg("'{field}' is needed", field="new_value"), view)) == "'New value' is needed"
    assert str(named(msg("'{field}' is needed", field="ticket"), view)) == "'Ticket number' is needed"
    assert str(named(msg("check '{check}'", check=1), view)) == "check '1'"
    assert str(named(msg("check '{check}'", check="1"), view)) == "check '1'"
    assert str(named(msg("'{person}' declined", person="consent"), view)) == "'consent' declined"


def test_the_fields_that_a_refusal_is_about() -> None:
    refused = at_item(
        "one", msg("'{field}': {problem}", field="ticket", problem=msg("'{item}' is odd", item="x"))
    )
    assert list(fields_in(refused)) == ["ticket", "x"]
