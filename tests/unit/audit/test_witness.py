"""What a witness answers, check by check, in the order of C2SP tlog-witness."""

from base64 import b64encode

import pytest

from sop_runner.audit.checkpoint import Checkpoint
from sop_runner.audit.note import BadNote, Ed25519Signer, Note
from sop_runner.audit.tree import Frontier, consistency_proof, leaf_hash
from sop_runner.audit.witness import Status, Submission, judge, read_size, submission

ORIGIN = "example/log"
SIGNER = Ed25519Signer(ORIGIN, bytes(32))
THIEF = Ed25519Signer(ORIGIN, bytes(range(32)))
KEYS = (SIGNER.verifier,)


class Tree:
    """A log of so many leaves; from `fork` on they are others."""

    def __init__(self, fork: int = 100) -> None:
        frontier = Frontier()
        self.nodes: dict[tuple[int, int], bytes] = {}
        self.heads = [Checkpoint(ORIGIN, 0, frontier.root())]
        for n in range(12):
            for level, index, value in frontier.push(leaf_hash(b"%d%s" % (n, b"x" if n >= fork else b""))):
                self.nodes[level, index] = value
            self.heads.append(Checkpoint(ORIGIN, n + 1, frontier.root()))

    def proof(self, old: int, new: int) -> list[bytes]:
        return consistency_proof(old, new, lambda level, index: self.nodes[level, index]) if old else []


TREE, FORK = Tree(), Tree(fork=3)


def sent(old: int, new: int, tree: Tree = TREE, signer: Ed25519Signer = SIGNER) -> Submission:
    note = Note.parse(tree.heads[new].sign(signer))
    return submission(old, tree.proof(old, new) if old <= new else [], note)


@pytest.mark.parametrize("old", range(13))
@pytest.mark.parametrize("new", [0, 1, 2, 7, 8, 12])
def test_every_pair_of_sizes(old: int, new: int) -> None:
    answer = judge(sent(old, new), TREE.heads[old] if old else None, KEYS)
    assert answer is (Status.COSIGNED if old <= new else Status.MALFORMED)


@pytest.mark.parametrize("latest", [0, 3, 5, 9])
@pytest.mark.parametrize("old", [0, 4, 8])
def test_another_size_than_the_latest(latest: int, old: int) -> None:
    if latest != old:
        assert judge(sent(old, 9), TREE.heads[latest] if latest else None, KEYS) is Status.OTHER_SIZE


def test_a_fork_is_never_cosigned() -> None:
    for old in range(1, 13):
        for new in range(old, 13):
            answer = judge(sent(old, new, FORK), TREE.heads[old], KEYS)
            if old <= 3:
                assert answer is Status.COSIGNED  # the same so far
            else:
                assert answer is (Status.OTHER_SIZE if old == new else Status.NOT_CONSISTENT)


def test_proofs_that_are_too_long_or_missing() -> None:
    good = sent(5, 9)
    for proof in (good.proof[:-1], (*good.proof, bytes(32)), ()):
        assert judge(submission(5, proof, good.note), TREE.heads[5], KEYS) is Status.NOT_CONSISTENT
    assert judge(submission(0, (bytes(32),), good.note), None, KEYS) is Status.NOT_CONSISTENT
    assert judge(submission(9, (bytes(32),), good.note), TREE.heads[9], KEYS) is Status.NOT_CONSISTENT


def test_who_signed_comes_before_everything_else() -> None:
    assert judge(sent(5, 9), None, ()) is Status.UNKNOWN_LOG
    assert judge(sent(9, 5, signer=THIEF), TREE.heads[5], KEYS) is Status.NOT_SIGNED
    assert judge(sent(5, 9, signer=THIEF), TREE.heads[5], (*KEYS, THIEF.verifier)) is Status.COSIGNED
    forged = Note(TREE.heads[9].text, Note.parse(TREE.heads[5].sign(SIGNER)).signatures)
    assert judge(submission(0, (), forged), None, KEYS) is Status.NOT_SIGNED


def test_an_empty_log_has_one_root() -> None:
    other = Note.parse(Checkpoint(ORIGIN, 0, bytes(32)).sign(SIGNER))
    assert judge(submission(0, (), other), None, KEYS) is Status.OTHER_SIZE


def test_a_request_is_read_back() -> None:
    for old, new in ((0, 1), (5, 9), (9, 9)):
        made = sent(old, new)
        assert Submission.parse(made.encode()) == made
        assert made.encode().startswith(b"old %d\n" % old)


NOTE = TREE.heads[9].sign(SIGNER)
HASH = b64encode(bytes(32)) + b"\n"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n\n",
        b"old 5",
        b"old 05\n\n" + NOTE,
        b"old -1\n\n" + NOTE,
        b"old 5 \n\n" + NOTE,
        b"old \n\n" + NOTE,
        b"old 99999999999999999\n\n" + NOTE,
        b"old 5\n" + HASH * 64 + b"\n" + NOTE,
        b"old 5\nAAAA\n\n" + NOTE,
        b"old 5\n!\n\n" + NOTE,
        b"old 5\r\n\r\n" + NOTE,
        b"new 5\n\n" + NOTE,
        b"old 5\n" + NOTE,
        b"old 5\n\n" + NOTE[:-1],
        b"old 5\n\nno checkpoint\n\n",
        b"old 5\n\n" + b"\xff" * 100,
    ],
)
def test_what_is_no_request(data: bytes) -> None:
    with pytest.raises(BadNote):
        Submission.parse(data)


@pytest.mark.parametrize("data", [b"", b"x", b"-1", b"1 2", b"007", b"9" * 17, b"1\n\n", "٣".encode()])
def test_what_is_no_size(data: bytes) -> None:
    with pytest.raises(BadNote):
        read_size(data)
    assert read_size(b"12\n") == read_size(b"12") == 12
