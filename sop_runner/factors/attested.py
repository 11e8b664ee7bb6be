"""A factor that no module knows: the agent records whether it was right, and what was seen."""

from datetime import datetime

from sop_runner.base.message import msg
from sop_runner.base.textsafe import nfc

from .port import Challenge, FactorResult, Kind, Options, Unavailable, Why, right, wrong

RIGHT, WRONG = "right", "wrong"
MAX_SEEN = 500


class Attested:
    """The agent's word for what was seen, recorded as their word and nothing more.

    Its kind is what the author wrote. An account of what was seen is demanded, so that a bare
    tick cannot pass.
    """

    name = "attested"
    kind: Kind = ""

    def begin(self, subject: str, options: Options, now: datetime) -> Challenge | Unavailable:
        """Ask the agent for their account."""
        return Challenge(
            self.name,
            self.kind,
            subject,
            do=msg("Check this factor as you were trained to."),
            hint=msg(
                "Say whether it was right, and write down what you saw or heard. No codes, no passwords."
            ),
            answer="attest",
        )

    def check(self, subject: str, challenge: Challenge, typed: str, now: datetime) -> FactorResult:
        """Take the agent's word in the form that `attestation` gives it."""
        verdict, _, seen = nfc(typed).partition("\n")
        seen = seen.strip()
        if verdict not in (RIGHT, WRONG) or not seen or len(seen) > MAX_SEEN:
            note = msg("Say right or wrong, and what you saw, in at most {most} characters.", most=MAX_SEEN)
            return wrong(note)
        if verdict == WRONG:
            return FactorResult(False, "", msg("Recorded as wrong, on your word."), Why.WRONG, seen)
        return right(msg("Recorded as right, on your word."), seen=seen)


def attestation(is_right: bool, seen: str) -> str:
    """What a front end passes to `check` as typed."""
    return f"{RIGHT if is_right else WRONG}\n{seen}"
