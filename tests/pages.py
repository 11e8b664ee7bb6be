"""What the pages of the repository show: their fenced blocks, and how a user would do what stands there."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from tests.e2e.sop_process import Terminal

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
STORY = "<!-- one story: its blocks are followed in order, in one folder -->"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_TYPED = re.compile(r"^(.*?)«(.*)»$")
_KEYS = {"Ctrl+Q": "\x11", "Enter": "\r"}


class Command(NamedTuple):
    """A line to type; pairs of what is waited for and then typed, `Code: «123»`; and the other lines below it."""

    line: str
    typed: list[tuple[str, str]]
    shown: list[str]


@dataclass(frozen=True)
class Block:
    """A fenced block: where it starts, as `page:line`, its language and its lines."""

    place: str
    language: str
    text: str

    def commands(self) -> list[Command]:
        """Each line that starts with `$ `, with what is typed and shown after it."""
        found: list[Command] = []
        for row in self.text.splitlines():
            if row.startswith("$ "):
                found.append(Command(row[2:], [], []))
            elif found and (typed := _TYPED.match(row)):
                found[-1].typed.append((typed[1].strip(), typed[2]))
            elif found and row.strip() and "…" not in row:
                found[-1].shown.append(row)
        return found


def blocks_of(page: Path) -> list[Block]:
    """Every fenced block of a page, in order."""
    text = page.read_text(encoding="utf-8")
    name = page.relative_to(ROOT)
    return [
        Block(f"{name}:{text.count(chr(10), 0, one.start()) + 1}", one[1], one[2])
        for one in _BLOCK.finditer(text)
    ]


def is_story(page: Path) -> bool:
    """Whether the blocks of a page belong together."""
    return STORY in page.read_text(encoding="utf-8")


def fresh_folder(folder: Path) -> Path:
    """A home without anything, and beside it a folder with copies of procedures/ and examples/."""
    (folder / "home").mkdir()
    here = folder / "here"
    here.mkdir()
    for name in ("procedures", "examples"):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, here / name)
    return here


def follow(block: Block, here: Path) -> None:
    """Do what a block shows: type its commands, or change the file that a diff names."""
    if block.language == "diff":
        _change(block, here)
        return
    for command in block.commands():
        expected = re.search(r"# exits (\d+)$", command.line)
        code, said = _at_terminal(command, here) if command.typed else _run(command.line, here)
        assert code == int(expected[1] if expected else 0), f"{block.place}: {command.line}\n{said}"
        words = " ".join(said.split())
        for row in command.shown:
            assert " ".join(row.split()) in words, (
                f"{block.place}: {command.line} does not say: {row}\n{said}"
            )


def _run(command: str, here: Path) -> tuple[int, str]:
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=here,
        env=surroundings(here.parent),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def _at_terminal(command: Command, here: Path) -> tuple[int, str]:
    with Terminal(["bash", "-c", command.line], surroundings(here.parent), cwd=here, columns=100) as terminal:
        for asked, keys in command.typed:
            terminal.until(asked)
            terminal.type(_KEYS.get(keys, keys + "\n"))
        return terminal.to_the_end(), terminal.said


def _change(block: Block, here: Path) -> None:
    """Replace what a diff takes out by what it puts in; its place is where the old lines stand, once."""
    name, *rows = block.text.splitlines()
    path = here / name.removeprefix("--- ")
    text = path.read_text(encoding="utf-8")
    old = "".join(row[1:] + "\n" for row in rows if not row.startswith("+"))
    new = "".join(row[1:] + "\n" for row in rows if not row.startswith("-"))
    assert text.count(old) == 1, f"{block.place}: these lines stand {text.count(old)} times in {path.name}"
    path.write_text(text.replace(old, new), encoding="utf-8")


def surroundings(folder: Path) -> dict[str, str]:
    """A user who has nothing but the installed `sop`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SOP_", "XDG_"))}
    scripts = str(Path(sys.executable).parent)
    return {
        **kept,
        "HOME": str(folder / "home"),
        "PATH": os.pathsep.join([scripts, os.environ.get("PATH", os.defpath)]),
        "NO_COLOR": "1",
        "TERM": "xterm-256color",
    }
