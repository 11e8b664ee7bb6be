"""Texts of a procedure by any name an author has for them: a file, a revision of a desk, a git revision."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sop_runner.audit.log import Ledger
from sop_runner.base.errors import UsageError
from sop_runner.base.finding import Severity
from sop_runner.base.textsafe import visible
from sop_runner.procedure.library import Resolved, resolve
from sop_runner.procedure.load import Loaded, load

from .files import ProcedureFiles
from .git_files import GitRevision

if TYPE_CHECKING:
    from .desk import Desk

_OF_DESK = re.compile(r"([a-z0-9][a-z0-9-]*)@([1-9][0-9]{0,8})")
FORMS = "Name a file, a revision of the desk such as account-change@3, or git:REVISION:PATH."


@dataclass(frozen=True, slots=True)
class Found:
    """A text without errors, with what of its callees is at hand."""

    name: str
    loaded: Loaded
    resolved: Resolved


def find_text(wanted: str, desk: "Callable[[], Desk]", folder: Path) -> Found:
    """A text by its name; `desk` opens the desk where one is asked for, `folder` is where git is run.

    Raises UsageError where there is no such text, or it has errors.
    """
    path = Path(wanted)
    of_desk = _OF_DESK.fullmatch(wanted)
    if _is_file(path):
        found = _of_file(path)
    elif wanted.startswith("git:") or (of_desk is None and ":" in wanted):
        found = _of_git(wanted, folder)
    elif of_desk is not None:
        found = _of_desk(desk(), of_desk[1], int(of_desk[2]))
    else:
        raise UsageError(f"there is no '{visible(wanted, lines=False)}'", hint=FORMS)
    wrong = [one for one in found.loaded.findings if one.severity is Severity.ERROR]
    if wrong:
        raise UsageError(
            f"'{visible(found.name, lines=False)}' has errors and cannot be compared: line {wrong[0].at.line}: {wrong[0].message}",
            hint="'sop lint' shows all of them.",
        )
    return found


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _of_file(path: Path) -> Found:
    files = ProcedureFiles(path.parent)
    text = files.text(path)
    return Found(str(path), text.loaded, files.resolved(text))


def _of_git(wanted: str, folder: Path) -> Found:
    revision, _, path = wanted.removeprefix("git:").partition(":")
    if not revision or not path:
        raise UsageError(f"'{visible(wanted, lines=False)}' names no file of a git revision", hint=FORMS)
    git = GitRevision(revision, folder)
    read: dict[str, Loaded] = {}

    def text(name: str) -> Loaded:
        if name not in read:
            read[name] = load(git.read(name), f"{revision}:{name}")
        return read[name]

    def callee(name: str, number: int) -> Loaded | None:
        for beside in sorted(git.beside(path), key=lambda one: Path(one).stem != name):
            found = text(beside).procedure
            if found is not None and (found.procedure, found.revision) == (name, number):
                return text(beside)
        return None

    main = text(path)
    return Found(wanted, main, resolve(main, callee))


def _of_desk(desk: "Desk", name: str, revision: int) -> Found:
    """As it was published, else as a run has pinned it (the newest one where texts differ), else as a file has it."""
    ledger = desk.context.ledger
    published = desk.registry.published_text(name, revision)
    if published is not None:
        return Found(f"{name}@{revision}", published.loaded, desk.registry.resolved(published))
    for pinned in pins(ledger, ended=True):
        digest = pinned.get((name, revision))
        if digest is not None:

            def callee(other: str, number: int, pinned: Pins = pinned) -> Loaded | None:
                known = pinned.get((other, number))
                return None if known is None else _kept(ledger, known)

            main = _kept(ledger, digest)
            return Found(f"{name}@{revision}", main, resolve(main, callee))
    for text in desk.registry.texts():
        found = text.loaded.procedure
        if found is not None and (found.procedure, found.revision) == (name, revision):
            return Found(f"{name}@{revision}", text.loaded, desk.registry.resolved(text))
    raise UsageError(
        f"this desk has no '{name}' of revision {revision}",
        hint="'sop procedures list' says what there is; --desk names another desk.",
    )


def _kept(ledger: Ledger, digest: str) -> Loaded:
    return load(ledger.procedure(digest), f"kept {digest[:12]}")


Pins = dict[tuple[str, int], str]
"""The texts that a run pinned, by id and revision: its own and those of its callees."""


def pins(ledger: Ledger, *, ended: bool = False) -> Iterator[Pins]:
    """What each open run (with `ended` every run) pinned, the newest run first."""
    for summary in ledger.summaries(ended=ended):
        started = ledger.entries(summary.run)[0]
        if started.procedure is None:
            continue
        about = next((piece for piece in started.evidence if piece.get("kind") == "start"), {})
        known: Pins = {(one["id"], one["revision"]): one["digest"] for one in about.get("pinned", ())}
        known[started.procedure.id, started.procedure.revision] = started.procedure.digest
        yield known


def open_runs(ledger: Ledger, digest: str) -> int:
    """How many open runs are pinned to a text, as their own procedure or through a call."""
    return sum(digest in pinned.values() for pinned in pins(ledger))
