"""Where every arrow leads, read off the trees of the files alone."""

from collections.abc import Iterator, Mapping
from typing import Any

Tree = dict[str, Any]
Moves = dict[tuple[str, str], str]
KINDS = ("step", "checklist", "confirmation", "decision", "call", "end")


def flat(flow: list[Tree], conditional: bool = False) -> Iterator[tuple[str, str, Tree, bool]]:
    """Kind, id, node and whether it can be passed over, in the order of the file."""
    for item in flow:
        kind = next(iter(item))
        guarded = conditional or "only_when" in item
        if kind == "section":
            yield from flat(item["flow"], guarded)
        else:
            yield kind, item[kind], item, guarded


class Reader:
    """Collects the moves of a procedure and, under their calls, of its callees."""

    def __init__(self, files: Mapping[str, Tree]) -> None:
        self.files = files
        self.moves: Moves = {}
        self.inner: dict[str, list[str]] = {}

    def read(self, tree: Tree, scope: str = "") -> str:
        """Add the moves of one file under `scope`; the id of its first node."""
        nodes = list(flat(tree["flow"]))
        names = [name for _, name, _, _ in nodes]
        for (kind, name, node, guarded), after in zip(nodes, [*names[1:], None], strict=True):
            following = node.get("then") or after
            here = scope + name
            if kind == "call":
                self._call(tree, scope, name, node, following)
            elif kind == "decision":
                for outcome in node["outcomes"]:
                    self._jump(here, outcome["outcome"], outcome.get("then") or following, scope)
            elif kind != "end":
                self._jump(here, "done", following, scope)
            if guarded and kind != "end":
                self._jump(here, "passed_over", following, scope)
            if kind not in ("end", "call"):
                self._other_ways(tree, here, kind, node, scope)
        return scope + names[0]

    def _other_ways(self, tree: Tree, here: str, kind: str, node: Tree, scope: str) -> None:
        defaults = tree.get("defaults", {}) if kind != "decision" else {}
        otherwise = node.get("otherwise", defaults.get("otherwise"))
        if otherwise not in (None, "none"):
            self._jump(here, "otherwise", otherwise, scope)
        time = node.get("time", defaults.get("time"))
        if isinstance(time, dict) and time.get("at_limit") not in (None, "warn"):
            self._jump(here, "at_limit", time["at_limit"], scope)

    def _jump(self, source: str, arrow: str, jump: Any, scope: str) -> None:
        if isinstance(jump, str):
            jump = {"to": jump}
        self.moves[source, arrow] = scope + jump["to"]
        if "otherwise" in jump:
            self.moves[source, f"{arrow}.spent"] = scope + jump["otherwise"]

    def _call(self, tree: Tree, scope: str, name: str, node: Tree, following: Any) -> None:
        here, callee = scope + name, self.files[node["procedure"]]
        before = set(self.moves)
        first = self.read(callee, f"{here}/")
        self.moves[here, "call"] = first
        for kind, end, spec, _ in flat(callee["flow"]):
            if kind != "end":
                continue
            jump = node.get("ends", {}).get(end)
            goes_on = jump in (None, "next")
            assert jump is not None or spec["result"] == "completed"
            if goes_on and "for_each" in node:
                self.moves[f"{here}/{end}", "next"] = first
            self._jump(f"{here}/{end}", "return", following if goes_on else jump, scope)
        time = node.get("time")
        if isinstance(time, dict) and time.get("at_limit") not in (None, "warn"):
            inside = {source for source, _ in set(self.moves) - before} - {here}
            ends = {f"{here}/{end}" for kind, end, _, _ in flat(callee["flow"]) if kind == "end"}
            for source in sorted(inside - ends - self._ends_below(here, callee)):
                self._jump(source, f"{here}:at_limit", time["at_limit"], scope)

    def _ends_below(self, here: str, tree: Tree) -> set[str]:
        found = set()
        for kind, name, node, _ in flat(tree["flow"]):
            if kind == "call":
                below = self.files[node["procedure"]]
                inner = f"{here}/{name}"
                found |= {f"{inner}/{end}" for k, end, _, _ in flat(below["flow"]) if k == "end"}
                found |= self._ends_below(inner, below)
        return found


def naive_moves(main: Tree, files: Mapping[str, Tree]) -> Moves:
    """(node, arrow) → node for the whole procedure."""
    reader = Reader(files)
    reader.read(main)
    return reader.moves
