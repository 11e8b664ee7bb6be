"""A step: work that is reported as done."""

from datetime import timedelta

from sop_runner.base.clock import utc_text
from sop_runner.base.message import msg
from sop_runner.run.actions import Answer
from sop_runner.run.going import Going, No
from sop_runner.run.timing import waits_until

from .common import done, role_of


def answer_step(going: Going, action: Answer) -> None:
    """Report it done, but not before its wait is over."""
    role = role_of(going)
    if action.choice != "done":
        raise No(
            msg("'{node}' is reported as done, not as '{choice}'", node=going.run.at, choice=action.choice)
        )
    ready = waits_until(going.plan, going.run, going.given.now)
    if ready is not None and going.given.now < ready:
        raise No(
            msg(
                "'{node}' cannot be reported done before {time}; wait {seconds} s more",
                node=going.run.at,
                time=utc_text(ready),
                seconds=-(-(ready - going.given.now) // timedelta(seconds=1)),
            )
        )
    done(going, role, reason=action.reason)
