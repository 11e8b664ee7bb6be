"""Tables that are older or newer than the program: said with what to do, the same for every database."""

from sop_runner.base.errors import UsageError
from sop_runner.base.message import msg


def refuse_other_version(place: str, found: int, known: int) -> None:
    """Raise UsageError unless the tables at `place` are of the version that this program knows."""
    if found == known:
        return
    raise UsageError(
        msg(
            "'{path}' has schema version {version}, this program works with {known}",
            path=place,
            version=found,
            known=known,
        ),
        hint=msg("Make a backup, then run 'sop store upgrade'.")
        if found < known
        else msg("A newer program made it: install that one here as well."),
    )
