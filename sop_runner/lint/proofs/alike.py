"""Texts, choices and answers that are the same or not: whether all of it can be so at once."""

from collections.abc import Hashable, Iterable, Mapping, Sequence

from .regions import Regions

Alike = dict[str, tuple[int, Hashable]]
"""The region of each name, and what those have in common which are the same text."""


def alike(masks: Mapping[str, tuple[int, Regions]], pairs: Iterable[tuple[str, str, bool]]) -> Alike | None:
    """A region for each name so that the pairs are the same texts or other ones; None where there is none.

    Of what is held against each other the regions are the same ones.
    """
    head = {name: name for name in masks}

    def find(name: str) -> str:
        while head[name] != name:
            name = head[name]
        return name

    those = [pair for pair in pairs if pair[0] in masks and pair[1] in masks]
    for one, other, same in those:
        if same:
            head[find(one)] = find(other)
    groups: dict[str, int] = {}
    for name, (mask, _) in masks.items():
        groups[find(name)] = groups.get(find(name), -1) & mask
    apart: dict[str, set[str]] = {name: set() for name in groups}
    for one, other, same in those:
        if not same:
            apart[find(one)].add(find(other))
            apart[find(other)].add(find(one))
    if any(name in others for name, others in apart.items()) or not all(groups.values()):
        return None
    single = {name: masks[name][1].single for name in groups}
    chosen = _chosen(sorted(groups), groups, single, apart, {})
    if chosen is None:
        return None
    numbers = {name: number for number, name in enumerate(sorted(groups))}
    return {name: (chosen[find(name)], numbers[find(name)]) for name in masks}


def _chosen(
    order: Sequence[str], groups: Mapping[str, int], single: Mapping[str, int],
    apart: Mapping[str, set[str]], chosen: Mapping[str, int],
) -> dict[str, int] | None:  # fmt: skip
    """A region for each group; one with a single value is not for two that differ."""
    if not order:
        return dict(chosen)
    name, *rest = order
    taken = {chosen[other] for other in apart[name] if other in chosen}
    many = groups[name] & ~single[name]
    left = [many & -many] if many else [bit for bit in _bits(groups[name]) if bit not in taken]
    for bit in left:
        found = _chosen(rest, groups, single, apart, {**chosen, name: bit})
        if found is not None:
            return found
    return None


def _bits(mask: int) -> Iterable[int]:
    while mask:
        yield mask & -mask
        mask &= mask - 1
