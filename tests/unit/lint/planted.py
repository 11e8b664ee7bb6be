"""Mistakes planted in the shipped procedures: what an author could get wrong about a control."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from sop_runner.authoring.mutation.edits import GONE, Edit, edited, without_each
from sop_runner.machine.plan import Plan, compile_plan
from sop_runner.procedure.library import resolve
from sop_runner.procedure.load import load

FOLDER = Path(__file__).resolve().parents[3] / "procedures"
TEXTS = {
    path.stem: path.read_text(encoding="utf-8")
    for path in sorted(FOLDER.glob("*.yaml"))
    if not path.name.endswith(".scenarios.yaml")
}
Place = tuple[str | int, ...]


@dataclass(frozen=True)
class Planted:
    """One wrong copy of a procedure."""

    name: str
    kind: str
    words: str
    edits: tuple[Edit, ...]

    def __str__(self) -> str:
        return f"{self.name}: {self.words}"

    def plan(self) -> Plan | None:
        """The copy with the shipped files beside it; None where the loader has something against it.

        What never runs alone is looked at from the first file that calls it.
        """
        tree = edited(yaml.safe_load(TEXTS[self.name]), self.edits)
        texts = {**TEXTS, self.name: yaml.safe_dump(tree, sort_keys=False, allow_unicode=True)}
        calls = f"procedure: {self.name}"
        alone = "expects" not in tree
        return plan_of(
            self.name if alone else next(n for n, text in TEXTS.items() if n != self.name and calls in text),
            texts,
        )


def plan_of(name: str, texts: Mapping[str, str] = TEXTS) -> Plan | None:
    """One of these files with what it calls; None where the loader has something against one."""
    loaded = {
        one: load(text.encode(), f"{one}.yaml")
        for one, text in texts.items()
        if one == name or f"procedure: {one}" in texts[name]
    }
    main = loaded[name]
    resolved = resolve(main, lambda wanted, _: loaded[wanted])
    found = [*resolved.findings, *(one for file in loaded.values() for one in file.findings)]
    if main.procedure is None or any(one.severity == "error" for one in found):
        return None
    return compile_plan(main.procedure, main.digest or "", resolved.procedures)


def planted(name: str) -> Iterator[Planted]:
    """Every mistake in one procedure."""
    tree = yaml.safe_load(TEXTS[name])
    nodes = [*_nodes(tree["flow"], ("flow",))]
    ends = [n["end"] for _, n in nodes if n.get("result") == "completed"]
    for kind, words, edits in _mistakes(tree, nodes, ends):
        yield Planted(name, kind, words, edits)


Change = tuple[str, str, tuple[Edit, ...]]


def _mistakes(tree: Any, nodes: list[tuple[Place, Mapping[str, Any]]], ends: list[str]) -> Iterator[Change]:
    for path, node in nodes:
        name = next(iter(node.values()))
        outcomes = node.get("outcomes", ())
        places = [(path, node), *(((*path, "outcomes", i), one) for i, one in enumerate(outcomes))]
        for place, raw in places:
            for key in ("satisfies", "invalidates", "imposes"):
                for control, (where, left) in without_each((*place, key), raw.get(key, [])):
                    edits: list[Edit] = [(where, left)]
                    if key == "satisfies" and left is GONE and "valid_for" in raw:
                        edits.append(((*place, "valid_for"), GONE))
                    yield key, f"'{name}' no longer {key} {control}", tuple(edits)
            for key in ("then", "otherwise"):
                if isinstance(target := raw.get(key), str):
                    for end in ends:
                        if end != target:
                            yield "reroute", f"'{name}' leads by {key} to '{end}'", (((*place, key), end),)
        for i, one in enumerate(outcomes):
            for j in range(i + 1, len(outcomes)):
                ways = one.get("then", GONE), outcomes[j].get("then", GONE)
                if ways[0] != ways[1]:
                    here, there = ((*path, "outcomes", k, "then") for k in (i, j))
                    words = f"'{name}' swaps the ways of {one['outcome']} and {outcomes[j]['outcome']}"
                    yield "swap", words, tuple(e for e in ((here, ways[1]), (there, ways[0])))
    yield from _moved(tree)


def _moved(tree: Any) -> Iterator[Change]:
    """A guarded act moved in front of each node that gains something it asks for."""
    flow = tree["flow"]
    for index, act in enumerate(flow):
        if "end" in act:
            continue
        for before in range(index):
            if set(flow[before].get("satisfies", ())) & set(act.get("requires", ())):
                rest = [*flow[:index], *flow[index + 1 :]]
                moved = [*rest[:before], act, *rest[before:]]
                first, second = (next(iter(flow[i].values())) for i in (index, before))
                yield "move", f"'{first}' stands before '{second}'", ((("flow",), moved),)


def _nodes(flow: list[Any], path: Place) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    for index, node in enumerate(flow):
        if "section" in node:
            yield from _nodes(node["flow"], (*path, index, "flow"))
        else:
            yield (*path, index), node
