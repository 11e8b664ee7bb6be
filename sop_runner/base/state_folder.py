"""Where a user's own state lies: heads of logs that were written here, and what a reviewer last saw."""

from collections.abc import Mapping
from pathlib import Path

VARIABLE = "SOP_STATE"


def state_folder(env: Mapping[str, str]) -> Path:
    """`$SOP_STATE`, else the user's state folder; it need not exist and may not be writable."""
    if env.get(VARIABLE):
        return Path(env[VARIABLE])
    from platformdirs import user_state_path

    return user_state_path("sop-runner", appauthor=False)
