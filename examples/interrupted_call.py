"""An interrupted call: the program is killed in the middle, and the run stands where the log says.

Exits with 0.
"""

import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from sample_desk import IDENTITY, LOG_REVIEW, at, command, fresh_desk, sign_in, sop, tell

SO_FAR = ("done", "CR-000123", "phone", "+36 30 111 2233", "no", "350.25", "done", *IDENTITY, "affirmed")
REST = ("done", *LOG_REVIEW, "done", "done", "done")


def killed_after(desk: Path, item: str) -> str:
    """Begin a call, and kill the program (kill -9) as soon as it stands at `item`; the run's id."""
    arguments = ("run", "account-change", "--ticket", "CR-000123", *at(desk))
    print("$ sop", " ".join(arguments), flush=True)
    process = subprocess.Popen(
        command(*arguments), stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    )
    assert process.stdin is not None
    assert process.stdout is not None
    # Its input stays open: nobody leaves, the machine just stops.
    process.stdin.write("".join(line + "\n" for line in (*sign_in("ana"), *SO_FAR)))
    process.stdin.flush()
    run = ""
    for line in process.stdout:
        print(line, end="", flush=True)
        if ", run " in line:
            run = line.partition(", run ")[2].split(",")[0].strip()
        if line.strip().endswith(item):
            break
    process.kill()
    process.wait()
    process.stdin.close()
    process.stdout.close()
    return run


def main() -> None:
    """Walk the call."""
    with TemporaryDirectory() as folder:
        tell("A demo desk is made. Whoever leaves before signing in has begun nothing.")
        desk = fresh_desk(Path(folder))

        tell("The call goes as far as the change itself. Then the machine loses power.")
        run = killed_after(desk, "Make the change")

        tell("Nothing acknowledged is lost: every entry is there, and the log is whole.")
        sop("audit", "verify", "--training", "--desk", str(desk))

        tell("The agent comes back: the recap, and the item at which the log stands.")
        found = sop("resume", run, *at(desk), answers=(*sign_in("ana"), *REST))
        if "STEP: Make the change" not in found:
            raise SystemExit("the run does not stand where it was left")

        tell("And the change is closed as if nothing had happened.")
        sop("audit", "verify", "--training", "--desk", str(desk))


if __name__ == "__main__":
    main()
