"""Sending approved texts to another desk, and receiving them: verified, on record, and proposed anew."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from sop_runner.audit import outside
from sop_runner.audit.entry import Draft, Entry
from sop_runner.audit.note import Signer
from sop_runner.base.clock import utc_text
from sop_runner.base.errors import NotApproved, RefusedError
from sop_runner.base.ids import random_hex
from sop_runner.people.person import Person
from sop_runner.run.register import Revision, State

from .appending import append_outside
from .bundle import Approved, Bundle, write_bundle
from .examining import Examined
from .publishing import Publishing
from .receipt import receipt_text

IMPORTED = outside.BUNDLE_IMPORTED


def export(
    publishing: Publishing, signer: Signer, wanted: Sequence[str]
) -> tuple[bytes, tuple[Revision, ...]]:
    """A bundle of approved texts with all that they call, signed with the desk's key; of everything without names.

    Raises NotApproved where one of them is not approved.
    """
    register, today = publishing.registry.register, publishing.registry.today()
    if wanted:
        chosen = [publishing.find(name, State.APPROVED) for name in wanted]
    else:
        chosen = [found for name in register.procedures if (found := register.in_force(name, today))]
    revisions: dict[str, Revision] = {}
    for one in chosen:
        _gather(publishing, one, revisions)
    if not revisions:
        raise NotApproved("nothing is approved at this desk", hint="'sop approve' brings texts into force.")
    ledger = publishing.context.ledger

    def receipt(index: int | None) -> str:
        assert index is not None
        return receipt_text(ledger, next(ledger.scan(index, index + 1)))

    parts = [
        {
            "text": publishing.registry.kept(one).data.decode(),
            "published": receipt(one.published_at),
            "approved": receipt(one.approved_at),
        }
        for one in revisions.values()
    ]
    made = utc_text(publishing.context.clock.now().wall)
    return write_bundle(publishing.context.settings.name, made, parts, signer), tuple(revisions.values())


def receive(publishing: Publishing, bundle: Bundle, person: Person) -> tuple[Entry, tuple[Revision, ...]]:
    """Put the texts of a verified bundle before this desk: each is published, and waits for an approval here.

    What is here already is passed over, so that an import that was cut short is simply done again. Returns
    the entry of the import and the revisions that it published. Raises Unsound where this program does not
    accept or prove a text, RefusedError where one contradicts what was published here; nothing is
    written then.
    """
    register = publishing.registry.register
    new: list[Approved] = []
    for one in bundle.texts:
        theirs = one.revision
        ours = register.find(theirs.id, theirs.revision)
        if ours is not None and ours.digest != theirs.digest:
            raise RefusedError(
                f"'{theirs.name}' was published here with another text",
                hint="One of the two desks publishes its text with a higher number.",
            )
        newest = max((known.revision for known in register.of(theirs.id)), default=0)
        if ours is None and theirs.revision < newest:
            raise RefusedError(
                f"'{theirs.name}' is older than revision {newest}, which was published here",
                hint="Leave it out of the bundle, or publish its text here with a higher number.",
            )
        if ours is None:
            new.append(one)
    with TemporaryDirectory(prefix="sop-bundle-") as folder:
        sound = list(_examined(publishing, new, Path(folder)))
    entry = append_outside(publishing.context.ledger, _imported(publishing, bundle, person))[0]
    for one, examined in zip(new, sound, strict=True):
        publishing.publish(
            examined,
            person,
            f"imported from {bundle.desk}",
            origin={
                "kind": "origin",
                "log": bundle.origin,
                "bundle": bundle.digest,
                "publisher": one.revision.publisher,
                "published_at": one.revision.published_at,
                "approver": one.revision.approver,
                "approved_at": one.revision.approved_at,
                "when": one.when,
            },
        )
    after = publishing.registry.register
    published = (after.find(one.revision.id, one.revision.revision) for one in new)
    return entry, tuple(one for one in published if one is not None)


def _gather(publishing: Publishing, one: Revision, into: dict[str, Revision]) -> None:
    """A revision with its callees, as they were pinned."""
    if one.state is not State.APPROVED:
        raise NotApproved(f"'{one.name}' is {one.state}, so it is sent to nobody")
    for name, number, _ in one.pins:
        callee = publishing.find(f"{name}@{number}")
        if callee.name not in into:
            _gather(publishing, callee, into)
    into[one.name] = one


def _examined(publishing: Publishing, texts: Sequence[Approved], folder: Path) -> Iterator[Examined]:
    """Each text checked and proved by this desk; the files have names of ids and numbers alone."""
    files = [folder / f"{one.revision.name}.yaml" for one in texts]
    for file, one in zip(files, texts, strict=True):
        file.write_bytes(one.data)
    for file in files:
        yield publishing.examine(publishing.registry.text(file))


def _imported(publishing: Publishing, bundle: Bundle, person: Person) -> Draft:
    about = {
        "kind": "bundle",
        "origin": bundle.origin,
        "key": bundle.key.text,
        "digest": bundle.digest,
        "desk": bundle.desk,
        "made": bundle.made,
        "procedures": [one.revision.name for one in bundle.texts],
    }
    return Draft(
        type=IMPORTED,
        key=random_hex(),
        ts=publishing.context.clock.now(),
        actor=person.id,
        evidence=(about,),
    )
