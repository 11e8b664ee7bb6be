"""A second person at this terminal: signs, rules or takes over, and then the first goes on."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sop_runner.desk.port import PersonInfo
from sop_runner.run.actions import Answer, FactorProof, Waive
from sop_runner.run.views import ItemView

from .asking import ask, find_field
from .factors import pick_person, prove
from .talk import Back, Option
from .walker import Walker


def answer_sign_off(w: Walker, item: ItemView) -> str | None:
    """Approve or decline: who signs, their factors, the blind fields, the reason."""
    t = w.talk.t
    elsewhere = [way for way in item.ways if way.choice in ("otherwise", "at_limit", "leave")]
    options = [Option("sign", t._("Sign, at this terminal"))]
    options += [Option(way.choice, t(way.label), (way.title,), way.title) for way in elsewhere]
    if len(options) > 1:
        chosen = w.talk.pick(t._("How does it go on?"), options)
        if chosen != "sign":
            return chosen
    with w.talk.dialogue():
        try:
            _sign(w, item)
        except Back:
            w.talk.say(t._("Put away; nothing was signed."))
    return None


def _sign(w: Walker, item: ItemView) -> None:
    t = w.talk.t
    signer = pick_person(w, t._("Who signs?"), in_roles(w, item.by))
    options = [
        Option(way.choice, t(way.label), note=t._("not now: {why}", why=way.refused) if way.refused else "")
        for way in item.ways
        if way.choice not in ("otherwise", "at_limit", "leave")
    ]
    proofs = prove(w, signer, max(item.factors_needed, 1))
    with acting(w, signer, proofs):
        choice = w.talk.pick(t._("{person}, what do you say?", person=signer.id), options)
        way = next(way for way in item.ways if way.choice == choice)
        values: dict[str, Any] = {}
        if choice != "declined":
            for prompt in item.prompts:
                w.talk.say(t._("From the source, not from the screen:"))
                values[prompt.id] = ask(w.talk, prompt, w.session.extract)
        needed = way.needs_reason or (item.reason_required and choice != "declined")
        reason = w.talk.text(t._("The reason:")) if needed else ""
        while True:
            done = w.attempt(Answer(item.node, choice, values, reason, proofs))
            if done is None or done.accepted:
                return
            named = find_field(done.message, item.prompts)
            if named is None or named.id not in values:
                return
            values[named.id] = ask(w.talk, named, w.session.extract)


def rule(w: Walker, item: ItemView) -> None:
    """A waiver: somebody of the named role rules on the item, with a deviation."""
    t = w.talk.t
    ruler = pick_person(
        w,
        t._("Who rules, as {role}?", role=item.role_title(item.waivable_by)),
        in_roles(w, (item.waivable_by,)),
    )
    proofs = prove(w, ruler, 1)
    with acting(w, ruler, proofs):
        options = (
            Option("waived", t._("Waived: it counts as done")),
            Option("again", t._("Again: it is answered once more")),
            Option("stop", t._("Stop: it is left by its other way")),
        )
        ruling = w.talk.pick(t._("{person}, what do you rule?", person=ruler.id), options)
        expected, happened, decided = deviation(w)
        values: dict[str, Any] = {}
        if ruling == "waived" and item.evidence == "record":
            for prompt in item.prompts:
                values[prompt.id] = ask(w.talk, prompt, w.session.extract)
        w.perform(Waive(item.node, ruling, expected, happened, decided, proofs, _given(values)))


def deviation(w: Walker) -> tuple[str, str, str]:
    """What was expected, what happened, what was decided."""
    t = w.talk.t
    return (
        w.talk.text(t._("What was expected?")),
        w.talk.text(t._("What happened?")),
        w.talk.text(t._("What was decided?")),
    )


def in_roles(w: Walker, roles: Sequence[str]) -> list[PersonInfo]:
    """The people who have one of the roles."""
    return [person for person in w.desk.people() if set(person.roles) & set(roles)]


@contextmanager
def acting(w: Walker, person: PersonInfo, proofs: tuple[FactorProof, ...]) -> Iterator[None]:
    """Let another verified person act here; whoever signed in at this terminal goes on afterwards.

    Raises Back where the desk does not let them.
    """
    before = w.session.person.id
    barred = w.session.act_as(person.id, proofs)
    if barred is not None:
        w.talk.say(barred)
        raise Back
    try:
        yield
    except BaseException:
        # Whatever ends this, the next act at the terminal must not be the other person's.
        w.session.act_as(before, ())
        raise
    _come_back(w, before)


def _come_back(w: Walker, person: str) -> None:
    """Let the person from before go on; one who did not sign in here proves again who they are."""
    if w.session.act_as(person, ()) is None:
        return
    known = next(info for info in w.desk.people() if info.id == person)
    while (barred := w.session.act_as(person, prove(w, known, 1))) is not None:
        w.talk.say(barred)


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
