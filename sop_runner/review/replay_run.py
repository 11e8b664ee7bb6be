"""One run replayed under the plan that it pinned: every entry is one that had to or could come."""

from collections import deque
from collections.abc import Iterable, Mapping

from sop_runner.audit.findings import Code
from sop_runner.machine.graph import scope_of
from sop_runner.machine.plan import Plan
from sop_runner.run import events as ev
from sop_runner.run.actions import Opened
from sop_runner.run.advance import go_on
from sop_runner.run.answers.common import end_if_nothing_open
from sop_runner.run.events import Event
from sop_runner.run.evolve import evolve, started
from sop_runner.run.frames import call_of
from sop_runner.run.going import No
from sop_runner.run.guards import missing
from sop_runner.run.state import Run

from .acts import Unlike
from .again import act_again
from .alike import difference
from .judging import Flaw, Judged, Step
from .moment import Watch
from .naming import entered_without, false_end, no_such_move, unlike, why
from .records import checked_fields

_BY_RULE = frozenset(
    (ev.NODE_PASSED_OVER, ev.CALL_ENTERED, ev.CALL_RETURNED, ev.ELEMENT_STARTED, ev.RUN_ENDED, ev.DECISION_TAKEN)
)  # fmt: skip
_ARRIVING = ev.MOVES | {ev.RUN_STARTED, ev.WENT_BACK}
_GIVING_UP = frozenset((ev.RUN_ABANDONED, ev.STEP_UNDONE, ev.UNDO_CHOSEN, ev.LEFT_OPEN))
# What folding or judging an entry that no program wrote can end in; a zone's name may be none that a file can have.
UNREADABLE = (
    KeyError, IndexError, ValueError, TypeError, AttributeError, StopIteration, AssertionError, OSError,
)  # fmt: skip


class RunReplay:
    """Takes the events of one run in order and says of each what is wrong with it.

    `opened` are the values behind the run's commitments; `watch` is told what a judgement goes by. After a flaw the record is followed as
    it stands, so that one edit is not found again at every later entry.
    """

    def __init__(
        self,
        plan: Plan,
        run_id: str,
        training: bool,
        opened: Mapping[str, Opened],
        watch: Watch | None = None,
    ) -> None:
        self._watch = watch
        self._plan, self._id, self._training, self._opened = plan, run_id, training, opened
        self._erased: frozenset[str] = frozenset()
        self._run: Run | None = None
        self._due: deque[Step] = deque()
        self._asked: Judged | None = None  # the act that what is due comes from
        self._own = True  # what is due stands on commitments as they are recorded
        self._barred: Flaw | None = None
        self._loose = False  # what has to come next without a person is not known
        self._ruling: Event | None = None
        self._lost = False

    @property
    def run(self) -> Run | None:
        """The run as replayed so far."""
        return self._run

    @property
    def ended(self) -> bool:
        """Whether nothing may follow."""
        return self._run is not None and self._run.status != "open"

    @property
    def due(self) -> bool:
        """Whether something has to follow without a person."""
        return bool(self._due)

    @property
    def at_rest(self) -> bool:
        """Whether the next entry is judged by the run alone, and not by what came just before."""
        unclear = self._due or self._barred or self._loose or self._ruling or self._lost or self._erased
        return not unclear

    def follow(self, event: Event) -> None:
        """Fold an entry that is known to be right, of a run that is at rest."""
        if self._run is None:
            self._run = started(self._plan, self._id, event, self._opened)
        else:
            self._run = evolve(self._plan, self._run, event, self._opened)

    def take(self, event: Event) -> list[Flaw]:
        """The flaws of the next entry; nothing of those behind one that cannot be followed."""
        if self._lost:
            return []
        if self.ended:
            return [Flaw(Code.ILLEGAL_TRANSITION, f"'{event.type}' comes after the end of the run")]
        try:
            if event.reason is not None and not isinstance(event.reason, str):
                raise TypeError("the reason is no text")
            self._see_erased(event)
            return self._start(event) if self._run is None else self._next(self._run, event)
        except UNREADABLE as error:
            self._lost = True
            said = f"'{event.type}' at '{event.at}' fits no state of the run ({type(error).__name__})"
            return [Flaw(Code.ILLEGAL_TRANSITION, f"{said}; what follows in it was not judged")]

    def finish(self) -> list[Flaw]:
        """What is wrong with where the run stops."""
        if self._lost or not self._due:
            return []
        due = self._due[0].event
        return [
            Flaw(Code.RUN_INCOMPLETE, f"the run stops before '{due.type}' at '{due.at}', which had to come")
        ]

    def _see_erased(self, event: Event) -> None:
        for piece in event.evidence:
            name = piece.get("commitment")
            if name is not None and piece.get("keep") == "erasable":
                behind = self._opened.get(name)
                if behind is None or behind.value is None:
                    self._erased |= {name}

    def _start(self, event: Event) -> list[Flaw]:
        flaws = []
        if event.type != ev.RUN_STARTED:
            self._lost = True
            return [Flaw(Code.RUN_INCOMPLETE, f"the run begins with '{event.type}', its start is gone")]
        run = self._run = started(self._plan, self._id, event, self._opened)
        if run.training != self._training:
            said = (
                "a training run stands in a live log"
                if run.training
                else "a live run stands in a training log"
            )
            flaws.append(Flaw(Code.ILLEGAL_TRANSITION, said))
        extra = (event.at, event.arrow, event.role, event.outcome, event.reason)
        if any(part is not None for part in extra) or not event.actor:
            flaws.append(
                Flaw(Code.ILLEGAL_TRANSITION, "the start of the run says more or less than a start does")
            )
        if event.to != run.at or self._plan.procedure.expects:
            said = f"the run starts at '{event.to}', where this procedure cannot start"
            flaws.append(Flaw(Code.ILLEGAL_TRANSITION, said))
        judged = self._judged(run, event)
        flaw = checked_fields(judged, self._plan.procedure.case, event)
        if flaw is not None:
            flaws.append(flaw)
        return flaws + self._arrive(run, event)

    def _next(self, run: Run, event: Event) -> list[Flaw]:
        ruling, self._ruling = self._ruling, None
        if self._due:
            step = self._due.popleft()
            flaws = self._compare(self._asked or self._judged(run, event), run, step, event)
        elif event.type in _BY_RULE and event.actor is None:
            flaws = self._unasked(run, event)
        elif event.type == ev.REFUSED:
            self._run = run._replace(seq=run.seq + 1, last=event.when)
            if event.at == run.at:
                return []
            said = f"a refusal is recorded at '{event.at}', the run stood at '{run.at}'"
            return [Flaw(Code.ILLEGAL_TRANSITION, said)]
        else:
            flaws = self._acted(run, event, ruling)
        if event.type == ev.WAIVER_RULED:
            self._ruling = event
        if not self._due and self._barred is not None:
            flaws.append(self._barred)
            self._barred, self._loose = None, True
        return flaws

    def _acted(self, run: Run, event: Event, ruling: Event | None) -> list[Flaw]:
        """A person's act is done again; what it brings is held against what is recorded."""
        judged = self._judged(run, event)
        refused: No | None = None
        flaw: Flaw | None = None
        try:
            act_again(judged, event, ruling)
        except No as no:
            refused = no
        except Unlike as misfit:
            flaw = misfit.flaw
        self._loose = False
        act_is_sure = bool(judged.steps) and judged.steps[0].sure
        if judged.doubts and not act_is_sure:
            return list(dict.fromkeys([*self._doubt(judged, event), *self._follow(run, event)]))
        if flaw is None and judged.steps:
            first, *rest = judged.steps
            self._expect(judged, ())
            flaws = self._compare(judged, run, first, event)
            if not flaws and judged.doubts:
                return self._doubt(judged, event)
            if not flaws:
                self._due = deque(rest)
                self._barred = self._bar(judged, refused) if refused is not None else None
            return flaws
        if flaw is None:
            flaw = why(judged, event, refused)
        return [flaw, *self._follow(run, event)]

    def _expect(self, judged: Judged, steps: Iterable[Step]) -> None:
        self._due, self._asked, self._own = deque(steps), judged, True

    def _compare(self, judged: Judged, run: Run, step: Step, event: Event) -> list[Flaw]:
        same = step.event == event
        part = "" if same else difference(judged, step.event, event)
        if part:
            return [unlike(part, step.event, event), *self._follow(run, event)]
        # Behind other salts the run that was worked out holds other commitments than the record.
        self._own = self._own and same
        self._run = step.run if self._own else evolve(self._plan, run, event, self._opened)
        return []

    def _follow(self, run: Run, event: Event) -> list[Flaw]:
        """Go on from the record as it stands."""
        self._run = evolve(self._plan, run, event, self._opened)
        return self._arrive(self._run, event)

    def _arrive(self, run: Run, event: Event) -> list[Flaw]:
        """Find out what has to come next without a person, and whether the item could be entered."""
        self._due.clear()
        self._barred, self._loose = None, False
        if run.status != "open" or event.type not in _ARRIVING | _GIVING_UP:
            return []
        if self._watch is not None:
            self._watch.step()
        judged = self._judged(run, event)
        refused: No | None = None
        try:
            if run.abandoning:
                end_if_nothing_open(judged)
            else:
                go_on(judged)
        except No as no:
            refused = no
        if judged.doubts:
            return self._doubt(judged, event)
        self._expect(judged, judged.steps)
        if refused is None:
            return []
        flaw = self._bar(judged, refused)
        if self._due:
            self._barred = flaw
            return []
        self._loose = True
        return [flaw]

    def _unasked(self, run: Run, event: Event) -> list[Flaw]:
        """A move by rule that was not foreseen: an error, unless what comes next is not known."""
        flaws = []
        if not self._loose:
            said = f"no rule leads to '{event.type}' at '{event.at}'"
            flaws.append(Flaw(Code.ILLEGAL_TRANSITION, said))
        elif event.type == ev.RUN_ENDED:
            flaws += false_end(self._plan, run, event)
        elif event.at != run.at:
            said = f"'{event.type}' starts at '{event.at}', the run stood at '{run.at}'"
            flaws.append(Flaw(Code.ILLEGAL_TRANSITION, said))
        elif event.type not in (ev.CALL_ENTERED, ev.ELEMENT_STARTED):
            flaws += no_such_move(self._plan, run, event)
        return flaws + self._follow(run, event)

    def _doubt(self, judged: Judged, event: Event) -> list[Flaw]:
        self._due.clear()
        self._barred, self._loose = None, True
        names = ", ".join(f"'{name}'" for name in dict.fromkeys(judged.doubts))
        said = f"what follows from {names} at '{event.at or judged.run.at}' cannot be judged: the value was erased"
        return [Flaw(Code.UNVERIFIABLE, said)]

    def _bar(self, judged: Judged, refused: No) -> Flaw:
        """Why the item that was arrived at could not be entered."""
        run, now = judged.run, judged.given.now
        places = [run.at]
        if judged.node.kind == "end" and run.scope:
            places.append(call_of(scope_of(run.at))[0])
        for at in places:
            absent, stale = missing(run, self._plan.node(at), at, now)
            if absent or stale:
                return Flaw(Code.CONTROL_SKIPPED, entered_without(at, absent, stale))
        return Flaw(Code.ILLEGAL_TRANSITION, str(refused.message))

    def _judged(self, run: Run, event: Event) -> Judged:
        return Judged(self._plan, run, event, self._opened, self._erased, self._watch)
