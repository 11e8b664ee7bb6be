"""Words for the codes of the views, and times in words."""

from collections.abc import Iterable
from datetime import datetime

from sop_runner.base.i18n import Translator
from sop_runner.base.message import Message, msg
from sop_runner.run.views import Choice, Clock, Prompt
from sop_runner.run.wording import words as in_words

_KINDS = {
    "step": msg("STEP"),
    "checklist": msg("CHECKLIST"),
    "confirmation": msg("CONFIRMATION"),
    "decision": msg("DECISION"),
    "call": msg("CALL"),
    "end": msg("END"),
}
_CONTROLS = {
    "held": msg("held"),
    "stale": msg("stale"),
    "missing": msg("missing"),
    "waived": msg("waived"),
}
_PROMPTS = {
    "open": msg("open"),
    "answered": msg("answered"),
    "right": msg("right"),
    "wrong": msg("wrong"),
    "not-applicable": msg("not applicable"),
    "not-asked": msg("not asked"),
}
_FACTORS = {
    "knowledge": msg("knowledge"),
    "possession": msg("possession"),
    "inherence": msg("inherence"),
}
_PROOFS = {
    "passphrase": msg("passphrase"),
    "totp": msg("code of the token"),
}
_MARKS = {
    "done": msg("done"),
    "current": msg("HERE"),
    "ahead": msg("ahead"),
    "maybe": msg("perhaps"),
    "passed": msg("passed over"),
    "waived": msg("waived"),
    "open": msg("still to be undone"),
}
_SHAPES = {
    "date": msg("YYYY-MM-DD"),
    "time": msg("HH:MM"),
    "datetime": msg("YYYY-MM-DD HH:MM"),
    "duration": msg("for example 45s, 15m, 2h"),
}

kind_word = _KINDS.get
control_word = _CONTROLS.get
prompt_word = _PROMPTS.get
factor_word = _FACTORS.get
proof_word = _PROOFS.get
mark_word = _MARKS.get
shape_of = _SHAPES.get


def roles_said(t: Translator, roles: Iterable[str]) -> str:
    """Roles in words: `agent, team lead`."""
    return t.listed(in_words(role) for role in roles)


def choice_said(t: Translator, choice: Choice) -> str:
    """What can be chosen."""
    return t(choice.say) if choice.say is not None else choice.label or choice.id


def answer_said(t: Translator, prompt: Prompt) -> str:
    """What was answered: a choice by its words, anything else as it was written."""
    chosen = next((choice for choice in prompt.choices if choice.id == prompt.answer), None)
    return choice_said(t, chosen) if chosen is not None else prompt.answer


def running_time(seconds: float) -> str:
    """A running time: `1:12`, `2:03:40`."""
    whole = int(max(seconds, 0))
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def clock_words(t: Translator, clock: Clock, now: datetime) -> str:
    """One time that runs, or what became of it."""
    left = (clock.due - now).total_seconds()
    whole = running_time((clock.due - clock.since).total_seconds())
    time = running_time(left + 0.999 if left > 0 else -left)
    passed = left <= 0
    said = {
        "wait": t._("the wait is over") if passed else t._("wait {time}", time=time),
        "fresh": t._("no longer fresh") if passed else t._("fresh for {time}", time=time),
        "service": t._("promise missed by {time}", time=time)
        if passed
        else t._("promised in {time}", time=time),
        "limit": t._("LIMIT PASSED by {time}", time=time)
        if passed
        else t._("limit {whole}, {time} left", whole=whole, time=time),
    }.get(clock.kind)
    if said is None:
        if passed:
            said = t._("longer than expected by {time}", time=time)
        else:
            said = t._("expected within {whole}, {time} left", whole=whole, time=time)
    return t.labelled(clock.label, said) if clock.label else said


def word_or_code(said: Message | None, code: str) -> Message | str:
    """A word where there is one, else the code itself."""
    return said if said is not None else code
