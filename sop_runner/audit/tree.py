"""The Merkle tree of RFC 6962, section 2.1, over stored nodes.

A node (level, index) is the root of the full subtree over the leaves index·2^level up to
(index+1)·2^level; level 0 are the leaf hashes. Full subtrees never change once they exist.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256

Node = tuple[int, int, bytes]
ReadNode = Callable[[int, int], bytes]

EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(body: bytes) -> bytes:
    """Hash of a leaf: SHA-256(0x00 || body)."""
    return sha256(b"\x00" + body).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node: SHA-256(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """The full subtrees along the right edge: all that growing a tree and its root need."""

    __slots__ = ("_edge", "size")

    def __init__(self) -> None:
        self.size = 0
        self._edge: list[bytes] = []  # largest subtree first

    @classmethod
    def load(cls, size: int, node: ReadNode) -> "Frontier":
        """The frontier of the first `size` leaves, read from stored nodes."""
        frontier = cls()
        frontier.size = size
        levels = range(size.bit_length() - 1, -1, -1)
        frontier._edge = [node(level, (size >> level) - 1) for level in levels if size >> level & 1]
        return frontier

    def push(self, leaf: bytes) -> list[Node]:
        """Add a leaf hash; return the nodes that are new, the leaf itself first."""
        index, level, value, edge = self.size, 0, leaf, self._edge
        new = [(0, index, leaf)]
        while index & 1:
            value = node_hash(edge.pop(), value)
            level, index = level + 1, index >> 1
            new.append((level, index, value))
        edge.append(value)
        self.size += 1
        return new

    def root(self) -> bytes:
        """The Merkle tree hash of all leaves so far."""
        if not self._edge:
            return EMPTY_ROOT
        value = self._edge[-1]
        for left in self._edge[-2::-1]:
            value = node_hash(left, value)
        return value

    @property
    def edge(self) -> tuple[bytes, ...]:
        """The roots of the full subtrees, the largest first."""
        return tuple(self._edge)

    def copy(self) -> "Frontier":
        """An independent frontier over the same leaves."""
        other = Frontier()
        other.size, other._edge = self.size, self._edge.copy()
        return other


def root(size: int, node: ReadNode) -> bytes:
    """The Merkle tree hash of the first `size` leaves."""
    return Frontier.load(size, node).root()


def inclusion_proof(index: int, size: int, node: ReadNode) -> list[bytes]:
    """The audit path of leaf `index` in the tree of `size` (RFC 6962, 2.1.1)."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size}")
    return _path(index, 0, size, node)


def consistency_proof(old: int, new: int, node: ReadNode) -> list[bytes]:
    """The proof that the tree of `new` extends that of `old` (RFC 6962, 2.1.2)."""
    if not 0 < old <= new:
        raise ValueError(f"no consistency proof from size {old} to {new}")
    return [] if old == new else _subproof(old, 0, new, True, node)


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root_hash: bytes) -> bool:
    """True when `proof` leads from the leaf hash to the root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    at, last, value = index, size - 1, leaf
    for step in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            value = node_hash(step, value)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            value = node_hash(value, step)
        at, last = at >> 1, last >> 1
    return last == 0 and value == root_hash


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """True when `proof` shows that the new tree extends the old one (RFC 9162, 2.1.4.2)."""
    if not 0 < old <= new:
        return False
    if old == new:
        return not proof and old_root == new_root
    steps = list(proof)
    if old & (old - 1) == 0:
        steps.insert(0, old_root)  # a power of two is its own first node
    if not steps:
        return False
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    was = now = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            was, now = node_hash(step, was), node_hash(step, now)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            now = node_hash(now, step)
        at, last = at >> 1, last >> 1
    return last == 0 and was == old_root and now == new_root


def _split(width: int) -> int:
    return 1 << (width - 1).bit_length() - 1  # the largest power of two below `width`


def _range(start: int, stop: int, node: ReadNode) -> bytes:
    width = stop - start
    if width & (width - 1) == 0:
        level = width.bit_length() - 1
        return node(level, start >> level)
    middle = start + _split(width)
    return node_hash(_range(start, middle, node), _range(middle, stop, node))


def _path(index: int, start: int, stop: int, node: ReadNode) -> list[bytes]:
    if stop - start == 1:
        return []
    middle = start + _split(stop - start)
    if index < middle:
        return [*_path(index, start, middle, node), _range(middle, stop, node)]
    return [*_path(index, middle, stop, node), _range(start, middle, node)]


def _subproof(old: int, start: int, stop: int, whole: bool, node: ReadNode) -> list[bytes]:
    if old == stop:
        return [] if whole else [_range(start, stop, node)]
    middle = start + _split(stop - start)
    if old <= middle:
        return [*_subproof(old, start, middle, whole, node), _range(middle, stop, node)]
    return [*_subproof(old, middle, stop, False, node), _range(start, middle, node)]
