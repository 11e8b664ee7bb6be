"""Where a desk keeps what, and what it is set to."""

import os
from pathlib import Path
from typing import NamedTuple

from sop_runner.base.desk_folder import SETTINGS_FILE
from sop_runner.base.errors import UsageError
from sop_runner.base.message import msg
from sop_runner.base.settings import Settings, parse_settings
from sop_runner.base.state_folder import state_folder


class Layout(NamedTuple):
    """Where a desk keeps what."""

    folder: Path
    training: bool = False

    @property
    def own(self) -> Path:
        """The folder of what live and training never share."""
        return self.folder / "training" if self.training else self.folder

    @property
    def ledger(self) -> Path:
        return self.folder / ("training.db" if self.training else "desk.db")

    @property
    def key(self) -> Path:
        return self.folder / "keys" / ("training.key" if self.training else "desk.key")

    @property
    def vault(self) -> tuple[Path, Path]:
        """The vault and its key."""
        return self.own / "vault.db", self.own / "vault.key"

    @property
    def tries(self) -> Path:
        return self.own / "tries.db"

    @property
    def customers(self) -> Path:
        return self.own / "customers.json"

    @property
    def inbox(self) -> Path:
        return self.own / "inbox.jsonl"

    @property
    def anchors(self) -> Path:
        """What anchors hand out, and what each answered last."""
        return self.folder / "anchors"

    @property
    def procedures(self) -> Path:
        return self.folder / "procedures"


def read_settings(folder: Path) -> Settings:
    """The settings of a desk. Raises UsageError with the first thing that is wrong in them."""
    path = folder / SETTINGS_FILE
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            msg("'{path}' cannot be read: {reason}", path=str(path), reason=str(error))
        ) from error
    settings, findings = parse_settings(text, str(path))
    for finding in findings:
        place = f"{finding.file}:{finding.at.line}:{finding.at.column}"
        raise UsageError(f"{place}: {finding.message}", hint=finding.fix)
    return settings


def user_state() -> Path:
    """Where this user's heads and a reviewer's memory lie: beside no desk, so that no copy takes them along."""
    return state_folder(os.environ)


def refuse_used(folder: Path) -> None:
    """Raise UsageError where a folder is a desk, or holds the remains of one."""
    if (folder / SETTINGS_FILE).exists():
        raise UsageError(
            msg("'{folder}' is a desk already", folder=str(folder)),
            hint=msg("It is not overwritten; name another folder."),
        )
    if folder.exists() and not folder.is_dir():
        raise UsageError(
            msg("'{folder}' is no folder", folder=str(folder)), hint=msg("Name a folder, new or empty.")
        )
    for name in ("desk.db", "training.db", "people.db", "keys"):
        if (folder / name).exists():
            raise UsageError(
                msg(
                    "'{folder}' holds '{name}' of a desk that was not finished or has lost its '{file}'",
                    folder=str(folder),
                    name=name,
                    file=SETTINGS_FILE,
                ),
                hint=msg("Look at what it is; move it away, or name another folder."),
            )
