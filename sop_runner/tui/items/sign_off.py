"""A sign-off: another person proves who they are here, looks for themselves, and says yes or no."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from sop_runner.desk.port import PersonInfo
from sop_runner.run.actions import Action, Answer, FactorProof
from sop_runner.run.views import Choice, ItemView, Prompt

from ..drawing.words import own_factor_word, person_said
from ..messages import Sign
from ..ui import Ui
from .choice import REASON, WAY, reason_question, way_question
from .pane import FormPane

WHO, FACTOR = "who", "factor "


def signer_questions(
    ui: Ui,
    people: Sequence[PersonInfo],
    roles: Sequence[str],
    needed: int,
    values: Mapping[str, Any],
    proved: Sequence[FactorProof] = (),
) -> list[Prompt]:
    """Who signs, and the factors of theirs; those that were right already are not asked again."""
    t = ui.t
    may = [p for p in people if not roles or set(p.roles) & set(roles)]
    choices = tuple(Choice(p.id, person_said(ui, p)) for p in may)
    asked = [Prompt(WHO, "choice", t._("Who signs?"), choices=choices)]
    person = next((p for p in may if p.id == values.get(WHO)), None)
    if person is None:
        return asked
    done = {proof.factor for proof in proved}
    missing = max(needed - len(done), 0)
    open_ones = [factor for factor in person.factors if factor not in done]
    for factor in open_ones:
        required = missing >= len(open_ones)
        label = t._("{name}: {factor}", name=person.name, factor=own_factor_word(ui, factor))
        asked.append(Prompt(FACTOR + factor, "text", label, secret=True, required=required))
    return asked


def typed_factors(values: dict[str, Any]) -> dict[str, str]:
    """Take what was typed for factors out of `values`."""
    names = [name for name in values if name.startswith(FACTOR)]
    return {name.removeprefix(FACTOR): str(values.pop(name)) for name in names}


class SignOffPane(FormPane):
    """Nothing that the agent wrote blind is on it; it is typed from the source and compared."""

    def __init__(self, ui: Ui, item: ItemView, people: Sequence[PersonInfo]) -> None:
        self.people = people
        self.proved: dict[str, tuple[FactorProof, ...]] = {}
        super().__init__(ui, item)

    @property
    def enter_word(self) -> str:
        return self.ui.t._("next, sign")

    def questions(self, values: Mapping[str, Any]) -> Sequence[Prompt]:
        ui, item = self.ui, self.item
        proved = self.proved.get(str(values.get(WHO)), ())
        asked = signer_questions(ui, self.people, item.by, item.factors_needed, values, proved)
        asked += [*item.prompts, way_question(ui, item, item.ask or ui.t._("Your ruling"))]
        if (reason := reason_question(ui, item, values.get(WAY))) is not None:
            asked.append(reason)
        return asked

    def send(self, values: dict[str, Any]) -> None:
        who, choice = str(values.pop(WHO)), str(values.pop(WAY))
        typed, reason = typed_factors(values), str(values.pop(REASON, ""))
        action = partial(_answer, self.item.node, choice, values, reason)
        self.post_message(Sign(who, typed, self.proved.get(who, ()), action))

    def proofs(self, person: str, proofs: tuple[FactorProof, ...]) -> None:
        """Keep what was right: a code counts once, and a refusal for another reason must not eat it."""
        self.proved[person] = proofs
        self.form.ask(self.questions)


def _answer(
    node: str, choice: str, values: Mapping[str, Any], reason: str, proofs: tuple[FactorProof, ...]
) -> Action:
    return Answer(node, choice, values, reason, proofs)
