"""Which starters there are."""

from collections.abc import Callable, Mapping

from sop_runner.base.i18n import Translator

from .approval import approval
from .checklist import checklist
from .request import request
from .writing import Starter
from .writing import Wanted as Wanted

LANGUAGES = ("en", "zh-Hans", "zh-Hant", "hu")
KINDS: Mapping[str, Callable[[Wanted, Translator], Starter]] = {
    "request": request,
    "approval": approval,
    "checklist": checklist,
}
SAYS: Mapping[str, str] = {
    "request": "a customer's request, proved to be theirs and carried out",
    "approval": "an exception that a second person signs once it is large",
    "checklist": "a check made the same way each time",
}


def starter(kind: str, wanted: Wanted) -> Starter:
    """The starter of one of KINDS, in the language of `wanted`."""
    return KINDS[kind](wanted, Translator(wanted.language))
