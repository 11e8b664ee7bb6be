"""Decide + evolve on a walk of 60 items, against a bare trigger of `transitions` and against other engines."""

from collections.abc import Callable

from transitions import Machine

from benchmarks import engines
from benchmarks.measure import Row, against, interleaved, timed
from benchmarks.procedures import STEPS, given, opened, plan_of, walk_text
from sop_runner.machine.plan import Plan
from sop_runner.run import actions as do
from sop_runner.run.decide import decide
from sop_runner.run.evolve import evolve
from sop_runner.run.going import Accepted
from sop_runner.run.state import Run

TITLE = "(a) A walk of 60 items, 8 of them decisions; a transition"
BARE, OURS, AGAIN = (
    "bare `transitions` trigger, shared machine",
    "decide (folds its events)",
    "decide, then evolve",
)


class _Model:
    __slots__ = ("state",)

    def __init__(self, state: str) -> None:
        self.state = state


def main() -> list[Row]:
    """Medians of the walks, in turns."""
    plan = plan_of(walk_text())
    arrows = ["yes" if plan.nodes[f"item-{n}"].kind == "decision" else "done" for n in range(STEPS)]
    cases = {
        BARE: timed(_bare(plan, arrows), STEPS),
        OURS: timed(_ours(plan, arrows, again=False), STEPS),
        AGAIN: timed(_ours(plan, arrows, again=True), STEPS),
    }
    missing = []
    for name, make in engines.ENGINES.items():
        try:
            cases[name] = timed(make(plan, arrows), STEPS)
        except ModuleNotFoundError:
            missing.append(name)
    rows = against(BARE, interleaved(cases, 11), {AGAIN: 3.0})
    return [*rows, *(Row(f"{name} (not installed: pip install -e '.[bench]')", "–") for name in missing)]


def _bare(plan: Plan, arrows: list[str]) -> Callable[[], object]:
    moves = [
        {"trigger": arrow.name, "source": node.id, "dest": arrow.target}
        for node in plan.nodes.values()
        for arrow in node.arrows.values()
    ]
    machine = Machine(
        model=None, states=[*plan.nodes], transitions=moves, initial=plan.graph.start, auto_transitions=False
    )

    def walk() -> None:
        model = _Model(plan.graph.start)
        for arrow in arrows:
            machine.events[arrow].trigger(model)
        assert model.state == "closed"

    return walk


def _ours(plan: Plan, arrows: list[str], *, again: bool) -> Callable[[], object]:
    first = opened(plan)
    asked = [(do.Answer(f"item-{n}", arrow), given(after_s=n)) for n, arrow in enumerate(arrows)]

    def walk() -> None:
        run: Run = first
        for action, now in asked:
            judged = decide(plan, run, action, now)
            assert isinstance(judged, Accepted)
            if again:
                for event in judged.events:
                    run = evolve(plan, run, event)
            else:
                run = judged.run
        assert run.status == "ended"

    return walk
