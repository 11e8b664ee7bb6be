"""Which folder is the desk: the same order for every command."""

from collections.abc import Mapping
from pathlib import Path

from .errors import UsageError
from .message import msg

SETTINGS_FILE = "sop.toml"


def find_desk(
    explicit: Path | None, env: Mapping[str, str], cwd: Path, user_data: Path | None = None
) -> Path | None:
    """The desk's folder: `--desk`, `$SOP_DESK`, the nearest parent with `sop.toml`, the user's data folder.

    None where there is none. Raises UsageError where a folder was named and holds no desk: falling
    back to another desk would write to the wrong log. `user_data` stands in for the user's folder.
    """
    named = ((explicit, "--desk"), (Path(env["SOP_DESK"]) if env.get("SOP_DESK") else None, "$SOP_DESK"))
    for folder, origin in named:
        if folder is not None:
            if not (folder / SETTINGS_FILE).is_file():
                raise UsageError(
                    msg(
                        "'{folder}', named by {origin}, holds no '{file}'",
                        folder=str(folder),
                        origin=origin,
                        file=SETTINGS_FILE,
                    ),
                    hint=msg(
                        "Make a desk there with 'sop init {folder}', or name another folder.",
                        folder=str(folder),
                    ),
                )
            return folder
    for folder in (cwd, *cwd.parents):
        if (folder / SETTINGS_FILE).is_file():
            return folder
    home = user_data or user_desk()
    return home if (home / SETTINGS_FILE).is_file() else None


def user_desk() -> Path:
    """Where a user's own desk lies when no folder is named."""
    from platformdirs import user_data_path

    return user_data_path("sop-runner", appauthor=False)
