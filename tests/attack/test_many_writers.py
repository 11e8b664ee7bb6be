"""Fifty processes that append at once while another reads: no gap, no fork, nothing lost or doubled."""

import os
from pathlib import Path

import pytest

from tests.attack.crowd import crowd
from tests.postgres import Cluster

FULL = "SOP_TEST_CROWD"
"""Set to the number of entries to try; the full 10,000 are also a benchmark (`-m benchmarks crowd`)."""


@pytest.mark.timeout(1200)  # the full number takes minutes beside other work
def test_fifty_processes_append_while_another_reads(tmp_path: Path) -> None:
    entries = int(os.environ.get(FULL, "1000"))
    came = crowd(tmp_path, writers=50, each=entries // 50)
    assert came.commits < entries, "some shared a commit"
    assert came.reads > 1


@pytest.mark.timeout(1200)
def test_fifty_processes_append_to_a_server_while_another_reads(tmp_path: Path, postgres: Cluster) -> None:
    entries = int(os.environ.get(FULL, "500"))
    came = crowd(tmp_path, writers=50, each=entries // 50, url=postgres.database().url)
    assert came.reads > 1
