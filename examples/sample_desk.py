"""What the examples share: a fresh demo desk, and `sop` as people at it use it."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

SOP = Path(sys.executable).with_name("sop")
PASSPHRASES = {
    "ana": "seven quiet boats",
    "bela": "amber field north",
    "chen": "paper crane river",
}
IDENTITY = ("account-passphrase", "blue garden gate", "one-time-code", ":i 1")
LOG_REVIEW = ("yes", "yes", "yes", "lines", "10:01 update by the agent", ".", "done")


def tell(text: str) -> None:
    """Say what comes next."""
    print(f"\n=== {text}\n", flush=True)


def command(*arguments: str) -> list[str]:
    """`sop` with arguments, as a process is started with it."""
    return [str(SOP), *arguments]


def sop(*arguments: str, answers: Sequence[str] = (), expect: int = 0) -> str:
    """Run `sop`, answer its questions, show the conversation, and stop where its exit code is another."""
    print("$ sop", " ".join(arguments), flush=True)
    typed = "".join(line + "\n" for line in answers)
    done = subprocess.run(
        command(*arguments), input=typed, stdout=subprocess.PIPE, encoding="utf-8", check=False
    )
    print(done.stdout, flush=True)
    if done.returncode != expect:
        raise SystemExit(f"sop ended with {done.returncode}, not with {expect}")
    return done.stdout


def run_of(conversation: str) -> str:
    """The id of the run that a conversation left on hold."""
    return conversation.rpartition("sop resume ")[2].partition("'")[0]


def at(desk: Path) -> tuple[str, ...]:
    """The options that name the desk's training side, in plain prompts and English."""
    return ("--plain", "--training", "--language", "en", "--desk", str(desk))


def sign_in(person: str) -> tuple[str, str]:
    """What a person types first."""
    return person, PASSPHRASES[person]


def fresh_desk(folder: Path) -> Path:
    """Make a demo desk in `folder`; whoever leaves before signing in has begun nothing."""
    desk = folder / "desk"
    sop("demo", str(desk), "--plain", "--language", "en", answers=[":q"])
    return desk
