"""A shift: one change to its end, one that the customer withdraws, one handed over to a colleague.

Exits with 0.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from sample_desk import IDENTITY, LOG_REVIEW, at, fresh_desk, run_of, sign_in, sop, tell

NOTICES = ("done", "done", "done")


def record(ticket: str, change: str, value: str) -> tuple[str, ...]:
    """The first two items: the ticket is open, and the request is written down."""
    return ("done", ticket, change, value, "no", "350.25", "done")


def main() -> None:
    """Walk the shift."""
    with TemporaryDirectory() as folder:
        tell("A demo desk is made. Whoever leaves before signing in has begun nothing.")
        desk = fresh_desk(Path(folder))

        tell("A new telephone number: every item is answered, the ticket is closed with a receipt.")
        first = (*record("CR-000123", "phone", "+36 30 111 2233"), *IDENTITY, "affirmed", "done")
        answers = (*sign_in("ana"), *first, *LOG_REVIEW, *NOTICES)
        sop("run", "account-change", "--ticket", "CR-000123", *at(desk), answers=answers)

        tell("A new address: the customer hears what will change, and declines.")
        second = (*record("CR-000125", "postal-address", "12 Mill Lane"), *IDENTITY, "declined")
        sop("run", "account-change", "--ticket", "CR-000125", *at(desk), answers=(*sign_in("ana"), *second))

        tell("Another telephone number: the shift ends in the middle, and the run is offered to a colleague.")
        offer = (":handover", "chen", "Identity is proved, consent is next.", ":quit")
        third = (*record("CR-000124", "phone", "+36 30 999 0000"), *IDENTITY, *offer)
        answers = (*sign_in("ana"), *third)
        left = sop("run", "account-change", "--ticket", "CR-000124", *at(desk), answers=answers)

        tell("The board at the change of shifts: one run, on hold.")
        sop("board", "--training", "--desk", str(desk))

        tell("The colleague comes back to it with a recap, accepts, and takes it to its end.")
        rest = (":handover", "accept", "affirmed", "done", *LOG_REVIEW, *NOTICES)
        sop("resume", run_of(left), *at(desk), answers=(*sign_in("chen"), *rest))

        tell("What was recorded can be checked by anybody who has the key.")
        sop("audit", "verify", "--training", "--desk", str(desk))


if __name__ == "__main__":
    main()
