"""Taking a log away: written to a folder from a reader's side, and on record once it is whole."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from sop_runner.audit import outside
from sop_runner.audit.entry import Draft, Entry
from sop_runner.audit.verify import opening_of
from sop_runner.base.errors import NotVerified
from sop_runner.base.ids import random_hex
from sop_runner.people.person import Person
from sop_runner.review.exports.folder import ExportFolder
from sop_runner.review.exports.shared import Progress
from sop_runner.review.exports.whole import Exported, export
from sop_runner.run.actions import FactorProof
from sop_runner.run.answers.common import check_proofs

from .appending import append_outside
from .context import Context
from .layout import Layout
from .storing import store_of

EXPORTED = outside.EXPORTED


def export_log(
    layout: Layout, target: Path, tables: Sequence[str], progress: Progress
) -> tuple[Exported, ExportFolder]:
    """Write a ledger of a desk to `target`, all but its end mark. It is read only: no writer waits.

    Raises UsageError for a folder that holds something, NotVerified for a log that is not what its
    checkpoint says, StoreFailed where the folder cannot be written.
    """
    with closing(store_of(layout).source()) as source:
        opening = opening_of(source)
        if opening is None:
            raise NotVerified("the log does not begin with 'LogOpened'", hint="Run 'sop audit verify'.")
        folder = ExportFolder(target)
        return export(source, opening, folder, tables, progress), folder


def record_export(
    context: Context, exported: Exported, account: str, signed: tuple[Person, Sequence[FactorProof]] | None
) -> Entry:
    """Put on record what was taken away, and who signed for it; nobody did where the `account` stands."""
    about: dict[str, Any] = {
        "kind": "exported",
        "size": exported.size,
        "root": exported.root.hex(),
        "trailer": exported.trailer,
    }
    evidence: tuple[Mapping[str, Any], ...] = (about,)
    if signed is not None:
        person, proofs = signed
        account = person.id
        factors = check_proofs(proofs, (), len(person.factors) or 1, person.id)
        evidence = (about, {"kind": "sign_off", "approved": True, "factors": factors})
    stamp = context.clock.now()
    draft = Draft(type=EXPORTED, key=random_hex(), ts=stamp, actor=account, evidence=evidence)
    return append_outside(context.ledger, draft)[0]
