"""The procedures of a desk: files in its folder, and the texts that runs have pinned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sop_runner.audit.log import Ledger
from sop_runner.base.errors import NotApproved, NotVerified, UsageError
from sop_runner.base.finding import Finding, Severity
from sop_runner.base.message import Message, msg
from sop_runner.base.textsafe import visible
from sop_runner.machine.plan import Plan, compile_plan
from sop_runner.procedure.library import Resolved, resolve
from sop_runner.procedure.load import Loaded, load
from sop_runner.procedure.model import Procedure

SCENARIOS = ".scenarios.yaml"
MAX_BYTES = 4_000_000
"""Of a file that is looked at at all; the loader's own bound on a procedure is lower."""


@dataclass(frozen=True, slots=True)
class Text:
    """One file of the desk: its bytes as they are, and what they say."""

    path: Path
    data: bytes
    loaded: Loaded


class Registry:
    """Finds procedures by id or path, their callees beside them, and what a run has pinned."""

    def __init__(self, folder: Path, ledger: Ledger) -> None:
        self._folder = folder
        self._ledger = ledger
        self._read: dict[Path, tuple[tuple[int, int], Text]] = {}
        self._plans: dict[tuple[str, tuple[tuple[str, int, str], ...]], Plan] = {}

    def texts(self) -> tuple[Text, ...]:
        """Every procedure file in the desk's folder, by name."""
        return tuple(self._text(path) for path in procedure_files(self._folder))

    def find(self, wanted: str) -> Text:
        """A procedure by its id, or by the path of a file. Raises UsageError for neither."""
        path = Path(wanted)
        if path.suffix in (".yaml", ".yml") or len(path.parts) > 1:
            if not path.is_file():
                raise UsageError(f"there is no file '{visible(wanted, lines=False)}'")
            return self._text(path)
        texts = self.texts()
        found = [text for text in texts if _id(text) == wanted]
        if not found:
            raise UsageError(
                f"there is no procedure '{visible(wanted, lines=False)}' at this desk",
                hint=f"There are: {', '.join(_id(text) for text in texts) or 'none yet'}."
                " Put its file into the desk's 'procedures' folder, or name a file.",
            )
        return max(found, key=lambda text: text.loaded.procedure.revision if text.loaded.procedure else 0)

    def resolved(self, text: Text) -> Resolved:
        """A procedure with its callees, found beside it or in the desk's folder."""
        return resolve(text.loaded, lambda name, revision: self._callee(text.path.parent, name, revision))

    def plan(self, text: Text) -> Plan:
        """Compile a file of the desk. Raises NotApproved where it has errors."""
        resolved = self.resolved(text)
        procedure, digest = text.loaded.procedure, text.loaded.digest
        if procedure is None or digest is None or errors(text.loaded, resolved):
            raise NotApproved(
                f"'{text.path}' has errors and cannot be run", hint=f"'sop lint {text.path}' shows them."
            )
        pins = tuple(sorted((*key, found.digest or "") for key, found in resolved.callees.items()))
        key = (digest, pins)
        if key not in self._plans:
            self._plans[key] = compile_plan(procedure, digest, resolved.procedures, pins)
        return self._plans[key]

    def keep(self, text: Text) -> None:
        """Put the texts of a procedure and of its callees beside the log, so that a run can pin them."""
        loaded = [text.loaded, *self.resolved(text).callees.values()]
        for one in loaded:
            self._keep(one.digest or "", self._text(Path(one.file)).data)

    def pinned(self, digest: str, callees: Sequence[Mapping[str, Any]]) -> Plan:
        """The plan that a run pinned, from the texts beside the log whatever the files say by now."""
        pins = tuple(sorted((one["id"], one["revision"], one["digest"]) for one in callees))
        key = (digest, pins)
        if key not in self._plans:
            procedures = {(name, revision): self._kept(pin) for name, revision, pin in pins}
            self._plans[key] = compile_plan(self._kept(digest), digest, procedures, pins)
        return self._plans[key]

    def _kept(self, digest: str) -> Procedure:
        loaded = load(self._ledger.procedure(digest), f"kept {digest[:12]}")
        if loaded.procedure is None or loaded.digest != digest:
            raise NotVerified(
                f"the text kept as '{digest[:12]}…' is not the one that runs have pinned",
                hint="Run 'sop audit verify', and restore the text from a backup.",
            )
        return loaded.procedure

    def _keep(self, digest: str, data: bytes) -> None:
        try:
            self._ledger.procedure(digest)
        except UsageError:
            self._ledger.put_procedure(digest, data)

    def _callee(self, beside: Path, name: str, revision: int) -> Loaded | None:
        folders = dict.fromkeys((beside, self._folder))
        for folder in folders:
            # By its own name first: most callees are found without reading the whole folder.
            files = sorted(procedure_files(folder), key=lambda path: path.stem != name)
            for path in files:
                loaded = self._text(path).loaded
                found = loaded.procedure
                if found is not None and (found.procedure, found.revision) == (name, revision):
                    return loaded
        return None

    def _text(self, path: Path) -> Text:
        try:
            status = path.stat()
            mark = (status.st_mtime_ns, status.st_size)
            known = self._read.get(path)
            if known is None or known[0] != mark:
                if status.st_size > MAX_BYTES:
                    raise UsageError(f"'{path}' is too large for a procedure ({status.st_size:,} bytes)")
                data = path.read_bytes()
                known = mark, Text(path, data, load(data, str(path)))
                self._read[path] = known
        except OSError as error:
            raise UsageError(f"'{path}' cannot be read: {error.strerror}") from error
        return known[1]


def procedure_files(folder: Path) -> list[Path]:
    """The procedure files in a folder, by name; scenarios are none."""
    files = [*folder.glob("*.yaml"), *folder.glob("*.yml")]
    return sorted(path for path in files if path.is_file() and not path.name.endswith(SCENARIOS))


def errors(loaded: Loaded, resolved: Resolved) -> tuple[Finding, ...]:
    """The findings that keep a procedure from being used."""
    return tuple(f for f in (*loaded.findings, *resolved.findings) if f.severity is Severity.ERROR)


def may_run_live(procedure: Procedure, today: date) -> Message | None:
    """Why a procedure may not run live on that day; None where it may."""
    if not procedure.in_force(today):
        return msg(
            "'{procedure}' is in force from {day} only",
            procedure=procedure.procedure,
            day=procedure.effective_from.isoformat(),
        )
    if procedure.expects:
        return msg(
            "'{procedure}' is made to be called by others and cannot run alone", procedure=procedure.procedure
        )
    return None


def review_due(procedure: Procedure, today: date) -> bool:
    """Whether the procedure should have been reviewed by now."""
    return today > procedure.review_by


def _id(text: Text) -> str:
    return text.loaded.procedure.procedure if text.loaded.procedure else text.path.stem
