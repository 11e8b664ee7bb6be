"""Files as a git revision has them, read through the program `git`, without a shell and without touching anything."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from sop_runner.base.errors import UsageError
from sop_runner.base.textsafe import visible

from .files import MAX_BYTES

_PATIENCE_S = 30


@dataclass(frozen=True, slots=True)
class GitRevision:
    """One revision of the repository that `folder` lies in."""

    revision: str
    folder: Path

    def read(self, path: str) -> bytes:
        """The bytes of a file there, no more than are ever read of one. Raises UsageError where there is none."""
        found = self._git("cat-file", "blob", f"{self.revision}:{path}")
        return found[: MAX_BYTES + 1]

    def beside(self, path: str) -> tuple[str, ...]:
        """The procedure files in the folder of `path`, by name."""
        folder = path.rpartition("/")[0]
        listed = self._git("ls-tree", "--name-only", "-z", f"{self.revision}:{folder and folder + '/'}")
        names = (name.decode("utf-8", "surrogateescape") for name in listed.split(b"\0") if name)
        return tuple(
            f"{folder}/{name}" if folder else name for name in names if name.endswith((".yaml", ".yml"))
        )

    def _git(self, *args: str) -> bytes:
        shown = visible(args[-1], lines=False)
        if self.revision.startswith("-") or "\0" in args[-1]:
            raise UsageError(
                f"'{shown}' is no git revision", hint="Write it as git:HEAD~1:procedures/NAME.yaml."
            )
        try:
            done = subprocess.run(  # noqa: S603 - no shell; every word is ours or a checked name
                ["git", "--no-pager", "-c", "core.fsmonitor=false", *args],  # noqa: S607 - found as any shell finds it
                cwd=self.folder,
                env={**os.environ, "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_PATIENCE_S,
                check=False,
            )
        except FileNotFoundError as error:
            raise UsageError(
                "there is no program 'git' here", hint="Install git, or name two files."
            ) from error
        except subprocess.TimeoutExpired as error:
            raise UsageError(f"git did not answer within {_PATIENCE_S} s about '{shown}'") from error
        if done.returncode:
            said = visible(
                done.stderr.decode("utf-8", "replace").strip().removeprefix("fatal: "), lines=False
            )
            raise UsageError(
                f"git has no '{shown}': {said}",
                hint="Write it as git:HEAD~1:procedures/NAME.yaml, the path from the top of the repository.",
            )
        return done.stdout
