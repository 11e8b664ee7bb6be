"""Reads the YAML of a procedure: a plain tree, a place for every key and value, and findings.

UTF-8, YAML 1.2 core scalars, maps and lists, and none of YAML's machinery: anchors, aliases,
merge keys, tags, directives, further documents. It reads no file: the caller brings the bytes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from sop_runner.base.finding import Finding, Position
from sop_runner.procedure.yaml_subset.case import Cause
from sop_runner.procedure.yaml_subset.characters import Characters
from sop_runner.procedure.yaml_subset.codes import CODES, NAMES
from sop_runner.procedure.yaml_subset.decode import decode
from sop_runner.procedure.yaml_subset.explain import explain
from sop_runner.procedure.yaml_subset.frames import Place, Tree
from sop_runner.procedure.yaml_subset.parsers import MAX_CHARACTERS, MAX_NODES
from sop_runner.procedure.yaml_subset.quick import Odd, places_of, quick_tree
from sop_runner.procedure.yaml_subset.report import Lines, Report
from sop_runner.procedure.yaml_subset.tree import TreeReader

__all__ = ["CODES", "NAMES", "Source", "read_source"]

MOST_ERRORS = 20
"""Syntax errors that are looked for, the first one included."""

# Of all readings of one text together: past it the file stops at its first error, as a hostile one must.
_RETRY_CHARACTERS = 2_000_000
_RETRY_NODES = MAX_NODES // 4


@dataclass(frozen=True)
class Source:
    """One file as read.

    `data` is dicts, lists, texts, whole numbers, Decimals, booleans and None; it is None where
    the file could not be read to its end, and it must not be changed while places are asked for.
    Findings stand in the order of the text.
    """

    file: str
    data: object | None
    findings: tuple[Finding, ...]
    lines: Lines = field(repr=False, compare=False)
    places: Place | None = field(repr=False, compare=False)

    @cached_property
    def root(self) -> Place:
        """The place of the whole with all places in it; a clean text is read again for them."""
        if self.places is not None:
            return self.places
        return places_of(self.lines.text)

    def key_at(self, path: Sequence[str | int]) -> Position:
        """Where the key or the list item stands that `path` leads to.

        A path that leads further than the file gives the last place it does reach.
        """
        return self.lines.position(self._place(path)[0])

    def value_at(self, path: Sequence[str | int]) -> Position:
        """Where the value begins that `path` leads to; a block text begins at its `|` or `>`."""
        return self.lines.position(self._place(path)[1])

    def line(self, number: int) -> str:
        """Line `number`, counted from 1, as written; empty past the end."""
        return self.lines.line(number)

    def _place(self, path: Sequence[str | int]) -> Place:
        place = self.root
        for step in path:
            inner = place[2]
            named = isinstance(inner, dict) and step in inner
            listed = isinstance(inner, list) and isinstance(step, int) and 0 <= step < len(inner)
            if not named and not listed:
                break
            place = inner[step]
        return place


def read_source(data: bytes, file: str = "") -> Source:
    """Read the bytes of one file; whatever they hold, the result is a Source and takes bounded time."""
    text, written, found = decode(data, file)
    if text is None:
        return Source(file, None, tuple(found.findings()), Lines(written), (0, 0, None))
    lines = found.lines
    if len(text) > MAX_CHARACTERS:
        message = (
            f"the file has {len(text):,} characters, without libyaml at most {MAX_CHARACTERS:,} are read"
        )
        found.add("SOP103", 0, message, "install a PyYAML that was built with libyaml")
        return Source(file, None, tuple(found.findings()), lines, (0, 0, None))
    if not found.findings():
        try:
            return Source(file, quick_tree(text), (), lines, None)
        except Odd:
            pass
    tree, report, causes = _read(text, found)
    for cause in causes:
        if cause.within is not None:
            report.drop(cause.within, cause.index)
        report.add(
            cause.code, cause.index, cause.message, cause.fix, length=cause.length, related=cause.related
        )
    if not tree.stopped and tree.nodes == 0:
        fix = "begin with 'format: sop/1', of scenarios with 'format: sop-scenarios/1'"
        report.add("SOP101", 0, "the file is empty, expected keys and values", fix)
    Characters(report, tree.spans, _known_until(lines, tree, causes)).scan()
    usable = not tree.stopped and not causes
    findings = tuple(report.findings())
    return Source(file, tree.data if usable else None, findings, lines, tree.root if usable else (0, 0, None))


def _read(text: str, found: Report) -> tuple[Tree, Report, list[Cause]]:
    """Read `text`, and where an error can be stepped over, read on behind it."""
    causes: list[Cause] = []
    lines_told: set[int] = set()
    nodes = 0
    for _ in range(MOST_ERRORS):
        report = found.copy()
        tree = TreeReader(text, report).read()
        if tree.error is None:
            break
        cause = explain(found.lines, tree)
        line = found.lines.position(cause.index).line
        if line not in lines_told:  # a second error of a line is mostly the patch's own
            lines_told.add(line)
            causes.append(cause)
        nodes += tree.nodes
        if cause.patch is None or nodes > _RETRY_NODES or len(text) * MOST_ERRORS > _RETRY_CHARACTERS:
            break
        index, char = cause.patch
        text = text[:index] + char + text[index + 1 :]
    return tree, report, causes


def _known_until(lines: Lines, tree: Tree, causes: list[Cause]) -> int:
    """How far it is known what is quoted: all of the text, or the line of the last error."""
    if not tree.stopped:
        return len(lines.text)
    if tree.error is None:
        return tree.last.end
    return lines.end_of(max([tree.last.end, *(cause.index for cause in causes)]))
