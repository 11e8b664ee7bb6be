"""Both changes of summer time in the desk's zone: minutes are minutes, and a day is the desk's day."""

import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from sop_runner.base.calendar import USUAL
from sop_runner.base.clock import ManualClock
from sop_runner.desk.session import DeskSession
from sop_runner.desk.verified import verify_desk
from sop_runner.procedure.value_times import day_of
from sop_runner.run.actions import Answer, TakeLimit
from sop_runner.wiring import create_demo, open_desk
from tests.attack.walking import PHRASES

ZONE = "Europe/Budapest"  # 29 March: 01:59 CET is followed by 03:00 CEST; 25 October: 02:59 CEST by 02:00 CET
TEXT = """\
format: sop/1
procedure: two-clocks
revision: 1
title: Two clocks
purpose: Act within a quarter of an hour and within the day.
effective_from: 2026-01-01
review_by: 2030-01-01
roles: {agent: Acts.}
by: agent
controls: {soon: Not long ago., the-day: On the same day.}
flow:
  - confirmation: day-check
    do: Look.
    record: {fields: [{field: seen, type: text}]}
    satisfies: [the-day]
    valid_for: {same_day: true}
  - confirmation: soon-check
    do: Look again.
    record: {fields: [{field: seen_again, type: text}]}
    time: {limit: 20m, at_limit: too-late}
    satisfies: [soon]
    valid_for: 15m
  - step: act
    do: Act.
    irreversible: true
    requires: [soon, the-day]
    then: closed
  - end: too-late
    result: failed
  - end: closed
    result: completed
    requires: [soon, the-day]
"""


def at(day: str, time: str) -> datetime:
    return datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=UTC)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template") / "desk"
    create_demo(folder, clock=ManualClock(at("2026-03-01", "09:00"))).close()
    return folder


@pytest.fixture
def desk(template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(template, tmp_path / "desk"))


class Worked:
    """A run at a desk in that zone, each act at the time that is said."""

    def __init__(self, folder: Path, start: datetime, text: str = TEXT) -> None:
        self.folder, self.clock = folder, ManualClock(start)
        settings = folder / "sop.toml"
        kept = [line for line in settings.read_text().splitlines() if not line.startswith("timezone")]
        settings.write_text("\n".join([f'timezone = "{ZONE}"', *kept]) + "\n")
        (folder / "procedures" / "two-clocks.yaml").write_text(text)
        self.desk = open_desk(folder, training=True, clock=self.clock)
        self.desk.sign_in("ana", PHRASES["ana"])
        session = self.desk.start("ana", "two-clocks", "T-1", {}, "en")
        assert isinstance(session, DeskSession), session
        self.session = session

    def does(self, action: Answer | TakeLimit, when: datetime) -> bool:
        self.clock.advance(when - self.clock.now().wall)
        return self.session.perform(action).accepted

    def verified(self) -> None:
        self.desk.close()
        assert verify_desk(self.folder, training=True).findings == ()


DAY = Answer("day-check", values={"seen": "it"})
SOON = Answer("soon-check", values={"seen_again": "it"})
CHANGES = ("2026-03-29", "2026-10-25")


@pytest.mark.parametrize("day", CHANGES)
@pytest.mark.parametrize(("later", "fresh"), [("01:04", True), ("01:06", False)])
def test_a_quarter_of_an_hour_across_the_change(desk: Path, day: str, later: str, fresh: bool) -> None:
    work = Worked(desk, at(day, "00:50"))
    assert work.does(DAY, at(day, "00:50"))
    assert work.does(SOON, at(day, "00:50"))
    assert work.does(Answer("act"), at(day, later)) is fresh
    work.verified()


@pytest.mark.parametrize("day", CHANGES)
@pytest.mark.parametrize(("later", "open_"), [("01:09", True), ("01:11", False)])
def test_a_limit_across_the_change(desk: Path, day: str, later: str, open_: bool) -> None:
    work = Worked(desk, at(day, "00:50"))
    assert work.does(DAY, at(day, "00:50"))
    assert work.does(SOON, at(day, later)) is open_
    assert work.does(TakeLimit("soon-check"), at(day, later)) is not open_
    work.verified()


@pytest.mark.parametrize(
    ("gained", "last", "over"),
    [
        (at("2026-03-28", "23:30"), at("2026-03-29", "21:58"), at("2026-03-29", "22:01")),  # of 23 hours
        (at("2026-10-24", "22:30"), at("2026-10-25", "22:58"), at("2026-10-25", "23:01")),  # of 25 hours
    ],
)
@pytest.mark.parametrize("fresh", [True, False])
def test_the_same_day_has_23_or_25_hours(
    desk: Path, gained: datetime, last: datetime, over: datetime, fresh: bool
) -> None:
    work = Worked(desk, gained, TEXT.replace("    time: {limit: 20m, at_limit: too-late}\n", ""))
    assert work.does(DAY, gained)
    assert work.does(SOON, last)
    assert work.does(Answer("act"), last if fresh else over) is fresh
    work.verified()


def test_a_business_day_is_one_whatever_its_hours() -> None:
    zone = ZoneInfo(ZONE)
    for friday, monday in ((date(2026, 3, 27), date(2026, 3, 30)), (date(2026, 10, 23), date(2026, 10, 26))):
        assert USUAL.between(friday, monday) == 1
    # Half past midnight at the desk is still the evening before in UTC.
    assert day_of(at("2026-03-28", "23:30"), zone) == date(2026, 3, 29)
    assert day_of(at("2026-10-25", "23:01"), zone) == date(2026, 10, 26)
