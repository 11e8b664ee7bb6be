"""What a live desk offers: approved texts from the log; a file beside them is only ever told about."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

from sop_runner.audit.log import Ledger
from sop_runner.base.message import Message
from sop_runner.machine.plan import Plan
from sop_runner.run.approval import approved
from sop_runner.run.register import Register, Revision

from .files import Text
from .published import Published
from .registry import Registry


class LiveRegistry(Registry):
    """The texts of a live desk: of each procedure the revision in force, whatever the folder holds."""

    def __init__(self, folder: Path, ledger: Ledger, published: Published, today: Callable[[], date]) -> None:
        super().__init__(folder, ledger, published)
        self._live = published
        self.today = today

    @property
    def register(self) -> Register:
        """What has been published up to now."""
        return self._live.register()

    def find(self, wanted: str) -> Text:
        """The revision in force of an id, else the newest there is; the published text of a file."""
        revisions = self.register.of(wanted)
        if revisions:
            return self._live.text(self._current(revisions))
        text = super().find(wanted)
        published = self._live.revision(text.loaded.digest)
        return text if published is None else self._live.text(published)

    def texts(self) -> tuple[Text, ...]:
        """Of each published procedure the current text, then the files that are none of them."""
        register = self.register
        current = [self._current(revisions) for _, revisions in sorted(register.procedures.items())]
        digests = {one.digest for one in current}
        files = (text for text in super().texts() if text.loaded.digest not in digests)
        return (*(self._live.text(one) for one in current), *files)

    def kept(self, revision: Revision) -> Text:
        """The text of a published revision."""
        return self._live.text(revision)

    def keep_text(self, text: Text) -> None:
        """Put a text beside the log, by its digest and for ever."""
        self._keep(text)

    def keep(self, text: Text) -> None:
        """What may run live has been kept since it was published."""

    def unapproved(self, plan: Plan) -> Message | None:
        main = (plan.procedure.procedure, plan.procedure.revision, plan.digest)
        found = approved(self.register, main, plan.pinned, self.today())
        return found if isinstance(found, Message) else None

    def _current(self, revisions: tuple[Revision, ...]) -> Revision:
        return self.register.in_force(revisions[0].id, self.today()) or revisions[-1]
