"""The model of a procedure as a Petri net (PNML, ISO/IEC 15909-2): what conformance checkers hold runs against.

A place is a node, a transition an arrow of the compiled machine, and one token is the run. What a
person can always do besides is in it too: going back to any item, and giving up.
"""

from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from sop_runner.base.textsafe import visible
from sop_runner.machine.graph import GraphNode
from sop_runner.machine.plan import Plan
from sop_runner.run import events as ev

from .activity import activity

_SOURCE, _BACK, _GIVEN_UP, _SINK = "before", "going back", "giving up", "after"
_GRAMMAR = "http://www.pnml.org/version-2009/grammar/ptnet"
_SILENT = '<toolspecific tool="ProM" version="6.4" activity="$invisible$" localNodeID="{}"/>'

Move = tuple[str, str | None, str]
"""From a place, under a label (None: nothing is recorded), to a place."""


def pnml(plan: Plan) -> bytes:
    """The net of a plan, with its initial and final marking."""
    procedure = plan.procedure
    places = [_SOURCE, *(f"at {node}" for node in plan.nodes), _BACK, _GIVEN_UP, _SINK]
    ids = {place: f"p{number}" for number, place in enumerate(places)}
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<pnml xmlns="http://www.pnml.org/version-2009/grammar/pnml"><net id="net" type="{_GRAMMAR}">',
        f'<name><text>{_text(f"{procedure.procedure} r{procedure.revision}")}</text></name><page id="page">',
    ]
    for place, key in ids.items():
        begins = "<initialMarking><text>1</text></initialMarking>" if place == _SOURCE else ""
        lines.append(f'<place id="{key}"><name><text>{_text(place)}</text></name>{begins}</place>')
    for number, (source, label, target) in enumerate(_moves(plan)):
        shown = f"<name><text>{_text(label or f'silent {number}')}</text></name>"
        silent = _SILENT.format(number) if label is None else ""
        lines.append(f'<transition id="t{number}">{shown}{silent}</transition>')
        lines.append(f'<arc id="a{number}" source={quoteattr(ids[source])} target="t{number}"/>')
        lines.append(f'<arc id="b{number}" source="t{number}" target={quoteattr(ids[target])}/>')
    lines.append("</page><finalmarkings><marking>")
    lines.append(f'<place idref="{ids[_SINK]}"><text>1</text></place></marking></finalmarkings></net></pnml>')
    return ("\n".join(lines) + "\n").encode()


def _moves(plan: Plan) -> Iterator[Move]:
    yield _SOURCE, activity(ev.RUN_STARTED, None), f"at {plan.graph.start}"
    for (at, arrow), to in sorted(plan.engine.table().items()):
        yield f"at {at}", activity(ev.NODE_DONE, at, arrow), f"at {to}"
    yield _GIVEN_UP, activity(ev.RUN_ENDED, None), _SINK
    for node in plan.nodes.values():
        place = f"at {node.id}"
        if node.kind == "end" and not node.scope:
            yield place, activity(ev.RUN_ENDED, node.id), _SINK
        elif not node.automatic:
            yield from _always(node, place)
        if node.undone_by:
            yield _GIVEN_UP, activity(ev.LEFT_OPEN, node.id), _GIVEN_UP
        if node.undoes:
            yield _GIVEN_UP, activity(ev.STEP_UNDONE, node.id), _GIVEN_UP


def _always(node: GraphNode, place: str) -> Iterator[Move]:
    """What a person can do at an item besides following its arrows."""
    yield place, None, _BACK
    yield _BACK, activity(ev.WENT_BACK, None, to=node.id), place
    yield place, activity(ev.RUN_ABANDONED, node.id), _GIVEN_UP


def _text(value: str) -> str:
    return escape(visible(value, lines=False))
