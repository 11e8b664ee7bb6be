"""Placing the newest head at every anchor at once; what each answered is kept beside the database."""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from sop_runner.base.errors import NotVerified, SopError
from sop_runner.stores.files import small_bytes, write_whole

from .port import Head, OpenLog, Target

_FILE = "outcomes.json"
_MOST_BYTES = 1_000_000


class Result(StrEnum):
    """What became of placing a head at one anchor."""

    PLACED = "placed"
    PRESENT = "present"
    FAILED = "failed"
    CONTRADICTS = "contradicts"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one anchor answered: `anchor` names it in a sentence, `where` is its path, name or URL alone.

    `size` is that of the head that it was asked to keep, `at` the moment (RFC 3339), `said` why not, with `hint`.
    """

    anchor: str
    where: str
    result: Result
    size: int
    at: str
    said: str = ""
    hint: str = ""

    @property
    def good(self) -> bool:
        """Whether the head is there."""
        return self.result in (Result.PLACED, Result.PRESENT)


def place_all(targets: Sequence[Target], open_log: OpenLog, at: str) -> tuple[Outcome, ...]:
    """Ask every anchor to keep the newest head of the log, each in its own time."""

    def place(target: Target) -> Outcome:
        size = 0
        try:
            with open_log() as log:
                head = Head.of(log)
                size = head.checkpoint.size
                new = target.place(head)
        except SopError as error:
            result = Result.CONTRADICTS if isinstance(error, NotVerified) else Result.FAILED
            return Outcome(target.name, target.where, result, size, at, str(error), str(error.hint))
        return Outcome(target.name, target.where, Result.PLACED if new else Result.PRESENT, size, at)

    with ThreadPoolExecutor(max(1, len(targets))) as pool:
        return tuple(pool.map(place, targets))


def keep_outcomes(folder: Path, outcomes: Sequence[Outcome]) -> None:
    """Keep what was answered, for the board and for verification. Raises OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(folder / _FILE, json.dumps([asdict(one) for one in outcomes], ensure_ascii=False).encode())


def read_outcomes(folder: Path) -> tuple[Outcome, ...]:
    """What was answered last; nothing where nothing can be read."""
    try:
        found = json.loads(small_bytes(folder / _FILE, _MOST_BYTES) or b"[]")
        return tuple(_outcome(one) for one in found)
    except (ValueError, TypeError, KeyError, RecursionError):
        return ()


def _outcome(found: Any) -> Outcome:
    """Whatever lies in the file, texts are texts: people read them."""
    texts = {name: str(found[name]) for name in ("anchor", "where", "at", "said", "hint")}
    return Outcome(result=Result(found["result"]), size=int(found["size"]), **texts)
