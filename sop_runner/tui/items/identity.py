"""Identity by factors: choose one, do what it says, type what the subject answered."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from textual.app import ComposeResult

from sop_runner.desk.port import ChallengeView
from sop_runner.factors.attested import attestation
from sop_runner.run.actions import Answer
from sop_runner.run.views import ItemView, Prompt

from ..drawing.card import answering_ways
from ..drawing.words import factor_word, prompt_word
from ..messages import Act, BeginFactor, CheckFactor, Say
from ..ui import Ui, duration
from ..widgets.paper import Paper, Para
from ..widgets.row_list import Row, RowList
from .pane import FormPane

TYPED, RIGHT = "typed", "right"


class IdentityPane(FormPane):
    """The factors above, the one under way below."""

    def __init__(self, ui: Ui, item: ItemView) -> None:
        self.challenge: ChallengeView | None = None
        self._letter = ""
        self._begun = ui.now()
        super().__init__(ui, item)
        self.tally = Paper(*self._tally(), classes="tally")
        self.list = RowList(ui, self._rows(), numbered=True, wrapped=True, classes="checklist")
        self.told = Paper(classes="told")

    def compose(self) -> ComposeResult:
        yield self.tally
        yield self.list
        yield self.told
        yield self.form
        yield self.others

    @property
    def enter_word(self) -> str:
        t = self.ui.t
        if self.challenge is not None:
            return t._("check")
        return t._("confirm") if self._is_met else t._("begin")

    @property
    def digits(self) -> int:
        return len(self.list.rows)

    def questions(self, values: Mapping[str, Any]) -> Sequence[Prompt]:
        t, under_way = self.ui.t, self.challenge
        if under_way is None:
            return ()
        if under_way.attested:
            seen = Prompt(TYPED, "text", t._("What you saw or heard (no codes, no passwords)"))
            return [Prompt(RIGHT, "yes-no", t._("Was it right?")), seen]
        label = t._("Answer from the customer")
        if n := under_way.digits:
            label = (
                t.ngettext("{n} digit from the customer", "{n} digits from the customer", n)
                if under_way.numeric
                else t.ngettext("{n} character from the customer", "{n} characters from the customer", n)
            )
        return [Prompt(TYPED, "text", label, secret=under_way.secret)]

    def begin(self, challenge: ChallengeView, letter: str = "") -> None:
        """The factor is under way: show what to do and take what is typed. `letter` is a demo's."""
        self.challenge, self._letter = challenge, letter
        self._begun = self.ui.now()
        for field in self.form.fields.values():
            field.clear()
        self.form.ask(self.questions)
        self.list.show(self._rows(), cursor=challenge.factor)
        self.tick(self._begun)
        self._make_room(True)
        self.call_after_refresh(self.form.enter)

    def send(self, values: dict[str, Any]) -> None:
        if self.challenge is not None:
            typed = str(values[TYPED])
            if self.challenge.attested:
                typed = attestation(bool(values[RIGHT]), typed)
            self.post_message(CheckFactor(self.challenge.factor, typed))

    def enter(self) -> None:
        if self.challenge is not None:
            super().enter()
        elif self._is_met:
            self.post_message(Act(Answer(self.item.node, answering_ways(self.item)[0].choice)))
        elif self.list.chosen:
            self.post_message(BeginFactor(self.list.chosen))
        else:
            self.post_message(Say(self.ui.t._("Choose a factor first, by its digit or the arrows.")))

    def digit(self, digit: int) -> bool:
        if self.form.focused is not None and self.form.digit(digit):
            return True
        if not self.list.choose_digit(digit):
            return False
        self.post_message(BeginFactor(self.list.chosen))
        return True

    def show(self, item: ItemView) -> None:
        super().show(item)
        self.tally.show(self._tally())
        self.list.show(self._rows())

    def settled(self, accepted: bool) -> None:
        self.challenge = None
        self._make_room(False)
        for field in self.form.fields.values():
            field.clear()
        self.form.ask(())
        self.told.show(())
        self.list.show(self._rows())

    def tick(self, now: datetime) -> None:
        under_way, t = self.challenge, self.ui.t
        if under_way is None:
            return
        paras = []
        if under_way.say:
            paras.append(Para(t(under_way.say), "say", t.lead(t._("Say"))))
        if under_way.hint:
            paras.append(Para(t(under_way.hint), "do"))
        if under_way.sent_to:
            ago = duration((now - self._begun).total_seconds())
            paras.append(Para(t._("sent to {where}, {time} ago", where=under_way.sent_to, time=ago), "dim"))
        if self._letter:
            paras.append(Para(self._letter, "dim", t.lead(t._("Sample inbox"))))
        self.told.show(paras)

    def _make_room(self, under_way: bool) -> None:
        """While a factor is under way its question is what has to be seen."""
        if self.parent is not None:
            self.parent.set_class(under_way, "-under-way")

    @property
    def _is_met(self) -> bool:
        ways = answering_ways(self.item)
        return bool(ways) and ways[0].refused is None and self._right() >= self.item.factors_needed

    def _right(self) -> int:
        return sum(prompt.state == "right" for prompt in self.item.prompts)

    def _tally(self) -> list[Para]:
        t, item = self.ui.t, self.item
        needed = t.ngettext("needs {n} factor", "needs {n} kinds", item.factors_needed)
        text = f"{needed} {self.ui.glyphs.dot} {t._('{n} right', n=self._right())}"
        if item.attempts_left is not None:
            left = t.ngettext("{n} attempt left", "{n} attempts left", item.attempts_left)
            text += f" {self.ui.glyphs.dot} {left}"
        return [Para(text, "warn" if item.attempts_left == 1 else "label")]

    def _rows(self) -> list[Row]:
        return [
            Row(
                prompt.id,
                self.ui.t.aside(prompt.label or prompt.id, factor_word(self.ui, prompt.factor_kind)),
                self.ui.glyphs.prompt.get(prompt.state, " "),
                prompt_word(self.ui, prompt.state),
                {"right": "good", "wrong": "bad"}.get(prompt.state, ""),
            )
            for prompt in self.item.prompts
        ]
