"""Procedure files in a folder: found by id or path, with their callees beside them."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sop_runner.base.errors import UsageError
from sop_runner.base.finding import Finding, Severity
from sop_runner.base.message import listing, msg
from sop_runner.base.textsafe import visible
from sop_runner.procedure.library import Resolved, resolve
from sop_runner.procedure.load import Loaded, load

SCENARIOS = ".scenarios.yaml"
MAX_BYTES = 4_000_000
"""Of a file that are read; what the loader takes is less, and its finding says so."""


@dataclass(frozen=True, slots=True)
class Text:
    """One file: its bytes as they are, and what they say."""

    path: Path
    data: bytes
    loaded: Loaded

    @property
    def id(self) -> str:
        """The procedure's id; the name of a file that cannot be read as one."""
        return self.loaded.procedure.procedure if self.loaded.procedure else self.path.stem


class ProcedureFiles:
    """The procedure files of a folder. A file is read again only when it has changed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[Path, tuple[tuple[int, int], Text]] = {}

    def texts(self) -> tuple[Text, ...]:
        """Every procedure file in the folder, by name."""
        return tuple(self.text(path) for path in procedure_files(self._folder))

    def find(self, wanted: str) -> Text:
        """A procedure by its id, or by the path of a file. Raises UsageError for neither."""
        path = Path(wanted)
        if path.suffix in (".yaml", ".yml") or len(path.parts) > 1:
            if not path.is_file():
                raise UsageError(msg("there is no file '{path}'", path=visible(wanted, lines=False)))
            return self.text(path)
        texts = self.texts()
        found = [text for text in texts if text.id == wanted]
        if not found:
            raise UsageError(
                msg(
                    "there is no procedure '{procedure}' at this desk", procedure=visible(wanted, lines=False)
                ),
                hint=msg(
                    "There are: {known}. Put its file into the desk's 'procedures' folder, or name a file.",
                    known=listing(text.id for text in texts) if texts else msg("none yet"),
                ),
            )
        return max(found, key=lambda text: text.loaded.procedure.revision if text.loaded.procedure else 0)

    def resolved(self, text: Text) -> Resolved:
        """A procedure with its callees, found beside it or in the folder."""
        return resolve(text.loaded, lambda name, revision: self._callee(text.path.parent, name, revision))

    def text(self, path: Path) -> Text:
        """Read one file. Raises UsageError where it cannot be read."""
        try:
            status = path.stat()
            mark = (status.st_mtime_ns, status.st_size)
            known = self._read.get(path)
            if known is None or known[0] != mark:
                data = read_file(path)
                known = mark, Text(path, data, load(data, str(path)))
                self._read[path] = known
        except OSError as error:
            raise _unreadable(path, error) from error
        return known[1]

    def _callee(self, beside: Path, name: str, revision: int) -> Loaded | None:
        """What a call calls; a file of that name that cannot be read as a procedure where there is no other."""
        unread: Loaded | None = None
        for folder in dict.fromkeys((beside, self._folder)):
            # By its own name first: most callees are found without looking through the folder.
            named = [path for end in (".yaml", ".yml") if (path := folder / f"{name}{end}").is_file()]
            for paths in (named, (path for path in procedure_files(folder) if path not in named)):
                for path in paths:
                    loaded = self.text(path).loaded
                    found = loaded.procedure
                    if found is None and paths is named:
                        unread = unread or loaded
                    elif found is not None and (found.procedure, found.revision) == (name, revision):
                        return loaded
        return unread


def read_file(path: Path) -> bytes:
    """The bytes of a file, and of one that is too large as many as show that. Raises UsageError."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> UsageError:
    shown = visible(str(path), lines=False)
    return UsageError(msg("'{path}' cannot be read: {reason}", path=shown, reason=str(error.strerror)))


def procedure_files(folder: Path) -> list[Path]:
    """The procedure files in a folder, by name; scenarios are none."""
    files = [*folder.glob("*.yaml"), *folder.glob("*.yml")]
    return sorted(path for path in files if path.is_file() and not path.name.endswith(SCENARIOS))


def with_subfolders(folder: Path) -> Iterator[Path]:
    """A folder and those under it, in the order of their names; hidden ones and links are not gone into.

    Raises UsageError where one may not be read: nobody is to believe that it was looked at.
    """

    def told(error: OSError) -> None:
        if isinstance(error, PermissionError):
            raise _unreadable(Path(error.filename), error) from error

    for here, inner, _ in os.walk(folder, onerror=told):
        inner[:] = sorted(name for name in inner if not name.startswith("."))
        yield Path(here)


def saved(folders: Iterable[Path]) -> tuple[tuple[str, int, int], ...]:
    """Name, time of change and size of each file in `folders` that findings may depend on; another answer after a save."""
    found: list[tuple[str, int, int]] = []
    for folder in dict.fromkeys(folders):
        for pattern in ("*.yaml", "*.yml", "*.csv"):
            for path in folder.glob(pattern):
                try:
                    status = path.stat()
                except OSError:
                    continue  # an editor that replaces the file is between two of its steps
                found.append((str(path), status.st_mtime_ns, status.st_size))
    return tuple(sorted(found))


def errors(loaded: Loaded, resolved: Resolved) -> tuple[Finding, ...]:
    """The findings that keep a procedure from being used, those of its callees with it."""
    found = [*loaded.findings, *resolved.findings]
    for callee in resolved.callees.values():
        found.extend(callee.findings)
    return tuple(finding for finding in found if finding.severity is Severity.ERROR)
