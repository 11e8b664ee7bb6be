"""A one-time code sent to a telephone or app on file."""

from datetime import timedelta

from sop_runner.base.i18n import Translator
from sop_runner.base.message import msg
from sop_runner.base.secretbox import SecretBox
from sop_runner.base.tries import Tries

from .courier import Courier
from .customers import CustomerFile
from .delivered import DeliveredCode, Manner

MANNER = Manner(
    name="one_time_code",
    channels=("phone", "app"),  # not post, which no caller has at hand; never e-mail
    digits=6,
    lives=timedelta(minutes=10),  # NIST SP 800-63B-4, 3.1.3.2: at most ten minutes
    spoken=False,
    text=msg("{code} is your code. Read it only to the agent you are talking to now."),
    say=msg("I have sent a code to the number we have on file. Please read it to me."),
    hint=msg("Never read the number aloud."),
)


def one_time_code(
    customers: CustomerFile, courier: Courier, tries: Tries, box: SecretBox, say: Translator | None = None
) -> DeliveredCode:
    """The module for codes sent as a message."""
    return DeliveredCode(MANNER, customers, courier, tries, box, say)
