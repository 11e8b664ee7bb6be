"""From pydantic's location of an error to the path of the source data."""

from typing import Any

from .shape import Path

KEY_MARK = "[key]"


def locate(data: Any, loc: Path) -> tuple[Path, bool]:
    """The path in `data` that `loc` means, and whether it is the key itself that is wrong.

    Pydantic puts names into a location that no file holds: the kind of a flow item, the branch of
    a union, an index where a single name was taken as a list. Walking the data shows which.
    """
    path: Path = ()
    kind_follows = False
    for step in loc:
        if kind_follows:
            kind_follows = False
            continue
        if isinstance(data, dict) and step in data:
            data, path = data[step], (*path, step)
        elif isinstance(data, list) and isinstance(step, int) and 0 <= step < len(data):
            kind_follows = bool(path) and path[-1] == "flow"
            data, path = data[step], (*path, step)
        elif isinstance(data, dict) and isinstance(step, int) and 0 <= step < len(data):
            # A map that a validator turned into a list of pairs: its place is the key's.
            key = list(data)[step]
            data, path = data[key], (*path, key)
    return path, bool(loc) and loc[-1] == KEY_MARK
