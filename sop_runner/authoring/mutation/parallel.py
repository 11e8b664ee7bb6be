"""Judging mutants on several processors, in bounded time; the verdicts do not depend on how many."""

import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence

from sop_runner.base.interrupts import deaf_to_interrupts

from .judge import Fate, Judge, Subject, Verdict

WORTH_IT = 24
"""Mutants from which on other processes are started: it costs about what playing these does."""

_judge: Judge | None = None


def judge_all(
    judge: Judge, jobs: int, limit_s: float, told: Callable[[Verdict], None]
) -> tuple[Verdict, ...]:
    """The verdict of every mutant in their order; what is not judged after `limit_s` seconds is said so.

    `told` hears each verdict as it comes.
    """
    count = len(judge.mutants)
    deadline = time.monotonic() + limit_s
    found: dict[int, Verdict] = {}
    for verdict in (
        _here(judge, deadline)
        if jobs < 2 or count < WORTH_IT
        else _elsewhere(judge.subject, count, jobs, deadline)
    ):
        found[verdict.number] = verdict
        told(verdict)
    return tuple(found.get(number, Verdict(number, Fate.UNJUDGED)) for number in range(count))


def _here(judge: Judge, deadline: float) -> Iterator[Verdict]:
    for number in range(len(judge.mutants)):
        if time.monotonic() > deadline:
            return
        yield judge.judge(number)


def _elsewhere(subject: Subject, count: int, jobs: int, deadline: float) -> Iterator[Verdict]:
    # Fresh processes: a copy of this one could hold locks of threads that it does not have.
    with deaf_to_interrupts():
        pool = multiprocessing.get_context("spawn").Pool(jobs, _ready, (subject,))
    with pool:
        coming = pool.imap_unordered(_verdict, range(count))
        for _ in range(count):
            try:
                yield coming.next(max(deadline - time.monotonic(), 0))
            except multiprocessing.TimeoutError:
                return  # leaving the pool ends its processes


def _ready(subject: Subject) -> None:
    global _judge
    _judge = Judge(subject)


def _verdict(number: int) -> Verdict:
    assert _judge is not None
    return _judge.judge(number)


def score(verdicts: Sequence[Verdict]) -> tuple[int, int]:
    """How many mutants were killed, of how many that scenarios could kill."""
    fates = [verdict.fate for verdict in verdicts]
    killed = fates.count(Fate.KILLED)
    return killed, killed + fates.count(Fate.SURVIVED)
