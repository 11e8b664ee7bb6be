"""A bundle: approved texts of one desk with the proof of who approved them, as one signed file.

The file is a signed note (C2SP signed-note) whose text is a line of format and one line of canonical
JSON (RFC 8785). Each text comes with the entries that published and approved it as C2SP tlog-proofs, so
a receiver needs the origin's verifier key and takes nobody's word. Pure: bytes in, data or an error out.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sop_runner.audit.log import LedgerKind, origin
from sop_runner.audit.note import BadNote, Note, Signer, VerifierKey
from sop_runner.base.canonical import canonical_bytes
from sop_runner.base.errors import NotVerified, Unverifiable, UsageError
from sop_runner.base.textsafe import visible
from sop_runner.procedure.load import load
from sop_runner.run.register import APPROVED, PUBLISHED, Register, Revision, State, take

from .receipt import Receipt, read_receipt

FORMAT = "sop-bundle/1"
MAX_BYTES = 20_000_000
MAX_TEXTS = 500
_LIVE = origin(LedgerKind.LIVE, "")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    text: Annotated[str, Field(max_length=4_000_000)]
    published: Annotated[str, Field(max_length=200_000)]
    approved: Annotated[str, Field(max_length=200_000)]


class _Contents(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    desk: Annotated[str, Field(max_length=200)]
    made: Annotated[str, Field(max_length=40)]
    procedures: Annotated[list[_Part], Field(min_length=1, max_length=MAX_TEXTS)]


@dataclass(frozen=True, slots=True)
class Approved:
    """One text of a bundle, and its revision as the origin's log has it; `when` it was approved there."""

    revision: Revision
    data: bytes
    when: str


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle whose every part was verified under `key`; callees come before those that call them."""

    origin: str
    desk: str
    made: str
    digest: str
    key: VerifierKey
    texts: tuple[Approved, ...]


def write_bundle(desk: str, made: str, parts: Iterable[Mapping[str, str]], signer: Signer) -> bytes:
    """The bytes of a bundle; each part has `text`, `published` and `approved` (receipts)."""
    contents = {"desk": desk, "made": made, "procedures": list(parts)}
    return Note.sign(f"{FORMAT}\n{canonical_bytes(contents).decode()}\n", signer).encode()


def read_bundle(data: bytes, key: VerifierKey) -> Bundle:
    """Verify a bundle under the origin's key, down to each approval.

    Raises Unverifiable where it is not signed by `key` or of another version, NotVerified where it
    contradicts itself, UsageError where it is larger than any bundle may be.
    """
    if len(data) > MAX_BYTES:
        raise UsageError(f"it is larger than a bundle may be ({MAX_BYTES:,} bytes)")
    try:
        note = Note.parse(data)
    except BadNote as error:
        raise BadNote(f"it is no bundle: {error}") from error
    head, _, body = note.text.partition("\n")
    if head != FORMAT:
        raise Unverifiable(
            f"it is '{visible(head[:40], lines=False)}', this program reads '{FORMAT}'",
            hint="Ask whoever sent it which program wrote it.",
        )
    signed = note.signed_by(key)
    if signed is None:
        raise Unverifiable(
            f"it is not signed by the key '{key.name}+{key.hash.hex()}'",
            hint=f"It says to be of {_signers(note)}. Ask that desk for its verifier key by another way.",
        )
    if not signed:
        raise NotVerified("its signature is not of its text: it was changed after it was signed")
    contents = _contents(body)
    texts = tuple(_approved(number, part, key) for number, part in enumerate(contents.procedures, 1))
    names = [one.revision.name for one, _ in texts]
    for name in names:
        if names.count(name) > 1:
            raise NotVerified(f"it holds '{name}' twice")
    origins = {receipt.checkpoint.origin for _, receipts in texts for receipt in receipts}
    if len(origins) > 1 or not min(origins).startswith(_LIVE):
        raise NotVerified(f"its approvals are not of one live log, but of {_quoted(sorted(origins))}")
    return Bundle(
        origin=origins.pop(),
        desk=contents.desk,
        made=contents.made,
        digest=sha256(data).hexdigest(),
        key=key,
        texts=_callees_first([one for one, _ in texts]),
    )


def _contents(body: str) -> _Contents:
    try:
        raw = json.loads(body)
        if canonical_bytes(raw).decode() + "\n" != body:
            raise BadNote("its contents are not in canonical form")
        return _Contents.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"])
        raise BadNote(f"its contents are not as they should be at '{where[:80]}': {first['msg']}") from error
    except (ValueError, TypeError, RecursionError) as error:
        raise BadNote("its contents are no data of a bundle") from error


def _approved(number: int, part: _Part, key: VerifierKey) -> tuple[Approved, tuple[Receipt, Receipt]]:
    """One part, its text held against the entries, the entries against the origin's signed head."""
    published = _proved(number, "publication", part.published, key)
    approved = _proved(number, "approval", part.approved, key)
    register = Register(approver="")
    bodies: list[Any] = []
    for receipt, kind in ((published, PUBLISHED), (approved, APPROVED)):
        try:
            body = json.loads(receipt.body)
            found = body["type"]
        except (ValueError, KeyError, TypeError) as error:
            raise NotVerified(f"an entry of text {number} is none of an audit log") from error
        if found != kind:
            raise NotVerified(f"text {number} comes with the entry '{found}' where '{kind}' has to be")
        register, wrong = take(register, receipt.index, body)
        if wrong is not None:
            raise NotVerified(f"text {number}: {wrong[1]}")
        bodies.append(body)
    if approved.index <= published.index:
        raise NotVerified(f"text {number} was approved before it was published")
    (revision,) = register
    data = part.text.encode()
    loaded = load(data, f"{revision.name}.yaml")
    found_text = loaded.procedure
    if found_text is None or loaded.digest != revision.digest:
        raise NotVerified(f"the text of '{revision.name}' is not the one that was approved")
    if (found_text.procedure, found_text.revision) != (revision.id, revision.revision):
        raise NotVerified(f"the text of '{revision.name}' is that of '{found_text.procedure}'")
    assert revision.state is State.APPROVED
    return Approved(revision, data, bodies[1]["ts"]["wall"]), (published, approved)


def _proved(number: int, what: str, text: str, key: VerifierKey) -> Receipt:
    receipt = read_receipt(text)
    doubt = receipt.doubt(key)
    if doubt:
        raise NotVerified(f"the {what} of text {number} is not proved: {doubt}")
    return receipt


def _callees_first(texts: list[Approved]) -> tuple[Approved, ...]:
    ordered: list[Approved] = []
    while texts:
        waiting = {one.revision.digest for one in texts}
        ready = [one for one in texts if not waiting & {digest for _, _, digest in one.revision.pins}]
        if not ready:
            raise NotVerified("its texts call each other in a circle")
        ordered += sorted(ready, key=lambda one: (one.revision.id, one.revision.revision))
        texts = [one for one in texts if one not in ready]
    return tuple(ordered)


def _signers(note: Note) -> str:
    return _quoted(f"{visible(one.name, lines=False)}+{one.key.hex()}" for one in note.signatures) or "nobody"


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
