"""The live side of a desk, where texts are published, approved and exchanged."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from sop_runner.base.errors import UsageError

from .common import desk_folder, out, wants_training

if TYPE_CHECKING:
    from sop_runner.desk.publishing import Publishing


@contextmanager
def live_side(context: typer.Context, desk: Path | None) -> "Iterator[Publishing]":
    """What authors and approvers work on; a text with errors ends the command with its findings."""
    from sop_runner.desk.examining import Unsound
    from sop_runner.wiring import opened_publishing

    from .lint_text import as_text

    if wants_training(context, False):
        raise UsageError(
            "training runs any text, so nothing is published for it", hint="Leave '--training' out."
        )
    with opened_publishing(desk_folder(context, desk)) as publishing:
        try:
            yield publishing
        except Unsound as unsound:
            for one in unsound.findings:
                out(as_text(one, ""))
            raise
