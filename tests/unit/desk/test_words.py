"""Entries in words: what was refused or failed is told to every reader in their own language."""

from collections.abc import Iterator

import pytest

from sop_runner.audit.entry import Entry
from sop_runner.base.i18n import Translator
from sop_runner.desk.desk import Desk
from sop_runner.desk.record import read_record
from sop_runner.desk.session import DeskSession
from sop_runner.desk.words import line_of
from sop_runner.run.actions import Action, Answer, FactorProof, Hold
from sop_runner.run.events import REFUSED


def details(desk: Desk, session: DeskSession, language: str, kind: str) -> Iterator[str]:
    record = read_record(desk.context, session.run)
    t = Translator(language)
    for entry in record.entries:
        if entry.type == kind:
            yield t(line_of(record.plan, entry, language).detail)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "'apply-change' is not the current item, 'open-ticket' is"),
        ("zh-Hans", "“apply-change”不是当前事项，当前为“open-ticket”"),
        ("hu", "„apply-change” nem az aktuális tétel; az aktuális: „open-ticket”"),
    ],
)
def test_a_refusal_is_told_in_the_readers_language(
    desk: Desk, session: DeskSession, language: str, said: str
) -> None:
    assert not session.perform(Answer("apply-change")).accepted
    assert list(details(desk, session, language, REFUSED)) == [said]
    recorded = desk.context.ledger.entries(session.run)[-1]
    assert recorded.reason == "'apply-change' is not the current item, 'open-ticket' is"


def test_what_a_person_wrote_stays_as_it_was_written(desk: Desk, session: DeskSession) -> None:
    session.perform(Hold("{item} of lunch"))
    assert list(details(desk, session, "zh-Hans", "RunHeld")) == ["{item} of lunch"]


@pytest.mark.parametrize(
    "action",
    [
        Answer("change-request", "done", {"new_value": "4711 4711"}),
        Answer("open-ticket", "declined", reason="4711 4711" * 1000),
        Answer("caller-identity", "", factors=(FactorProof("x", "knowledge", True),)),
    ],
)
def test_the_record_of_a_refusal_holds_no_more_than_its_reason(
    desk: Desk, session: DeskSession, action: Action
) -> None:
    session.perform(action)
    assert refusals(desk, session)
    for entry in refusals(desk, session):
        piece = entry.evidence[0]
        assert all(text in str(entry.reason) for text in texts(piece["params"]))
        assert "4711" not in str(piece)
        assert len(entry.body) < 2500


def refusals(desk: Desk, session: DeskSession) -> list[Entry]:
    return [entry for entry in desk.context.ledger.entries(session.run) if entry.type == REFUSED]


def texts(data: object) -> Iterator[str]:
    """Every value in what is recorded of a sentence, apart from templates."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for key, value in data.items():
            if key != "text":
                yield from texts(value)
    elif isinstance(data, list):
        for value in data:
            yield from texts(value)
