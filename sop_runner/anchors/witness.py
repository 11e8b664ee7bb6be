"""A witness that speaks C2SP tlog-witness: it cosigns what extends the largest head it has seen of this log."""

from dataclasses import replace
from datetime import UTC, datetime

from sop_runner.audit.anchors import Anchor, Broken, Outside, Told
from sop_runner.audit.cosignature import CosignerKey
from sop_runner.audit.findings import entries
from sop_runner.audit.note import BadNote, Note
from sop_runner.audit.tree import consistency_proof
from sop_runner.audit.witness import Status, read_size, submission, with_lines

from .http import post
from .port import Contradicts, Head, NotPlaced, OpenLog, Recalled
from .shelf import Shelf, spread

_ROUNDS = 4  # others may place heads of the same log meanwhile


class Witness:
    """Implements `port.Target`. Cosigned heads are kept in `shelf`, beside the database."""

    def __init__(self, url: str, key: CosignerKey, shelf: Shelf) -> None:
        self._url = url.rstrip("/") + "/add-checkpoint"
        self._key = key
        self._shelf = shelf

    @property
    def name(self) -> str:
        return f"the witness '{self._key.name}'"

    @property
    def where(self) -> str:
        return self._key.name

    def place(self, head: Head) -> bool:
        size = head.checkpoint.size
        sizes = self._sizes()
        old = max((one for one in sizes if one <= size), default=0)
        for _ in range(_ROUNDS):
            proof = consistency_proof(old, size, head.log.node) if old else []
            answer = self._submit(old, proof, head.note)
            if isinstance(answer, Note):
                try:
                    self._shelf.put(size, answer.encode())
                except OSError as error:
                    raise NotPlaced(f"it cosigned, and that cannot be kept: {error.strerror}") from error
                return size not in sizes
            if answer > size:
                raise Contradicts(
                    f"it has seen {entries(answer)}, this log has {size}",
                    hint="Run 'sop audit verify': newer entries are gone, or another copy of this desk went on.",
                )
            if answer == old:
                raise self._other(old)
            old = answer
        raise NotPlaced("it names another size each time")

    def recall(self, origin: str, open_log: OpenLog, *, network: bool) -> Recalled:
        heads = list[Outside]()
        newest, when = 0, 0
        for size in spread(self._sizes()):
            found = self._kept(size)
            heads.append(found if isinstance(found, Broken) else found[0])
            if not isinstance(found, Broken):
                newest, when = size, found[1]
        said = f"cosigned {entries(newest)} {_moment(when)}" if newest else "no cosigned head"
        if not network:
            return Recalled(tuple(heads), f"{said}; not asked", "")
        try:
            told = self._ask(newest, open_log)
        except NotPlaced as error:
            return Recalled(tuple(heads), said, str(error))
        if told is None:
            return Recalled(tuple(heads), f"{said}; it has seen nothing of this log")
        return Recalled((*heads, told[0]), f"{said}; it has seen {entries(told[1])}")

    def _ask(self, size: int, open_log: OpenLog) -> tuple[Outside, int] | None:
        """What the witness has seen, without showing it anything newer: the head of its own size is sent to it.

        That makes it say its size (409), then cosign once more what it knows, or refuse another root.
        """
        kept = f"the head that {self.name} says to have seen"
        for _ in range(_ROUNDS):
            with open_log() as log:
                own = Head.of(log)
                note = log.signed_at(size) if size else log.checkpoint()
            if size > own.checkpoint.size:
                return Told(kept, size), size
            if note is None:
                return Told(kept, size, forked=True), size
            # Nothing asked yet: no witness has cosigned a size that is one too large, so it says its own.
            old = size or own.checkpoint.size
            try:
                answer = self._submit(old, [], Note.parse(note))
            except Contradicts:
                return Told(kept, old, forked=True), old
            if isinstance(answer, Note):
                return Anchor(kept, answer.encode()), old
            if answer == 0:
                return None
            if answer == old:
                return Told(kept, old, forked=True), old
            size = answer
        raise NotPlaced("it names another size each time")

    def _submit(self, old: int, proof: list[bytes], note: Note) -> Note | int:
        """The note with this witness's cosignature, or the size that it has seen (C2SP tlog-witness, "add-checkpoint")."""
        sent = submission(old, proof, note).encode()
        answer = post(self._url, sent, "text/plain; charset=utf-8")
        try:
            if answer.status == Status.COSIGNED:
                return self._cosigned(note, answer.body)
            if answer.status == Status.OTHER_SIZE:
                return read_size(answer.body)
        except BadNote as error:
            raise NotPlaced(f"its answer is none of a witness: {error}") from error
        if answer.status == Status.NOT_CONSISTENT:
            raise self._other(old)
        if answer.status == Status.UNKNOWN_LOG:
            raise NotPlaced(
                "it does not know this log", hint="Have this log's verifier key added at the witness."
            )
        if answer.status == Status.NOT_SIGNED:
            raise NotPlaced(
                "it does not know the key of this log", hint="Have the desk's new key added there."
            )
        raise NotPlaced(f"it answered with status {answer.status}")

    def _cosigned(self, note: Note, lines: bytes) -> Note:
        """The note with the valid cosignatures of this witness, and no other line of its answer."""
        answered = with_lines(replace(note, signatures=()), lines)
        own = [
            one
            for one in answered.signatures
            if self._key.cosigned(replace(note, signatures=(one,))) is not None
        ]
        if not own:
            raise NotPlaced("it answered without a cosignature of its key")
        return replace(note, signatures=(*note.signatures, *own))

    def _kept(self, size: int) -> tuple[Anchor, int] | Broken:
        kept = f"a head kept as cosigned by {self.name}"
        data = self._shelf.read(size) or b""
        try:
            when = self._key.cosigned(Note.parse(data))
        except BadNote:
            when = None
        return Broken(kept, "bears no cosignature of it") if when is None else (Anchor(kept, data), when)

    def _sizes(self) -> list[int]:
        try:
            return self._shelf.sizes()
        except OSError as error:
            raise NotPlaced(f"what it cosigned cannot be read: {error.strerror}") from error

    def _other(self, old: int) -> Contradicts:
        return Contradicts(
            f"the head that it cosigned of {entries(old)} is of others than this log begins with",
            hint="Run 'sop audit verify': history was rewritten, or two copies of this desk went on.",
        )


def _moment(when: int) -> str:
    return f"at {datetime.fromtimestamp(when, UTC):%Y-%m-%d %H:%M:%S} UTC" if when < 1 << 37 else "at no time"
