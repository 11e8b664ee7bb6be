"""Words for the codes of the views."""

from collections.abc import Iterable

from sop_runner.desk import codes
from sop_runner.desk.port import PersonInfo
from sop_runner.run.views import Choice, Fact, Prompt
from sop_runner.run.wording import words

from ..ui import Ui


def roles_said(ui: Ui, roles: Iterable[str]) -> str:
    """Roles in words: `agent, team lead`."""
    return ui.t.listed(words(role) for role in roles)


def person_said(ui: Ui, person: PersonInfo) -> str:
    """A person with their roles."""
    return ui.t.aside(person.name, roles_said(ui, person.roles))


def choice_said(ui: Ui, choice: Choice) -> str:
    """What can be chosen."""
    return ui.t(choice.say) if choice.say is not None else choice.label


def answer_said(ui: Ui, prompt: Prompt) -> str:
    """What was answered: a choice by its words, anything else as it was written."""
    chosen = next((choice for choice in prompt.choices if choice.id == prompt.answer), None)
    return choice_said(ui, chosen) if chosen is not None else prompt.answer


def fact_lead(ui: Ui, fact: Fact) -> str:
    """What stands before a recorded value."""
    return ui.t.lead(fact.label or fact.name)


def kind_word(ui: Ui, kind: str) -> str:
    """What an item is, as its heading says."""
    t = ui.t
    return {
        "step": t._("STEP"),
        "checklist": t._("CHECKLIST"),
        "confirmation": t._("CONFIRMATION"),
        "decision": t._("DECISION"),
        "call": t._("CALL"),
        "end": t._("END"),
    }.get(kind, kind)


def control_word(ui: Ui, state: str) -> str:
    """How a control stands."""
    t = ui.t
    return {
        "held": t._("held"),
        "stale": t._("stale"),
        "missing": t._("missing"),
        "waived": t._("waived"),
    }.get(state, state)


def prompt_word(ui: Ui, state: str) -> str:
    """How a question or factor stands."""
    t = ui.t
    return {
        "open": "",
        "answered": t._("answered"),
        "right": t._("right"),
        "wrong": t._("wrong"),
        "not-applicable": t._("not applicable"),
        "not-asked": t._("not asked"),
    }.get(state, state)


def state_word(ui: Ui, state: str) -> str:
    """How a run stands on the board."""
    return ui.t(codes.state_word(state))


def result_word(ui: Ui, result: str) -> str:
    """How a run ended."""
    return ui.t(codes.result_word(result))


def own_factor_word(ui: Ui, factor: str) -> str:
    """A factor of a person of the desk; the desk's own names of further ones stay as they are."""
    t = ui.t
    return {"passphrase": t._("passphrase"), "totp": t._("code of the token")}.get(factor, factor)


def factor_word(ui: Ui, kind: str) -> str:
    """What a factor proves."""
    t = ui.t
    return {
        "knowledge": t._("knowledge"),
        "possession": t._("possession"),
        "inherence": t._("inherence"),
    }.get(kind, kind)
