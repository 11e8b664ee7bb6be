"""A record: its fields one after another, said back, and written down all at once."""

from typing import Any

from sop_runner.base.message import Message
from sop_runner.run.actions import Answer
from sop_runner.run.views import ItemView, Prompt

from .asking import ask, find_field, label_of, shown_answer
from .show import way_words
from .talk import Option
from .walker import Walker

_CHANGE = ":change"
_NOT_ASKED = "'{field}' is not asked here: its condition does not hold"


def answer_record(w: Walker, item: ItemView) -> str | None:
    """Ask what is not typed yet, then which way on; the way's choice, or None where it was written down.

    What was typed stays with the item until it is on record: a refusal asks again only what it names.
    """
    draft = w.drafts.setdefault(item.node, {})
    prompts = _asked(w, draft)
    kept = [prompt for prompt in prompts if prompt.id in draft]
    if kept:
        w.talk.say(w.talk.t._("Typed before:"))
        _say_back(w, kept, draft)
    while True:
        prompts = _ask_all(w, draft)
        choice = _way(w, item, prompts)
        if choice == _CHANGE:
            _change(w, prompts, draft)
        elif choice != "done":
            return choice
        elif _write(w, item, prompts, draft):
            return None


def _asked(w: Walker, draft: dict[str, Any]) -> list[Prompt]:
    """The questions that are asked with what was typed so far."""
    return [prompt for prompt in w.session.questions(draft) if prompt.state != "not-asked"]


def _ask_all(w: Walker, draft: dict[str, Any]) -> list[Prompt]:
    """Ask what is not typed yet; an answer may open further questions, or close some that were answered."""
    while True:
        prompts = _asked(w, draft)
        open_ones = [prompt for prompt in prompts if prompt.id not in draft]
        if not open_ones:
            for name in draft.keys() - {prompt.id for prompt in prompts}:
                del draft[name]
            return prompts
        draft[open_ones[0].id] = ask(w.talk, open_ones[0], w.session.extract)


def _way(w: Walker, item: ItemView, prompts: list[Prompt]) -> str:
    t = w.talk.t
    options = [Option(way.choice, way_words(w.talk, item, way), (t(way.label),)) for way in item.ways]
    if prompts:
        options.append(Option(_CHANGE, t._("Change an answer")))
    return w.talk.pick(t._("How does it go on?"), options)


def _say_back(w: Walker, prompts: list[Prompt], draft: dict[str, Any]) -> None:
    for prompt in prompts:
        answer = shown_answer(w.talk, prompt, draft.get(prompt.id))
        w.talk.say(w.talk.t.labelled(prompt.label or prompt.id, answer), "  ")


def _change(w: Walker, prompts: list[Prompt], draft: dict[str, Any]) -> None:
    options = [
        Option(p.id, label_of(w.talk, p), note=shown_answer(w.talk, p, draft.get(p.id))) for p in prompts
    ]
    chosen = w.talk.pick(w.talk.t._("Which answer?"), options)
    prompt = next(p for p in prompts if p.id == chosen)
    draft[prompt.id] = ask(w.talk, prompt, w.session.extract)


def _write(w: Walker, item: ItemView, prompts: list[Prompt], draft: dict[str, Any]) -> bool:
    """Have it recorded; a field that the desk names is asked again, the others stay as typed."""
    while True:
        values = {name: value for name, value in draft.items() if value is not None}
        done = w.attempt(Answer(item.node, "done", values))
        if done is None:
            return False
        if done.accepted:
            w.drafts.pop(item.node, None)
            return True
        named = find_field(done.message, prompts)
        if named is None:
            return False
        if is_not_asked(done.message):
            draft.pop(named.id, None)
            prompts = _asked(w, draft)
            continue
        draft[named.id] = ask(w.talk, named, w.session.extract)


def is_not_asked(message: Message) -> bool:
    """Whether a refusal says that a field's own condition does not hold, so that it is left out."""
    return message.text == _NOT_ASKED
