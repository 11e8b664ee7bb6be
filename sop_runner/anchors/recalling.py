"""Asking every anchor which heads of a log it keeps, for verification."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from sop_runner.audit.anchors import Outside
from sop_runner.base.errors import SopError

from .port import OpenLog, Recalled, Target


@dataclass(frozen=True, slots=True)
class Asked:
    """The heads that anchors keep, and a line on each: what it keeps, or that it could not be asked."""

    heads: tuple[Outside, ...]
    lines: tuple[str, ...]


def recall_all(targets: Sequence[Target], origin: str, open_log: OpenLog, *, network: bool) -> Asked:
    """Ask all of them at once; none of them learns of a newer head by it."""

    def recall(target: Target) -> Recalled:
        try:
            return target.recall(origin, open_log, network=network)
        except SopError as error:
            return Recalled((), "", str(error))

    if not targets:
        return Asked((), ())
    with ThreadPoolExecutor(len(targets)) as pool:
        answers = tuple(pool.map(recall, targets))
    lines = []
    for target, answer in zip(targets, answers, strict=True):
        if answer.said:
            lines.append(f"asked {target.name}: {answer.said}")
        if answer.failure:
            lines.append(f"COULD NOT ASK {target.name}: {answer.failure}")
    return Asked(tuple(head for answer in answers for head in answer.heads), tuple(lines))
