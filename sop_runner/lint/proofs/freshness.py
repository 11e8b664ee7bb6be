"""Controls whose freshness decides where a way leads: what `held` asks about, and what goes stale beside it."""

from collections.abc import Mapping

from sop_runner.procedure.nodes import Decision
from sop_runner.procedure.timing import Age
from sop_runner.procedure.when import Held, tests

from .conditions import conditions
from .model import Item, Model


class Freshness:
    """Which controls of a plan age, which of them conditions ask about, and how long they last."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._ages: dict[str, list[Age | None]] = {}
        for node in model.plan.graph.nodes.values():
            for control in node.satisfies:
                self._ages.setdefault(control, []).append(node.valid_for)
            for outcome in node.node.outcomes if isinstance(node.node, Decision) else ():
                for control in outcome.satisfies:
                    self._ages.setdefault(control, []).append(outcome.valid_for)
        # What is brought may be of any age.
        self._brought = frozenset(model.plan.procedure.expects)
        asked = {
            item
            for scope, condition in conditions(model.plan)
            for test in tests(condition)
            if isinstance(test, Held)
            for control in test.controls
            if self.ages(control)
            for item in model.shared(scope, control)
        }
        self.asked: frozenset[Item] = frozenset(asked)
        """The controls that conditions ask about, with those of equal name that calls hand in and take back."""

    def ages(self, control: str) -> bool:
        """Whether a control of this name may go stale."""
        return control in self._brought or any(one is not None for one in self._ages.get(control, ()))

    def outlasts(self, age: Age, control: str) -> bool:
        """Whether what is gained now with this age is fresh for at least as long as a control with one gained before."""
        if control in self._brought:
            return False
        for one in self._ages.get(control, ()):
            if one is None:
                continue
            if one.from_ is not None or one.same_day is not age.same_day:
                return False
            if one.for_ is not None and age.for_ is not None and one.for_ > age.for_:
                return False
        return True


def freshness(model: Model) -> Freshness:
    """That of a plan, worked out once."""
    return model.once(Freshness)


def paired(controls: Mapping[tuple[str, str], int]) -> list[tuple[str, str, str]]:
    """Any two of these of one scope, with that."""
    ordered = sorted(controls)
    return [
        (scope, one, other)
        for index, (scope, one) in enumerate(ordered)
        for of, other in ordered[index + 1 :]
        if of == scope
    ]
