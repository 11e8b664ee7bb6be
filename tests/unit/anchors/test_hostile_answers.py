"""A witness and an authority that answer anything: nothing is taken over, nobody waits for long."""

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from sop_runner.anchors import http
from sop_runner.anchors.http import MOST_BYTES
from sop_runner.anchors.port import Contradicts, Head, NotPlaced
from sop_runner.anchors.shelf import Shelf
from sop_runner.anchors.timestamp import Timestamp
from sop_runner.anchors.witness import Witness
from sop_runner.audit.anchors import Anchor, Told
from sop_runner.audit.cosignature import cosign, cosigner
from sop_runner.audit.note import Ed25519Signer, Note
from sop_runner.audit.witness import Submission
from sop_runner.base.settings import Settings
from sop_runner.desk.anchoring import log_of
from sop_runner.desk.layout import Layout
from sop_runner.stores.reader import SqliteSource
from sop_runner.wiring import create_desk
from tests.outside import Answers, answering, make_authority, plainly

KEY = Ed25519Signer("witness.example/w1", bytes(32))
THIEF = Ed25519Signer("witness.example/w1", bytes(range(32)))


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    folder = tmp_path_factory.mktemp("desks") / "desk"
    create_desk(folder)
    make_authority(folder.parent / "tsa")
    return Layout(folder)


@pytest.fixture
def head(layout: Layout) -> Iterator[Head]:
    with closing(SqliteSource(layout.ledger)) as log:
        yield Head.of(log)


def cosigned_by(signer: Ed25519Signer, change: Callable[[str], str] = lambda text: text) -> Answers:
    def answer(handler: BaseHTTPRequestHandler, data: bytes) -> None:
        text = change(Submission.parse(data).note.text)
        plainly(200, cosign(signer, text, 1_700_000_000).line.encode())(handler, data)

    return answer


HOSTILE: dict[str, tuple[Answers, str]] = {
    "garbage": (plainly(200, b"\xff\x00garbage"), "none of a witness"),
    "nothing": (plainly(200, b""), "without a cosignature"),
    "half a line": (plainly(200, "\u2014 w".encode()), "none of a witness"),
    "huge": (plainly(200, b"x" * (MOST_BYTES + 1)), f"more than {MOST_BYTES} bytes"),
    "huge refusal": (plainly(422, b"x" * (MOST_BYTES + 1)), f"more than {MOST_BYTES} bytes"),
    "another key": (cosigned_by(THIEF), "without a cosignature"),
    "another text": (cosigned_by(KEY, lambda text: text.replace("\n1\n", "\n2\n")), "without a cosignature"),
    "no size": (plainly(409, b"many\n"), "none of a witness"),
    "a size that is none": (plainly(409, b"-1\n"), "none of a witness"),
    "unknown log": (plainly(404, b""), "does not know this log"),
    "unknown key": (plainly(403, b""), "does not know the key"),
    "elsewhere": (plainly(302, b"", ("Location", "file:///etc/passwd")), "status 302"),
    "broken": (plainly(500, b"<html>"), "status 500"),
    "no HTTP": (lambda handler, _: handler.wfile.write(b"SSH-2.0\r\n"), "cannot be reached"),
    "hang up": (lambda handler, _: handler.connection.close(), "cannot be reached"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_witness_that_answers_anything(layout: Layout, head: Head, tmp_path: Path, what: str) -> None:
    answer, said = HOSTILE[what]
    shelf = Shelf(tmp_path / "shelf")
    with answering(answer) as url:
        witness = Witness(url, cosigner(KEY), shelf)
        with pytest.raises(NotPlaced, match=said):
            witness.place(head)
        recalled = witness.recall(head.checkpoint.origin, log_of(layout, Settings()), network=True)
    assert (recalled.heads, said in recalled.failure) == ((), True)
    assert shelf.sizes() == []


def test_a_size_that_grows_with_every_question(layout: Layout, head: Head, tmp_path: Path) -> None:
    sizes = iter(range(2, 100))

    def answer(handler: BaseHTTPRequestHandler, data: bytes) -> None:
        plainly(409, b"%d\n" % next(sizes))(handler, data)

    with answering(answer) as url:
        witness = Witness(url, cosigner(KEY), Shelf(tmp_path / "shelf"))
        with pytest.raises(Contradicts, match="it has seen 2 entries, this log has 1"):
            witness.place(head)
        recalled = witness.recall(head.checkpoint.origin, log_of(layout, Settings()), network=True)
    (told,) = recalled.heads
    assert isinstance(told, Told)
    assert (told.size, told.forked) == (3, False)


@pytest.mark.parametrize("status", [409, 422])
def test_a_witness_that_knows_another_root(layout: Layout, head: Head, tmp_path: Path, status: int) -> None:
    with answering(plainly(status, b"1\n")) as url:
        witness = Witness(url, cosigner(KEY), Shelf(tmp_path / "shelf"))
        with pytest.raises(Contradicts, match="of others than this log begins with"):
            witness.place(head)
        recalled = witness.recall(head.checkpoint.origin, log_of(layout, Settings()), network=True)
    (told,) = recalled.heads
    assert isinstance(told, Told)
    assert (told.size, told.forked) == (1, True)


def test_of_an_answer_only_the_cosignature_is_kept(head: Head, tmp_path: Path) -> None:
    def answer(handler: BaseHTTPRequestHandler, data: bytes) -> None:
        note = Submission.parse(data).note
        lines = (
            cosign(THIEF, note.text, 1),
            Note.sign(note.text, THIEF).signatures[0],
            cosign(KEY, note.text, 2),
        )
        plainly(200, "".join(one.line for one in lines).encode())(handler, data)

    shelf = Shelf(tmp_path / "shelf")
    with answering(answer) as url:
        assert Witness(url, cosigner(KEY), shelf).place(head)
    kept = Note.parse(shelf.read(1) or b"")
    assert kept.text == head.note.text
    assert kept.signatures == (*head.note.signatures, cosign(KEY, head.note.text, 2))


def test_asking_shows_a_witness_nothing_newer(layout: Layout, tmp_path: Path) -> None:
    """Else a copy of a desk, verified once, would shut the desk itself out."""
    from sop_runner.wiring import opened_people

    desk = Path(shutil.copytree(layout.folder, tmp_path / "desk"))
    asked = list[Submission]()

    def answer(handler: BaseHTTPRequestHandler, data: bytes) -> None:
        asked.append(Submission.parse(data))
        known = asked[-1].old == 1
        line = cosign(KEY, asked[-1].note.text, 1).line.encode()
        plainly(200 if known else 409, line if known else b"1\n")(handler, data)

    with opened_people(desk, "keeper") as (enrolment, _):
        enrolment.add("ana", "Ana", ["agent"])
    copy = Layout(desk)
    with closing(SqliteSource(copy.ledger)) as log:
        origin = Head.of(log).checkpoint.origin
    with answering(answer) as url:
        witness = Witness(url, cosigner(KEY), Shelf(tmp_path / "shelf"))
        recalled = witness.recall(origin, log_of(copy, Settings()), network=True)
    assert [(one.old, one.checkpoint.size, one.proof) for one in asked] == [(2, 2, ()), (1, 1, ())]
    assert [type(one) for one in recalled.heads] == [Anchor]
    assert not (tmp_path / "shelf").exists()


@pytest.mark.parametrize("drip", [False, True])
def test_somebody_slow_is_waited_for_so_long_and_no_longer(
    head: Head, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, drip: bool
) -> None:
    """Single bytes that come in time do not lengthen it."""
    over = threading.Event()

    def answer(handler: BaseHTTPRequestHandler, _: bytes) -> None:
        if drip:
            handler.send_response(200)
            handler.end_headers()
        while not over.wait(0.02):
            if drip:
                handler.wfile.write(b"x")

    monkeypatch.setattr(http.post, "__defaults__", (0.2,))
    try:
        with (
            answering(answer) as url,
            pytest.raises(NotPlaced, match=r"did not answer within 0\.2 s|timed out"),
        ):
            Witness(url, cosigner(KEY), Shelf(tmp_path / "shelf")).place(head)
    finally:
        over.set()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (plainly(200, b""), "no token"),
        (plainly(200, b"\x30\x03\x02\x01\x02"), "token"),
        (plainly(200, b"<html>"), "no token"),
        (plainly(503, b""), "status 503"),
        (plainly(200, b"0" * (MOST_BYTES + 1)), "more than"),
    ],
)
def test_an_authority_that_answers_anything(
    layout: Layout, head: Head, tmp_path: Path, answer: Answers, said: str
) -> None:
    shelf = Shelf(tmp_path / "shelf")
    with answering(answer) as url, pytest.raises(NotPlaced, match=said):
        Timestamp(url, layout.folder.parent / "tsa" / "ca.pem", shelf).place(head)
    assert shelf.sizes() == []


def test_a_token_of_another_question_is_refused(layout: Layout, head: Head, tmp_path: Path) -> None:
    """An authority, or somebody between, that answers with a token from before: its nonce is another."""
    from tests.outside import stamped

    tsa = Path(shutil.copytree(layout.folder.parent / "tsa", tmp_path / "tsa"))
    tokens = list[bytes]()

    def again(handler: BaseHTTPRequestHandler, query: bytes) -> None:
        tokens.append(stamped(tsa, query))
        plainly(200, tokens[0])(handler, query)

    with answering(again) as url:
        assert Timestamp(url, tsa / "ca.pem", Shelf(tmp_path / "one")).place(head)
        with pytest.raises(NotPlaced, match="Nonce mismatch"):
            Timestamp(url, tsa / "ca.pem", Shelf(tmp_path / "two")).place(head)
