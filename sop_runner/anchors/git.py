"""A git repository: every head is a commit on a branch of its own, so that whoever has fetched it is a witness.

The program `git` is run without a shell, hooks or the user's configuration, and touches neither index
nor working tree.
"""

import os
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from sop_runner.audit.anchors import Anchor
from sop_runner.audit.findings import entries
from sop_runner.base.textsafe import visible

from .port import Head, NotPlaced, OpenLog, Recalled
from .shelf import MOST_BYTES, name_of, spread

BRANCH = "refs/heads/sop-checkpoints"
_FETCHED = "refs/sop-checkpoints/fetched"
_PATIENCE_S = 30
_SAFELY = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "core.fsync=all",
)
_WHO = {"NAME": "sop_runner", "EMAIL": "sop_runner@localhost"}
_NO_OBJECT = "0" * 40


class GitRepository:
    """Implements `port.Target`; with `remote` every commit is pushed there, and fetched from there to verify."""

    def __init__(self, path: Path, remote: str = "") -> None:
        self._path = path
        self._remote = remote

    @property
    def name(self) -> str:
        return f"the git repository '{self._path}'"

    @property
    def where(self) -> str:
        return str(self._path)

    def place(self, head: Head) -> bool:
        self._there()
        file = name_of(head.checkpoint.origin) + ".checkpoint"
        note = head.note.encode()
        tip = self._tip(BRANCH)
        newest = self._blobs([(tip, file)]) if tip else []
        if newest:
            head.refuse_other(newest[0])
        new = newest != [note]
        if new:
            self._commit(file, note, tip, f"{entries(head.checkpoint.size)}\n\n{head.checkpoint.origin}\n")
        if self._remote:
            self._git("push", "--quiet", "--no-verify", self._remote, f"{BRANCH}:{BRANCH}")
        return new

    def recall(self, origin: str, open_log: OpenLog, *, network: bool) -> Recalled:
        self._there()
        file = name_of(origin) + ".checkpoint"
        failure = ""
        if self._remote and network:
            try:
                fetched = f"+{BRANCH}:{_FETCHED}"
                self._git("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", self._remote, fetched)
            except NotPlaced as error:
                failure = f"its remote '{self._remote}': {error}"
        tips = [tip for ref in (BRANCH, _FETCHED) if (tip := self._tip(ref))]
        found = self._git("rev-list", *tips, "--", file).decode().split() if tips else []
        kept = f"a head in {self.name}"
        heads = [Anchor(kept, note) for note in self._blobs([(commit, file) for commit in spread(found)])]
        return Recalled(tuple(heads), f"heads {len(found)}" if found else "no head", failure)

    def _commit(self, file: str, note: bytes, tip: str, message: str) -> None:
        """Put the file on the branch; whoever else did so in the same moment makes this fail."""
        blob = self._git("hash-object", "-w", "--stdin", given=note).decode().strip()
        lines = self._git("ls-tree", "-z", tip).split(b"\0") if tip else []
        others = [line for line in lines if line and line.partition(b"\t")[2] != file.encode()]
        tree = self._git(
            "mktree", "-z", given=b"\0".join((*others, f"100644 blob {blob}\t{file}".encode(), b""))
        )
        parent = ("-p", tip) if tip else ()
        commit = self._git("commit-tree", *parent, "-F", "-", tree.decode().strip(), given=message.encode())
        self._git("update-ref", BRANCH, commit.decode().strip(), tip or _NO_OBJECT)

    def _blobs(self, wanted: Sequence[tuple[str, str]]) -> list[bytes]:
        """The files of commits, without those that are missing or too large to be a head."""
        given = "".join(f"{commit}:{file}\n" for commit, file in wanted).encode()
        listed = self._git("cat-file", "--batch-check=%(objectname) %(objecttype) %(objectsize)", given=given)
        names = [
            parts[0]
            for parts in (line.split() for line in listed.splitlines())
            if len(parts) == 3 and parts[1] == b"blob" and int(parts[2]) <= MOST_BYTES
        ]
        data = self._git("cat-file", "--batch=%(objectsize)", given=b"".join(name + b"\n" for name in names))
        found = []
        while data:
            size, _, data = data.partition(b"\n")
            found.append(data[: int(size)])
            data = data[int(size) + 1 :]
        return found

    def _tip(self, ref: str) -> str:
        """The newest commit of a ref; empty where there is none."""
        return self._git("for-each-ref", "--format=%(objectname)", ref).decode().strip()

    def _there(self) -> None:
        if not (self._git_dir() / "objects").is_dir() and not (self._path / ".git").is_file():
            raise NotPlaced("it is no git repository", hint=f"Make it: git init --bare '{self._path}'.")

    def _git_dir(self) -> Path:
        inner = self._path / ".git"
        return inner if inner.exists() else self._path

    def _git(self, *arguments: str, given: bytes = b"") -> bytes:
        """What git answers. Raises NotPlaced where it is missing, refuses, or takes too long."""
        command = ["git", "--no-pager", *(part for one in _SAFELY for part in ("-c", one)), *arguments]
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        who = {
            f"GIT_{role}_{name}": value for role in ("AUTHOR", "COMMITTER") for name, value in _WHO.items()
        }
        own = {
            "GIT_DIR": str(self._git_dir().absolute()),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_TERMINAL_PROMPT": "0",
            "LC_ALL": "C",
        }
        try:
            running = subprocess.Popen(  # noqa: S603  # no shell; every word is ours, a hash or a checked name
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=self._path,
                env={**kept, **who, **own},
                start_new_session=True,  # nobody is asked at the terminal, and what it started ends with it
            )
        except OSError as error:
            raise NotPlaced(
                f"the program 'git' cannot be run: {error.strerror}", hint="Install git."
            ) from error
        with running:
            try:
                out, err = running.communicate(given, timeout=_PATIENCE_S)
            except subprocess.TimeoutExpired as error:
                raise NotPlaced(f"git did not answer within {_PATIENCE_S} s") from error
            finally:
                if running.returncode is None:
                    with suppress(ProcessLookupError):
                        os.killpg(running.pid, signal.SIGKILL)
        if running.returncode:
            said = (
                err.decode("utf-8", "replace").strip().removeprefix("fatal: ")
                or f"status {running.returncode}"
            )
            raise NotPlaced(f"git {arguments[0]}: {visible(said[:500], lines=False)}")
        return out
