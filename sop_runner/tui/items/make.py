"""Which pane an item is answered in."""

from collections.abc import Mapping, Sequence
from typing import Any

from sop_runner.desk.port import PersonInfo
from sop_runner.run.views import ItemView, RunView

from ..drawing.card import limit_way
from ..ui import Ui
from .checklist import ChecklistPane
from .choice import ChoicePane
from .identity import IdentityPane
from .log_review import LogReviewPane
from .pane import ItemPane
from .record import Questions, ReadBackPane, RecordPane
from .sign_off import SignOffPane
from .still import HeldPane, LimitPane, StepPane

_BY_EVIDENCE: dict[str, type[ItemPane]] = {
    "identity": IdentityPane,
    "record": RecordPane,
    "statement": ChoicePane,
    "log_review": LogReviewPane,
    "read_back": ReadBackPane,
}
_BY_KIND: dict[str, type[ItemPane]] = {
    "step": StepPane,
    "checklist": ChecklistPane,
    "decision": ChoicePane,
}


def make_pane(
    ui: Ui,
    view: RunView,
    item: ItemView,
    people: Sequence[PersonInfo],
    asked: Questions,
    drafts: Mapping[str, Any] | None = None,
) -> ItemPane:
    """The pane for the item as the run stands; `asked` says what a record asks, given what was typed.

    `drafts` of a record are put back, so that nobody types all of it again for one correction.
    """
    kind = pane_kind(view, item)
    if kind is SignOffPane:
        return SignOffPane(ui, item, people)
    if kind is RecordPane:
        return RecordPane(ui, item, asked, drafts)
    return kind(ui, item)


def pane_kind(view: RunView, item: ItemView) -> type[ItemPane]:
    """The kind of pane: what stops the run goes before what the item asks."""
    if "resume" in view.can:
        return HeldPane
    if limit_way(item) is not None:
        return LimitPane
    if item.evidence == "sign_off":
        return SignOffPane
    return _BY_EVIDENCE.get(item.evidence) or _BY_KIND.get(item.kind, StepPane)
