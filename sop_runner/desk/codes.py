"""Words for the codes of the desk: how a run stands, and how one ended. Every front end says the same."""

from sop_runner.base.message import Message, msg

_STATES = {
    "open": msg("open"),
    "held": msg("on hold"),
    "waiting": msg("waiting"),
    "overdue": msg("overdue"),
    "ended": msg("ended"),
}
_RESULTS = {
    "completed": msg("completed"),
    "failed": msg("failed"),
    "refused": msg("refused"),
    "withdrawn": msg("withdrawn"),
    "transferred": msg("transferred"),
    "abandoned": msg("abandoned"),
}


def state_word(state: str) -> Message | str:
    """How a run stands on the board; the code itself where there is no word."""
    return _STATES.get(state, state)


def result_word(result: str) -> Message | str:
    """How a run ended; the code itself where there is no word."""
    return _RESULTS.get(result, result)
