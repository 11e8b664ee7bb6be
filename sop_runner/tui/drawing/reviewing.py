"""What a reviewer's screens say: runs that were found, one entry of a run, the verdict, help."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sop_runner.audit.findings import Outcome
from sop_runner.base.clock import parse_utc
from sop_runner.desk.replay import Step, Story
from sop_runner.desk.reviewing import Dossier
from sop_runner.desk.story_words import span, told
from sop_runner.desk.verifying_apart import Standing
from sop_runner.review.marking import Mark
from sop_runner.review.search.query import HAVE, NAMES
from sop_runner.review.verdict import verdict_lines
from sop_runner.run import events as ev

from ..ui import Ui
from ..widgets.paper import Para
from ..widgets.rows import Row

NOTABLE = frozenset(
    (ev.REFUSED, ev.DEVIATION_RECORDED, ev.OVERRUN_NOTED, ev.WAIVER_RULED, ev.WENT_BACK, ev.NODE_FAILED)
)
"""Entries that a reviewer looks for in a run."""

_WARNED = ("finding", "deviation", "waiver", "refusal", "overrun", "correction", "comment")
_FINDINGS = 200  # that a dialog shows; a log that was forged throughout may have as many as entries
_RECORDED = 4  # pieces of evidence that stand above a replayed screen; the entry itself has all


def run_rows(ui: Ui, ids: Sequence[int], found: Sequence[Mapping[str, Any]], zone: str) -> list[Row]:
    """Runs as rows, each under its number in the index."""
    return [_run_row(ui, id_, facts, zone) for id_, facts in zip(ids, found, strict=True)]


def _run_row(ui: Ui, id_: int, facts: Mapping[str, Any], zone: str) -> Row:
    if not facts:
        return Row(str(id_), "this run was read anew; search again", style="dim")
    stands = facts["end"] if "end" in facts else f"at {facts.get('at', '?')}"
    if facts.get("result", stands) != stands:
        stands = f"{stands} ({facts['result']})"
    counts = facts["counts"]
    noted = [f"{counts[name]} {name}{'s' if counts[name] > 1 else ''}" for name in _WARNED if name in counts]
    name = facts.get("number") or facts.get("procedure", "?")
    named = f"{name} r{facts.get('revision', '?')}"
    people = ", ".join(facts["people"])
    parts = (facts.get("ticket", "?"), ", ".join(noted), named, stands, people, facts["run"])
    text = f" {ui.glyphs.dot} ".join(part for part in parts if part)
    style = "warn" if noted else "" if "end" in facts else "current"
    return Row(str(id_), text, right=_day(facts["last"], zone), style=style)


def step_paras(ui: Ui, story: Story, step: Step, zone: str) -> list[Para]:
    """One entry: its place, when, by whom, after how long; what it says, and what it recorded."""
    dot, said = f" {ui.glyphs.dot} ", told(story, step)
    who = f"{step.who} ({step.role})" if step.role else step.who or "by rule"
    when = f"{step.when.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S}"
    place = dot.join(
        (f"{step.number + 1} of {len(story.steps)}", f"entry {step.entry}", when, span(step.gap), who)
    )
    left = len(said.recorded) - _RECORDED
    return [
        Para(place, "dim"),
        Para(said.what, "warn" if step.type in NOTABLE else "title"),
        *(Para(line, "", indent=1) for line in said.recorded[:_RECORDED]),
        *([Para(f"and {left} more: F4 shows the entry whole", "dim", indent=1)] if left > 0 else []),
        *([Para(step.problem, "bad", "WRONG: ")] if step.problem else []),
    ]


def mark_paras(marks: Sequence[Mark], entry: int) -> list[Para]:
    """What reviewers said of one entry."""
    return [
        Para(f"{mark.text} ({mark.who}, entry {mark.entry})", "warn", f"{mark.word.upper()} ")
        for mark in marks
        if mark.about == entry
    ]


def entry_rows(dossier: Dossier, zone: str) -> list[Row]:
    """Every entry of a run as a row, to jump to, with what reviewers said of it; its id is its number in the run."""
    marked: dict[int, dict[str, None]] = {}
    for mark in dossier.marks:
        marked.setdefault(mark.about, {})[f"{mark.word.upper()} "] = None
    steps = dossier.story.steps
    digits = len(str(len(steps)))
    rows = []
    for step in steps:
        words = "".join(marked.get(step.entry, ()))
        text = f"{step.number + 1:>{digits}}  {words}{told(dossier.story, step).what}"
        noted = step.type in NOTABLE or step.problem or words
        when = f"{step.when.astimezone(ZoneInfo(zone)):%H:%M:%S}"
        rows.append(Row(str(step.number), text, right=f"{step.who}  {when}", style="warn" if noted else ""))
    return rows


def verdict_paras(ui: Ui, standing: Standing, size: int, at: str) -> list[Para]:
    """What is verified now, of a log of `size` entries; `at` says since when. Nothing is called clean unseen."""
    dot, verdict = f" {ui.glyphs.dot} ", standing.verdict
    again = f"{dot}verifying again" if standing.under_way else ""
    if verdict is None:
        if standing.failed:
            return [Para(f"{standing.failed}{again}", "bad", "NOT VERIFIED: ")]
        return [Para("the log is being verified; nothing is known of it yet", "warn", "NOT VERIFIED: ")]
    anchored = (
        f"anchored to entry {verdict.size_anchored - 1}"
        if verdict.size_anchored
        else "anchored by nothing outside"
    )
    told = f"trust {verdict.trust}{dot}{anchored}{f'{dot}{at}' if at else ''}{again}"
    if verdict.outcome is not Outcome.CLEAN:
        word = "TAMPERED" if verdict.outcome is Outcome.TAMPERED else "UNVERIFIABLE"
        count = len(verdict.findings)
        return [
            Para(
                f"{count:,} finding{'s' if count != 1 else ''}, F9 shows them{dot}{told}", "bad", f"{word}: "
            )
        ]
    newer = size - verdict.entries
    if newer > 0:
        told = f"{newer} newer not verified yet{dot}{told}"
    clean = f"CLEAN up to entry {verdict.entries - 1}"
    return [Para(f"{clean}{dot}{told}", "warn" if newer > 0 else "good")]


def verdict_text(standing: Standing) -> list[Para]:
    """The verdict with its first findings and its limits."""
    if standing.verdict is None:
        return [Para(standing.failed or "The log is being verified.", "warn")]
    return [Para(line) for line in verdict_lines(standing.verdict, most=_FINDINGS)]


def search_help() -> list[Para]:
    """What can be asked, and the keys."""
    keys = (
        ("Enter", "open the run under the cursor"),
        ("Esc", "show all runs again"),
        ("F9", "the verdict whole; Enter there verifies again"),
        ("Ctrl+Q", "quit"),
    )
    return [
        Para("Finding runs", "title"),
        Para("Words stand side by side and all of them hold, as in: refusal person:ana from:2026-11-01"),
        *(Para(said, "", f"{name + ':':<13}", 1) for name, said in NAMES.items()),
        *(Para(said, "", f"{word:<13}", 1) for word, said in HAVE.items()),
        Para('A value is meant whole; name:value* asks for its beginning, name:"a b" keeps spaces.'),
        Para("Any other word is the beginning of a ticket, a run, a person or a procedure."),
        Para(""),
        *_keys(keys),
    ]


def step_help() -> list[Para]:
    """The keys of a run that is stepped through."""
    keys = (
        ("Left Right", "the entry before or after"),
        ("Home End", "the first and the last entry"),
        ("F7 F8", "back or on to a refusal, deviation, overrun, ruling, correction, mark or wrong entry"),
        ("F6", "all entries; typing filters them"),
        ("F4", "the entry whole, as it is on record"),
        ("F2 F3", "mark a finding, write a comment: on record, signed by a reviewer"),
        ("F5", "write the page of the run to a file: .html, .pdf or .txt"),
        ("F9", "the verdict whole"),
        ("PgUp PgDn", "scroll the text of the item"),
        ("Esc", "back to the runs"),
    )
    return [
        Para("Stepping through a run", "title"),
        Para(
            "The screen is the one that came of the entry, in the language it was shown in. It takes nothing."
        ),
        Para(
            "What one action brought came to be at once: its entries have one screen, the one after the last."
        ),
        Para("Values that are kept sealed stay hidden, and so does what was worked out of them."),
        Para(""),
        *_keys(keys),
    ]


def _keys(keys: Sequence[tuple[str, str]]) -> list[Para]:
    return [Para("Keys", "title"), *(Para(text, "", f"{key:<11}", 1) for key, text in keys)]


def _day(moment: str, zone: str) -> str:
    try:
        when: datetime = parse_utc(moment)
    except ValueError:
        return moment[:16]
    return f"{when.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"
