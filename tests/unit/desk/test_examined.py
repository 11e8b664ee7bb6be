"""Personal values as a verification opens them: about once each, in whatever order the runs come."""

from pathlib import Path
from random import Random

import pytest

from sop_runner.audit.commitment import commitment
from sop_runner.desk.examined import examined
from sop_runner.desk.layout import Layout
from sop_runner.desk.storing import store_of
from sop_runner.review.payloads import Payloads
from sop_runner.stores import vault as vaults
from sop_runner.stores.personal import Personal
from sop_runner.stores.vault import Vault
from sop_runner.wiring import create_desk

RUNS, SALT = 2_000, bytes(range(16))


def test_runs_side_by_side_have_each_value_opened_about_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_desk(tmp_path / "desk")
    layout = Layout(tmp_path / "desk", training=True)
    vault = Vault.open(*layout.vault)
    names = [commitment(SALT, number) for number in range(RUNS)]
    vault.put_all(Personal(f"R-{number}", name, "C-1", SALT, number) for number, name in enumerate(names))
    vault.close()
    opened, really = [], vaults.committed_in
    monkeypatch.setattr(
        vaults, "committed_in", lambda inner, digest: opened.append(digest) or really(inner, digest)
    )
    random = Random(5)
    order = sorted(range(RUNS), key=lambda number: number + random.random() * 30)
    with examined(store_of(layout)) as examine:
        assert examine is not None
        payloads = Payloads(examine)
        for place, number in enumerate(order):
            # The run that is begun, and one that was begun a while ago.
            for one in (number, order[max(0, place - 150)]):
                assert list(payloads.kept(f"R-{one}")) == [names[one]]
    assert len(set(opened)) == RUNS
    assert len(opened) < 1.2 * RUNS
