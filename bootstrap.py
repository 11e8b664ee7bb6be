#!/usr/bin/env python3
"""Set up this folder and run something in it; nothing but Python's standard library is needed.

    python3 bootstrap.py demo            open the demo desk
    python3 bootstrap.py test [ARGS]     run the whole check; ARGS go to pytest
    python3 bootstrap.py sop ARGS        run any command of sop
    python3 bootstrap.py lock [ARGS]     refresh the lock files; ARGS go to uv (--upgrade)

Everything is made in '.venv' beside this file, from hash-locked lists. A second call starts at once.
"""

import sys

if sys.version_info < (3, 11):  # before anything that an older Python cannot read
    sys.exit(
        f"sop_runner needs Python 3.11 or newer and '{sys.executable}' is {sys.version.split()[0]}: "
        "call this file with a newer one, such as 'python3.11 bootstrap.py'."
    )

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
SUFFIX = ".exe" if os.name == "nt" else ""
PYTHON = BIN / f"python{SUFFIX}"
STAMP = VENV / "bootstrap.json"
UNFINISHED = VENV / "bootstrap-unfinished"
LOCKS = {"runtime": "requirements.lock", "dev": "requirements-dev.lock"}
USAGE, INTERRUPTED, NOTHING_RAN = 2, 130, 5

# Each would make pip write somewhere else than into '.venv'.
MISLEADING = ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV")


# Given to pip too: should this process be killed, the next one waits until pip has ended.
LOCK_HELD: list[int] = []


class SetupFailed(Exception):
    """The environment could not be made; the sentence says what to do."""


def main(args: Sequence[str]) -> int:
    """Run one of the commands above and return its exit code."""
    command, rest = (args[0], list(args[1:])) if args else ("", [])
    if command in ("-h", "--help"):
        sys.stdout.write(__doc__ or "")
        return 0
    if command == "demo":
        return sop(["demo", *rest])
    if command == "sop":
        return sop(rest)
    if command == "test":
        return test(rest)
    if command == "lock":
        return lock(rest)
    say(f"bootstrap.py does not know '{command}'." if command else "Say what to run.")
    say(__doc__ or "")
    return USAGE


def sop(args: Sequence[str]) -> int:
    """Set up what the product needs and become `sop`."""
    prepare("runtime")
    program = str(BIN / f"sop{SUFFIX}")
    if os.name == "nt":
        return subprocess.call([program, *args])
    sys.stdout.flush()
    sys.stderr.flush()
    # Replaced, not wrapped: keys, signals, the exit code and the terminal are sop's own.
    os.execv(program, [program, *args])


def test(args: Sequence[str]) -> int:
    """Run every check, report all that failed, pytest last."""
    prepare("dev")
    failed = []
    for title, command in (
        ("ruff", ["-m", "ruff", "check", "--quiet", "."]),
        ("mypy", ["-m", "mypy"]),
        ("import contracts", [str(BIN / f"lint-imports{SUFFIX}"), "--no-logo", "--no-cache"]),
    ):
        say(f"== {title}")
        if run([str(PYTHON), *command] if command[0] == "-m" else command):
            failed.append(title)
    # Drift of generated files is checked by tests: they own the generators they compare with.
    say("== tests")
    with tempfile.TemporaryDirectory(prefix="sop-bootstrap-") as folder:
        report = Path(folder) / "report.xml"
        pytest = [str(PYTHON), "-m", "pytest", "-n", "2", "--benchmark-disable", f"--junit-xml={report}"]
        code = run([*pytest, *args])
        if code == 0 and not tests_that_ran(report):
            code = NOTHING_RAN
    if code == NOTHING_RAN:
        say("No test ran, so nothing was checked: look at the arguments given to pytest.")
    if failed:
        say(f"Failed{' besides the tests' if code else ''}: {', '.join(failed)}.")
    return code or (1 if failed else 0)


def lock(args: Sequence[str]) -> int:
    """Write the lock files anew from pyproject.toml; no index, host or path goes into them."""
    prepare("dev")
    environment = {**os.environ, "UV_CUSTOM_COMPILE_COMMAND": "python3 bootstrap.py lock"}
    uv = [str(BIN / f"uv{SUFFIX}"), "pip", "compile", "--quiet", "--universal", "--generate-hashes"]
    uv += ["--python-version", "3.11", "--group", "build", "--no-emit-index-url", "--no-emit-find-links"]
    runtime = run([*uv, *args, "-o", LOCKS["runtime"], "pyproject.toml"], environment)
    # The runtime list binds the other one: tests run with the very versions that users get.
    dev = ["--extra", "dev", "-c", LOCKS["runtime"], "-o", LOCKS["dev"], "pyproject.toml"]
    return runtime or run([*uv, *args, *dev], environment)


def prepare(kind: str) -> None:
    """Bring `.venv` to what the lock file of `kind` says; nothing to do is the usual case."""
    with one_at_a_time():
        if ready(kind):
            return
        started = time.monotonic()
        make_venv()
        UNFINISHED.touch()
        STAMP.unlink(missing_ok=True)
        listed = HERE / LOCKS[kind]
        total = len(re.findall(r"^[a-z0-9]", listed.read_text(encoding="utf-8"), re.MULTILINE))
        say(f"Installing {total} packages from {listed.name} (some minutes the first time) ...")
        pip(["--require-hashes", "-r", str(listed)], total)
        say("Installing sop_runner from this folder ...")
        # The 'compat' mode is a plain path; the default one costs every start of sop 10 ms.
        pip(
            [
                "--no-deps",
                "--no-build-isolation",
                "--config-settings",
                "editable_mode=compat",
                "-e",
                str(HERE),
            ]
        )
        STAMP.write_text(json.dumps({"place": str(HERE), kind: fingerprint(kind)}), encoding="utf-8")
        UNFINISHED.unlink()
        say(f"Ready after {time.monotonic() - started:.0f} s.")


def ready(kind: str) -> bool:
    """Whether an earlier set-up was finished here, from the same lists, and still works."""
    stamp = read_stamp()
    if UNFINISHED.exists() or stamp.get("place") != str(HERE) or not PYTHON.exists():
        return False
    # What the tests need includes what the product needs.
    if not any(stamp.get(have) == fingerprint(have) for have in {kind, "dev"}):
        return False
    # A system upgrade can change the Python under a finished `.venv`; -I keeps this folder from answering.
    return (
        subprocess.call([PYTHON, "-I", "-c", "import sop_runner"], env=clean(), stderr=subprocess.DEVNULL)
        == 0
    )


def fingerprint(kind: str) -> str:
    """Names the content that a set-up of `kind` was made from."""
    parts = [(HERE / name).read_bytes() for name in (LOCKS[kind], "pyproject.toml", "bootstrap.py")]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def read_stamp() -> dict[str, str]:
    try:
        return dict(json.loads(STAMP.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def make_venv() -> None:
    """Make `.venv`, or anew when it is unfinished, moved here or no longer works."""
    if VENV.is_symlink():
        raise SetupFailed(f"'{VENV}' is a link to another place: remove the link, then try again.")
    if VENV.exists() and not VENV.is_dir():
        raise SetupFailed(f"'{VENV}' is a file: move it away, then try again.")
    moved = read_stamp().get("place", str(HERE)) != str(HERE)
    if PYTHON.exists() and not UNFINISHED.exists() and not moved and works():
        return
    missing = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
    if missing:
        raise SetupFailed(
            f"'{sys.executable}' comes without '{missing[0]}': install it "
            "(on Debian and Ubuntu: apt-get install python3-venv), then try again."
        )
    say(f"Making {VENV} with Python {sys.version.split()[0]} ...")
    if VENV.exists():
        shutil.rmtree(VENV)
    VENV.mkdir()
    UNFINISHED.touch()  # first of all: whatever is interrupted from here on is made anew
    made = subprocess.run(
        [sys.executable, "-m", "venv", str(VENV)],
        env=clean(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
    )  # fmt: skip
    if made.returncode:
        raise SetupFailed(f"{made.stdout.strip()}\nPython could not make '{VENV}': see above.")


def works() -> bool:
    """Whether the Python in `.venv` starts, is new enough and has pip."""
    probe = "import sys, pip; sys.exit(sys.version_info < (3, 11))"
    return subprocess.call([PYTHON, "-I", "-c", probe], env=clean(), stderr=subprocess.DEVNULL) == 0


def pip(args: Sequence[str], total: int = 0) -> None:
    """Install into `.venv`, counting on a terminal; all of pip's words are shown when it fails."""
    command = [str(PYTHON), "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
    words, seen, counting = [], 0, total > 0 and sys.stderr.isatty()
    with subprocess.Popen(
        [*command, *args],
        env=clean(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
        pass_fds=LOCK_HELD,
    ) as child:  # fmt: skip
        for line in child.stdout or ():
            words.append(line)
            if counting and line.startswith("Collecting "):
                seen += 1
                sys.stderr.write(f"\r\x1b[K  {min(seen, total)}/{total} {line.split()[1][:50]}")
                sys.stderr.flush()
    if counting:
        sys.stderr.write("\r\x1b[K")
    if child.returncode:
        sys.stderr.writelines(words)
        raise SetupFailed(
            "pip could not install what the lock file names (its words are above). "
            "Is the package index reachable? Then run the same command again."
        )


def clean() -> dict[str, str]:
    """The caller's environment, pip's index and proxies included, without what misleads pip."""
    kept = {name: value for name, value in os.environ.items() if name not in MISLEADING}
    return {**kept, "PIP_USER": "0", "PYTHONNOUSERSITE": "1"}


def run(command: Sequence[str], environment: dict[str, str] | None = None) -> int:
    """Run `command` in this folder and wait for it, also while Ctrl+C ends it."""
    with subprocess.Popen(command, cwd=HERE, env=environment or clean(), stdin=subprocess.DEVNULL) as child:
        try:
            return child.wait()
        except KeyboardInterrupt:
            try:
                child.wait(timeout=10)  # it got the same Ctrl+C and says how far it came
            except subprocess.TimeoutExpired:
                child.terminate()
            raise


def tests_that_ran(report: Path) -> int:
    """How many tests of a JUnit report were not skipped."""
    suites = list(ET.parse(report).getroot().iter("testsuite"))
    return sum(int(suite.get("tests", 0)) - int(suite.get("skipped", 0)) for suite in suites)


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Keep two set-ups of this folder apart (not on Windows)."""
    if os.name == "nt":
        yield
        return
    import fcntl

    with Path(__file__).open("rb") as door:
        try:
            fcntl.flock(door, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another set-up of this folder is under way; waiting for it ...")
            fcntl.flock(door, fcntl.LOCK_EX)
        LOCK_HELD.append(door.fileno())
        try:
            yield
        finally:
            LOCK_HELD.clear()


def say(text: str) -> None:
    """Narration goes to stderr: stdout belongs to what is run."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except SetupFailed as error:
        say(str(error))
        sys.exit(1)
    except KeyboardInterrupt:
        say("Interrupted. Run the same command again to go on.")
        sys.exit(INTERRUPTED)
