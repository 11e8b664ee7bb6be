"""Asking for the value of one prompt, by its kind. What a value means is for the desk."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from sop_runner.base.errors import SopError
from sop_runner.base.message import Message
from sop_runner.desk.extract import extract_of_text
from sop_runner.run.views import Prompt

from .talk import SKIP, Option, Talk
from .words import choice_said, shape_of

Extract = Callable[[Path], Mapping[str, Any]]
_ENDS = tuple("?!.:;…？！。：；")
_ROW_MORE, _ROW_END, _ROW_OUT = "more", "end", "out"


def label_of(talk: Talk, prompt: Prompt) -> str:
    """The question of a prompt with what one has to know to answer it."""
    t = talk.t
    said = prompt.label or prompt.id
    if prompt.kind == "extract":
        said = t._("Extract of the log: {source}", source=said)
    said = t.aside(said, prompt.currency)
    shape = shape_of(prompt.kind)
    if shape is not None and not prompt.help:
        said = t.aside(said, shape)
    return f"{said} [{t.listed(prompt.by)}]" if prompt.by else said


def ask(talk: Talk, prompt: Prompt, extract: Extract) -> Any:
    """The answer to a prompt: text as typed, a choice's id, true or false, rows; None where left empty."""
    skippable = not prompt.required

    def question() -> None:
        _question(talk, prompt, skippable)

    match prompt.kind:
        case "yes-no" | "check":
            return talk.yes_no(question, skippable=skippable)
        case "choice" | "item":
            return talk.choose(question, options_of(talk, prompt), skippable=skippable)
        case "list":
            return _rows(talk, prompt, extract, skippable)
        case "lines":
            return talk.lines(question, skippable=skippable)
        case "extract":
            return _extract(talk, question, extract, skippable)
        case _:
            return talk.answer(question, secret=prompt.secret, skippable=skippable)


def ask_item(talk: Talk, prompt: Prompt, extract: Extract) -> Any:
    """The answer to an item of a checklist, with who said it, or the reason why it does not apply."""
    given: dict[str, Any]
    if prompt.may_not_apply and prompt.choices:
        not_applicable = Option(SKIP, talk.t._("does not apply"))
        chosen = talk.choose(
            lambda: _question(talk, prompt, False), [*options_of(talk, prompt), not_applicable]
        )
        answer = None if chosen == SKIP else chosen
    elif prompt.may_not_apply:
        answer = ask(talk, replace(prompt, required=False), extract)
    else:
        answer = ask(talk, prompt, extract)
    if answer is None and prompt.may_not_apply:
        given = {"not_applicable": talk.text(talk.t._("Why does it not apply?"))}
    else:
        given = {"answer": answer}
    if prompt.said_by:
        given["said_by"] = talk.text(talk.t._("Who answered, as {role}?", role=prompt.said_by))
    return given if len(given) > 1 or "not_applicable" in given else answer


def shown_answer(talk: Talk, prompt: Prompt, value: Any) -> str:
    """An answer as it is said again; a sealed or secret one is not."""
    if value is None:
        return talk.t._("left empty")
    if prompt.secret or prompt.keep != "plain":
        return talk.t._("typed, not shown")
    if isinstance(value, bool):
        return talk.t._("yes") if value else talk.t._("no")
    if prompt.kind == "list":
        return talk.t.apart(_row_words(talk, prompt.columns, row) for row in value)
    labels = {choice.id: choice_said(talk.t, choice) for choice in prompt.choices}
    return labels.get(value, str(value))


def options_of(talk: Talk, prompt: Prompt) -> list[Option]:
    """The choices of a prompt."""
    return [Option(choice.id, choice_said(talk.t, choice)) for choice in prompt.choices]


def _as_question(talk: Talk, label: str) -> str:
    return label if label.endswith(_ENDS) else talk.t.lead(label)


def _question(talk: Talk, prompt: Prompt, skippable: bool) -> None:
    t = talk.t
    talk.say(_as_question(talk, label_of(talk, prompt)))
    if prompt.help:
        talk.say(prompt.help, "  ")
    if prompt.may_not_apply and not prompt.choices:
        talk.say(t._("Type {skip} if it does not apply.", skip=SKIP), "  ")
    elif skippable:
        talk.say(t._("Type {skip} to leave it empty.", skip=SKIP), "  ")


def _rows(talk: Talk, prompt: Prompt, extract: Extract, skippable: bool) -> list[dict[str, Any]] | None:
    """A list, row by row; every row is said back before the next."""
    t = talk.t
    talk.say(_as_question(talk, label_of(talk, prompt)))
    if prompt.help:
        talk.say(prompt.help, "  ")
    rows: list[dict[str, Any]] = []
    while True:
        options = [Option(_ROW_MORE, t._("add row {number}", number=len(rows) + 1))]
        if rows:
            options.append(Option(_ROW_OUT, t._("take out the last row")))
        if rows or skippable:
            options.append(Option(_ROW_END, t._("that is all") if rows else t._("leave it empty")))
        # A list that must have a row begins with it.
        chosen = (
            talk.pick(t._("Rows so far: {count}", count=len(rows)), options)
            if len(options) > 1
            else _ROW_MORE
        )
        if chosen == _ROW_END:
            return rows or None
        if chosen == _ROW_OUT:
            rows.pop()
            continue
        row = _row(talk, prompt.columns, extract, len(rows) + 1)
        rows.append(row)
        talk.say(_row_words(talk, prompt.columns, row), f"  {len(rows)}: ")


def _row(talk: Talk, columns: Sequence[Prompt], extract: Extract, number: int) -> dict[str, Any]:
    talk.say(talk.t._("Row {number}", number=number))
    row: dict[str, Any] = {}
    for column in columns:
        value = ask(talk, column, extract)
        if value is not None:
            row[column.id] = value
    return row


def _row_words(talk: Talk, columns: Sequence[Prompt], row: Mapping[str, Any]) -> str:
    return talk.t.run_on(
        talk.t.labelled(column.label or column.id, shown_answer(talk, column, row.get(column.id)))
        for column in columns
    )


def _extract(talk: Talk, question: Callable[[], None], extract: Extract, skippable: bool) -> Any:
    """The extract of a log: the path of a file, or lines pasted here."""
    t = talk.t
    options = (Option("file", t._("a file")), Option("lines", t._("paste its lines here")))
    while True:
        how = talk.choose(question, options, skippable=skippable)
        if how is None:
            return None
        if how == "lines":
            pasted = talk.lines(lambda: None)
            if pasted and pasted.strip():
                talk.say(t._("Taking the digest of the lines …"))
                return dict(extract_of_text(pasted, t._("pasted")))
            continue
        path = talk.text(t._("Path of the file:"))
        talk.say(t._("Reading '{path}' …", path=path))
        try:
            return dict(extract(Path(path.strip()).expanduser()))
        except SopError as error:
            talk.error(error)


def find_field(message: Message, prompts: Sequence[Prompt]) -> Prompt | None:
    """The prompt that a refusal names, where it names one."""
    known = {prompt.id: prompt for prompt in prompts}
    for name, value in message.params:
        if name in ("field", "item", "check") and not isinstance(value, Message) and str(value) in known:
            return known[str(value)]
    for _, value in message.params:
        if isinstance(value, Message) and (found := find_field(value, prompts)) is not None:
            return found
    return None
