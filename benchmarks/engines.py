"""The same walk in other engines, where they are installed (the extra `bench`; none is ever imported elsewhere)."""

from collections.abc import Callable, Mapping
from typing import Any

from sop_runner.machine.plan import Plan

Walk = Callable[[], object]


def python_statemachine(plan: Plan, arrows: list[str]) -> Walk:
    """A StateMachine class (MIT), made from the graph; an instance a run."""
    from statemachine import State, StateMachine

    states = {node.id.replace("-", "_"): node for node in plan.nodes.values()}
    body: dict[str, Any] = {
        name: State(initial=node.id == plan.graph.start, final=node.kind == "end")
        for name, node in states.items()
    }
    events: dict[str, Any] = {}
    for name, node in states.items():
        for arrow in node.arrows.values():
            move = body[name].to(body[arrow.target.replace("-", "_")])
            events[f"go_{arrow.name}"] = (
                events[f"go_{arrow.name}"] | move if f"go_{arrow.name}" in events else move
            )
    made: Any = type("Walked", (StateMachine,), {**body, **events})

    def walk() -> None:
        machine = made()
        for arrow in arrows:
            machine.send(f"go_{arrow}")
        assert any(state.final for state in machine.configuration)

    return walk


def sismic(plan: Plan, arrows: list[str]) -> Walk:
    """A statechart and its interpreter (LGPL-3.0)."""
    from sismic.interpreter import Interpreter
    from sismic.model import BasicState, CompoundState, FinalState, Statechart, Transition

    chart = Statechart("walked")
    chart.add_state(CompoundState("root", initial=plan.graph.start), None)
    for node in plan.nodes.values():
        kind = FinalState if node.kind == "end" else BasicState
        chart.add_state(kind(node.id), "root")
    for node in plan.nodes.values():
        for arrow in node.arrows.values():
            chart.add_transition(Transition(node.id, arrow.target, event=arrow.name))

    def walk() -> None:
        interpreter = Interpreter(chart)
        interpreter.execute()
        for arrow in arrows:
            interpreter.queue(arrow)
            interpreter.execute()
        assert interpreter.final

    return walk


def spiffworkflow(plan: Plan, arrows: list[str]) -> Walk:
    """A workflow of manual tasks and exclusive choices (LGPL-3.0)."""
    from SpiffWorkflow.operators import Attrib, Equal
    from SpiffWorkflow.specs import ExclusiveChoice, Simple, WorkflowSpec
    from SpiffWorkflow.util.task import TaskState
    from SpiffWorkflow.workflow import Workflow

    spec = WorkflowSpec("walked", addstart=True)
    made: dict[str, Any] = {}
    for node in plan.nodes.values():
        kind = ExclusiveChoice if node.kind == "decision" else Simple
        made[node.id] = kind(spec, node.id, manual=True)
    spec.start.connect(made[plan.graph.start])
    for node in plan.nodes.values():
        if node.kind == "decision":
            made[node.id].connect_if(Equal(Attrib("answer"), "yes"), made[node.arrows["yes"].target])
            made[node.id].connect(made[node.arrows["no"].target])
        else:
            for arrow in node.arrows.values():
                made[node.id].connect(made[arrow.target])

    def walk() -> None:
        workflow = Workflow(spec)
        workflow.run_all(halt_on_manual=True)
        for arrow in arrows:
            task = next(workflow.get_tasks_iterator(state=TaskState.READY))
            task.set_data(answer=arrow)
            task.run()
        last = next(workflow.get_tasks_iterator(state=TaskState.READY))
        assert last.task_spec.name == "closed"

    return walk


ENGINES: Mapping[str, Callable[[Plan, list[str]], Walk]] = {
    "python-statemachine": python_statemachine,
    "sismic": sismic,
    "SpiffWorkflow": spiffworkflow,
}
