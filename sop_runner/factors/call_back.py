"""A call back to the number on file: the line speaks a code that the agent never sees.

Were the agent to know the code, or only to tick that the call was made, it would prove the
agent's word and not the customer's telephone.
"""

from datetime import timedelta

from sop_runner.base.i18n import Translator
from sop_runner.base.message import msg
from sop_runner.base.secretbox import SecretBox
from sop_runner.base.tries import Tries

from .courier import Courier
from .customers import CustomerFile
from .delivered import DeliveredCode, Manner

MANNER = Manner(
    name="call_back",
    channels=("phone",),
    digits=4,
    lives=timedelta(minutes=5),
    spoken=True,
    text=msg("Your code is {code}. Tell it to the agent who is calling you back."),
    say=msg(
        "I am calling you back on the number we have on file. You will hear a code: please repeat it to me."
    ),
    hint=msg("Only the number on file is called, never one that the caller gives."),
)


def call_back(
    customers: CustomerFile, courier: Courier, tries: Tries, box: SecretBox, say: Translator | None = None
) -> DeliveredCode:
    """The module for codes spoken in a call to the number on file."""
    return DeliveredCode(MANNER, customers, courier, tries, box, say)
