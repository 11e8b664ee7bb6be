"""Runs of which next to nothing is kept: that they have ended, or that they are open and nothing was heard of them for
long. These are read again when they go on.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from hashlib import sha256

from sop_runner.audit.bodies import fields_in, said_in
from sop_runner.audit.entry import ZERO
from sop_runner.audit.findings import Code
from sop_runner.audit.heads import NotCanonical
from sop_runner.run.entries import event_in

from .between import refs
from .followed import Followed, Said, body_of
from .judging import Flaw
from .replay_run import UNREADABLE

LONG = 25_000
"""Entries after which a run rests: many runs never end, and each takes kilobytes."""


class Resting:
    """Stands for every such run; nothing has to follow in it, and it is woken when it goes on."""


class Ended:
    """Stands for every run that has ended, so that none of them is kept."""

    def take(self, said: Said, used: Sequence[str]) -> tuple[Sequence[Flaw], bool]:
        """What is wrong with an entry that comes all the same. Raises what is in UNREADABLE where no program wrote it."""
        body = body_of(said)
        event_in(body)
        return [Flaw(Code.ILLEGAL_TRANSITION, f"'{body['type']}' comes after the end of the run")], False


def woken(followed: Followed, earlier: Iterable[tuple[int, bytes, bytes]], run_prev: str) -> bool:
    """Have a run followed as far as it was; False where its `earlier` entries do not lead to `run_prev`.

    They were judged before, and come by an index that may lie: their hashes show whether they are the same.
    """
    link = ZERO
    for _, body, leaf in earlier:
        try:
            fields = fields_in(body)
        except NotCanonical:
            return False
        said = said_in(fields)
        if said["run_prev"] != link or sha256(b"\x00" + body).digest() != leaf:
            return False
        with suppress(*UNREADABLE):
            followed.take(fields, refs(said["type"], said["evidence"]))
        link = leaf.hex()
    return link == run_prev
