"""Drives one scenario over a stage: item by item, as its author wrote it, to what must come of it."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sop_runner.acting.answers import BadAnswer
from sop_runner.acting.cast import NobodyMapped
from sop_runner.acting.samples import NoSample
from sop_runner.acting.scene import Scene
from sop_runner.base.message import Message
from sop_runner.procedure.base_types import parse_duration, say
from sop_runner.procedure.source import Source
from sop_runner.procedure.value_times import read_datetime

from .rehearse_expect import unmet
from .rehearse_play import Play, Refusal
from .rehearse_search import NoWay
from .rehearse_stage import DoesNotRestore, Stage
from .rehearse_story import Deviation, Line, Result
from .rehearse_verbs import VERBS, play_node
from .scenario import Do
from .scenario_expand import Case
from .spots import spot_of

Progress = Callable[[Line], None]
Watch = Callable[[int, Scene], None]
"""Told how many items of `do` are behind, and the moment that they came to, unless the last of them was refused."""
FIRST_HOUR = time(9)


class _Deviates(Exception):
    def __init__(self, message: str, index: int | None = None, key: str = "") -> None:
        super().__init__(message)
        self.index = index
        self.key = key


def rehearse(
    case: Case,
    stage: Stage,
    source: Source,
    progress: Progress = lambda line: None,
    watch: Watch = lambda behind, scene: None,
) -> Result:
    """Play `case` on a fresh `stage` and say what came of it; `source` is the file it stands in.

    Each line of the story is given to `progress` as soon as it has happened, and each moment to `watch`.
    """
    play = Play(stage, case.people)
    story: list[Line] = []

    def tell(line: Line, behind: int) -> None:
        story.append(line)
        progress(line)
        if not line.refused:
            watch(behind, play.scene)

    deviation: Deviation | None = None
    try:
        _drive(case, play, tell)
        missed = unmet(case, play, story)
        if missed is not None:
            raise _Deviates(missed[1], None, missed[0])
    except _Deviates as deviates:
        path: tuple[str | int, ...] = ("scenarios", case.index)
        if deviates.index is not None:
            path = (*path, "do", deviates.index)
        elif deviates.key:
            path = (*path, *deviates.key.split("\0"))
        spot = spot_of(case.spots, source.data, path, str(deviates))
        deviation = Deviation(
            str(deviates), source.key_at(path) if spot is None else spot.at, "" if spot is None else spot.file
        )
    scene = play.scene if stage.run is not None else None
    name = case.of or case.name
    return Result(
        case.name, tuple(story), deviation, play.seen.coverage, play.stands, name, scene, case.index
    )


def _drive(case: Case, play: Play, tell: Callable[[Line, int], None]) -> None:
    stage = play.stage
    stage.set_time(_start_time(case, stage))
    refusal: Refusal | None = None
    asked: Do | None = None
    try:
        refusal = play.start(case.case)
        tell(play.line(f"start {say(case.case)}" if case.case else "start", refusal), 0)
    except NobodyMapped as nobody:
        raise _Deviates(str(nobody), None, "scenario") from None
    for behind, item in enumerate(case.do, 1):
        if item.verb == "refused":
            _check_refusal(item, refusal, asked)
            continue
        _accepted(refusal, asked)
        if item.verb == "by":
            play.next_by = item.name
            continue
        refusal, asked = _item(item, play), item
        tell(play.line(str(item), refusal), behind)
    _accepted(refusal, asked)


def _item(item: Do, play: Play) -> Refusal | None:
    if item.verb not in ("after",) and play.stage.run is None:
        raise _Deviates(f"'{item}' cannot be done: the run never started", item.index)
    try:
        if item.verb == "do":
            return play_node(play, item.name, item.answer)
        if item.verb == "after":
            play.begin()
            play.stage.advance(_duration(item))
            return None
        return VERBS[item.verb](play, item)
    except (BadAnswer, NoSample, NobodyMapped) as problem:
        raise _Deviates(str(problem), item.index) from None
    except NoWay:
        where = play.stands
        raise _Deviates(
            f"no way with sample answers leads from '{where}' through '{item}'", item.index
        ) from None
    except DoesNotRestore as problem:
        raise _Deviates(str(problem), item.index) from None
    finally:
        if item.verb != "after":
            play.next_by = ""


def _duration(item: Do) -> timedelta:
    try:
        return parse_duration(item.name)
    except ValueError:
        raise _Deviates(f"'{item}' has no duration such as 20m", item.index) from None


def _check_refusal(item: Do, refusal: Refusal | None, asked: Do | None) -> None:
    if refusal is None:
        before = f"'{asked}' was accepted" if asked else "the run started"
        raise _Deviates(f"{before}, it should have been refused with '{item.name}'", item.index)
    if item.name.casefold() not in refusal.message.casefold():
        raise _Deviates(f"the refusal does not say '{item.name}': {refusal.message}", item.index)
    refusal.expected = True


def _accepted(refusal: Refusal | None, asked: Do | None) -> None:
    """What was refused must have been followed by a `refused` that says so."""
    if refusal is not None and not refusal.expected:
        message = f"'{asked or 'start'}' was refused: {refusal.message}"
        raise _Deviates(message, asked.index if asked else None, "" if asked else "case")


def _start_time(case: Case, stage: Stage) -> datetime:
    zone = ZoneInfo(stage.zone)
    if case.starts is None:
        return datetime.combine(stage.plan.procedure.effective_from, FIRST_HOUR, zone)
    starts = read_datetime(case.starts, zone)
    if isinstance(starts, Message):
        day = read_datetime(f"{case.starts}T{FIRST_HOUR:%H:%M}", zone)
        if isinstance(day, Message):
            raise _Deviates(
                f"'{case.starts}' is no time to start at; write it as 2026-11-23T09:00", None, "starts"
            )
        starts = day
    return starts
