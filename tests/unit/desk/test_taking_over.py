"""A run whose holder has left is not stuck: another person of the role takes it over, on record."""

from sop_runner.desk.desk import Desk
from sop_runner.desk.session import DeskSession
from sop_runner.run.actions import AddNote, Answer, Hold, TakeRole


def test_who_comes_back_to_a_held_run_takes_the_role_over_in_one_act(
    session: DeskSession, desk: Desk
) -> None:
    session.perform(Answer("open-ticket"))
    session.perform(Hold("end of shift"))
    (row,) = desk.board()
    assert (row.holders, row.gone) == (("ana",), ())
    other = desk.resume("chen", session.run, "hu")
    refused = other.perform(Answer("change-request", values={}))
    assert not refused.accepted
    view = other.view()
    assert "take_role" in view.can
    assert [choice.id for choice in view.takeable] == ["agent"]
    assert other.perform(TakeRole("agent", "Ana is ill")).accepted
    assert dict(other.view().holders)["agent"] == ("chen",)
    assert other.view().item is not None
    assert "resume" not in other.view().can
    types = [entry.type for entry in desk.context.ledger.entries(session.run)]
    assert types[-3:] == ["RunHeld", "RoleTaken", "RunResumed"]
    assert any(
        "Ana is ill" in str(line.detail) for line in desk.resume("chen", session.run, "en").recap().lines
    )


def test_nothing_is_taken_from_somebody_who_is_at_it(session: DeskSession, desk: Desk) -> None:
    session.perform(Answer("open-ticket"))
    session.perform(Hold("end of shift"))
    other = desk.resume("chen", session.run, "en")
    session.perform(AddNote("back again"))  # ana is back at her own terminal, and acted last
    refused = other.perform(TakeRole("agent", "Ana is ill"))
    assert not refused.accepted
    assert "not on hold" in str(refused.message)
    assert dict(session.view().holders)["agent"] == ("ana",)
