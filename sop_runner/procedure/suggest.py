"""Did you mean: the nearest of some names, in bounded time."""

import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

# Comparing is quadratic in the length and linear in the number of names: both come from a file.
MAX_LENGTH = 80
MAX_NAMES = 500


def nearest(wrong: Any, names: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The name most like `wrong`, None where none is; letter case, `_` and `-` count for little."""
    if not isinstance(wrong, str) or not wrong or len(wrong) > MAX_LENGTH:
        return None
    folded: dict[str, str] = {}
    for name in list(names)[:MAX_NAMES]:
        folded.setdefault(_fold(name), name)
    near = get_close_matches(_fold(wrong), folded, n=1, cutoff=cutoff)
    return folded[near[0]] if near else None


def did_you_mean(wrong: Any, names: Iterable[str], otherwise: str) -> str:
    """The fix for an unknown name: the nearest known one, else what `otherwise` says."""
    near = nearest(wrong, names)
    if not near:
        return otherwise
    odd = next((char for char in str(wrong) if not char.isascii()), "") if near.isascii() else ""
    letter = f" '{odd}' (U+{ord(odd):04X}) is no letter from a to z" if odd else ""
    return f"did you mean '{near}'?{letter}"


def listed(names: Iterable[str], most: int = 12) -> str:
    """Names in quotes for a sentence, the first `most` of them."""
    every = list(names)
    text = ", ".join(f"'{name}'" for name in every[:most])
    return f"{text} and {len(every) - most} more" if len(every) > most else text


_MARKS = str.maketrans(
    {"、": ",", "【": "[", "】": "]", **dict.fromkeys("‐‑‒–—―−", "-"), **dict.fromkeys("\u00ad\u200b\ufeff")}
)


def as_typed(value: str) -> str:
    """Letters and marks as an ordinary keyboard has them: half-width, with hyphens, without what is not seen."""
    return unicodedata.normalize("NFKC", value).translate(_MARKS).strip()


def _fold(name: str) -> str:
    return name[:MAX_LENGTH].lower().replace("_", "-")
