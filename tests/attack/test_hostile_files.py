"""Files that are malformed, huge or hostile, through the command line: a finding, soon, and little memory."""

import json
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sop_runner.wiring import create_desk

MEMORY = 200_000_000
SECONDS = 1.0
ROOT = str(Path(__file__).resolve().parents[2])

# Lints one file as the command does, and says what that cost beyond starting: processor seconds, which
# a busy machine does not lengthen, and bytes.
LINT = """
import json, sys, time
from sop_runner.cli.main import main
import sop_runner.cli.linting, sop_runner.authoring.scenario_load, sop_runner.procedure.library
sys.argv = ["sop", "lint", sys.argv[1]]
begun = time.process_time()
code = main()
spent = time.process_time() - begun
# Not ru_maxrss: a process inherits that from whoever started it.
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(json.dumps([code, spent, int(peak.split()[1]) * 1024]), file=sys.stderr)
"""
HEAD = b"format: sop/1\nprocedure: p\nrevision: 1\ntitle: t\n"


def bomb() -> bytes:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join(f'*a{n - 1}' for _ in range(9))}]" for n in range(1, 12)]
    return "\n".join(lines).encode()


FILES: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "binary": lambda: bytes(range(256)) * 4_000,
    "picture": lambda: b"\x89PNG\r\n\x1a\n" + os.urandom(200_000),
    "zeros": lambda: bytes(1_000_000),
    "utf-16": lambda: HEAD.decode().encode("utf-16"),
    "half a character": lambda: HEAD + b"purpose: \xed\xa0\x80\xff\n",
    "aliases": bomb,
    "deep brackets": lambda: b"a: " + b"[" * 200_000,
    "deep braces": lambda: b"{a: " * 50_000,
    "deep indents": lambda: b"".join(b" " * n + b"a:\n" for n in range(900)),
    "one long line": lambda: HEAD + b"purpose: " + b"x" * 3_000_000 + b"\n",
    "long key": lambda: b"k" * 2_000_000 + b": 1\n",
    "many keys": lambda: b"".join(b"k%d: 1\n" % n for n in range(150_000)),
    "one key often": lambda: b"title: t\n" * 150_000,
    "many documents": lambda: b"---\na: 1\n" * 100_000,
    "tags": lambda: b"a: !!python/object/apply:os.system ['echo pwned > /tmp/pwned']\n" + b"b: !x 1\n" * 20_000,
    "merges": lambda: b"x: &x {a: 1}\ny: {<<: *x}\n" * 20_000,
    "numbers": lambda: HEAD + b"purpose: " + b"9" * 1_000_000 + b"\n",
    "quotes": lambda: HEAD + b'purpose: "' + b"\\x41" * 500_000,
    "escapes": lambda: HEAD + b'purpose: "\x1b[2J \\e[31m"\n' + b'other: "\\U0010ffff\\ud800"\n',
    "too large": lambda: HEAD + b"# " + b"x" * 8_000_000,
    "pattern": lambda: HEAD + b"case: [{field: f, type: text, matches: '" + b"(a+)+" * 5_000 + b"b'}]\n",
    "conditions": lambda: HEAD + b"derived: [{name: d, type: yes-no, value: " + b"{not: " * 5_000 + b"true",
    "many items": lambda: HEAD + b"flow:\n" + b"".join(b"  - step: s%d\n    then: s%d\n" % (n, n + 1) for n in range(20_000)),
}  # fmt: skip


def lint(path: str) -> tuple[int, float, int, str]:
    """Exit code, processor seconds, bytes, and what was said."""
    done = subprocess.run(
        [sys.executable, "-c", LINT, path], capture_output=True, timeout=60, check=False,
        env={**os.environ, "PYTHONPATH": ROOT}, stdin=subprocess.DEVNULL,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (4 * MEMORY, 4 * MEMORY)),
    )  # fmt: skip
    said = done.stdout.decode("utf-8", "replace") + done.stderr.decode("utf-8", "replace")
    assert "Traceback" not in said, said[-3000:]
    code, seconds, memory = json.loads(done.stderr.splitlines()[-1])
    return code, seconds, memory, said


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_ends_in_a_finding_soon(name: str, tmp_path: Path) -> None:
    path = tmp_path / "hostile.yaml"
    path.write_bytes(FILES[name]())
    code, seconds, memory, said = lint(str(path))
    assert code == 1
    assert "hostile.yaml" in said
    assert seconds < SECONDS
    assert memory < MEMORY
    assert len(said) < 100_000, "a terminal is not flooded"
    assert not [c for c in said if ord(c) < 32 and c != "\n"]
    assert not Path("/tmp/pwned").exists()


def test_each_hostile_file_among_the_procedures_of_a_desk_is_named_and_the_others_still_run(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "desk"
    create_desk(folder)
    for number, make in enumerate(FILES.values()):
        (folder / "procedures" / f"hostile-{number}.yaml").write_bytes(make())
    shutil.copy(Path(ROOT) / "procedures" / "identity-check.yaml", folder / "procedures")
    hostile = folder / "procedures" / "hostile-2.yaml"
    told = sop_many(
        folder,
        [
            ["procedures", "list"],
            ["run", str(hostile), "--ticket", "T-1", "--plain"],
            ["lint", str(folder / "procedures")],
        ],
    )
    assert [code for code, _ in told][::2] == [0, 1]
    assert told[1][0] in (2, 3, 5)
    assert "identity-check" in told[0][1]


def test_what_is_no_ordinary_file_is_said_so_and_never_waited_for(tmp_path: Path) -> None:
    create_desk(tmp_path / "desk")
    os.mkfifo(tmp_path / "fifo.yaml")
    (tmp_path / "loop.yaml").symlink_to(tmp_path / "loop.yaml")
    (tmp_path / "dangling.yaml").symlink_to(tmp_path / "nothing")
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "zero.yaml").symlink_to("/dev/zero")
    (tmp_path / "locked.yaml").write_bytes(HEAD)
    (tmp_path / "locked.yaml").chmod(0)
    names = ["fifo", "loop", "dangling", "zero", "locked", "missing", "folder", "x" * 300, "nul\0"]
    paths = [str(tmp_path / f"{name}.yaml") for name in names] + ["/dev/zero", "/proc/self/mem"]
    commands = [["lint", path] for path in paths if "\0" not in path]
    commands += [["run", path, "--ticket", "T-1", "--plain"] for path in paths if "\0" not in path]
    commands += [["rehearse", path, "--scenario", "x"] for path in paths if "\0" not in path]
    for command, (code, said) in zip(commands, sop_many(tmp_path / "desk", commands), strict=True):
        readable = "locked" in command[1] and os.geteuid() == 0
        assert code in ((1, 2, 3, 5) if readable else (2, 3)), (command, code, said)
        assert "sop: " in said or readable or command[0] == "run", (command, said)


def sop_many(folder: Path, commands: list[list[str]]) -> list[tuple[int, str]]:
    """Exit code and words of each command, in one process whose memory is bounded."""
    done = subprocess.run(
        [sys.executable, "-c", MANY, json.dumps(commands)], capture_output=True, timeout=60, check=False,
        env={**os.environ, "PYTHONPATH": ROOT, "SOP_DESK": str(folder), "PYTHONUTF8": "1"}, stdin=subprocess.DEVNULL,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (4 * MEMORY, 4 * MEMORY)),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:].decode()
    return [tuple(one) for one in json.loads(done.stdout)]


MANY = """
import io, json, sys
from sop_runner.cli.main import main
real, told = sys.stdout, []
for command in json.loads(sys.argv[1]):
    sys.argv = ["sop", *command]
    sys.stdout, sys.stderr = io.StringIO(), io.StringIO()
    code = main()
    told.append([code, sys.stderr.getvalue() + sys.stdout.getvalue()])
json.dump(told, real)
"""
