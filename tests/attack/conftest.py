"""Desks that stand at a given item of a case, made once and copied for each attack."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sop_runner.base.clock import ManualClock
from sop_runner.wiring import create_demo
from tests.attack.clerk import Clerks
from tests.attack.deceiving import copied, live_desk
from tests.attack.hostile import OPENED
from tests.attack.walking import START, Walk, opened, session_of

At = Callable[[str], Path]


@pytest.fixture(autouse=True)
def _let_go() -> Iterator[None]:
    yield
    while OPENED:
        OPENED.pop().close()


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> At:
    """The desk at an item; "" before the run is opened. Not to be written to."""
    folder = tmp_path_factory.mktemp("templates")
    create_demo(folder / "new", clock=ManualClock(START)).close()

    def at(item: str) -> Path:
        if not item:
            return folder / "new"
        if not (folder / item).exists():
            shutil.copytree(folder / "new", folder / item)
            desk = opened(folder / item)
            Walk(session_of(desk), folder / item, _unheard).until(item)
            desk.close()
        return folder / item

    return at


@pytest.fixture
def desk_at(templates: At, tmp_path: Path, state: Path) -> At:
    """A fresh copy of the desk at an item, at the same path each time, which no head remembers."""

    def at(item: str) -> Path:
        folder = tmp_path / "desk"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(state, ignore_errors=True)
        return Path(shutil.copytree(templates(item), folder))

    return at


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A live desk with people. Not to be written to."""
    return live_desk(tmp_path_factory.mktemp("template") / "desk")


@pytest.fixture
def desk(template: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return copied(template, tmp_path / "desk")


@pytest.fixture(scope="session")
def clerks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clerks]:
    """Workers that can be killed."""
    server = Clerks(tmp_path_factory.mktemp("clerks"))
    yield server
    server.close()


def _unheard(**_: object) -> None:
    """Nobody listens while a template is made."""
