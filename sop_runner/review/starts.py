"""Runs as they begin: under which plan, of which ticket. Found out once for all whose start has one form."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sop_runner.audit.bodies import HEAD, PIN_TEXT, PROCEDURE, Fields
from sop_runner.audit.heads import Form
from sop_runner.base.canonical import text_checked
from sop_runner.run.actions import Opened

from .followed import Followed
from .forms import Sought
from .holds import ticket_in
from .judging import Flaw
from .known import Known
from .plans import PinnedPlans
from .replay_run import RunReplay

OpenAll = Callable[[str], Mapping[str, Opened]]
_MOST = 2_000
"""Forms of starts whose plan is kept."""


def nothing_opened(run: str) -> Mapping[str, Opened]:
    """For a log that came without its vault."""
    return {}


class Starts:
    """Has runs followed under the plans that they pinned; `opened` gives the values behind a run's commitments."""

    def __init__(self, plans: PinnedPlans, training: bool, opened: OpenAll) -> None:
        self._plans, self._training, self._opened = plans, training, opened
        self._known: dict[int, Known] = {}
        self._of_form: dict[tuple[Form, str], Known] = {}
        self._ticket = Sought(lambda evidence: [ticket_in(evidence)])

    def like_others(self, run: str, fields: Fields) -> Followed | None:
        """A run whose start looks as others did; None where none was met that did."""
        known = self._of_form.get((fields[HEAD].form, fields[PIN_TEXT]))
        return None if known is None else self._followed(run, known, fields[PROCEDURE])

    def begun(self, run: str, body: Mapping[str, Any], fields: Fields | None = None) -> Followed | Flaw:
        """A run that begins with an entry, or why it cannot be followed. Raises what is in UNREADABLE where it is no start."""
        about = start_in(body)
        plan = self._plans.plan(body["procedure"], about["pinned"])
        if isinstance(plan, Flaw):
            return plan
        known = self._known.get(id(plan))
        if known is None:
            known = self._known[id(plan)] = Known(plan)
        if fields is not None and fields[HEAD].body is None:
            form = fields[HEAD].form
            # What is pinned is of the form where nothing in it is left out of that.
            if f'"pinned":{text_checked(about["pinned"])},' in form.text:
                if len(self._of_form) >= _MOST:
                    self._of_form.clear()
                self._of_form[form, fields[PIN_TEXT]] = known
        return self._followed(run, known, body["procedure"])

    def ticket(self, fields: Fields) -> str:
        """The ticket that the start of a run names; empty where it names none."""
        return self._ticket.of(fields[HEAD])[0]

    def _followed(self, run: str, known: Known, pin: Any) -> Followed:
        behind = _Late(self._opened, run)
        return Followed(
            known, pin, lambda: RunReplay(known.plan, run, self._training, behind, known.watch), behind
        )


def start_in(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the first entry of a run says about its start. Raises what is in UNREADABLE where it says nothing."""
    return next(piece for piece in body["evidence"] if piece.get("kind") == "start")


class _Late(Mapping[str, Opened]):
    """The values behind a run's commitments, read when the first one is asked for."""

    __slots__ = ("_found", "_opened", "_run")

    def __init__(self, opened: OpenAll, run: str) -> None:
        self._opened, self._run = opened, run
        self._found: Mapping[str, Opened] | None = None

    def get(self, key: str, default: Any = None) -> Any:
        found = self._found
        return (self._read() if found is None else found).get(key, default)

    def __getitem__(self, key: str) -> Opened:
        return self._read()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())

    def _read(self) -> Mapping[str, Opened]:
        if self._found is None:
            self._found = self._opened(self._run)
        return self._found
