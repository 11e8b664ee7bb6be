"""Commands that pages only mention exist, with the options that they are given."""

import re
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

from sop_runner.cli.main import app
from tests.pages import PAGES, ROOT

GROUP = get_group(app)
INLINE = re.compile(
    r"`(sop (?:--[\w-]+ )*[a-z][^`]*)`|^ {4}(sop [a-z].*?)(?: {2,}.*)?$|^\$ (sop [a-z].*)$", re.MULTILINE
)


def mentioned() -> list[tuple[str, str]]:
    """Each command line that a page shows, with the page."""
    found = []
    for page in PAGES:
        for match in INLINE.finditer(page.read_text(encoding="utf-8")):
            line = " ".join(next(filter(None, match.groups())).split())
            found.append((line, str(page.relative_to(ROOT))))
    return sorted(set(found))


def wrong_in(line: str) -> str:
    """What no command or option has; empty where all is there."""
    command: Any = GROUP
    words = re.split(r"[;|>#]|\s&&", line)[0].split()[1:]
    known = {option for parameter in GROUP.params for option in parameter.opts}
    while words and isinstance(command, TyperGroup) and not words[0].startswith("-"):
        name = words.pop(0).rstrip(",.:")
        inner = command.get_command(typer.Context(command), name)
        if inner is None:
            return name
        command = inner
        known |= {option for parameter in command.params for option in parameter.opts}
    options = [
        word.partition("=")[0].rstrip("],.:") for word in words if word.startswith("-") and word != "-"
    ]
    return next((option for option in options if option not in known | {"--help", "-h"}), "")


def test_what_a_page_mentions_exists() -> None:
    lines = mentioned()
    assert len(lines) > 50
    assert not [f"{page}: `{line}` names '{wrong}'" for line, page in lines if (wrong := wrong_in(line))]


def test_what_does_not_exist_is_noticed() -> None:
    assert wrong_in("sop prof x.yaml") == "prof"
    assert wrong_in("sop audit verfy") == "verfy"
    assert wrong_in("sop test x.yaml --mutants") == "--mutants"
