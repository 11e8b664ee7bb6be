"""What a reviewer is asked before something is marked or written."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sop_runner.desk.port import PersonInfo
from sop_runner.run.views import Choice, Prompt

from ..drawing.words import own_factor_word, person_said
from ..ui import Ui

WHO, TEXT, WHERE = "who", "text", "where"


def mark_questions(
    ui: Ui, kind: str, reviewers: Sequence[PersonInfo]
) -> Callable[[Mapping[str, Any]], Sequence[Prompt]]:
    """What is said, by whom, and every factor that the person has."""
    choices = tuple(Choice(person.id, person_said(ui, person)) for person in reviewers)
    said = Prompt(TEXT, "lines", f"The {kind}, in words")
    who = Prompt(WHO, "choice", "Who signs?", choices=choices)

    def asked(values: Mapping[str, Any]) -> Sequence[Prompt]:
        signer = next((person for person in reviewers if person.id == values.get(WHO)), None)
        factors = sorted(signer.factors, key=lambda name: name != "passphrase") if signer else []
        proofs = [
            Prompt(name, "text", own_factor_word(ui, name).capitalize(), secret=True) for name in factors
        ]
        return [said, who, *proofs]

    return asked


def page_questions(run: str) -> Sequence[Prompt]:
    """Where the page goes."""
    return [Prompt(WHERE, "text", "A new file, ending with .html, .pdf or .txt", help=f"such as {run}.pdf")]
