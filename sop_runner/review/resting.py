"""Runs that nothing was heard of for long: only that they are open is kept, and they are read again when they go on."""

from collections.abc import Iterable
from contextlib import suppress
from hashlib import sha256
from typing import Any

from sop_runner.audit.bodies import fields_in, said_in
from sop_runner.audit.entry import ZERO
from sop_runner.audit.heads import NotCanonical

from .between import refs
from .followed import Followed
from .replay_run import UNREADABLE

LONG = 25_000
"""Entries after which a run rests: many runs never end, and each takes kilobytes."""


class Resting:
    """Stands for every such run; nothing has to follow in it."""

    ended = False

    def take(self, said: Any, used: Any) -> Any:
        """Never: a run is woken for that."""
        raise AssertionError

    def finish(self) -> list[Any]:
        """What is wrong with where it stops: it only rests where nothing is."""
        return []


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
