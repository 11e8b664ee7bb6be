"""`sop audit`: what a reviewer asks of the log. The module of one command is loaded when it is called."""

from collections.abc import Mapping

import typer

from .common import example
from .lazily import LazyGroup, Place

AUDIT: Mapping[str, Place] = {
    "verify": Place(
        "audit_verify",
        "Recompute the whole log, hold it against what was kept outside of it, then replay every run.",
    ),
    "show": Place(
        "audit_show",
        "The entries of a run in words, or as they are with --json; one entry whole by its number.",
    ),
    "replay": Place(
        "audit_show",
        "Replay a run under the text it pinned: what was recorded, by whom, after how long; every move must be allowed.",
    ),
    "proof": Place(
        "audit_proofs",
        "Print a proof that an entry is under the newest checkpoint (C2SP tlog-proof); 'check-receipt' reads it.",
    ),
    "check-receipt": Place(
        "audit_proofs",
        "Check a receipt with nothing but the file and the verifier keys that you trust. Exits 0 proved, 4 not.",
    ),
    "anchor": Place(
        "audit_anchor",
        "Place the newest head of the live log at every anchor below [anchors] in sop.toml, and say what each answered.",
    ),
    "export": Place(
        "audit_export",
        "Take the log away: tiles and entries, keys, procedures, tables, and a program that checks them without us.",
    ),
    "report": Place(
        "audit_report",
        "What happened in a period, each figure with the runs behind it; or a run: who, what, evidence, times, proof.",
    ),
    "erase": Place(
        "audit_erasing",
        "Erase the personal values kept of a subject for good. The log keeps that they were, and who signed.",
    ),
    "hold": Place(
        "audit_erasing",
        "Place a legal hold: no personal value of it is erased, on request or when its time is over, until it is released.",
    ),
    "release": Place(
        "audit_erasing", "End a legal hold. Nothing is erased by that; other holds over the same stay."
    ),
    "retention": Place(
        "audit_erasing",
        "What is kept of whom for how long, by each run's own procedure: what is due, what is held. Shows only.",
    ),
    "seal": Place(
        "audit_archive",
        "Write what came into the log since the last time as a sealed segment that verifies alone. The log keeps it too.",
    ),
    "check-archive": Place(
        "audit_archive",
        "Check every sealed segment, that none is missing between them, and that they are what the live log sealed.",
    ),
    "find": Place(
        "audit_archive",
        "Find runs by ticket, procedure or date, in the log and in sealed segments. Days are UTC. Exits 1 for none.",
    ),
}


class _AuditGroup(LazyGroup):
    places = AUDIT


def add_to(root: typer.Typer) -> None:
    """Register the commands."""
    root.add_typer(app, name="audit")


app = typer.Typer(
    cls=_AuditGroup,
    help="Verify the audit log, look at it, replay runs.",
    no_args_is_help=True,
    rich_markup_mode=None,
    epilog=example("sop audit verify"),
)
