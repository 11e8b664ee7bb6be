"""Answering the current item, by its kind: asks, then hands an action to the desk."""

from collections.abc import Callable, Mapping

from sop_runner.base.errors import SopError
from sop_runner.run.actions import Answer, LeaveOpen, TakeLimit, TakeOtherwise
from sop_runner.run.views import ItemView, Prompt

from .asking import ask, ask_item
from .factors import answer_identity
from .record import answer_record
from .show import way_words
from .signing import answer_sign_off
from .talk import Option
from .walker import Walker
from .words import answer_said

_AGAIN = ":again"


def answer_item(w: Walker, item: ItemView) -> None:
    """Ask what the item asks, once round; the desk says where the run stands then."""
    if any(way.choice == "at_limit" for way in item.ways):
        take_way(w, item, pick_way(w, item))
        return
    choice = _KINDS.get(item.evidence or item.kind, pick_way)(w, item)
    if choice is not None:
        take_way(w, item, choice)


def pick_way(w: Walker, item: ItemView, more: tuple[Option, ...] = ()) -> str:
    """Which way on."""
    t = w.talk.t
    options = [
        Option(
            way.choice,
            way_words(w.talk, item, way),
            (t(way.label), way.title),
            t._("not now: {why}", why=way.refused) if way.refused is not None else "",
        )
        for way in item.ways
    ]
    return w.talk.pick(t._("How does it go on?"), [*options, *more])


def take_way(w: Walker, item: ItemView, choice: str) -> bool:
    """Take a way on, with its reason; whether it was taken."""
    t = w.talk.t
    way = next((way for way in item.ways if way.choice == choice), None)
    reason = w.talk.text(t._("The reason:")) if way is not None and way.needs_reason else ""
    if choice == "otherwise":
        return w.perform(TakeOtherwise(item.node, reason))
    if choice == "at_limit":
        return w.perform(TakeLimit(item.node))
    if choice == "leave":
        return w.perform(LeaveOpen(reason))
    return w.perform(Answer(item.node, choice, reason=reason))


def _parts(w: Walker, item: ItemView) -> str | None:
    """A checklist or log review: the next open part, or once all are answered the way on."""
    prompt = next((prompt for prompt in item.prompts if prompt.state == "open" and prompt.required), None)
    if prompt is not None:
        _part(w, item, prompt)
        return None
    t = w.talk.t
    answered = [prompt for prompt in item.prompts if prompt.state != "not-asked"]
    chosen = pick_way(w, item, (Option(_AGAIN, t._("Change an answer")),) if answered else ())
    if chosen != _AGAIN:
        return chosen
    options = [Option(p.id, p.label or p.id, note=answer_said(t, p)) for p in answered]
    wanted = w.talk.pick(t._("Which answer?"), options)
    _part(w, item, next(p for p in answered if p.id == wanted))
    return None


def _part(w: Walker, item: ItemView, prompt: Prompt) -> None:
    asked = ask_item if item.kind == "checklist" else ask
    value = asked(w.talk, prompt, w.session.extract)
    w.perform(Answer(item.node, "", {prompt.id: value}))


def _read_back(w: Walker, item: ItemView) -> str | None:
    """Typed again; the typing itself is the answer, so a reflex cannot give it."""
    if not item.prompts:
        return pick_way(w, item)
    values = {prompt.id: ask(w.talk, prompt, w.session.extract) for prompt in item.prompts}
    w.perform(Answer(item.node, "done", values))
    return None


def _identity(w: Walker, item: ItemView) -> str | None:
    try:
        return answer_identity(w, item, pick_way)
    except SopError as error:
        w.talk.error(error)
        return None


_KINDS: Mapping[str, Callable[[Walker, ItemView], str | None]] = {
    "checklist": _parts,
    "log_review": _parts,
    "record": answer_record,
    "read_back": _read_back,
    "identity": _identity,
    "sign_off": answer_sign_off,
}
