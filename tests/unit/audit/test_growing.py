"""The tree grown by many leaves at a time is the one grown leaf by leaf."""

from hypothesis import given
from hypothesis import strategies as st

from sop_runner.audit.growing import Growing
from sop_runner.audit.tree import Frontier

SIZES = st.lists(st.sampled_from((0, 1, 2, 3, 7, 8, 31, 64, 65)), max_size=8)


@given(SIZES)
def test_nodes_and_roots_are_those_of_the_frontier(sizes: list[int]) -> None:
    growing, frontier = Growing(), Frontier()
    for count in sizes:
        before, wanted, roots = frontier.size, [], [frontier.root()]
        leaves = [(before + number).to_bytes(32, "big") for number in range(count)]
        for leaf in leaves:
            wanted += frontier.push(leaf)[1:]
            roots.append(frontier.root())
        grown = growing.grow(leaves)
        told = [(level, first + n, one) for level, first, row in grown for n, one in enumerate(row)]
        assert sorted(told) == sorted(wanted)
        assert [growing.root(size) for size in range(before, growing.size + 1)] == roots
