"""A condition that changed: told in words, and whether it holds less often than before."""

from sop_runner.procedure.when import Condition

from .change import Kind, Told
from .compare import OPPOSITE
from .implies import Ratio, ratio
from .sides import Sides


def narrowed(
    told: Told,
    what: str,
    sides: Sides,
    old: Condition | None,
    new: Condition | None,
    *,
    narrower: Kind = "weaker",
    unsettled: bool = True,
) -> None:
    """Tell a condition that changed; `narrower` is what it means that it holds less often.

    Where neither is known to imply the other it is `changed`, and may be weaker unless `unsettled` is false.
    """
    how = ratio(old, new)
    if how == "same":
        return
    kind: Kind = "changed"
    if how != "unsettled":
        kind = narrower if how == "narrower" else OPPOSITE[narrower]
    words = sides.old_words(old) or ALWAYS, sides.new_words(new) or ALWAYS
    told.add(kind, f"{what} in {_CASES[how]} cases", *words, unsettled=unsettled and kind == "changed")


ALWAYS = "always"
_CASES: dict[Ratio, str] = {"narrower": "fewer", "wider": "more", "unsettled": "other"}
