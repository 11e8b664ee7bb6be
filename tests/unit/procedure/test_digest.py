"""The digest pins meaning and nothing else."""

import copy
import json
import random
from decimal import Decimal

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sop_runner.procedure.digest import canonical_form, digest
from sop_runner.procedure.source import read_source

TEXTS = st.text(st.sampled_from("ab 12.:#-é你😀\n\"'{}[],&*!|>%@~?"), max_size=12)
KEYS = TEXTS.map(lambda text: text.replace("\n", "")).filter(bool)
NUMBERS = st.integers(-(10**6), 10**6) | st.decimals(-1000, 1000, places=2, allow_nan=False)
LEAVES = st.none() | st.booleans() | NUMBERS | TEXTS
TREES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=15,
)


class Dumper(yaml.SafeDumper):
    """Writes numbers with decimals as they are, and never an anchor."""

    def ignore_aliases(self, data: object) -> bool:
        return True


Dumper.add_representer(
    Decimal, lambda dumper, value: dumper.represent_scalar("tag:yaml.org,2002:float", f"{value:f}")
)


class Quoted(str):
    """A text to be written in a style of its own."""

    style: str | None = None


def _quoted(dumper: yaml.SafeDumper, value: Quoted) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(value), style=value.style)


Dumper.add_representer(Quoted, _quoted)


def restyled(tree: object, dice: random.Random) -> object:
    """The same tree, its keys in another order and its texts in other styles."""
    if isinstance(tree, dict):
        entries = [(key, restyled(value, dice)) for key, value in tree.items()]
        dice.shuffle(entries)
        return dict(entries)
    if isinstance(tree, list):
        return [restyled(item, dice) for item in tree]
    if isinstance(tree, str):
        text = Quoted(tree)
        text.style = dice.choice(["'", '"', "|", ">"])
        return text
    return tree


def written(tree: object, dice: random.Random) -> bytes:
    text = yaml.dump(
        restyled({"root": tree}, dice),
        Dumper=Dumper,
        sort_keys=False,
        allow_unicode=dice.random() < 0.7,
        default_flow_style=dice.choice([True, False, None]),
        indent=dice.choice([2, 4]),
        width=4000,  # PyYAML breaks some double-quoted texts in two so that it cannot read them back
    )
    return f"# {dice.random()}\n{text}\n# end\n".encode()


@settings(max_examples=250)
@given(TREES, st.integers(0, 2**32), st.integers(0, 2**32))
def test_style_and_key_order_do_not_change_it(tree: object, one: int, other: int) -> None:
    first = read_source(written(tree, random.Random(one)))
    second = read_source(written(tree, random.Random(other)))
    assume(first.data is not None and second.data is not None)
    assert digest(first.data) == digest(second.data) == digest({"root": tree})


def changes(tree: object) -> list[object]:
    """Trees that differ from `tree` in one place."""
    if isinstance(tree, dict):
        found: list[object] = [{**tree, "new key": None}]
        for key, value in tree.items():
            rest = {name: item for name, item in tree.items() if name != key}
            found += [rest, {**rest, key + "x": value}]
            found += [{**tree, key: changed} for changed in changes(value)]
        return found
    if isinstance(tree, list):
        found = [[*tree, None], [tree]]
        for index, item in enumerate(tree):
            found.append(tree[:index] + tree[index + 1 :])
            found += [[*tree[:index], changed, *tree[index + 1 :]] for changed in changes(item)]
        if tree != tree[::-1] and canonical_form(tree) != canonical_form(tree[::-1]):
            found.append(tree[::-1])
        return found
    if isinstance(tree, str):
        shorter: list[object] = [tree[1:]] if tree.strip("\n") else []
        return [tree + "x", "x" + tree, [tree], " " + tree, *shorter]
    if isinstance(tree, bool):
        return [not tree, str(tree).lower(), int(tree)]
    if tree is None:
        return ["", False, 0, {}, [], "null"]
    assert isinstance(tree, int | Decimal)
    return [tree + 1, tree - 1, str(tree), tree + Decimal("0.001"), {"decimal": str(tree)}]


@settings(max_examples=150)
@given(TREES)
def test_any_single_change_gives_another(tree: object) -> None:
    before = copy.deepcopy(tree)
    digests = [digest(changed) for changed in changes(tree)]
    assert digest(tree) not in digests
    assert tree == before


@settings(max_examples=200)
@given(TREES, TREES)
def test_two_trees_of_one_digest_are_one_meaning(one: object, other: object) -> None:
    assert (digest(one) == digest(other)) == (
        json.dumps(canonical_form(one), sort_keys=True) == json.dumps(canonical_form(other), sort_keys=True)
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a: one two", "a: >\n  one\n  two\n"),
        ("a: one", "a: |\n  one\n\n"),
        ("a: 1.50", "a: 1.5"),
        ("a: 1.0", "a: 1"),
        ("a: 1e3", "a: 1000"),
        ("a: 0x10", "a: 16"),
        ("{a: 1, b: [x, y]}", "# c\nb:\n  - 'x'\n  - \"y\"\na: 1\r\n"),
        ("é: 1\nb: 2", "b: 2\n'é': 1"),
        ("a: ~", "a:"),
        ("1: x", "'1': x"),
    ],
)
def test_these_mean_the_same(one: str, other: str) -> None:
    assert digest(read_source(one.encode()).data) == digest(read_source(other.encode()).data)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a: 1.5", "a: '1.5'"),
        ("a: 1", "a: '1'"),
        ("a: 1.5", "a: {decimal: '1.5'}"),
        ("é: 1", "pairs: [[é, 1]]"),
        ("a: true", "a: 'true'"),
        ("a: yes", "a: true"),
        ("a: ", "a: ''"),
        ("a: [1, 2]", "a: [2, 1]"),
        ("a: x", "a: X"),
        ("a: é", "a: e\u0301"),
        ("a: 'x '", "a: x"),
        ("a: ' x'", "a: x"),
        ("a: |\n  one\n  two\n", "a: one two"),
        ("a: {}", "a: []"),
        ("a: 1\nb: ", "a: 1"),
        ("a: 0.1", "a: 0.10000000000000000000000000000000001"),
    ],
)
def test_these_do_not(one: str, other: str) -> None:
    assert digest(read_source(one.encode()).data) != digest(read_source(other.encode()).data)


def test_what_has_no_canonical_form_is_refused() -> None:
    for value in (1.5, {1: 2}, {"a"}, b"x"):
        with pytest.raises(TypeError):
            digest(value)
    for number in ("NaN", "Infinity"):
        with pytest.raises(ValueError, match="canonical"):
            digest(Decimal(number))


def test_the_digest_of_a_small_tree_never_changes() -> None:
    tree = {"title": "Cím\n", "flow": [{"step": "a", "é": Decimal("1.50")}], "revision": 4, "x": None}
    assert canonical_form(tree) == {
        "title": "Cím",
        "flow": [{"pairs": [["step", "a"], ["é", {"decimal": "1.5"}]]}],
        "revision": 4,
        "x": None,
    }
    assert digest(tree) == digest(tree) != digest({})
