"""Where writers leave their requests while another one commits: a file of seats beside the database.

Who finds the database taken sits down with its request and waits. Who has the database takes
along what is waiting, so that all of it shares one commit, and then answers. Nothing here is
durable: a writer that gets no answer looks for its request in the log, exactly as one does whose
answer was lost. So a killed process, a damaged file or no such file at all costs time and never an
entry. Only who may write the database may write here.
"""

import os
import struct
import time
import zlib
from array import array
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from sop_runner.stores.bell import Bell

try:
    import fcntl

    # Locks of an open file, unlike those of a process, tell two openings in one process apart.
    _SETLK, _GETLK = fcntl.F_OFD_SETLK, fcntl.F_OFD_GETLK
except (ImportError, AttributeError):  # not Linux: no seats, each tries for itself
    _SETLK = _GETLK = 0

SEATS = 256
ROOM = 32_768  # bytes of a request; a larger one is written by its own writer
ANSWER_ROOM = 32_768
# A seat's row: its owner writes the ticket (0: nothing waits), length and checksum of the request;
# who looked at it writes ticket, length and checksum of the answer. No two write the same bytes.
_HALF = struct.Struct("=QII")
_ROW = struct.Struct("=QIIQII")
_ASKED = struct.Struct("=II")
_FREE = _HALF.pack(0, 0, 0)
_ALONE = SEATS * _ROW.size  # the ticket of who last came to write alone: mostly nobody has for long
_TICKET = struct.Struct("=Q")
_AFTER = struct.Struct("=i")  # how an answer begins
_ANSWERS = _ALONE + _TICKET.size
_REQUESTS = _ANSWERS + SEATS * ANSWER_ROOM
_LOCK = struct.Struct("@hhqqi4x")  # struct flock: type, whence, start, length, process
_POLL_S = 0.0002
_YIELD_NS = 1_000_000_000  # then nobody lets it go first any more: its process may be stopped


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request that waits; tickets rise with the time of sitting down, by the clock of the boot."""

    ticket: int
    seat: int
    data: bytes


class _Head(NamedTuple):
    ticket: int
    seat: int
    length: int
    checksum: int


class WaitingRoom:
    """The seats beside one database; not for use by several threads at once.

    A process that once had to wait keeps its seat, by a lock that the system takes from a dead one.
    """

    def __init__(self, database: Path | None) -> None:
        """Beside nothing (None) there are no seats, nor where the file cannot be made."""
        self._seat = -1
        self._file = -1
        self._after = -1
        self._bell: Bell | None = None
        if not _SETLK or database is None:
            return
        from sop_runner.stores import bell  # only writers pay for sockets

        try:
            mode = database.stat().st_mode & 0o666
            name = database.with_name(database.name + "-waiting")
            self._file = os.open(name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, mode)
            self._bell = bell.Bell(self._file)
        except OSError:
            self.close()

    def others(self) -> tuple[Waiting, ...]:
        """What waits at other seats to be taken along, the longest first."""
        try:
            return tuple(w for head in self._heads() if head.length and (w := self._read(head)))
        except OSError:
            return ()

    def still_wait(self, taken: Sequence[Waiting]) -> bool:
        """Whether all whose requests are taken along still want them: one that gave up says it was not done."""
        try:
            return {waiting.ticket for waiting in taken} <= {head.ticket for head in self._heads()}
        except OSError:
            return False

    def call_next(self) -> None:
        """Wake the next who may try; the dead hear nothing.

        One at a low seat, mostly the one who wrote the time before last: what it needs for that is at hand,
        and all the others are taken along whoever it is.
        """
        if self._bell is None:
            return
        with suppress(OSError):
            for head in sorted(self._heads(), key=lambda head: (head.length > 0, head.seat)):
                if self._bell.ring(head.seat):
                    return

    def answer(self, waiting: Waiting, data: bytes = b"", after: int = -1) -> None:
        """Tell a waiting one that its request was looked at; it reads the log where told nothing.

        It is to wake who sits at the seat `after`, who was answered as well.
        """
        if self._bell is None:
            return
        data = _AFTER.pack(after) + (data if len(data) <= ANSWER_ROOM - _AFTER.size else b"")
        head = _HALF.pack(waiting.ticket, len(data), zlib.crc32(data))
        with suppress(OSError):
            os.pwrite(self._file, data, _ANSWERS + waiting.seat * ANSWER_ROOM)
            os.pwrite(self._file, head, waiting.seat * _ROW.size + _HALF.size)

    def wake(self, seat: int) -> None:
        """Wake who sits at a seat, the first of those who were answered."""
        if self._bell is not None:
            self._bell.ring(seat)

    def wake_after(self) -> None:
        """Wake who was answered next after oneself, if anybody was."""
        if self._after >= 0:
            self.wake(self._after)
            self._after = -1

    def must_yield(self, ticket: int = 0) -> bool:
        """Whether somebody who came before `ticket` (0: now) waits to write alone."""
        try:
            (last,) = _TICKET.unpack(os.pread(self._file, _TICKET.size, _ALONE))
            since = time.monotonic_ns() - _YIELD_NS
            if last <= since:
                return False
            alone = (head for head in self._heads() if not head.length)
            return any(since < h.ticket < (ticket or since + _YIELD_NS) and self._lives(h) for h in alone)
        except (OSError, struct.error):
            return False

    def sitting(self, data: bytes) -> "Seat":
        """To wait inside with a request; without one, or one too large, to have the database alone."""
        return Seat(self, data if len(data) <= ROOM else b"")

    def sit_down(self, data: bytes) -> int:
        """Leave a request at the own seat; the ticket, 0 where there is no seat."""
        ticket = time.monotonic_ns() if self._take_seat() else 0
        if ticket:
            self._ask(_HALF.pack(ticket, len(data), zlib.crc32(data)), data)
            if not data:
                self._put(_TICKET.pack(ticket), _ALONE)
        return ticket

    def stand_up(self) -> None:
        """Ask for nothing any more."""
        self._ask(_FREE)

    def answered(self, ticket: int) -> bytes | None:
        """What was answered to the request that sat down with `ticket`; None as long as it was not."""
        try:
            row = os.pread(self._file, _ROW.size, self._seat * _ROW.size)
            found, length, checksum = _HALF.unpack(row[_HALF.size :])
            if found != ticket:
                return None
            data = os.pread(self._file, length, _ANSWERS + self._seat * ANSWER_ROOM)
        except (OSError, struct.error):
            return None
        if length < _AFTER.size or zlib.crc32(data) != checksum:
            return b""
        (self._after,) = _AFTER.unpack_from(data)
        return data[_AFTER.size :]

    def pause(self) -> float:
        """Wait for a ring at the own seat; the seconds that passed without one."""
        assert self._bell is not None
        return self._bell.wait()

    def close(self) -> None:
        """Let go of the seat and the file; safe to call twice."""
        if self._bell is not None:
            self._bell.close()
        if self._file >= 0:
            os.close(self._file)
        self._bell, self._file, self._seat = None, -1, -1

    def _heads(self) -> list[_Head]:
        """What waits at other seats, the longest first."""
        if self._bell is None:
            return []
        if not (table := os.pread(self._file, _ALONE, 0).rstrip(b"\0")):
            return []  # nobody ever had to wait
        table = table.ljust(-(-len(table) // _ROW.size) * _ROW.size, b"\0")
        words = array("Q", table)  # most rows are of nobody who waits: looked at without unpacking
        return sorted(
            _Head(ticket, seat, *_ASKED.unpack_from(table, seat * _ROW.size + words.itemsize))
            for seat, (ticket, answered) in enumerate(zip(words[::4], words[2::4], strict=True))
            if ticket and ticket != answered and seat != self._seat
        )

    def _read(self, head: _Head) -> Waiting | None:
        if head.length > ROOM or not self._lives(head):
            return None
        data = os.pread(self._file, head.length, _REQUESTS + head.seat * ROOM)
        return Waiting(head.ticket, head.seat, data) if zlib.crc32(data) == head.checksum else None

    def _lives(self, head: _Head) -> bool:
        return self._lock(_GETLK, head.seat) != fcntl.F_UNLCK  # the system unlocks for the dead

    def _take_seat(self) -> bool:
        if self._bell is not None and self._seat < 0:
            for seat in range(SEATS):
                # Claimed first and marked as living last: between, a dead one's request goes.
                if self._claim(SEATS + seat) and self._ask(_FREE, seat=seat) and self._claim(seat):
                    self._seat = seat
                    self._bell.hang(seat)
                    break
        return self._seat >= 0

    def _claim(self, byte: int) -> bool:
        try:
            self._lock(_SETLK, byte)
        except OSError:
            return False
        return True

    def _lock(self, command: int, byte: int) -> int:
        asked = _LOCK.pack(fcntl.F_WRLCK, os.SEEK_SET, byte, 1, 0)
        return int(_LOCK.unpack(fcntl.fcntl(self._file, command, asked))[0])

    def _ask(self, head: bytes, data: bytes = b"", seat: int | None = None) -> bool:
        at = self._seat if seat is None else seat
        return self._put(data, _REQUESTS + at * ROOM) and self._put(head, at * _ROW.size)

    def _put(self, data: bytes, at: int) -> bool:
        try:
            if data:
                os.pwrite(self._file, data, at)
        except OSError:  # a full disk: then nobody takes it along
            return False
        return True


class Seat:
    """A writer's place while it waits; without a ticket it only waits."""

    __slots__ = ("_data", "_room", "_ticket")

    def __init__(self, room: WaitingRoom, data: bytes) -> None:
        self._room, self._data, self._ticket = room, data, 0

    def __enter__(self) -> "Seat":
        self._ticket = self._room.sit_down(self._data)
        return self

    def __exit__(self, *_: object) -> None:
        if self._ticket:
            self._room.stand_up()

    def answer(self) -> bytes | None:
        """The answer to the request; empty where it stands in the log alone, None as long as there is none."""
        answer = self._room.answered(self._ticket) if self._ticket else None
        if answer is not None:
            self._ticket = 0  # what is answered waits no more
        return answer

    def may_try(self) -> bool:
        """Whether nobody who came before waits to write alone."""
        return not self._room.must_yield(self._ticket)

    def wait(self) -> float:
        """Wait a moment; the seconds that passed."""
        if self._ticket:
            return self._room.pause()
        time.sleep(_POLL_S)
        return _POLL_S
