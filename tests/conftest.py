"""Every test has a state folder of its own: heads and memories of logs never reach the user's."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from sop_runner.base.state_folder import VARIABLE

if TYPE_CHECKING:
    from tests.postgres import Cluster

# How long an example takes is the machine's affair; benchmarks measure.
settings.register_profile("untimed", settings.default, deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session", autouse=True)
def _state_of_the_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(autouse=True)
def state(_state_of_the_session: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The state folder of this test; copies of one desk in different tests are not forks of each other."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.getbasetemp() / f"state-{next(_NUMBERS)}"
        patch.setenv(VARIABLE, str(folder))
        yield folder


_NUMBERS = iter(range(10**9))


@pytest.fixture(scope="session")
def demo_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo desk at which nothing was done yet, to be copied."""
    from sop_runner.wiring import create_demo

    folder = tmp_path_factory.mktemp("template") / "desk"
    create_demo(folder).close()
    return folder


@pytest.fixture(scope="session")
def postgres() -> "Iterator[Cluster]":
    """A PostgreSQL server for the tests of this process."""
    from tests.postgres import a_server

    with a_server() as cluster:
        yield cluster
