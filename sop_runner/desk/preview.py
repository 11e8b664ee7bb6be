"""A run that an author walks in memory: the run core and its screens, no ledger, nobody to prove anything to."""

from collections.abc import Mapping, Sequence
from datetime import UTC
from pathlib import Path
from typing import Any

from sop_runner.acting.answers import BadAnswer, acts_for
from sop_runner.acting.cast import Cast, NobodyMapped
from sop_runner.acting.samples import NoSample, look_in, sample
from sop_runner.acting.scene import Act, Scene
from sop_runner.authoring.preview import NAME
from sop_runner.base.clock import ManualClock, SystemClock
from sop_runner.base.errors import UsageError
from sop_runner.base.message import Message, msg
from sop_runner.machine.plan import Plan
from sop_runner.procedure.value_types import UNKNOWN
from sop_runner.run.actions import Action, Actor, Answer, FactorProof, Given, Start, Waive
from sop_runner.run.decide import decide
from sop_runner.run.evolve import evolve
from sop_runner.run.going import Refused
from sop_runner.run.start import decide_start
from sop_runner.run.timing import waits_until
from sop_runner.run.view import questions, view
from sop_runner.run.views import Prompt, RunView

from .extract import extract_of
from .port import ChallengeView, Performed, PersonInfo, Recap

WRONG = "wrong"
"""What is typed for a factor that shall fail."""


class PreviewSession:
    """Implements `port.Session` in memory: every factor is right unless `wrong` is typed.

    Each role is a person of that name, and whoever may act at an item does; `act_as` chooses another one.
    """

    def __init__(self, plan: Plan, language: str, zone: str = "UTC") -> None:
        self._plan, self._language = plan, language
        self.clock = ManualClock(SystemClock().now().wall)
        self._cast = Cast.of({role: (role,) for role in plan.procedure.roles}, plan.procedure.roles)
        self._acting = plan.procedure.by[0]
        self._entries = 1
        self._scene = self._opened(zone)

    def _opened(self, zone: str) -> Scene:
        """The run at its first item, with a sample case. Raises UsageError where it cannot be opened."""
        now = self.clock.now().wall
        case: dict[str, Any] = {}
        for spec in self._plan.procedure.case:
            try:
                case[spec.field] = sample(spec, spec.field, look_in(case, lambda _: UNKNOWN), now, UTC)
            except NoSample:
                continue
        start = Start(NAME, NAME, zone, case, training=True)
        judged = decide_start(self._plan, start, Given(self._actor(), now, bytes(32), self._language))
        if isinstance(judged, Refused):
            raise UsageError(judged.message, hint="It can be looked at item by item all the same.")
        return Scene(self._plan, judged.run, now, dict(judged.sealed))

    @property
    def run(self) -> str:
        return NAME

    @property
    def person(self) -> PersonInfo:
        return _person(self._acting)

    def view(self, language: str | None = None) -> RunView:
        scene = self._now()
        spoken = language or self._language
        return view(self._plan, scene.run, scene.now, spoken, scene.opened, self._acting)

    def perform(self, action: Action) -> Performed:
        proofs = action.factors if isinstance(action, Answer | Waive) else ()
        signer = proofs[0].note if proofs else ""
        return self._done((self._cast.actor(signer) if signer else self._somebody(), action))

    def sample(self) -> Performed:
        """Answer the item at hand as a scenario would that names it and nothing else."""
        scene = self._now()
        ready = waits_until(self._plan, scene.run, scene.now)
        if ready is not None and ready > scene.now:
            self.clock.advance(ready - scene.now)
            scene = self._now()
        try:
            acts = acts_for(scene, self._cast, scene.run.at)
        except (BadAnswer, NoSample, NobodyMapped) as error:
            return Performed(False, _to_author(str(error)), self._entries)
        performed = Performed(False, _to_author("there is nothing to answer here"), self._entries)
        for act in acts:
            performed = self._done(act)
            if not performed.accepted:
                break
        return performed

    def questions(self, values: Mapping[str, Any]) -> tuple[Prompt, ...]:
        scene = self._now()
        return questions(self._plan, scene.run, scene.now, self._language, scene.opened, values)

    def begin_factor(self, factor: str) -> ChallengeView:
        hint = f"PREVIEW: anything is right, '{WRONG}' is wrong"
        return ChallengeView(factor, self._kind(factor), "", hint, "", False, 0, False)

    def check_factor(self, factor: str, typed: str) -> Performed:
        right = typed.strip() != WRONG
        ref = f"preview {self._entries}" if right else ""
        proof = FactorProof(factor, self._kind(factor), right, ref)
        return self._done((self._somebody(), Answer(self._scene.run.at, "", factors=(proof,))))

    def prove(self, person: str, factor: str, typed: str) -> FactorProof | Message:
        if typed.strip() == WRONG:
            return _to_author("that is wrong, as it was meant to be")
        kind = {"totp": "possession", "fingerprint": "inherence"}.get(factor, "knowledge")
        return FactorProof(factor, kind, True, f"preview {self._entries} {factor}", person)

    def act_as(self, person: str, proofs: Sequence[FactorProof]) -> Message | None:
        self._acting = person
        return None

    def extract(self, path: Path) -> Mapping[str, Any]:
        return extract_of(path)

    def recap(self) -> Recap:
        return Recap(0, "", (), (), ())

    def inbox(self) -> tuple[str, ...]:
        return (f"PREVIEW: nothing is sent. Any code is right; type '{WRONG}' for one that is not.",)

    def close(self, reason: str = "") -> None:
        """Nothing is left behind."""

    def people(self) -> tuple[PersonInfo, ...]:
        """One person for each role."""
        return tuple(_person(role) for role in self._plan.procedure.roles)

    def _now(self) -> Scene:
        self._scene = self._scene.later(self.clock.now().wall - self._scene.now)
        return self._scene

    def _actor(self) -> Actor:
        return self._cast.actor(self._acting)

    def _somebody(self) -> Actor:
        """Whoever may act at the item: who is acting, where they may."""
        node = self._plan.node(self._scene.run.at)
        if not node.by or self._acting in node.by:
            return self._actor()
        return self._cast.actor(self._cast.at(self._scene.run, node.by, node.not_by))

    def _done(self, act: Act) -> Performed:
        scene = self._now()
        who, action = act
        given = Given(who, scene.now, self._entries.to_bytes(32, "big"), self._language, scene.opened)
        judged = decide(self._plan, scene.run, action, given)
        self._entries += len(judged.events)
        if isinstance(judged, Refused):
            run = scene.run
            for event in judged.events:
                run = evolve(self._plan, run, event, scene.opened)
            self._scene = scene.after(action, run, scene.opened)
            return Performed(False, judged.message, self._entries)
        self._scene = scene.after(action, judged.run, {**scene.opened, **judged.sealed})
        return Performed(True, msg("recorded, entry {entry}", entry=self._entries), self._entries)

    def _kind(self, factor: str) -> str:
        identity = getattr(self._plan.node(self._scene.run.at).node, "identity", None)
        return next((one.kind for one in identity.factors if one.factor == factor), "") if identity else ""


def _to_author(text: str) -> Message:
    """What only authors read is in English alone."""
    return Message("{said}", (("said", text),))


def _person(role: str) -> PersonInfo:
    return PersonInfo(role, role, (role,), ("passphrase", "totp"))
