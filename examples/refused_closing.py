"""A refused closing: one person cannot be two, and what the system's log contradicts is never closed.

Exits with 3, as `sop` does for a run that was refused or left incomplete.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from sample_desk import IDENTITY, PASSPHRASES, at, fresh_desk, sign_in, sop, tell


def signs(person: str, value: str) -> tuple[str, ...]:
    """A supervisor's approval at this terminal: two factors, the value typed blind, a reason."""
    proofs = ("passphrase", PASSPHRASES[person], f":i {person}")
    return ("sign", person, *proofs, "approve", value, "the recording says so")


def main() -> None:
    """Walk both cases."""
    with TemporaryDirectory() as folder:
        tell("A demo desk is made. Whoever leaves before signing in has begun nothing.")
        desk = fresh_desk(Path(folder))

        tell(
            "A payout account is a risky change: another person has to approve it. Chen is a supervisor\n"
            "too, but not another person than Chen. The refusal is said, and recorded."
        )
        request = ("done", "CR-000124", "payout-account", "HU42 1177 3016", "no", "20", "done")
        alone = (*request, *IDENTITY, "affirmed", *signs("chen", "HU42 1177 3016"), ":q")
        sop("run", "account-change", "--ticket", "CR-000124", *at(desk), answers=(*sign_in("chen"), *alone))

        tell(
            "A telephone number: the system's log shows a second change that nobody asked for. The run\n"
            "cannot close. It is rolled back and goes to the security desk; the ticket stays open."
        )
        request = ("done", "CR-000123", "phone", "+36 30 111 2233", "no", "350.25", "done")
        review = ("yes", "no", "yes", "lines", "10:01 update phone", "10:02 update e-mail", ".", "done")
        other = (*request, *IDENTITY, "affirmed", "done", *review, "done")
        sop("run", "account-change", "--ticket", "CR-000123", *at(desk), answers=(*sign_in("ana"), *other))

        tell(
            "A caller who hangs up before proving who they are: the run is abandoned, the ticket stays open."
        )
        short = ("done", ":abandon", "the caller hung up when asked for the passphrase")
        answers = (*sign_in("ana"), *short)
        sop("run", "account-change", "--ticket", "CR-000125", *at(desk), answers=answers, expect=3)

        tell("Refusals are on record like everything else.")
        sop("audit", "verify", "--training", "--desk", str(desk))
    raise SystemExit(3)


if __name__ == "__main__":
    main()
