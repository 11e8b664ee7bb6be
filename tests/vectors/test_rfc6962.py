"""RFC 6962 trees: known roots and paths of the Certificate Transparency project's own tests.

The eight leaves and their hashes are those of google/certificate-transparency
(`merkletree/merkle_tree_test.cc`, Apache-2.0), used by most implementations.
"""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sop_runner.audit.tree import (
    EMPTY_ROOT,
    Frontier,
    ReadNode,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root,
    verify_consistency,
    verify_inclusion,
)

LEAVES = [bytes.fromhex(x) for x in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657")] + [
    bytes.fromhex("606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
PATH_OF_FIRST = [
    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
]


def grown(leaves: list[bytes]) -> ReadNode:
    """Stored nodes of a tree over `leaves`, each written once."""
    nodes: dict[tuple[int, int], bytes] = {}
    frontier = Frontier()
    for leaf in leaves:
        for level, index, value in frontier.push(leaf_hash(leaf)):
            assert (level, index) not in nodes
            nodes[level, index] = value
    return lambda level, index: nodes[level, index]


def naive(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962, 2.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + naive(leaves[:k]) + naive(leaves[k:])).digest()


@pytest.mark.parametrize("size", range(9))
def test_known_roots(size: int) -> None:
    node = grown(LEAVES)
    assert root(size, node).hex() == ROOTS[size]
    assert naive(LEAVES[:size]).hex() == ROOTS[size]


def test_known_path() -> None:
    proof = inclusion_proof(0, 8, grown(LEAVES))
    assert [step.hex() for step in proof] == PATH_OF_FIRST
    assert EMPTY_ROOT.hex() == ROOTS[0]


def test_every_pair_and_nothing_else_is_proved() -> None:
    size = 21
    leaves = [bytes([at]) * 3 for at in range(size)]
    node = grown(leaves)
    roots = [naive(leaves[:n]) for n in range(size + 1)]
    for new in range(1, size + 1):
        for index in range(new):
            proof = inclusion_proof(index, new, node)
            assert verify_inclusion(leaf_hash(leaves[index]), index, new, proof, roots[new])
            assert not verify_inclusion(leaf_hash(b"other"), index, new, proof, roots[new])
            assert not verify_inclusion(leaf_hash(leaves[index]), index, new, [*proof, roots[1]], roots[new])
            assert not proof or not verify_inclusion(
                leaf_hash(leaves[index]), index, new, proof[:-1], roots[new]
            )
        for old in range(1, new + 1):
            proof = consistency_proof(old, new, node)
            assert verify_consistency(old, new, roots[old], roots[new], proof)
            assert not verify_consistency(old, new, roots[old], roots[new], [*proof, roots[1]])
            if old < new:
                assert not verify_consistency(old, new, roots[new], roots[old], proof)
                assert not verify_consistency(old, new, roots[old], roots[new], proof[:-1])


@settings(max_examples=60)
@given(st.lists(st.binary(max_size=4), min_size=1, max_size=70), st.data())
def test_against_the_definition(leaves: list[bytes], data: st.DataObject) -> None:
    node, size = grown(leaves), len(leaves)
    head = naive(leaves)
    assert root(size, node) == head
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(index, size, node)
    assert verify_inclusion(leaf_hash(leaves[index]), index, size, proof, head)
    old = data.draw(st.integers(1, size))
    assert verify_consistency(old, size, naive(leaves[:old]), head, consistency_proof(old, size, node))
    at = data.draw(st.integers(-1, size + 1))
    if at != index and proof:
        assert not verify_inclusion(leaf_hash(b"\xff" * 9), at, size, proof, head)


def test_proofs_outside_the_tree_are_refused() -> None:
    node = grown(LEAVES)
    with pytest.raises(ValueError, match="leaf 8"):
        inclusion_proof(8, 8, node)
    with pytest.raises(ValueError, match="consistency"):
        consistency_proof(0, 8, node)
    one = node_hash(leaf_hash(b"a"), leaf_hash(b"b"))
    assert not verify_inclusion(leaf_hash(b"a"), 5, 2, [leaf_hash(b"b")], one)
    assert not verify_consistency(0, 2, one, one, [])
    assert not verify_consistency(3, 2, one, one, [])
    assert not verify_consistency(1, 2, leaf_hash(b"a"), one, [])
    assert not verify_consistency(2, 2, one, leaf_hash(b"a"), [])
