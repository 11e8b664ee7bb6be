"""`sop witness` and `sop audit anchor` as processes: killed in between, started again, asked by two copies of a desk."""

import http.client
import json
import os
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from sop_runner.audit.checkpoint import Checkpoint
from sop_runner.audit.cosignature import CosignerKey
from sop_runner.audit.note import Ed25519Signer, Note
from sop_runner.audit.tree import Frontier, consistency_proof, leaf_hash
from sop_runner.audit.witness import submission
from sop_runner.desk.layout import Layout
from sop_runner.stores.keys import KeyFile
from sop_runner.wiring import create_desk, opened_people
from tests.e2e.sop_process import _MAIN, _environment, sop

ORIGIN = "example/log"
LOG = Ed25519Signer(ORIGIN, bytes(32))


class Running:
    """A witness as a process of its own."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", _MAIN, "witness", str(folder), "--port", "0", *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", env=_environment(),
        )  # fmt: skip
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self.key = CosignerKey.parse(self.process.stdout.readline())
        said = ""
        while not said.startswith("It listens on "):
            said = self.process.stderr.readline()
            assert said, self.process.wait(10)
        self.url = said.split()[-1]

    def kill(self) -> None:
        """As with kill -9."""
        self.process.kill()
        self.process.communicate()

    def post(self, body: bytes, path: str = "add-checkpoint") -> tuple[int, bytes, str]:
        request = urllib.request.Request(self.url + path, data=body, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, answer.read(), answer.headers["Content-Type"]
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read(), error.headers["Content-Type"]


class Tree:
    """A log of leaves; what is sent of it."""

    def __init__(self, *leaves: bytes) -> None:
        self.frontier, self.nodes = Frontier(), dict[tuple[int, int], bytes]()
        for leaf in leaves:
            for level, index, value in self.frontier.push(leaf_hash(leaf)):
                self.nodes[level, index] = value

    def request(self, old: int, signer: Ed25519Signer = LOG) -> bytes:
        size = self.frontier.size
        note = Note.parse(Checkpoint(signer.verifier.name, size, self.frontier.root()).sign(signer))
        proof = consistency_proof(old, size, lambda *at: self.nodes[at]) if 0 < old <= size else []
        return submission(old, proof, note).encode()


ONE, TWO, THREE = Tree(b"a"), Tree(b"a", b"b"), Tree(b"a", b"b", b"c")
OTHER, LONGER = Tree(b"a", b"x"), Tree(b"a", b"x", b"c")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "witness"


@pytest.fixture
def started(folder: Path) -> Iterator[list[Running]]:
    running = [Running(folder, "--name", "witness.example/w1", "--log", LOG.verifier.text)]
    yield running
    for one in running:
        one.kill()


def test_a_witness_killed_at_any_time_forgets_nothing(folder: Path, started: list[Running]) -> None:
    status, lines, _ = started[0].post(ONE.request(0))
    assert status == 200
    note = Note.parse(ONE.request(0).partition(b"\n\n")[2] + lines)
    assert started[0].key.cosigned(note) is not None
    assert started[0].post(TWO.request(1))[0] == 200
    for _ in range(2):
        started[-1].kill()
        started.append(Running(folder))  # it knows its key and its logs by now
        assert started[-1].key == started[0].key
        assert started[-1].post(ONE.request(0)) == (409, b"2\n", "text/x.tlog.size")  # a rollback
        assert started[-1].post(OTHER.request(2)) == (
            409,
            b"2\n",
            "text/x.tlog.size",
        )  # a fork of the same size
        assert started[-1].post(LONGER.request(2))[:2] == (422, b"")  # a longer one
        assert started[-1].post(TWO.request(2))[0] == 200
    assert started[-1].post(THREE.request(2))[0] == 200


def test_every_refusal_of_the_protocol(started: list[Running]) -> None:
    (witness,) = started
    assert witness.post(ONE.request(0, Ed25519Signer("example/other", bytes(32))))[0] == 404
    assert witness.post(ONE.request(0, Ed25519Signer(ORIGIN, bytes(range(32)))))[0] == 403
    assert witness.post(ONE.request(2))[0] == 400
    assert witness.post(TWO.request(1))[:2] == (409, b"0\n")
    assert witness.post(b"rubbish")[0] == 400
    assert witness.post(b"x" * 70_000)[0] == 413
    assert witness.post(ONE.request(0), "elsewhere")[0] == 404
    with pytest.raises(urllib.error.HTTPError, match="501"):
        urllib.request.urlopen(witness.url, timeout=20)
    assert witness.post(ONE.request(0))[0] == 200


def test_a_connection_may_be_kept(started: list[Running]) -> None:
    with closing(http.client.HTTPConnection(started[0].url.split("/")[2], timeout=20)) as connection:
        for size, tree in enumerate((ONE, TWO, THREE)):
            connection.request("POST", "/add-checkpoint", tree.request(size))
            answer = connection.getresponse()
            assert (answer.status, bool(answer.read()), answer.will_close) == (200, True, False)
        connection.request("POST", "/elsewhere", b"x")
        assert connection.getresponse().will_close


def test_a_folder_has_one_witness_and_one_name(folder: Path, started: list[Running]) -> None:
    done = sop("witness", str(folder), "--port", "0")
    assert (done.returncode, "another witness has the folder" in done.stderr) == (2, True)
    started[0].kill()
    done = sop("witness", str(folder), "--port", "0", "--name", "other")
    assert (done.returncode, "is called 'witness.example/w1'" in done.stderr) == (2, True)
    assert oct((folder / "witness.key").stat().st_mode)[-3:] == "600"


def test_a_head_that_cannot_be_read_is_never_taken_for_none(folder: Path, started: list[Running]) -> None:
    assert started[0].post(TWO.request(0))[0] == 200
    (head,) = (folder / "heads").iterdir()
    before = head.read_bytes()
    for torn in (before[:-9], b"", b"\xff"):
        head.write_bytes(torn)
        assert started[0].post(ONE.request(0))[0] == 500
    head.write_bytes(before)
    assert started[0].post(ONE.request(0))[0] == 409


def test_a_desk_and_a_copy_of_it_that_both_went_on(tmp_path: Path) -> None:
    desk, copy = tmp_path / "desk", tmp_path / "copy"
    create_desk(desk)
    witness = Running(tmp_path / "witness", "--log", KeyFile(Layout(desk).key).verifier.text)
    try:
        with (desk / "sop.toml").open("a") as file:
            file.write(f'[anchors]\nwitness = [{{url = "{witness.url}", key = "{witness.key.text}"}}]\n')
        shutil.copytree(desk, copy)
        for one, person in ((desk, "ana"), (copy, "bela")):
            with opened_people(one, "keeper") as (enrolment, _):
                enrolment.add(person, person.title(), ["agent"])
        placed = sop("audit", "anchor", "--desk", str(desk))
        assert (placed.returncode, placed.stdout.startswith("PLACED the witness ")) == (0, True), (
            placed.stderr
        )
        refused = sop("audit", "anchor", "--json", "--desk", str(copy))
        assert refused.returncode == 4
        (outcome,) = json.loads(refused.stdout)
        assert (outcome["result"], outcome["size"]) == ("contradicts", 2)
        assert "has seen another audit log" in sop("board", "--desk", str(copy)).stderr
        verdict = json.loads(sop("audit", "verify", "--json", "--desk", str(copy)).stdout)
        assert [(one["code"], one["index"]) for one in verdict["findings"]] == [("FORKED", 1)]
        assert set(verdict) == {"verdict", "trust", "entries", "size_anchored", "findings"}
    finally:
        witness.kill()
    gone = sop("audit", "anchor", "--desk", str(desk))
    assert (gone.returncode, gone.stdout.startswith("FAILED the witness ")) == (3, True)
    shown = sop("audit", "verify", "--integrity-only", "--desk", str(desk))
    assert (shown.returncode, "COULD NOT ASK the witness" in shown.stdout) == (0, True)


def test_without_anchors_there_is_nothing_to_place(tmp_path: Path) -> None:
    create_desk(tmp_path / "desk")
    done = sop("audit", "anchor", "--desk", str(tmp_path / "desk"))
    assert (done.returncode, "name no anchor" in done.stderr) == (2, True)
    assert sop("--training", "audit", "anchor", "--desk", str(tmp_path / "desk")).returncode == 2
    assert os.listdir(tmp_path / "desk" / "procedures") == []
