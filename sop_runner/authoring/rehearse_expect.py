"""What must have come of a scenario: its end or where it stands, what was never entered, what is known."""

from collections.abc import Mapping, Sequence
from typing import Any

from sop_runner.acting.scene import Scene
from sop_runner.base.message import Message
from sop_runner.machine.graph import scope_of, template
from sop_runner.procedure.base_types import say
from sop_runner.procedure.suggest import did_you_mean
from sop_runner.procedure.value_compare import same
from sop_runner.procedure.value_types import UNKNOWN, is_known
from sop_runner.procedure.values import parse, to_wire

from .rehearse_play import Play
from .rehearse_story import Line
from .scenario_expand import Case

Missed = tuple[str, str]
"""Where in the scenario the expectation stands (keys joined by NUL), and how it was missed."""


def unmet(case: Case, play: Play, story: Sequence[Line]) -> Missed | None:
    """The first expectation that was missed; None where all were met. `story` is how it came."""
    run = play.stage.run
    stands = play.stands
    if case.ends is not None and (run is None or run.status == "open" or stands != case.ends):
        state = (
            f"it ended at '{stands}'" if run and run.status != "open" else f"it still stands at '{stands}'"
        )
        return "ends", f"the run should have ended at '{case.ends}', {state}"
    if case.at is not None and (
        run is None or run.status != "open" or case.at not in (stands, template(stands))
    ):
        state = f"it ended at '{stands}'" if run and run.status != "open" else f"it stands at '{stands}'"
        return "at", f"the run should stand at '{case.at}', {state}"
    for node in case.never:
        if template(node) not in play.stage.plan.graph.nodes:
            return (
                "never",
                f"'{node}' is no node; {did_you_mean(node, play.stage.plan.graph.nodes, 'check the id')}",
            )
        if play.seen.was_entered(node):
            led = next((line.asked for line in story if _among(node, line.entered)), "")
            return "never", f"'{node}' should never be entered, it was" + (
                f": '{led}' led there" if led else ""
            )
    if run is not None:
        for name, expected in case.know.items():
            missed = _known(play.scene, name, expected)
            if missed is not None:
                return f"know\0{name}", missed
    return None


def _among(node: str, entered: Sequence[str]) -> bool:
    return any(node in (location, template(location)) for location in entered)


def _known(scene: Scene, path: str, expected: Any) -> str | None:
    scope, name = scope_of(path), path.rpartition("/")[2]
    value = scene.value(name, scope)
    if isinstance(expected, Mapping) and list(expected) == ["known"]:
        if is_known(value) == expected["known"]:
            return None
        return f"'{path}' should{'' if expected['known'] else ' not'} be known, it is {_shown(value)}"
    if not is_known(value):
        where = template(scope)
        names = {n[len(where) :] for n in (*scene.plan.fields, *scene.plan.derived) if n.startswith(where)}
        hint = "" if name in names else f"; {did_you_mean(name, names, 'check the name')}"
        return f"'{path}' should be {say(expected)}, it is not known{hint}"
    rules = scene.plan.fields.get(template(path))
    typed = parse(rules, expected, zone=scene.run.zone) if rules is not None else expected
    if isinstance(typed, Message):
        return f"'{path}' should be {say(expected)}, which is no value of it: {typed}"
    equal = value == typed if isinstance(value, tuple) else same(value, typed, scene.run.zone)
    return None if equal else f"'{path}' should be {say(expected)}, it is {_shown(value)}"


def _shown(value: Any) -> str:
    return "not known" if value is UNKNOWN or value is None else say(to_wire(value))
