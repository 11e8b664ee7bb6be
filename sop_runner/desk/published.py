"""The published texts of a desk: the register as the live log has it now, and the texts beside that log."""

import json
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from sop_runner.audit.log import Ledger
from sop_runner.base.errors import NotVerified
from sop_runner.base.message import msg
from sop_runner.procedure.load import Loaded, load
from sop_runner.run.register import TYPES, Register, Revision, take

from .files import Text


class Published:
    """Kept up with the log entry by entry; every terminal of a desk sees the same."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._lock = threading.Lock()
        self._register = Register()
        self._texts: dict[str, Text] = {}

    def register(self) -> Register:
        """What has been published, approved and withdrawn up to now."""
        with self._lock:
            known, size = self._register, self._ledger.size()
            if size > known.size:
                new = self._ledger.scan(known.size, size) if known.size else self._ledger.entries(None)
                for entry in new:
                    if entry.run is None and entry.type in TYPES:
                        known, _ = take(known, entry.seq, json.loads(entry.body))
                self._register = replace(known, size=max(known.size, size))
            return self._register

    def text(self, revision: Revision) -> Text:
        """The kept text of a revision. Raises NotVerified where it is another than the one published."""
        digest = revision.digest
        with self._lock:
            if digest not in self._texts:
                data = self._ledger.procedure(digest)
                loaded = load(data, f"{revision.name}.yaml")
                if loaded.procedure is None or loaded.digest != digest:
                    raise NotVerified(
                        msg(
                            "the text kept as '{digest}…' is not the one that was published",
                            digest=digest[:12],
                        ),
                        hint=msg("Run 'sop audit verify', and restore the text from a backup."),
                    )
                self._texts[digest] = Text(Path(f"{revision.name}.yaml"), data, loaded)
            return self._texts[digest]

    def revision(self, digest: str | None) -> Revision | None:
        """The revision that a text was published as."""
        return next((one for one in self.register() if one.digest == digest), None)

    def callees(self, text: Text) -> Mapping[tuple[str, int], Loaded] | None:
        """What a text from here calls, as it was pinned when it was published; None for one of a file."""
        revision = self.revision(text.loaded.digest)
        if revision is None or self.text(revision) is not text:
            return None
        return {
            (name, number): self.text(found).loaded
            for name, number, digest in revision.pins
            if (found := self.revision(digest)) is not None
        }

    def find(self, procedure: str, revision: int) -> Text | None:
        """The text of one published revision."""
        found = self.register().find(procedure, revision)
        return None if found is None else self.text(found)
