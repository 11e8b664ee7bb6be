"""Checking factors: the customer's, one after another, and those of a person at this desk."""

from collections.abc import Callable, Sequence

from sop_runner.desk.port import ChallengeView, PersonInfo
from sop_runner.factors.attested import attestation
from sop_runner.run.actions import FactorProof
from sop_runner.run.views import ItemView, Prompt

from .talk import Back, Option
from .walker import Walker
from .words import factor_word, prompt_word, proof_word, roles_said, word_or_code

_PASSPHRASE = "passphrase"  # noqa: S105  # the name of a factor, no secret


def answer_identity(w: Walker, item: ItemView, pick_way: Callable[[Walker, ItemView], str]) -> str | None:
    """Choose a factor, or a way on; check the factor. Raises SopError where it cannot be checked."""
    t = w.talk.t
    options = [_factor_option(w, prompt) for prompt in item.prompts]
    ways = {way.choice for way in item.ways}
    if ways:
        options.append(Option(":ways", t._("Something else")))
    chosen = w.talk.pick(t._("Which factor?"), options)
    if chosen == ":ways":
        return pick_way(w, item)
    _check(w, chosen)
    return None


def _factor_option(w: Walker, prompt: Prompt) -> Option:
    t = w.talk.t
    notes = [word_or_code(factor_word(prompt.factor_kind), prompt.factor_kind)]
    if prompt.state != "open":
        notes.append(word_or_code(prompt_word(prompt.state), prompt.state))
    return Option(prompt.id, prompt.label or prompt.id, note=t.run_on(notes))


def _check(w: Walker, factor: str) -> None:
    t = w.talk.t
    w.talk.say(t._("Beginning …"))
    with w.signals.held_off():
        challenge = w.session.begin_factor(factor)
    if challenge.say:
        w.talk.say(t._("Say: {text}", text=t(challenge.say)))
    if challenge.hint:
        w.talk.say(challenge.hint)
    if challenge.sent_to:
        w.talk.say(t._("Sent to {where}.", where=challenge.sent_to))
        for line in w.session.inbox()[:1]:
            w.talk.say(t._("Sample inbox: {line}", line=line))
    typed = (
        _attested(w)
        if challenge.attested
        else w.talk.text(_typed_label(w, challenge), secret=challenge.secret)
    )
    with w.signals.held_off():
        done = w.session.check_factor(factor, typed)
    w.report(done)


def _typed_label(w: Walker, challenge: ChallengeView) -> str:
    t = w.talk.t
    if not challenge.digits:
        return t._("The answer:")
    if challenge.numeric:
        return t.ngettext("The answer, {n} digit:", "The answer, {n} digits:", challenge.digits)
    return t.ngettext("The answer, {n} character:", "The answer, {n} characters:", challenge.digits)


def _attested(w: Walker) -> str:
    t = w.talk.t
    right = w.talk.yes_no(lambda: w.talk.say(t._("Was it right?")))
    seen = w.talk.text(t._("What did you see or hear? No codes, no passwords."))
    return attestation(bool(right), seen)


def prove(w: Walker, person: PersonInfo, need: int) -> tuple[FactorProof, ...]:
    """Have a person of the desk prove `need` factors of different kinds here, or all that there are.

    Raises Back where there are none, or the person gives up.
    """
    t = w.talk.t
    if not person.factors:
        w.talk.say(t._("'{person}' has no factor to prove; one has to be enrolled first.", person=person.id))
        raise Back
    proofs: list[FactorProof] = []
    while len({proof.kind for proof in proofs}) < need:
        open_factors = [name for name in person.factors if name not in {proof.factor for proof in proofs}]
        if not open_factors:
            break  # whether these are enough is for the desk to say
        factor = _which(w, person, open_factors)
        name = word_or_code(proof_word(factor), factor)
        typed = w.talk.text(t._("{factor} of {person}:", factor=name, person=person.id), secret=True)
        with w.signals.held_off():
            proof = w.session.prove(person.id, factor, typed)
        if isinstance(proof, FactorProof):
            proofs.append(proof)
            w.talk.say(t._("{factor}: right", factor=name))
        else:
            w.talk.say(proof)
    return tuple(proofs)


def _which(w: Walker, person: PersonInfo, factors: Sequence[str]) -> str:
    if len(factors) == 1:
        return factors[0]
    options = [
        Option(name, w.talk.t(word_or_code(proof_word(name), name)))
        for name in sorted(factors, key=lambda name: name != _PASSPHRASE)
    ]
    return w.talk.pick(w.talk.t._("Which factor of {person}?", person=person.id), options)


def pick_person(w: Walker, label: str, people: Sequence[PersonInfo]) -> PersonInfo:
    """Which person, by number, name or id."""
    t = w.talk.t
    options = [Option(p.id, t.run_on((p.id, p.name)), (p.name,), roles_said(t, p.roles)) for p in people]
    if not options:
        w.talk.say(t._("There is nobody for this at this desk."))
        raise Back
    chosen = w.talk.pick(label, options)
    return next(person for person in people if person.id == chosen)
