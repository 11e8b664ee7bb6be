"""An entry and its body are read as the same event."""

import json
from dataclasses import replace
from datetime import UTC, datetime

from sop_runner.audit.chain import Place, chain
from sop_runner.audit.entry import ZERO, Draft, Entry
from sop_runner.base.clock import Stamp
from sop_runner.run.entries import event_in, event_of

DRAFT = Draft(type="NodeDone", key="ab", ts=Stamp(datetime(2026, 11, 2, 9, 0, 1, 5, tzinfo=UTC), 7, "boot"))


def test_each_part_of_an_event_is_where_it_belongs() -> None:
    names = ("at", "arrow", "to", "actor", "role", "outcome", "reason")
    draft = replace(DRAFT, **{name: f"the {name}" for name in names}, evidence=({"kind": "shown"},))
    (entry,) = chain(Place("log", 0, ZERO, "run-1", 0, ZERO), (draft,))
    event = event_of(Entry.parse(entry.body))
    assert event == event_of(entry) == event_in(json.loads(entry.body))
    assert [getattr(event, name) for name in names] == [f"the {name}" for name in names]
    assert (event.type, event.when, event.evidence) == (draft.type, draft.ts.wall, draft.evidence)
