"""Writing a starter: texts quoted, comments marked, both in the author's language."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sop_runner.base.i18n import Translator

REVIEW = timedelta(days=90)
"""A quarter: how far off the next look at a procedure is."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a starter is made of: `name` is an id, `title` any text, `author` whoever writes it."""

    name: str
    title: str
    language: str
    author: str
    today: date


@dataclass(frozen=True, slots=True)
class Starter:
    """The text of a procedure and of the scenarios beside it."""

    procedure: str
    scenarios: str


def text(said: str) -> str:
    """A text as YAML, quoted: whatever stands in it, it is that text."""
    return json.dumps(said, ensure_ascii=False)


def literal(typed: str) -> str:
    """A text that somebody typed: its braces put nothing in."""
    return text(typed.replace("{", "{{").replace("}", "}}"))


def note(said: str) -> str:
    """A comment on a line of its own."""
    return f"# {said}"


def top(wanted: Wanted, t: Translator, roles: Iterable[str], controls: Iterable[str]) -> list[str]:
    """The document itself; `roles` and `controls` are lines."""
    review = wanted.today + REVIEW
    return [
        note(
            t._("A starter. Change it piece by piece; after each change run: sop lint, sop prove, sop test.")
        ),
        note(t._("What every key means: docs/reference.md. A text in several languages is a map of them.")),
        "",
        "format: sop/1",
        f"procedure: {wanted.name}",
        f"revision: 1 # {t._('rises with every publication')}",
        f"number: SOP-001 # {t._('as it stands in your register of documents')}",
        f"language: {wanted.language}",
        f"title: {literal(wanted.title)}",
        f"purpose: {text(t._('Say in a sentence or two what this procedure makes sure of.'))}",
        f"scope: {text(t._('Say when it applies, and when it does not.'))}",
        f"owner: operations # {t._('the team that answers for it')}",
        f"author: {text(wanted.author)}",
        f"training: {text(t._('Say what one must have learned first.'))}",
        f"effective_from: {wanted.today.isoformat()}",
        f"review_by: {review.isoformat()} # {t._('past this day everybody is told')}",
        "history:",
        f"  - {{ revision: 1, date: {wanted.today.isoformat()}, change: {text(t._('First text.'))}, "
        f"author: {text(wanted.author)} }}",
        f"records: {{ retain_for: 3y }} # {t._('how long what was recorded is kept')}",
        "",
        note(t._("The hats that people wear here. The first verified person to act in a role holds it.")),
        "roles:",
        *(f"  {line}" for line in roles),
        "by: agent",
        "",
        note(
            t._("What an auditor asks for, each with the rule it comes from. The numbers are placeholders.")
        ),
        "controls:",
        *(f"  {line}" for line in controls),
        "",
        "flow:",
    ]


def play(wanted: Wanted, t: Translator, scenarios: Iterable[str]) -> str:
    """The scenario file around `scenarios`."""
    head = [
        note(t._("What the rule book says, told as cases. They are played with: sop test")),
        "",
        "format: sop-scenarios/1",
        f"procedure: {wanted.name}",
        "scenarios:",
    ]
    return "\n".join((*head, *scenarios)) + "\n"
